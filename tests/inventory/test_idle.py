"""What costs and buys nothing: each declaration's conditions, the sums, and who sees what of it."""

from dataclasses import replace
from decimal import Decimal

import pytest

from apps.catalog import registry
from apps.cloud import accounts
from apps.inventory import idle
from apps.inventory.order import BadCursor
from apps.tenancy.access import Grant
from apps.tenancy.context import tenant_tx
from tests.cloud.helpers import keys_draft
from tests.inventory.rows import instance, keep

EAST, WEST = "us-east-1", "eu-west-1"


def address(n, **attrs):
    return {"AllocationId": f"eipalloc-{n:017x}", "PublicIp": f"203.0.113.{n}", "Tags": []} | attrs


def volume(n, state="available", **attrs):
    return {"VolumeId": f"vol-{n:017x}", "State": state, "Size": 100, "VolumeType": "gp3"} | attrs


def snapshot(n, made="2024-01-01T00:00:00Z", **attrs):
    return {
        "SnapshotId": f"snap-{n:017x}",
        "State": "completed",
        "VolumeSize": 10,
        "StartTime": made,
    } | attrs


@pytest.fixture(scope="module")
def two(people, django_db_blocker):
    with django_db_blocker.unblock():
        made = [
            accounts.create_account(
                people.owner.actor, keys_draft("", name=name, endpoints={}, regions=(EAST, WEST)), check=False
            )
            for name in ("alpha", "beta")
        ]
        alpha, beta = made
        keep(alpha, EAST, [instance(1), instance(2, state="stopped")])
        keep(beta, EAST, [instance(3, state="stopped")])
        used = {"AssociationId": "eipassoc-1"}
        keep(
            alpha,
            EAST,
            [
                address(1),
                address(2, **used, InstanceId=f"i-{1:017x}"),
                address(3, **used, InstanceId=f"i-{2:017x}"),
                address(4, **used, InstanceId=f"i-{3:017x}"),  # of that id there is one in another account alone
                address(5, PublicIpv4Pool="ipv4pool-ec2-1"),  # an address of their own costs nothing
                address(6, Tags=[{"Key": "team", "Value": "red"}]),
            ],
            "ec2.address",
        )
        keep(alpha, EAST, [volume(1), volume(2, "in-use")], "ec2.volume")
        keep(beta, WEST, [volume(3), volume(4, VolumeType="new-type")], "ec2.volume")
        keep(
            alpha,
            EAST,
            [snapshot(1), snapshot(2, made="2099-01-01T00:00:00Z"), snapshot(3), snapshot(4, State="pending")],
            "ec2.snapshot",
        )
        disks = [{"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": f"snap-{3:017x}"}}]
        image = {"ImageId": "ami-1", "Name": "own", "State": "available", "BlockDeviceMappings": disks}
        keep(alpha, EAST, [image], "ec2.image")
    return made


def seen(actor, **more):
    with tenant_tx(actor.tenant_id):
        return idle.listing(actor, more.pop("kinds", idle.kinds()), **more)


def ids(listing):
    return {one.item.id.split("-")[0] + str(int(one.item.id.split("-")[1], 16)) for one in listing.found}


def kinds(*names):
    return [registry.resource(name) for name in names]


def allowed_only(actor, *patterns, **scope):
    """The same person with one role."""
    return replace(actor, grants=(Grant(role="some", patterns=patterns, **scope),))


def test_what_is_idle_and_why(people, two):
    found = seen(people.viewer.actor)
    why = {one.item.id: str(one.idle.why) for one in found.found}
    assert ids(found) == {"eipalloc1", "eipalloc3", "eipalloc6", "vol1", "vol3", "vol4", "snap1"}
    assert why[f"eipalloc-{1:017x}"] == "It is associated with nothing."
    assert why[f"eipalloc-{3:017x}"] == "The instance that it leads to is stopped."


def test_the_dearest_first_with_the_sums(people, two):
    found = seen(people.viewer.actor)
    costs = [one.cost for one in found.found]
    assert costs[-1] is None
    assert costs[:-1] == sorted(costs[:-1], reverse=True)
    assert (found.count, found.unpriced) == (7, 1)
    assert found.cost == sum(cost for cost in costs if cost is not None)
    by = {(one.resource.kind, str(one.idle.why)): (one.count, one.cost) for one in found.sums}
    assert by["ec2.address", "It is associated with nothing."] == (2, Decimal("7.30"))


def test_pages_hold_each_once_and_the_sums_of_all(people, two):
    cursor, got = "", []
    for _ in range(9):
        page = seen(people.viewer.actor, cursor=cursor, size=2)
        assert page.count == 7
        got += [one.item.id for one in page.found]
        cursor = page.next
        if not cursor:
            break
    assert len(got) == len(set(got)) == 7


@pytest.mark.parametrize("cursor", ["x", "Li4u", "TmFOfjE", "MX4tMQ", "MWU5OTl-MQ"])
def test_a_cursor_of_nobodys_is_refused(people, two, cursor):
    with pytest.raises(BadCursor):
        seen(people.viewer.actor, cursor=cursor)


def test_narrowed_to_accounts_regions_and_kinds(people, two):
    alpha, beta = two
    assert ids(seen(people.viewer.actor, accounts=[beta.id])) == {"vol3", "vol4"}
    assert ids(seen(people.viewer.actor, regions=[WEST])) == {"vol3", "vol4"}
    assert ids(seen(people.viewer.actor, kinds=kinds("ec2.snapshot"), accounts=[alpha.id])) == {"snap1"}


def test_only_what_somebody_may_read(people, two):
    actor = people.viewer.actor
    volumes = allowed_only(actor, "ec2.volume.read")
    assert ids(seen(volumes)) == {"vol1", "vol3", "vol4"}
    red = allowed_only(actor, "ec2.*.read", tag="team=red")
    assert ids(seen(red)) == {"eipalloc6"}
    none = allowed_only(actor, "s3.*.read")
    assert seen(none).found == ()
    assert seen(none).count == 0


def test_the_state_of_an_instance_that_one_may_not_read_is_not_told(people, two):
    addresses = allowed_only(people.viewer.actor, "ec2.address.read")
    assert ids(seen(addresses)) == {"eipalloc1", "eipalloc6"}


def test_another_organization_has_none(people, two):
    assert seen(people.outsider.actor).found == ()


def test_the_mark_of_a_lists_rows(people, two):
    resource, actor = registry.resource("ec2.address"), people.viewer.actor
    items = [resource.item(address(n, Tags=[]), str(two[0].id), EAST) for n in (1, 2, 3)]
    with tenant_tx(actor.tenant_id):
        found = idle.among(actor, resource, items)
        assert {id for _account, _region, id in found} == {f"eipalloc-{1:017x}", f"eipalloc-{3:017x}"}
        assert idle.among(actor, registry.resource("ec2.vpc"), items) == {}
