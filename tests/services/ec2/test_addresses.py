"""Elastic IP addresses: allocated, led somewhere and released, and never silently taken away from anywhere."""

from decimal import Decimal

import pytest

from apps.audit.models import AuditEvent
from apps.catalog import code, estimate, forms
from apps.catalog.items import Item
from apps.cloud import prices
from apps.operations import run as running
from apps.operations.submit import submit
from apps.services.ec2.address_release import ReleaseForm
from apps.services.ec2.addresses import address
from apps.services.ec2.associations import DisassociateForm, TargetForm
from apps.services.ec2.instances import instance
from apps.tenancy.access import Denied
from apps.tenancy.context import tenant_tx


def allocated(place, **values):
    """The id of a new address."""
    done = place.run("ec2.address.allocate", values=values)
    assert done.state == "succeeded", done.error
    return done.result["ids"][0]


def there(place, id):
    return place.aws.describe_addresses(AllocationIds=[id])["Addresses"][0]


def test_an_allocated_address_is_known_named_and_priced(place):
    id = allocated(place, name="bastion", tags=[{"key": "env", "value": "prod"}])
    tags = {tag["Key"]: tag["Value"] for tag in there(place, id)["Tags"]}
    assert tags["Name"] == "bastion"
    assert tags["env"] == "prod"
    item = place.item("ec2.address", id)
    assert (item.name, item.state) == ("bastion", "idle")
    assert address.cost(item, prices.book("us-west-2")) == Decimal("3.65")


def test_a_lost_answer_is_looked_up_not_repeated(place, monkeypatch):
    monkeypatch.setattr(running, "IN_FLIGHT", 0)
    place.proxy.rule("AllocateAddress", lose=True, times=1)
    allocated(place, name="once")
    assert place.proxy.calls["AllocateAddress"] == 1


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"pool": "own"}, "own_pool", "id of your pool"),
        ({"pool": "own", "own_pool": "pool-1"}, "own_pool", "ipv4pool-ec2-0a1b2c3d"),
        ({"own_pool": "ipv4pool-ec2-0a1b"}, "own_pool", "Amazon's pool"),
        ({"border_group": "us-east-1-wl1"}, "border_group", "us-east-1-wl1 is not in us-west-2"),
        ({"address": "2001:db8::1"}, "address", "IPv4"),
        ({"tags": [{"key": "a", "value": ""}, {"key": "a", "value": "b"}]}, "tags", "twice"),
    ],
)
def test_allocation_is_refused(place, values, field, words):
    assert words in " ".join(place.refusals("ec2.address.allocate", values=values)[field])


def test_an_address_of_ones_own_range_costs_nothing_and_names_its_pool(place):
    values = {"pool": "own", "own_pool": "ipv4pool-ec2-0a1b", "border_group": "us-west-2-lax-1"}
    (step,) = place.plan("ec2.address.allocate", values=values).plan.steps
    assert step["params"]["PublicIpv4Pool"] == "ipv4pool-ec2-0a1b"
    assert step["params"]["NetworkBorderGroup"] == "us-west-2-lax-1"
    own = Item("ec2.address", "eipalloc-1", attrs={"PublicIpv4Pool": "ipv4pool-ec2-0a1b"})
    assert address.cost(own, prices.book("us-west-2")) == 0


def test_associating_disassociating_and_releasing(place):
    id, machine = allocated(place), place.machine()
    done = place.run("ec2.address.associate", [id], {"instance": machine})
    assert done.state == "succeeded", done.error
    assert there(place, id)["InstanceId"] == machine
    assert place.item("ec2.address", id).state == "associated"
    assert place.item("ec2.instance", machine).attrs["PublicIpAddress"] == there(place, id)["PublicIp"]

    refused = place.refusals("ec2.address.release", [id])
    assert f"is associated with {machine}" in refused["disassociate"][0]

    assert place.run("ec2.address.disassociate", [id]).state == "succeeded"
    assert place.item("ec2.address", id).state == "idle"
    assert place.run("ec2.address.release", [id]).state == "succeeded"
    assert place.item("ec2.address", id) is None


def test_the_call_never_takes_an_address_away_unless_somebody_ticks_it(place):
    id, machine = allocated(place), place.machine()
    (step,) = place.plan("ec2.address.associate", [id], {"instance": machine}).plan.steps
    assert step["params"]["AllowReassociation"] is False
    assert step["undo"]["call"] == "ec2.disassociate_address"


def test_a_target_that_has_an_address_keeps_it_until_somebody_agrees(place):
    first, second, machine = allocated(place), allocated(place), place.machine()
    place.run("ec2.address.associate", [first], {"instance": machine})
    ip = there(place, first)["PublicIp"]
    refused = place.refusals("ec2.address.associate", [second], {"instance": machine})
    assert f"has the Elastic IP address {ip}" in refused["reassociate"][0]
    done = place.run("ec2.address.associate", [second], {"instance": machine, "reassociate": True})
    assert [row.call for row in done.journal] == ["ec2.disassociate_address", "ec2.associate_address"]
    assert "InstanceId" not in there(place, first) or not there(place, first)["InstanceId"]
    assert there(place, second)["InstanceId"] == machine


def test_where_an_address_can_lead(place):
    id, machine = allocated(place), place.machine()

    def why(**values):
        return place.refusals("ec2.address.associate", [id], values)

    assert "one of them" in why()["instance"][0]
    assert "not known" in why(instance="i-0123456789abcdef0")["instance"][0]
    assert "has no private address 10.9.9.9" in why(instance=machine, private_address="10.9.9.9")["private_address"][0]
    place.aws.terminate_instances(InstanceIds=[machine])
    place.sync("ec2.instance")
    assert "is terminated" in why(instance=machine)["instance"][0]
    assert "needs associated" in place.refusals("ec2.address.move", [id], {"instance": machine})["state"][0]


def test_moving_is_one_plan_and_is_taken_back_whole(place):
    id, old, new = allocated(place), place.machine(), place.machine()
    place.run("ec2.address.associate", [id], {"instance": old})
    place.proxy.rule("AssociateAddress", code="AuthFailure", status=403, times=1)
    done = place.run("ec2.address.move", [id], {"instance": new})
    assert done.state == "failed"
    assert [(row.call, row.state) for row in done.journal] == [
        ("ec2.disassociate_address", "undone"),
        ("ec2.associate_address", "failed"),
    ]
    interface = place.item("ec2.instance", old).attrs["NetworkInterfaces"][0]["NetworkInterfaceId"]
    assert there(place, id)["NetworkInterfaceId"] == interface
    done = place.run("ec2.address.move", [id], {"instance": new})
    assert done.state == "succeeded", done.error
    assert there(place, id)["InstanceId"] == new
    assert place.refusals("ec2.address.move", [id], {"instance": new})["instance"] == ["It is there already."]


def test_what_a_service_of_aws_holds_is_left_alone():
    """A load balancer's address comes free when the load balancer goes."""
    held = address.example | {"ServiceManaged": "nlb"}
    items = [Item("ec2.address", "eipalloc-1", "edge", "associated", attrs=held)]
    for form in (ReleaseForm, DisassociateForm, TargetForm):
        bound = forms.bind(form, {}, items=items)
        assert "edge is held by a service of AWS's (nlb)" in " ".join(bound.non_field_errors())


def test_release_says_what_it_breaks(place):
    id, machine = allocated(place), place.machine()
    place.run("ec2.address.associate", [id], {"instance": machine})
    item = place.item("ec2.address", id)
    said = " ".join(map(str, address.actions["release"].warn(item)))
    assert f"{machine} can't be reached by {item.attrs['PublicIp']}" in said
    assert "allow lists" in said
    done = place.run("ec2.address.release", [id], {"disassociate": True})
    assert [row.call for row in done.journal] == ["ec2.disassociate_address", "ec2.release_address"]


def test_tags_are_edited(place):
    id = allocated(place, name="before")
    done = place.run("ec2.address.tag", [id], {"tags": [{"key": "Name", "value": "after"}], "replace": False})
    assert done.state == "succeeded", done.error
    assert place.item("ec2.address", id).name == "after"


def test_a_viewer_may_not_and_an_outsider_sees_nothing(place):
    id = allocated(place)
    prepared = place.plan("ec2.address.release", [id], person=place.people.viewer)
    with pytest.raises(Denied), tenant_tx(place.people.tenant_id):
        submit(place.people.viewer.actor, prepared)
    with pytest.raises(LookupError):
        place.plan("ec2.address.release", [id], person=place.people.outsider)


def test_every_call_is_on_the_record(place):
    id = allocated(place)
    done = place.run("ec2.address.release", [id])
    with tenant_tx(place.people.tenant_id):
        rows = list(AuditEvent.objects.filter(operation=done.id).order_by("id"))
    assert [(row.act, row.result) for row in rows if row.step and "release_address" in row.step] == [
        ("ec2.address.release", "intent"),
        ("ec2.address.release", "ok"),
        ("ec2.address.release", "ok"),
    ]


def test_the_plan_as_terraform(place):
    plan = place.plan("ec2.address.allocate", values={"name": "vpn"}).plan
    terraform = next(s for s in code.render(plan, lambda _account: "prod") if s.id == "terraform").text
    assert 'resource "aws_eip"' in terraform
    assert "northgate:operation" not in terraform
    bare = place.plan("ec2.address.allocate").plan
    assert 'domain = "vpc"' in next(s for s in code.render(bare, str) if s.id == "terraform").text


def test_an_elastic_ip_is_paid_for_once():
    """As a kind of its own, not with the instance; an address that AWS gave it is the instance's."""
    book = prices.book("us-west-2")

    def parts(owner):
        association = {"PublicIp": "203.0.113.9", "IpOwnerId": owner}
        attrs = {"PublicIpAddress": "203.0.113.9", "InstanceType": "t3.micro"}
        attrs["NetworkInterfaces"] = [{"Association": association}]
        return len(instance.monthly_cost(Item("ec2.instance", "i-1", state="running", attrs=attrs), book))

    assert parts("amazon") == 2
    assert parts("123456789012") == 1


def test_the_quota_counts_amazons_addresses_only(place):
    """One's own range has no quota; the plan's own place alone counts."""
    place.sync("ec2.address")
    with tenant_tx(place.people.tenant_id):
        scope = place.scope()
        used = len(scope.find("ec2.address"))
    allocated(place)
    plan = place.plan("ec2.address.allocate").plan
    with tenant_tx(place.people.tenant_id):
        (quota,) = estimate.quotas(plan, place.scope())
    assert (quota.code, quota.wants, quota.used) == ("L-0263D0A3", 1, used + 1)
    own = place.plan("ec2.address.allocate", values={"pool": "own", "own_pool": "ipv4pool-ec2-0a"}).plan
    with tenant_tx(place.people.tenant_id):
        assert estimate.quotas(own, place.scope()) == ()
