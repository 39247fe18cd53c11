"""Settings of an instance: each written and read back on the real protocol, and what is refused with which words."""

import pytest

from apps.catalog import checks, forms, registry
from apps.catalog.forms import json_errors
from apps.cloud.calls import call
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
