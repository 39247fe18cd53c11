"""How much of a quota a list's resources use: beside the list, by account and Region."""

from dataclasses import replace

from apps.catalog import registry
from apps.inventory import capacity
from apps.tenancy.access import Grant
from apps.tenancy.context import tenant_tx
from tests.console.world import client, stock


def spare(n, **more):
    return {"AllocationId": f"eipalloc-{n:017x}", "PublicIp": f"203.0.113.{n}", "Tags": []} | more


def test_used_and_limit_stand_beside_the_list(world):
    stock(world.production, "eu-west-1", "ec2.address", [spare(n) for n in range(1, 5)])
    stock(world.staging, "us-east-1", "ec2.address", [spare(9), spare(8, PublicIpv4Pool="ipv4pool-ec2-1")])
    browser = client(world.people.viewer)
    assert "/ec2/addresses/-/capacity/" in browser.get("/ec2/addresses/").content.decode()
    text = browser.get("/ec2/addresses/-/capacity/").content.decode()
    assert "4 of 5" in text
    assert "1 of 5" in text
    assert "4 of 5" not in client(world.people.outsider).get("/ec2/addresses/-/capacity/").content.decode()
    assert browser.get("/ec2/instances/-/capacity/").status_code == 404


def test_a_part_of_a_region_says_nothing_of_its_quota(world):
    stock(world.production, "eu-west-1", "ec2.address", [spare(1)])
    actor = world.people.viewer.actor
    some = replace(actor, grants=(Grant(role="some", patterns=("ec2.*.read",), tag="team=red"),))
    with tenant_tx(world.tenant_id):
        kind = registry.resource("ec2.address")
        assert capacity.used(actor, kind, [world.production.id], ["eu-west-1"]) == {
            (str(world.production.id), "eu-west-1"): 1
        }
        assert capacity.used(some, kind, (), ()) == {}
