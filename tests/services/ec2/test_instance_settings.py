"""Settings of an instance: each written and read back on the real protocol, and what is refused with which words."""

import base64
import secrets

import pytest

from apps.catalog import checks, forms, registry
from apps.catalog.code import render
from apps.catalog.forms import json_errors
from apps.catalog.plans import compile_targets
from apps.cloud.calls import call
from apps.services.ec2 import userdata
from tests.console.world import client, fragment
from tests.services.ec2.cloud import REGION
from tests.services.ec2.known import thing


@pytest.fixture
def id(cloud):
    return cloud.launch()


def attribute(cloud, id, name):
    found = cloud.aws.describe_instance_attribute(InstanceId=id, Attribute=name)
    return found[name[0].upper() + name[1:]].get("Value")


def test_protection_holds_until_somebody_agrees(cloud, id):
    cloud.write("ec2.instance.edit-protection", [id], {"termination": True, "stop": True})
    assert attribute(cloud, id, "disableApiTermination") is True
    assert attribute(cloud, id, "disableApiStop") is True
    prepared = cloud.prepare("ec2.instance.edit-protection", [id])
    assert prepared.form.initial == {"termination": True, "stop": True}
    words = cloud.refused("ec2.instance.terminate", [id])["unprotect"]
    assert "termination protection, stop protection" in words
    ended = cloud.write("ec2.instance.terminate", [id], {"unprotect": True})
    assert [step.call.partition(".")[2] for step in ended.journal] == [
        "modify_instance_attribute",
        "modify_instance_attribute",
        "terminate_instances",
    ]


def test_turning_protection_off_takes_its_own_permission(cloud, id):
    cloud.aws.modify_instance_attribute(InstanceId=id, DisableApiTermination={"Value": True})
    plan = cloud.prepare("ec2.instance.terminate", [id], {"unprotect": True}).plan
    assert [each["permission"] for each in plan.also] == ["ec2.instance.edit-protection"]


def test_what_changed_meanwhile_is_not_overwritten(cloud, id):
    prepared = cloud.prepare("ec2.instance.edit-protection", [id], {"termination": True, "stop": False})
    cloud.aws.modify_instance_attribute(InstanceId=id, DisableApiTermination={"Value": True})
    ended = cloud.carry_out(prepared)
    assert ended.state == "failed"
    assert "changed since this was planned" in str(ended.journal[0].error)


def test_who_may_not_read_attributes_still_terminates(cloud, id, monkeypatch):
    from apps.cloud.explain import CallFailed, Explained
    from apps.inventory import parts

    def denied(account, region, name, params, **more):
        if name == "ec2.describe_instance_attribute":
            raise CallFailed(Explained("UnauthorizedOperation", "No.", "r", kind="denied"))
        return call(account, region, name, params, **more)

    monkeypatch.setattr(parts, "call", denied)
    assert len(cloud.prepare("ec2.instance.terminate", [id], {}).plan.steps) == 1


def test_shutdown_and_source_check_are_set(cloud, id):
    cloud.write("ec2.instance.edit-shutdown", [id], {"behavior": "terminate"})
    assert attribute(cloud, id, "instanceInitiatedShutdownBehavior") == "terminate"
    assert not cloud.prepare("ec2.instance.edit-shutdown", [id], {"behavior": "terminate"}).plan.steps
    cloud.write("ec2.instance.edit-source-check", [id], {"check": False})
    assert attribute(cloud, id, "sourceDestCheck") is False


def test_user_data_is_shown_as_written_and_set_while_stopped(cloud):
    id = cloud.launch(UserData="#!/bin/sh\necho ä\n")
    running = cloud.prepare("ec2.instance.edit-user-data", [id], {"user_data": "x"})
    assert "needs stopped" in running.refused[0][1]
    cloud.aws.stop_instances(InstanceIds=[id])
    cloud.sync("ec2.instance")
    assert cloud.prepare("ec2.instance.edit-user-data", [id]).form.initial == {"user_data": "#!/bin/sh\necho ä\n"}
    assert (
        "16384 bytes; this has 16385"
        in cloud.refused("ec2.instance.edit-user-data", [id], {"user_data": "x" * 16385})["user_data"]
    )
    # Carried out in tests/demo: plain moto takes this call's user data encoded twice.
    plan = cloud.prepare("ec2.instance.edit-user-data", [id], {"user_data": "#!/bin/sh\r\necho new\n"}).plan
    assert plan.steps[0]["params"] == {"InstanceId": id, "UserData": {"Value": "#!/bin/sh\necho new\n"}}
    assert plan.steps[0]["same"]["value"] == attribute(cloud, id, "userData")
    cli = next(snippet.text for snippet in render(plan, str) if snippet.id == "cli")
    assert base64.b64encode(b"#!/bin/sh\necho new\n").decode() in cli
    path = f"/ec2/instances/{id}/tab/user-data/"
    assert "echo ä" in fragment(client(cloud.people.operator), path).content.decode()
    denied = fragment(client(cloud.people.viewer), path).content.decode()
    assert "ec2.instance.read-user-data" in denied
    assert "echo ä" not in denied


def test_user_data_that_is_no_text_is_told_and_not_shown():
    item = thing("ec2.instance", "stopped", UserDataText=base64.b64encode(b"\x1f\x8b\xff").decode())
    action = registry.action("ec2.instance.edit-user-data")
    assert "(3 bytes)" in next(iter(action.warn(item)))
    assert action.like(item) == {"user_data": ""}
    assert userdata.shown("H4v/") == "It is not text: 3 bytes."
    (step,) = compile_targets(action, [item], {"user_data": "#!"}).steps
    assert step["undo"] is None, "what was there can't be written back"


def test_a_profile_is_given_changed_and_taken_away(cloud, id):
    iam = cloud.client("iam")
    names = [f"p-{secrets.token_hex(4)}" for _n in range(2)]
    for name in names:
        iam.create_instance_profile(InstanceProfileName=name)
    cloud.sync("iam.instance-profile")

    def there():
        found = cloud.aws.describe_iam_instance_profile_associations(
            Filters=[{"Name": "instance-id", "Values": [id]}, {"Name": "state", "Values": ["associated"]}]
        )["IamInstanceProfileAssociations"]
        return [each["IamInstanceProfile"]["Arn"].rpartition("/")[2] for each in found]

    for name in (*names, ""):
        cloud.write("ec2.instance.edit-profile", [id], {"profile": name})
        assert there() == ([name] if name else [])
        assert cloud.prepare("ec2.instance.edit-profile", [id]).form.initial == {"profile": name}
    assert "not known" in cloud.refused("ec2.instance.edit-profile", [id], {"profile": "nobody"})["profile"]


def test_metadata_options_are_set_and_their_risk_is_said(cloud, id):
    wanted = {"enabled": True, "imds_required": True, "hop_limit": 3, "tags": False}
    prepared = cloud.prepare("ec2.instance.edit-metadata", [id], wanted)
    assert "only IMDSv1" in " ".join(prepared.plan.risks)
    cloud.carry_out(prepared)
    (found,) = cloud.aws.describe_instances(InstanceIds=[id])["Reservations"][0]["Instances"]
    assert found["MetadataOptions"]["HttpTokens"] == "required"
    assert found["MetadataOptions"]["HttpPutResponseHopLimit"] == 3
    assert (
        "less than or equal to 64" in cloud.refused("ec2.instance.edit-metadata", [id], {"hop_limit": 65})["hop_limit"]
    )


def test_monitoring_goes_both_ways(cloud, id):
    on = cloud.prepare("ec2.instance.edit-monitoring", [id], {"detailed": True}).plan
    assert [(step["call"], step["undo"]["call"]) for step in on.steps] == [
        ("ec2.monitor_instances", "ec2.unmonitor_instances")
    ]
    assert not cloud.prepare("ec2.instance.edit-monitoring", [id], {"detailed": False}).plan.steps


@pytest.mark.parametrize(
    ("verb", "values", "attrs", "field", "words"),
    [
        ("edit-protection", {"termination": True}, {"InstanceLifecycle": "spot"}, "__all__", "Spot Instance"),
        ("edit-source-check", {}, {"NetworkInterfaces": [{}, {}]}, "__all__", "several network interfaces"),
        ("edit-shutdown", {"behavior": "stop"}, {"RootDeviceType": "instance-store"}, "behavior", "instance store"),
        ("edit-shutdown", {"behavior": "sleep"}, {}, "behavior", "sleep"),
    ],
)
def test_what_does_not_fit_is_said_beside_its_field(verb, values, attrs, field, words):
    action = registry.action(f"ec2.instance.{verb}")
    item = thing("ec2.instance", **attrs)
    form = forms.bind(action.form, values, scope=checks.ExampleScope(), items=[item])
    assert words in " ".join(json_errors(form)[field])


def test_the_settings_tab_shows_what_is_set_now(cloud, id):
    call(cloud.account, REGION, "ec2.modify_instance_attribute", {"InstanceId": id, "DisableApiStop": {"Value": True}})
    path = f"/ec2/instances/{id}/tab/settings/"
    text = fragment(client(cloud.people.viewer), path).content.decode()
    assert "On: it can&#x27;t be stopped or terminated" in text
    assert "Off: whoever may terminate it" in text
    assert fragment(client(cloud.people.outsider), path).status_code == 404
