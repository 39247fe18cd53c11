"""What the Connect tab says: the line to type, and what is true of it."""

import pytest

from apps.catalog.cards import Around
from apps.services.ec2 import connect, doors
from tests.services.ec2.known import Known, thing

pytestmark = pytest.mark.pure

HOME = "8.8.4.4"  # of the internet, which those for documentation aren't; nothing connects to it


def image(name, **more):
    return thing("ec2.image", ImageId="ami-1", Name=name, **more)


def group(*rules):
    return thing("ec2.security-group", GroupId="sg-1", IpPermissions=list(rules))


def rule(source, first=22, last=22, protocol="tcp"):
    where = "Ipv6Ranges" if ":" in source else "IpRanges"
    return {
        "IpProtocol": protocol,
        "FromPort": first,
        "ToPort": last,
        where: [{"CidrIpv6" if ":" in source else "CidrIp": source}],
    }


def instance(state="running", **more):
    return thing(
        "ec2.instance",
        state,
        **{"ImageId": "ami-1", "PublicIpAddress": "203.0.113.9", "SecurityGroups": [{"GroupId": "sg-1"}]} | more,
    )


def shown(card, item, *known, address=HOME):
    return card(item, Around(Known(*known), address))


@pytest.mark.parametrize(
    ("name", "more", "user"),
    [
        ("al2023-ami-2023.5.1-kernel-6.1-x86_64", {}, "ec2-user"),
        ("amzn2-ami-hvm-2.0", {}, "ec2-user"),
        ("ubuntu/images/hvm-ssd/ubuntu-noble-24.04", {}, "ubuntu"),
        ("debian-12-amd64", {}, "admin"),
        ("RHEL-9.4.0_HVM", {}, "ec2-user"),
        ("suse-sles-15-sp6", {}, "ec2-user"),
        ("CentOS Stream 9", {}, "centos"),
        ("Fedora-Cloud-Base-40", {}, "fedora"),
        ("bitnami-wordpress-6-debian-12", {}, "bitnami"),
        ("golden", {"Description": "Ubuntu with our agents"}, "ubuntu"),
        ("golden", {"OwnerId": "136693071363"}, "admin"),
        ("golden", {}, ""),
    ],
)
def test_the_user_is_who_the_image_makes(name, more, user):
    assert doors.user_of(instance(), image(name, **more)) == user


def test_the_line_is_what_a_terminal_takes():
    item = instance(KeyName="my key; rm")
    said = shown(connect.ssh, item, image("ubuntu/24.04"), group(rule("0.0.0.0/0")))
    assert [command for _label, command in said.commands] == ["ssh -i 'my key; rm.pem' ubuntu@203.0.113.9"]
    assert [tone for tone, _text in said.checks] == ["ok", "ok", "", "ok", "ok"]


@pytest.mark.parametrize(
    ("rules", "address", "tone", "words"),
    [
        ([rule(f"{HOME}/32")], HOME, "ok", "from your address"),
        ([rule("0.0.0.0/0", protocol="-1", first=None, last=None)], "10.0.0.3", "ok", "from your address"),
        ([rule("192.0.2.0/24")], HOME, "bad", "from 192.0.2.0/24, not from your address"),
        ([rule("0.0.0.0/0", 443, 443)], HOME, "bad", "No rule"),
        ([rule("::/0")], HOME, "bad", "No rule"),
        ([rule("10.0.0.0/8")], "10.0.0.3", "", "Whether that is you can't be told"),
        (
            [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "PrefixListIds": [{"PrefixListId": "pl-1"}]}],
            HOME,
            "",
            "pl-1",
        ),
        ([], HOME, "bad", "No rule"),
    ],
)
def test_what_the_groups_let_in_is_told_as_far_as_it_is_known(rules, address, tone, words):
    said = shown(connect.ssh, instance(), image("ubuntu"), group(*rules), address=address).checks[3]
    assert said[0] == tone
    assert words in said[1]


def test_groups_that_may_not_be_seen_are_not_known():
    tone, words = shown(connect.ssh, instance(), image("ubuntu")).checks[3]
    assert tone == ""
    assert "sg-1" in words


def test_a_private_address_is_said_to_be_one():
    item = instance(PublicIpAddress=None, PrivateIpAddress="10.0.0.4", KeyName="ops")
    known = image("ubuntu"), group(rule("10.0.0.0/8"))
    said = shown(connect.ssh, item, *known, address="10.1.1.1")
    assert said.commands[0][1] == "ssh -i ops.pem ubuntu@10.0.0.4"
    assert [said.checks[n][0] for n in (1, 3)] == ["warn", "ok"]
    assert "--connection-type eice" in shown(connect.instance_connect, item, *known).commands[0][1]


def test_ipv6_is_taken_where_there_is_no_public_ipv4():
    interface = {"Ipv6Addresses": [{"Ipv6Address": "2001:db8::5"}]}
    item = instance(PublicIpAddress=None, NetworkInterfaces=[interface])
    said = shown(connect.ssh, item, image("ubuntu"), group(rule("::/0")))
    assert "ubuntu@2001:db8::5" in said.commands[0][1]
    assert [tone for tone, _text in said.checks[:4]] == ["ok", "warn", "", "ok"]


def test_an_instance_without_an_address_has_no_line():
    said = shown(connect.ssh, instance("stopped", PublicIpAddress=None), image("ubuntu"), group())
    assert said.commands == ()
    assert "must be running" in said.checks[0][1]


def test_windows_is_reached_by_remote_desktop():
    item = instance(Platform="windows", KeyName="ops")
    said = shown(connect.ssh, item, image("Windows_Server-2025"), group(rule("0.0.0.0/0", 3389, 3389)))
    lines = " ".join(command for _label, command in said.commands)
    assert "mstsc /v:203.0.113.9" in lines
    assert "get-password-data" in lines
    assert said.checks[-1][0] == "ok"
    assert "Not for Windows" in shown(connect.instance_connect, item).words[0]


def test_session_manager_says_what_it_needs():
    arn = "arn:aws:iam::111111111111:instance-profile/api-prod"
    said = connect.session_manager(instance(IamInstanceProfile={"Arn": arn}))
    assert said.commands[0][1] == "aws ssm start-session --region eu-west-1 --target i-0b1f4c2e9d7a63f10"
    assert "api-prod" in said.checks[1][1]
    assert connect.session_manager(instance()).checks[1][0] == "warn"
