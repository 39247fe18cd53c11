"""Network interfaces: made, attached, given addresses, and a public address for each of them."""

import pytest

from apps.catalog import forms
from apps.catalog.items import Item
from apps.operations.submit import submit
from apps.services.ec2.interface_attachments import DetachForm
from apps.services.ec2.interface_settings import AddressesForm, SettingsForm
from apps.services.ec2.interfaces import DeleteForm, interface
from apps.tenancy.access import Denied
from apps.tenancy.context import tenant_tx
from tests.api.world import Api


def made(place, **values):
    """The id of a new interface in the standing subnet."""
    done = place.run("ec2.network-interface.create", values={"subnet": place.subnet} | values)
    assert done.state == "succeeded", done.error
    return done.result["ids"][0]


def there(place, id):
    return place.aws.describe_network_interfaces(NetworkInterfaceIds=[id])["NetworkInterfaces"][0]


def ips(place, id):
    return [row["PrivateIpAddress"] for row in there(place, id)["PrivateIpAddresses"]]


def free(place, *ends):
    """Addresses of the standing subnet."""
    cidr = place.aws.describe_subnets(SubnetIds=[place.subnet])["Subnets"][0]["CidrBlock"]
    return [f"{cidr.rsplit('.', 1)[0]}.{end}" for end in ends]


def test_made_attached_detached_and_deleted(place):
    id, machine = made(place, name="appliance", description="NAT", secondary=1), place.machine()
    item = place.item("ec2.network-interface", id)
    assert (item.name, item.state, len(ips(place, id))) == ("appliance", "available", 2)

    done = place.run("ec2.network-interface.attach", [id], {"instance": machine})
    assert done.state == "succeeded", done.error
    assert there(place, id)["Attachment"]["DeviceIndex"] == 1
    assert len(place.item("ec2.instance", machine).attrs["NetworkInterfaces"]) == 2
    assert "is in-use" in place.refusals("ec2.network-interface.delete", [id])["state"][0]

    assert place.run("ec2.network-interface.detach", [id]).state == "succeeded"
    assert place.item("ec2.network-interface", id).state == "available"
    assert place.run("ec2.network-interface.delete", [id]).state == "succeeded"
    assert place.item("ec2.network-interface", id) is None


def test_creation_is_refused(place):
    subnet = place.subnet
    reserved, last = free(place, 3, 0)

    def why(**values):
        return place.refusals("ec2.network-interface.create", values={"subnet": subnet} | values)

    assert "is not in" in why(private_address="192.0.2.7")["private_address"][0]
    assert "AWS keeps" in why(private_address=reserved)["private_address"][0]
    assert "AWS keeps" in why(private_address=last)["private_address"][0]
    vpc = place.aws.create_vpc(CidrBlock="10.77.0.0/16")["Vpc"]["VpcId"]
    group = place.aws.create_security_group(GroupName="other", Description="other", VpcId=vpc)["GroupId"]
    place.sync("ec2.security-group")
    assert "is not in" in why(groups=[group])["groups"][0]


def test_attaching_is_refused(place):
    id, machine = made(place), place.machine()
    act = "ec2.network-interface.attach"
    for index in (0, -1):
        assert "device_index" in place.refusals(act, [id], {"instance": machine, "device_index": index})
    subnets = place.aws.describe_subnets()["Subnets"]
    zone = next(one["AvailabilityZone"] for one in subnets if one["SubnetId"] == place.subnet)
    elsewhere = next(one["SubnetId"] for one in subnets if one["AvailabilityZone"] != zone)
    far = made(place, subnet=elsewhere)
    assert "AvailabilityZone must be the same" in place.refusals(act, [far], {"instance": machine})["instance"][0]
    place.run(act, [id], {"instance": machine, "device_index": 1})
    taken = place.refusals(act, [made(place)], {"instance": machine, "device_index": 1})
    assert "has an interface at 1 already" in taken["device_index"][0]


def test_the_primary_interface_stays(place):
    machine = place.machine()
    primary = place.item("ec2.instance", machine).attrs["NetworkInterfaces"][0]["NetworkInterfaceId"]
    refused = place.refusals("ec2.network-interface.detach", [primary])
    assert f"is the primary interface of {machine}" in refused["__all__"][0]


def test_what_aws_made_for_itself_stays():
    items = [Item("ec2.network-interface", "eni-1", attrs={"RequesterManaged": True, "InterfaceType": "lambda"})]
    for form in (DetachForm, DeleteForm):
        assert "(lambda)" in " ".join(forms.bind(form, {}, items=items).non_field_errors())


def test_secondary_addresses_are_edited_as_a_table(place):
    id = made(place)
    first, second = free(place, 201, 202)
    act = "ec2.network-interface.edit-addresses"
    assert place.run(act, [id], {"addresses": [{"address": first}]}).state == "succeeded"
    done = place.run(act, [id], {"addresses": [{"address": second}], "more": 1})
    assert done.state == "succeeded", done.error
    assert [row.call for row in done.journal] == [
        "ec2.unassign_private_ip_addresses",
        "ec2.assign_private_ip_addresses",
        "ec2.assign_private_ip_addresses",
    ]
    now = ips(place, id)
    assert (first in now, second in now, len(now)) == (False, True, 3)


def test_addresses_that_changed_meanwhile_are_left_alone(place):
    id = made(place)
    first, second = free(place, 203, 204)
    act = "ec2.network-interface.edit-addresses"
    place.run(act, [id], {"addresses": [{"address": first}]})
    place.aws.assign_private_ip_addresses(NetworkInterfaceId=id, PrivateIpAddresses=[second])
    done = place.run(act, [id], {"addresses": []})
    assert (done.state, done.error["code"]) == ("failed", "ChangedMeanwhile")
    assert first in ips(place, id)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"addresses": [{"address": "192.0.2.7"}]}, "is not in"),
        ({"addresses": [{"address": "{primary}"}]}, "is the primary address"),
        ({"addresses": [{"address": "{free}"}, {"address": "{free}"}]}, "stands twice"),
        ({"addresses": [{"address": "{free}"}], "more": 49}, "not 51"),
    ],
)
def test_addresses_are_refused(place, values, words):
    id = made(place)
    told = {"primary": ips(place, id)[0], "free": free(place, 205)[0]}
    rows = [{"address": row["address"].format(**told)} for row in values["addresses"]]
    refused = place.refusals("ec2.network-interface.edit-addresses", [id], values | {"addresses": rows})
    assert words in " ".join(refused["addresses"])


def test_each_private_address_can_have_a_public_one(place):
    """Several public addresses on one instance."""
    id, machine = made(place, secondary=1), place.machine()
    place.run("ec2.network-interface.attach", [id], {"instance": machine})
    place.sync("ec2.network-interface", "ec2.instance")
    one = place.run("ec2.address.allocate").result["ids"][0]
    refused = place.refusals("ec2.address.associate", [one], {"instance": machine})
    assert "several network interfaces" in refused["instance"][0]
    assert id in refused["instance"][0]
    primary, more = ips(place, id)
    plan = place.plan("ec2.address.associate", [one], {"interface": id, "private_address": more}).plan
    assert plan.steps[0]["params"] == {
        "AllocationId": one,
        "NetworkInterfaceId": id,
        "PrivateIpAddress": more,
        "AllowReassociation": False,
    }
    done = place.run("ec2.address.associate", [one], {"interface": id, "private_address": primary})
    assert done.state == "succeeded", done.error
    other = place.run("ec2.address.allocate").result["ids"][0]
    taken = place.refusals("ec2.address.associate", [other], {"interface": id})
    assert "has the Elastic IP address" in taken["reassociate"][0]
    assert place.plan("ec2.address.associate", [other], {"interface": id, "private_address": more}).plan


def test_settings_are_one_call_each(place):
    id = made(place)
    before = interface.actions["edit"].like(place.item("ec2.network-interface", id))
    done = place.run("ec2.network-interface.edit", [id], before | {"description": "VPN", "source_dest_check": False})
    assert done.state == "succeeded", done.error
    assert len(done.journal) == 2
    assert (there(place, id)["Description"], there(place, id)["SourceDestCheck"]) == ("VPN", False)
    place.sync("ec2.network-interface")
    asked = Api(place.people.operator).post(f"/ec2/network-interfaces/{id}/edit/?plan=1", {"description": None})
    (step,) = asked.json()["plan"]["steps"]
    assert step["params"]["Description"] == {"Value": ""}, "over REST, null empties and what is left out stays"


def test_what_each_has_of_its_own_is_not_set_on_several():
    several = [Item("ec2.network-interface", f"eni-{n}", attrs=interface.example) for n in range(2)]
    for form, values in ((SettingsForm, {"groups": ["sg-1"]}), (AddressesForm, {"addresses": []})):
        assert "one network interface at a time" in " ".join(forms.bind(form, values, items=several).non_field_errors())


def test_who_may(place):
    id = made(place)
    prepared = place.plan("ec2.network-interface.delete", [id], person=place.people.viewer)
    with pytest.raises(Denied), tenant_tx(place.people.tenant_id):
        submit(place.people.viewer.actor, prepared)
    with pytest.raises(LookupError):
        place.plan("ec2.network-interface.delete", [id], person=place.people.outsider)
