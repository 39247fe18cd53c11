"""A worker dies between AWS's doing and its answer: the operation ends right, once."""

from tests.journey.test_rest import body


def test_killed_while_launching(stage, running):
    held = stage.proxy.rule("RunInstances", hold=True)
    wanted = body(stage)
    asked = stage.ask(stage.people.operator, "POST", "/ec2/instances/", wanted)
    assert asked.status == 202, asked.body
    assert held.reached.wait(60), "the call was never made"
    running.kill("worker")
    held.go.set()
    running.restart("worker")
    done = stage.ended(stage.people.operator, asked.body["id"], 120)
    assert done["state"] == "succeeded", done
    assert stage.proxy.calls["ImportKeyPair"] == 1
    assert stage.proxy.calls["CreateSecurityGroup"] == 1
    filters = [{"Name": "tag:Name", "Values": [wanted["name"]]}]
    made = [i for r in stage.aws.describe_instances(Filters=filters)["Reservations"] for i in r["Instances"]]
    assert sorted(i["InstanceId"] for i in made) == sorted(done["result"]["ids"])
    assert len(made) == wanted["count"]


def test_killed_web_server_loses_nothing(stage, running):
    held = stage.proxy.rule("RunInstances", hold=True)
    asked = stage.ask(
        stage.people.operator, "POST", "/ec2/instances/", body(stage, access="none", group_choice="existing")
    )
    assert held.reached.wait(60)
    running.kill("web")
    held.lose = False
    held.go.set()
    running.restart("web")
    from apps.demo.processes import wait_until
    from tests.servers import _answers

    wait_until(running.children["web"], lambda: _answers(f"{running.address}/healthz/live"))
    assert stage.ended(stage.people.operator, asked.body["id"], 120)["state"] == "succeeded"
