"""What a schedule does to instances, as plans: names, tags, what is left out, what it costs at most."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from apps.catalog import forms, plans, registry
from apps.catalog.routines import TURN, Turn
from apps.cloud.prices import book
from tests.services.ec2.known import Known, thing

pytestmark = pytest.mark.pure
TURN_ = Turn("0a1b2c3d-0000-4000-8000-000000000000", datetime(2026, 11, 21, 3, tzinfo=UTC))
DISKS = [
    {"DeviceName": "/dev/xvda", "Ebs": {"VolumeId": "vol-root"}},
    {"DeviceName": "/dev/sdf", "Ebs": {"VolumeId": "vol-data"}},
]


def host(**more):
    return thing("ec2.instance", "running", RootDeviceName="/dev/xvda", BlockDeviceMappings=DISKS, **more)


def planned(verb, values, item):
    routine = registry.routine(f"ec2.instance.{verb}")
    form = forms.bind(routine.action.form, values, items=[item])
    assert form.is_valid(), form.errors
    (step,) = plans.compile_targets(routine.action, [item], form.cleaned_data | {TURN: TURN_}).steps
    return step


def tags(step, n=0):
    return {tag["Key"]: tag["Value"] for tag in step["params"]["TagSpecifications"][n]["Tags"]}


def test_all_volumes_at_one_moment():
    step = planned("back-up", {}, host())
    assert step["params"]["InstanceSpecification"] == {"InstanceId": host().id}
    assert tags(step) | {"northgate:operation": ""} == {
        "northgate:schedule": TURN_.schedule,
        "northgate:source": host().id,
        "northgate:operation": "",
        "Name": "api-1 2026-11-21 03:00",
        "env": "prod",
    }
    assert step["repeat"] == "find"
    assert {"Name": "tag:northgate:source", "Values": [host().id]} in step["find"]["params"]["Filters"]
    bare = planned("back-up", {"boot": False, "copy_tags": False}, host())
    assert bare["params"]["InstanceSpecification"]["ExcludeBootVolume"] is True
    assert "env" not in tags(bare)


def test_no_more_tags_than_aws_takes():
    many = [{"Key": f"key-{n}", "Value": "x"} for n in range(50)]
    assert len(tags(planned("back-up", {}, host(Tags=many)))) == 50


def test_what_has_nothing_to_keep_is_left_out():
    unfit = registry.routine("ec2.instance.back-up").unfit
    assert unfit(host(), {"boot": True}) == ""
    assert "no volume" in str(
        unfit(thing("ec2.instance", BlockDeviceMappings=DISKS[:1], RootDeviceName="/dev/xvda"), {})
    )
    assert "instance store" in str(unfit(host(RootDeviceType="instance-store"), {"boot": True}))


def test_the_most_that_the_copies_cost():
    cost = registry.routine("ec2.instance.back-up").cost
    scope = Known(thing("ec2.volume", VolumeId="vol-root", Size=8), thing("ec2.volume", VolumeId="vol-data", Size=100))
    (part,) = cost(host(), {"boot": True}, 8, scope, book("us-east-1"))
    assert part.amount == Decimal("0.05") * 108 * 8
    (part,) = cost(host(), {"boot": False}, 8, scope, book("us-east-1"))
    assert part.amount == Decimal("0.05") * 100 * 8
    (part,) = cost(host(), {"boot": True}, 8, Known(), book("us-east-1"))
    assert part.amount is None


def test_an_image_is_named_for_its_moment_and_its_disks_go_with_it():
    step = planned("keep-image", {}, host(Tags=[{"Key": "Name", "Value": "db: größe " + "x" * 120}]))
    name = step["params"]["Name"]
    assert len(name) <= 128
    assert name.startswith("db- gr--e x")
    assert name.endswith(f"{host().id} 2026-11-21 03.00.00 0a1b2c3d")
    assert step["params"]["NoReboot"] is True
    assert tags(step)["northgate:schedule"] == TURN_.schedule
    assert "northgate:schedule" not in tags(step, 1)
    action = registry.action("ec2.instance.keep-image")
    assert "rebooted" in str(next(iter(action.means(host(), {"no_reboot": False}))))
    assert list(action.means(host(), {"no_reboot": True})) == []
