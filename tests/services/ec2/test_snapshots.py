"""Snapshots: taking, copying, sharing and deleting, without any server."""

from decimal import Decimal

import pytest

from apps.catalog import estimate, registry
from apps.catalog.checks import ExampleScope
from apps.cloud.prices import book
from tests.services.ec2.world import Known, item, planned, refused

pytestmark = pytest.mark.pure

SNAPSHOT, VOLUME = "snap-0a1b2c3d4e5f60718", "vol-0c9d8e7f6a5b43210"
OTHERS = [{"UserId": "444455556666"}, {"UserId": "777788889999"}]


def act(verb):
    return registry.action(f"ec2.snapshot.{verb}")


def test_a_snapshot_is_found_again_by_its_operation_and_volume():
    tags = [{"Key": "Name", "Value": "data"}, {"Key": "aws:cloudformation:stack", "Value": "x"}]
    volume = item("ec2.volume", Tags=[*tags, {"Key": "northgate:operation", "Value": "old"}])
    (step,) = planned("ec2.volume.snapshot", {"tags": [{"key": "why", "value": "upgrade"}]}, volume).steps
    assert step["repeat"] == "find"
    assert step["find"]["params"]["OwnerIds"] == ["self"]
    assert [one["Name"] for one in step["find"]["params"]["Filters"]] == ["tag:northgate:operation", "volume-id"]
    (specified,) = step["params"]["TagSpecifications"]
    assert [tag["Key"] for tag in specified["Tags"]] == ["Name", "why", "northgate:operation"]
    assert specified["Tags"][-1]["Value"] == {"$operation": "id"}
    (bare,) = planned("ec2.volume.snapshot", {"copy_tags": False}, volume).steps
    assert [tag["Key"] for tag in bare["params"]["TagSpecifications"][0]["Tags"]] == ["northgate:operation"]


def test_several_volumes_are_kept_in_one_operation():
    plan = planned("ec2.volume.snapshot", {}, item("ec2.volume"), item("ec2.volume", VolumeId="vol-2"))
    assert [step["group"] for step in plan.steps] == [0, 1]
    assert all(step["until"] is None for step in plan.steps), "the second isn't taken hours later"


def test_a_snapshot_costs_at_most_its_full_size():
    plan = planned("ec2.snapshot.create", {"volume": VOLUME})
    (part,) = estimate.price(plan, ExampleScope(), book("us-east-1"))
    assert part.amount == Decimal("1.00")
    assert "at most 20 GiB" in str(part.label)
    assert plan.result["kind"] == "ec2.snapshot"
    assert "Description" not in plan.steps[0]["params"]


@pytest.mark.parametrize("verb", ["volume.snapshot", "snapshot.copy"])
def test_a_description_has_255_characters_at_most(verb):
    values = {"description": "x" * 256, "destination": "eu-central-1"}
    values = values if "copy" in verb else {"description": "x" * 256}
    target = item(f"ec2.{verb.partition('.')[0]}")
    assert "255" in refused(f"ec2.{verb}", values, target)["description"]


def test_a_copy_is_asked_for_where_it_will_lie():
    plan = planned("ec2.snapshot.copy", {"destination": "eu-central-1", "encrypted": True}, item("ec2.snapshot"))
    (step,) = plan.steps
    assert step["region"] == "eu-central-1"
    assert step["params"]["SourceRegion"] == "eu-west-1"
    assert step["params"]["Encrypted"] is True
    assert step["params"]["Description"] == f"[Copied {SNAPSHOT} from eu-west-1]"
    assert step["find"]["params"]["Filters"][1] == {"Name": "description", "Values": [f"*{SNAPSHOT}*"]}
    assert [(one["permission"], one["region"]) for one in plan.also] == [("ec2.snapshot.copy", "eu-central-1")]
    said = " ".join(map(str, act("copy").means(item("ec2.snapshot"), {"destination": "eu-central-1"})))
    assert "transfer of at most 20 GiB from eu-west-1 to eu-central-1" in said
    (part,) = estimate.price(plan, ExampleScope(), book("eu-central-1"))
    assert "at most 20 GiB" in str(part.label)


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"destination": ""}, "destination", "required"),
        ({"destination": "mars-1"}, "destination", "not among the account's Regions"),
        ({"destination": "eu-central-1", "kms_key": "alias/a"}, "kms_key", "not encrypted"),
        (
            {
                "destination": "eu-central-1",
                "encrypted": True,
                "kms_key": "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            },
            "kms_key",
            "lies in eu-west-1; it has to lie in eu-central-1",
        ),
    ],
)
def test_a_copy_that_aws_would_refuse_is_refused(values, field, words):
    assert words in refused("ec2.snapshot.copy", values, item("ec2.snapshot"))[field]


def test_copies_of_several_keep_their_descriptions():
    two = item("ec2.snapshot"), item("ec2.snapshot", SnapshotId="snap-2")
    values = {"destination": "eu-central-1", "description": "same"}
    assert "leave it empty" in refused("ec2.snapshot.copy", values, *two)["description"]


def test_what_an_image_starts_from_is_not_deleted():
    disks = [{"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": SNAPSHOT}}]
    scope = Known(item("ec2.image", BlockDeviceMappings=disks, Name="golden"))
    said = refused("ec2.snapshot.delete", {}, item("ec2.snapshot"), scope=scope)["__all__"]
    assert "is a disk of the image golden (ami-0d5f1c3e7b9a24680). Deregister the image first." in said
    assert planned("ec2.snapshot.delete", {}, item("ec2.snapshot", SnapshotId="snap-2"), scope=scope).steps


def test_a_snapshot_leads_to_a_volume():
    (lead,) = registry.resource("ec2.snapshot").leads
    assert lead.fills(item("ec2.snapshot")) == {"snapshot": SNAPSHOT, "size": 20}
    assert lead.fills(item("ec2.snapshot", Encrypted=True))["encrypted"] == "on"


# Sharing


def shared(*entries, **attrs):
    return item("ec2.snapshot", Permissions=list(entries), **attrs)


def test_the_plan_of_sharing_is_the_difference():
    snapshot = shared(OTHERS[0], {"Group": "all"}, {"OrganizationArn": "arn:o"})
    assert act("share").like(snapshot) == {"accounts": [{"account": "444455556666"}], "public": True}
    plan = planned("ec2.snapshot.share", {"accounts": [{"account": "777788889999"}], "public": False}, snapshot)
    remove, add = plan.steps
    assert remove["params"] == {
        "SnapshotId": SNAPSHOT,
        "CreateVolumePermission": {"Remove": [OTHERS[0], {"Group": "all"}]},
    }
    assert remove["same"]["value"] == list(snapshot.attrs["Permissions"])
    assert remove["undo"]["params"]["CreateVolumePermission"] == {"Add": [OTHERS[0], {"Group": "all"}]}
    assert add["params"]["CreateVolumePermission"] == {"Add": [OTHERS[1]]}
    assert "same" not in add


def test_only_what_becomes_public_is_at_risk():
    risks = act("share").risks
    public = {"accounts": [], "public": True}
    assert "Everybody with an AWS account can read" in str(next(iter(risks(shared(), public))))
    assert list(risks(shared({"Group": "all"}), public)) == []
    assert planned("ec2.snapshot.share", public, shared()).risks


def test_nothing_changed_is_nothing_to_do():
    assert planned("ec2.snapshot.share", {}, shared(OTHERS[0])).steps == ()


@pytest.mark.parametrize(
    ("attrs", "values", "field", "words"),
    [
        ({}, {"accounts": [{"account": "1234"}]}, "accounts[0].account", "has 12 digits"),
        ({}, {"accounts": [{"account": "444455556666"}] * 2}, "accounts", "444455556666 stands twice"),
        ({"Encrypted": True}, {"public": True}, "public", "encrypted and can't be public"),
        (
            {"Encrypted": True, "Key": {"KeyManager": "AWS"}},
            {"accounts": [{"account": "444455556666"}]},
            "accounts",
            "Copy it with a key of your own",
        ),
    ],
)
def test_what_can_not_be_shared_is_refused(attrs, values, field, words):
    assert words in refused("ec2.snapshot.share", values, shared(**attrs))[field]


def test_a_key_of_one_s_own_is_to_be_allowed_too():
    snapshot = shared(Encrypted=True, Key={"KeyManager": "CUSTOMER"})
    values = {"accounts": [{"account": "444455556666"}], "public": False}
    said = " ".join(map(str, act("share").means(snapshot, values)))
    assert "allowed to use its KMS key" in said
    assert planned("ec2.snapshot.share", values, snapshot).steps


def test_several_are_not_shared_at_once():
    assert "one at a time" in refused("ec2.snapshot.share", {}, shared(), shared())["__all__"]


def test_the_page_says_with_whom_it_is_shared():
    card = next(one for one in registry.resource("ec2.snapshot").cards if one.part == "Permissions")
    assert not card.show(shared()).anything
    shown = card.show(shared(*OTHERS))
    assert (shown.tone, shown.rows) == ("", [("444455556666",), ("777788889999",)])
    assert card.show(shared({"Group": "all"})).tone == "warn"
