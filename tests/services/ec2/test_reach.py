"""Whether an instance is reached from the internet: each single thing that may be missing is found and mended."""

from copy import deepcopy

import pytest
from django.http import QueryDict

from apps.catalog import forms, registry
from apps.catalog.check_questions import unfit
from apps.catalog.examples import ExampleScope, holds
from tests.services.ec2.world import item

pytestmark = pytest.mark.pure

QUESTION = next(one for one in registry.resource("ec2.instance").questions if one.sheet.id == "reach")
VPC, SUBNET = "vpc-0a1b2c3d4e5f60718", "subnet-0a1b2c3d4e5f60718"
ANY = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
OFFICE = ANY | {"IpRanges": [{"CidrIp": "198.51.100.0/24"}]}
LOCAL = {"DestinationCidrBlock": "10.20.0.0/16", "GatewayId": "local", "State": "active"}
OUT = {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-0a1b2c3d4e5f60718", "State": "active"}


def rule(number, action="allow", protocol="-1", ports=None, egress=False, block="0.0.0.0/0"):
    found = {
        "RuleNumber": number,
        "Protocol": protocol,
        "RuleAction": action,
        "Egress": egress,
        "CidrBlock": block,
    }
    return found | ({"PortRange": {"From": ports[0], "To": ports[1]}} if ports else {})


class Known(ExampleScope):
    """A scope that knows these things alone."""

    def __init__(self, *items):
        self.items = items

    def get(self, kind, id):
        return next((one for one in self.items if (one.kind, one.id) == (kind, id)), None)

    def find(self, kind, **equals):
        return [one for one in self.items if one.kind == kind and holds(one.attrs, equals)]


# All that must be so; a case changes some of it.
WORLD = {
    "ec2.instance": {"State": {"Name": "running"}, "PublicIpAddress": "203.0.113.9"},
    "ec2.subnet": {},
    "ec2.route-table": {"Routes": [LOCAL, OUT]},
    "ec2.internet-gateway": {},
    "ec2.network-acl": {"Entries": [rule(100), rule(100, egress=True)]},
    "ec2.security-group": {"GroupId": "sg-08f7e6d5c4b3a2910", "IpPermissions": [ANY], "IpPermissionsEgress": []},
    "ec2.vpc": {},
}


def asked(changes=None, more=(), without=(), **values):
    world = deepcopy(WORLD)
    for kind, attrs in (changes or {}).items():
        world[kind] |= attrs
    things = [item(kind, **attrs) for kind, attrs in world.items() if kind not in without]
    scope = Known(*things, *more)
    query = QueryDict(mutable=True)
    query.update(values)
    form = forms.bind(QUESTION.form, query, scope=scope)
    assert form.is_valid(), form.errors
    return QUESTION.answer(things[0], scope, form.cleaned_data)


def test_where_nothing_is_missing_it_is_reached():
    found = asked()
    assert (found.tone, found.text) == ("ok", "Yes: TCP 443 from anywhere reaches it.")
    assert [each.tone for each in found.findings] == ["ok"] * 7
    assert "0.0.0.0/0 → igw-0a1b2c3d4e5f60718" in found.findings[2].evidence
    assert found.findings[4].evidence == ["Rule 100: allow all traffic, 0.0.0.0/0"]


NAT = OUT | {"GatewayId": None, "NatGatewayId": "nat-0a1b2c3d4e5f60718"}
CASES = [
    ({"ec2.instance": {"State": {"Name": "stopped"}}}, "is stopped, not running", "ec2.instance.start"),
    ({"ec2.instance": {"PublicIpAddress": None}}, "no public IPv4", "ec2.address.allocate"),
    ({"ec2.route-table": {"Routes": [LOCAL]}}, "no route to an internet gateway", "ec2.route-table.edit-routes"),
    ({"ec2.route-table": {"Routes": [LOCAL, NAT]}}, "leads to a NAT gateway", "ec2.route-table.edit-routes"),
    ({"ec2.internet-gateway": {"Attachments": []}}, "has no internet gateway", "ec2.internet-gateway.attach"),
    ({"ec2.network-acl": {"Entries": [rule(100, egress=True)]}}, "does not let it in", "ec2.network-acl.edit-inbound"),
    (
        {"ec2.network-acl": {"Entries": [rule(50, "deny", "6", (443, 443)), rule(100), rule(9, egress=True)]}},
        "does not let it in",
        "ec2.network-acl.edit-inbound",
    ),
    ({"ec2.network-acl": {"Entries": [rule(100)]}}, "does not let answers out", "ec2.network-acl.edit-outbound"),
    ({"ec2.security-group": {"IpPermissions": []}}, "No rule of its security groups", ""),
    (
        {"ec2.security-group": {"IpPermissions": [ANY | {"IpProtocol": "udp"}]}},
        "No rule of its security groups",
        "",
    ),
]


@pytest.mark.parametrize(("changes", "said", "act"), CASES, ids=[f"{case[1]}-{n}" for n, case in enumerate(CASES)])
def test_a_single_thing_that_is_missing_is_found_with_what_mends_it(changes, said, act):
    found = asked(changes)
    assert found.tone == "bad"
    wrong = [each for each in found.findings if each.tone != "ok"]
    assert len(wrong) == 1
    assert said in wrong[0].text
    assert "What is missing: 1" in found.text
    if act:
        (fix,) = wrong[0].fixes
        assert fix.act == act
        assert list(unfit(fix)) == []
    else:
        assert wrong[0].fixes[0].fills["rules"] == [{"protocol": "tcp", "ports": "443", "source": "0.0.0.0/0"}]


JOINED = {"Ipv6CidrBlock": "2001:db8:0:1::/64", "Ipv6CidrBlockState": {"State": "associated"}}
OUT6 = {"DestinationIpv6CidrBlock": "::/0", "GatewayId": "igw-0a1b2c3d4e5f60718", "State": "active"}
EGRESS = OUT6 | {"GatewayId": None, "EgressOnlyInternetGatewayId": "eigw-0a1b2c3d4e5f60718"}
ANY6 = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}


def rule6(number, **more):
    return {key: each for key, each in rule(number, **more).items() if key != "CidrBlock"} | {"Ipv6CidrBlock": "::/0"}


# A VPC whose public subnets have a route for ::/0, as the wizard makes it.
WORLD6 = {
    "ec2.instance": {
        "NetworkInterfaces": [{"SubnetId": SUBNET, "Ipv6Addresses": [{"Ipv6Address": "2001:db8:0:1::7"}]}]
    },
    "ec2.subnet": {"Ipv6CidrBlockAssociationSet": [JOINED]},
    "ec2.route-table": {"Routes": [LOCAL, OUT, OUT6]},
    "ec2.network-acl": {"Entries": [rule(100), rule(100, egress=True), rule6(101), rule6(101, egress=True)]},
    "ec2.security-group": {"IpPermissions": [ANY, ANY6]},
}
CASES6 = [
    ({"ec2.instance": {"NetworkInterfaces": []}}, "It has no IPv6 address.", ""),
    (
        {"ec2.instance": {"NetworkInterfaces": []}, "ec2.subnet": {"Ipv6CidrBlockAssociationSet": []}},
        "its subnet has no IPv6 block",
        "",
    ),
    (
        {"ec2.instance": {"NetworkInterfaces": [{"SubnetId": SUBNET, "Ipv6Addresses": [{"Ipv6Address": "fd00::7"}]}]}},
        "fd00::7, is a private one",
        "",
    ),
    ({"ec2.route-table": {"Routes": [LOCAL, OUT]}}, "no route to an internet gateway", "ec2.route-table.edit-routes"),
    (
        {"ec2.route-table": {"Routes": [LOCAL, OUT, EGRESS]}},
        "leads to an egress-only internet gateway: out, and not in",
        "ec2.route-table.edit-routes",
    ),
    ({"ec2.internet-gateway": {"Attachments": []}}, "has no internet gateway", "ec2.internet-gateway.attach"),
    (
        {"ec2.network-acl": {"Entries": [rule(100), rule(100, egress=True), rule6(101, egress=True)]}},
        "does not let it in",
        "ec2.network-acl.edit-inbound",
    ),
    ({"ec2.security-group": {"IpPermissions": [ANY]}}, "No rule of its security groups", "ec2.security-group"),
]


def test_by_ipv6_it_is_reached_where_nothing_is_missing():
    found = asked(WORLD6, source="::/0")
    assert (found.tone, found.text) == ("ok", "Yes: TCP 443 from anywhere reaches it.")
    assert [each.tone for each in found.findings] == ["ok"] * 7
    assert "::/0 → igw-0a1b2c3d4e5f60718" in found.findings[2].evidence
    assert (
        asked(WORLD6 | {"ec2.instance": WORLD6["ec2.instance"] | {"PublicIpAddress": None}}, source="::/0").tone == "ok"
    )
    assert asked(WORLD6).tone == "ok", "by IPv4 as before"


@pytest.mark.parametrize(("changes", "said", "act"), CASES6, ids=[f"{case[1]}-{n}" for n, case in enumerate(CASES6)])
def test_by_ipv6_a_single_thing_that_is_missing_is_found(changes, said, act):
    found = asked(WORLD6 | changes, source="::/0")
    assert found.tone == "bad"
    (wrong,) = [each for each in found.findings if each.tone != "ok"]
    assert said in wrong.text
    assert [fix.act.startswith(act) for fix in wrong.fixes] == ([True] if act else [])
    for fix in wrong.fixes:
        assert list(unfit(fix)) == []
    if act == "ec2.route-table.edit-routes" and "no route" in said:
        assert wrong.fixes[0].fills == {"routes": [{"destination": "::/0", "target": "igw-0a1b2c3d4e5f60718"}]}


PART = [
    (
        {"ec2.security-group": {"IpPermissions": [OFFICE]}},
        "a part of these",
    ),
    (
        {"ec2.network-acl": {"Entries": [rule(100), rule(90, egress=True, protocol="6", ports=(32768, 65535))]}},
        "only a part of the answers",
    ),
    (
        {"ec2.network-acl": {"Entries": [rule(90, "deny", block="198.51.100.0/24"), rule(100), rule(9, egress=True)]}},
        "only a part of it in",
    ),
]


@pytest.mark.parametrize(("changes", "said"), PART)
def test_what_holds_for_some_only_is_told_apart(changes, said):
    found = asked(changes)
    assert found.tone == "warn"
    assert [said in each.text for each in found.findings if each.tone != "ok"] == [True]


def test_a_narrow_source_passes_where_anywhere_does_not():
    groups = {"ec2.security-group": {"IpPermissions": [OFFICE]}}
    assert asked(groups, source="198.51.100.7").tone == "ok"
    assert asked(groups, source="192.0.2.7").tone == "bad"


def test_two_rules_that_hold_all_ports_together_are_enough():
    spans = [rule(n, egress=True, protocol="6", ports=span) for n, span in ((10, (1024, 9999)), (20, (10000, 65535)))]
    assert asked({"ec2.network-acl": {"Entries": [rule(100), *spans]}}).tone == "ok"


def test_ping_and_other_ports():
    assert asked(port=22).tone == "bad"
    ping = {"IpProtocol": "icmp", "FromPort": 8, "ToPort": -1, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    assert asked({"ec2.security-group": {"IpPermissions": [ping]}}, protocol="icmp").tone == "ok"
    assert asked(protocol="icmp").tone == "bad"


@pytest.mark.parametrize("kind", ["ec2.subnet", "ec2.route-table", "ec2.network-acl"])
def test_what_the_panel_does_not_know_is_no_answer(kind):
    found = asked(without=[kind])
    assert found.tone == "warn"
    assert "can't be told" in found.text


def test_a_rule_for_a_group_leaves_it_open():
    other = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-08f7e6d5c4b3a2911"}]}
    assert asked({"ec2.security-group": {"IpPermissions": [other]}}).tone == "warn"


def test_what_would_mend_it_fits_the_place():
    idle = item("ec2.address", AssociationId=None)
    (fix,) = asked({"ec2.instance": {"PublicIpAddress": None}}, more=[idle]).findings[1].fixes
    assert (fix.act, fix.id, fix.fills) == ("ec2.address.associate", idle.id, {"instance": "i-0b1f4c2e9d7a63f10"})
    public = item("ec2.route-table", RouteTableId="rtb-0b1b2c3d4e5f60718", Associations=[], Routes=[LOCAL, OUT])
    fixes = asked({"ec2.route-table": {"Routes": [LOCAL]}}, more=[public]).findings[2].fixes
    assert [(fix.act, fix.id) for fix in fixes] == [
        ("ec2.subnet.change-route-table", SUBNET),
        ("ec2.route-table.edit-routes", "rtb-0a1b2c3d4e5f60718"),
    ]
    assert fixes[1].fills == {"routes": [{"destination": "0.0.0.0/0", "target": "igw-0a1b2c3d4e5f60718"}]}
    deny = [rule(50, "deny"), rule(100), rule(9, egress=True)]
    (fix,) = asked({"ec2.network-acl": {"Entries": deny}}).findings[4].fixes
    assert fix.fills["rules"][0]["number"] == 49, "before the rule that stands in the way"


@pytest.mark.parametrize(
    ("values", "field", "said"),
    [
        ({"port": "65536"}, "port", "65535"),
        ({"source": "10.0.0.1/8"}, "source", "the block is 10.0.0.0/8"),
        ({"source": "here"}, "source", "no CIDR block"),
        ({"protocol": "gre"}, "protocol", "gre"),
        ({"protocol": "icmp", "source": "::/0"}, "protocol", "IPv4 only"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(values, field, said):
    query = QueryDict(mutable=True)
    query.update(values)
    form = forms.bind(QUESTION.form, query)
    assert said in " ".join(form.errors[field])
