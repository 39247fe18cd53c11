"""What an instance's page says of its network, volumes, groups and alarms, from what the panel knows."""

import pytest

from apps.catalog.cards import Around, Named
from apps.services.ec2 import instance_network, instance_security, instance_storage, status
from tests.services.ec2.known import Known, thing

pytestmark = pytest.mark.pure
WEB, DATA, LOST = "sg-0a1b2c3d4e5f60718", "sg-0a1b2c3d4e5f60719", "sg-0a1b2c3d4e5f60720"


def rule(port, **source):
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **source}


def test_the_rules_of_all_its_groups_stand_in_one_table():
    web = thing(
        "ec2.security-group",
        GroupId=WEB,
        IpPermissions=[rule(443, IpRanges=[{"CidrIp": "0.0.0.0/0"}])],
        IpPermissionsEgress=[],
    )
    data = thing(
        "ec2.security-group",
        GroupId=DATA,
        IpPermissions=[rule(5432, UserIdGroupPairs=[{"GroupId": WEB}])],
        IpPermissionsEgress=[],
    )
    item = thing(
        "ec2.instance",
        SecurityGroups=[{"GroupId": WEB}],
        NetworkInterfaces=[{"Groups": [{"GroupId": WEB}, {"GroupId": DATA}, {"GroupId": LOST}]}],
    )
    around = Around(Known(web, data))
    groups = [row[0] for row in instance_security.groups_card(item, around).rows]
    assert groups == [Named("ec2.security-group", id) for id in (WEB, DATA, LOST)]
    found = [(row[1], row[3], row[5].id) for row in instance_security.inbound_card(item, around).rows]
    assert found == [("443", "anywhere (0.0.0.0/0)", WEB), ("5432", Named("ec2.security-group", WEB), DATA)]
    assert not instance_security.outbound_card(item, around).rows


def test_each_interface_is_told_with_its_addresses_in_order():
    def interface(n, *private, **more):
        return {
            "NetworkInterfaceId": f"eni-{n}",
            "SubnetId": "subnet-1",
            "Attachment": {"DeviceIndex": n},
            "PrivateIpAddresses": [{"PrivateIpAddress": each} for each in private],
            **more,
        }

    second = interface(1, "10.0.0.8", Ipv6Addresses=[{"Ipv6Address": "2001:db8::1"}])
    first = interface(0, "10.0.0.4", "10.0.0.5", Association={"PublicIp": "203.0.113.9"})
    item = thing("ec2.instance", NetworkInterfaces=[second, first])
    rows = instance_network.interfaces_card(item).rows
    assert [(row[0].id, *row[1:4]) for row in rows] == [
        ("eni-0", 0, ["10.0.0.4", "10.0.0.5"], "203.0.113.9"),
        ("eni-1", 1, ["10.0.0.8", "2001:db8::1"], None),
    ]
    facts = [value for _label, value in instance_network.addresses_card(item).facts]
    assert ["10.0.0.4", "10.0.0.5", "10.0.0.8"] in facts
    assert ["2001:db8::1"] in facts


def test_a_volume_that_the_panel_does_not_know_is_told_by_its_id():
    known = thing("ec2.volume", VolumeId="vol-1", Size=20, VolumeType="gp3", Encrypted=True)
    disks = [("/dev/xvda", "vol-1", True), ("/dev/sdf", "vol-2", False)]
    item = thing(
        "ec2.instance",
        BlockDeviceMappings=[
            {"DeviceName": name, "Ebs": {"VolumeId": id, "DeleteOnTermination": gone}} for name, id, gone in disks
        ],
    )
    first, second = instance_storage.volumes_card(item, Around(Known(known))).rows
    assert first == (Named("ec2.volume", "vol-1"), "/dev/xvda", "20 GiB", "gp3", None, True, "Deleted")
    assert second == (Named("ec2.volume", "vol-2"), "/dev/sdf", None, None, None, None, "Kept")


def test_alarms_say_how_many_are_in_alarm():
    alarms = (thing("cloudwatch.alarm", "ALARM", AlarmName="cpu"), thing("cloudwatch.alarm", "OK", AlarmName="disk"))
    shown = status.alarms_card(thing("ec2.instance", "running"), Around(Known(*alarms)))
    assert (shown.tone, shown.words) == ("bad", ["1 of 2 are in alarm."])
    assert [row[0].id for row in shown.rows] == ["cpu", "disk"]
    assert not status.alarms_card(thing("ec2.instance", "running"), Around(Known())).anything
