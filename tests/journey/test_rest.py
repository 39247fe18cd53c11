"""The whole trip by REST, as a script would take it, on a running panel."""

import secrets


def body(stage, **more):
    mark = secrets.token_hex(3)
    return {
        "account": str(stage.account.id),
        "region": "eu-west-1",
        "name": f"rest-{mark}",
        "image": stage.image(),
        "type": "t3.micro",
        "access": "new",
        "new_key_name": f"rest-{mark}",
        "group_choice": "new",
        "new_group_name": f"rest-{mark}",
        "rules": [{"type": "ssh", "source": "192.0.2.7/32"}],
        "count": 2,
    } | more


def test_launch_stop_terminate_and_read_the_record(stage):
    operator, auditor = stage.people.operator, stage.people.auditor
    wanted = body(stage)
    plan = stage.ask(operator, "POST", "/ec2/instances/?plan=1", wanted)
    assert plan.status == 200, plan.body
    assert not any(stage.proxy.calls[name] for name in ("ImportKeyPair", "CreateSecurityGroup", "RunInstances"))

    asked = stage.ask(operator, "POST", "/ec2/instances/", wanted, **{"Idempotency-Key": wanted["name"]})
    assert asked.status == 202, asked.body
    assert "PRIVATE KEY" in asked.body["secrets"]["private_key"]
    again = stage.ask(operator, "POST", "/ec2/instances/", wanted, **{"Idempotency-Key": wanted["name"]})
    assert again.status == 202
    assert again.body["id"] == asked.body["id"]
    assert "PRIVATE KEY" not in str(again.body)
    changed = stage.ask(
        operator, "POST", "/ec2/instances/", wanted | {"count": 3}, **{"Idempotency-Key": wanted["name"]}
    )
    assert changed.status == 422

    done = stage.ended(operator, asked.body["id"])
    assert done["state"] == "succeeded", done
    listed = stage.ask(operator, "GET", f"/ec2/instances/?q={wanted['name']}").body["results"]
    assert [(one["state"], one["account"]["name"]) for one in listed] == [("running", "prod-payments")] * 2

    first = listed[0]["id"]
    stopped = stage.ask(operator, "POST", f"/ec2/instances/{first}/stop/", {})
    assert stopped.status == 202, stopped.body
    assert stage.ended(operator, stopped.body["id"])["state"] == "succeeded"
    assert stage.ask(operator, "GET", f"/ec2/instances/{first}/").body["state"] == "stopped"

    both = stage.ask(operator, "POST", "/ec2/instances/actions/terminate/", {"ids": [one["id"] for one in listed]})
    assert both.status == 202, both.body
    assert stage.ended(operator, both.body["id"])["state"] == "succeeded"

    record = stage.ask(auditor, "GET", f"/audit/?operation={asked.body['id']}").body["results"]
    steps = {row["step"].split()[-1] for row in record if row["step"]}
    assert {"ec2.import_key_pair", "ec2.create_security_group", "ec2.run_instances"} <= steps
    assert {row["result"] for row in record} == {"intent", "ok"}


def test_a_viewer_is_refused_and_told_what_is_missing(stage):
    refused = stage.ask(stage.people.viewer, "POST", "/ec2/instances/", body(stage))
    assert refused.status == 403
    assert refused.headers["Content-Type"].startswith("application/problem+json")
    assert "ec2.instance.launch" in refused.body["detail"]
    assert stage.proxy.calls["RunInstances"] == 0
    denied = stage.ask(stage.people.auditor, "GET", "/audit/?result=denied").body["results"]
    assert any(row["act"] == "ec2.instance.launch" for row in denied)


def test_another_organization_finds_nothing(stage):
    operator, outsider = stage.people.operator, stage.people.outsider
    asked = stage.ask(operator, "POST", "/ec2/instances/", body(stage, access="none", group_choice="existing", count=1))
    done = stage.ended(operator, asked.body["id"])
    instance = done["result"]["ids"][0]
    for method, path, data in (
        ("GET", f"/ec2/instances/{instance}/", None),
        ("POST", f"/ec2/instances/{instance}/stop/", {}),
        ("GET", f"/operations/{asked.body['id']}/", None),
        ("POST", f"/operations/{asked.body['id']}/cancel/", {}),
        ("GET", f"/accounts/{stage.account.id}/", None),
    ):
        foreign = stage.ask(outsider, method, path, data)
        assert foreign.status == 404, (path, foreign.body)
    assert stage.ask(outsider, "GET", "/ec2/instances/").body["results"] == []


def test_bad_input_names_the_field_the_limit_and_the_value(stage):
    wrong = stage.ask(stage.people.operator, "POST", "/ec2/instances/", body(stage, root_type="gp2", root_size=20000))
    assert wrong.status == 422
    assert wrong.body["errors"]["root_size"] == ["gp2 takes 1 to 16384 GiB, not 20000."]
