"""Rules of security groups: there and back without loss, what differs between two sets, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.catalog import model
from apps.services.ec2 import security_group_rules as rules
from apps.services.ec2.security_group_rules import Rule

pytestmark = pytest.mark.pure

OWNER, OTHER = "111122223333", "444455556666"
GROUP, LIST = "sg-0a1b2c3d4e5f60718", "pl-0a1b2c3d4e5f60718"

_SOURCES = st.one_of(
    st.ip_addresses(v=4).map(lambda one: f"{one}/32"),
    st.ip_addresses(v=6).map(lambda one: f"{one}/128"),
    st.sampled_from([rules.ANYWHERE, rules.ANYWHERE6, "10.0.0.0/8", "fd00::/8", GROUP, f"{OTHER}/{GROUP}", LIST]),
)
_PORTS = st.tuples(st.integers(0, 65535), st.integers(0, 65535)).map(sorted).map(tuple)
_TYPES = st.tuples(st.integers(0, 255), st.integers(-1, 255)) | st.just((-1, -1))
_WHAT = st.one_of(
    st.tuples(st.sampled_from(["tcp", "udp"]), _PORTS),
    st.tuples(st.sampled_from(["icmp", "icmpv6"]), _TYPES),
    st.tuples(st.just(rules.ALL) | st.sampled_from(["0", "2", "47", "50", "132", "255"]), st.just((None, None))),
)
_SAID = st.sampled_from(["", "ssh", "The office"])
_RULE = st.builds(lambda what, source, said: Rule(what[0], *what[1], source, said), _WHAT, _SOURCES, _SAID)
_RULES = st.lists(_RULE, max_size=8, unique_by=lambda rule: rule.key)


def applied(now, change):
    """What AWS has when the change is made."""
    kept = {rule.key: rule for rule in now}
    for rule in change.removed:
        del kept[rule.key]
    for rule in change.added:
        assert rule.key not in kept, "AWS refuses what is there"
        kept[rule.key] = rule
    for before, after in change.described:
        assert kept[before.key] == before
        kept[before.key] = after
    return set(kept.values())


@given(_RULES)
def test_rules_are_said_in_awss_words_and_come_back(found):
    said = rules.permissions_of(found)
    assert set(rules.rules_of(said, OWNER)) == set(found)
    for direction in ("ingress", "egress"):
        call = f"ec2.authorize_security_group_{direction}"
        assert model.problems(call, {"GroupId": GROUP, "IpPermissions": said}) == ""
    ports = [(one["IpProtocol"], one.get("FromPort"), one.get("ToPort")) for one in said]
    assert len(ports) == len(set(ports)), "those of the same ports stand together"


@given(_RULES, _RULES)
def test_the_difference_makes_one_set_the_other_and_touches_nothing_else(now, wanted):
    change = rules.change(now, wanted)
    assert applied(now, change) == set(wanted)
    both = set(now) & set(wanted)
    assert not both & {*change.added, *change.removed, *(rule for pair in change.described for rule in pair)}
    assert change.anything == (set(now) != set(wanted))
    back = rules.change(wanted, now)
    assert (set(back.added), set(back.removed)) == (set(change.removed), set(change.added))


@given(_RULE)
def test_a_rule_is_a_row_and_back(rule):
    assert rules.rule_of(rules.row_of(rule)) == rule
    assert rules.said(rule)


def test_awss_other_ways_to_say_it():
    found = rules.rules_of(
        [
            {"IpProtocol": "6", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]},
            {"IpProtocol": "icmp", "IpRanges": [{"CidrIp": "10.0.0.0/8"}]},
            {"IpProtocol": "58", "FromPort": -1, "ToPort": -1, "Ipv6Ranges": [{"CidrIpv6": "::/0"}]},
            {"IpProtocol": "-1", "FromPort": -1, "ToPort": -1, "UserIdGroupPairs": [{"GroupId": GROUP}]},
            {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": GROUP, "UserId": OTHER, "Description": "theirs"}]},
            {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 2, "UserIdGroupPairs": [{"GroupId": "x", "UserId": OWNER}]},
        ],
        OWNER,
    )
    assert found == [
        Rule("tcp", 22, 22, "10.0.0.0/8"),
        Rule("icmp", -1, -1, "10.0.0.0/8"),
        Rule("icmpv6", -1, -1, "::/0"),
        Rule("-1", None, None, GROUP),
        Rule("-1", None, None, f"{OTHER}/{GROUP}", "theirs"),
        Rule("tcp", 1, 2, "x"),
    ]


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ({"protocol": "tcp", "ports": "22", "source": "203.0.113.7"}, Rule("tcp", 22, 22, "203.0.113.7/32")),
        ({"protocol": "udp", "ports": "8000 - 8100", "source": "::/0"}, Rule("udp", 8000, 8100, "::/0")),
        ({"protocol": "tcp", "ports": "ALL", "source": GROUP.upper()}, Rule("tcp", 0, 65535, GROUP)),
        ({"protocol": "icmp", "ports": "3/4", "source": "10.0.0.0/8"}, Rule("icmp", 3, 4, "10.0.0.0/8")),
        ({"protocol": "icmpv6", "ports": "", "source": "2001:DB8::/32"}, Rule("icmpv6", -1, -1, "2001:db8::/32")),
        ({"protocol": "all", "source": LIST}, Rule("-1", None, None, LIST)),
        ({"protocol": "number", "number": 50, "source": "self"}, Rule("50", None, None, "self")),
    ],
)
def test_what_somebody_types_is_a_rule(row, rule):
    assert rules.rule_of(row) == rule


@pytest.mark.parametrize(
    ("row", "field", "said"),
    [
        ({"ports": ""}, "ports", "not “”"),
        ({"ports": "http"}, "ports", "not “http”"),
        ({"ports": "70000"}, "ports", "65535, not 70000"),
        ({"ports": "9-8"}, "ports", "8, is below the first, 9"),
        ({"ports": "٢٢"}, "ports", "“٢٢”"),
        ({"protocol": "icmp", "ports": "256"}, "ports", "“256”"),
        ({"protocol": "all", "ports": "22"}, "ports", "not 22"),
        ({"protocol": "number", "ports": ""}, "number", "0 to 255"),
        ({"protocol": "number", "ports": "", "number": 6}, "number", "6 is TCP"),
        ({"source": ""}, "source", "“”"),
        ({"source": "10.0.0.5/24"}, "source", "the block is 10.0.0.0/24, the one address 10.0.0.5/32"),
        ({"source": "2001:db8::1/64"}, "source", "the block is 2001:db8::/64"),
        ({"source": "10.0.0.0/33"}, "source", "“10.0.0.0/33”"),
        ({"source": "fe80::1%eth0"}, "source", "CIDR block"),
        ({"source": "office"}, "source", "“office”"),
        ({"source": "sg-12"}, "source", "not the whole id"),
        ({"source": "pl-"}, "source", "not the whole id"),
    ],
)
def test_what_is_no_rule_is_said_beside_its_field(row, field, said):
    with pytest.raises(rules.Wrong) as wrong:
        rules.rule_of({"protocol": "tcp", "ports": "22", "source": "10.0.0.0/8"} | row)
    assert wrong.value.field == field
    assert said in str(wrong.value)


@pytest.mark.parametrize(
    ("rule", "ports"),
    [
        (Rule("tcp", 22, 22, rules.ANYWHERE), [22]),
        (Rule("tcp", 3000, 4000, rules.ANYWHERE6), [3306, 3389]),
        (Rule("tcp", 443, 443, rules.ANYWHERE), []),
        (Rule("tcp", 22, 22, "10.0.0.0/8"), []),
        (Rule("icmp", -1, -1, rules.ANYWHERE), []),
    ],
)
def test_what_is_exposed(rule, ports):
    assert rules.exposed(rule) == ports
    everything = rules.exposed(Rule("-1", None, None, rules.ANYWHERE))
    assert {22, 3389, 1433, 3306, 5432, 6379, 9200, 27017} <= set(everything)


def test_rules_are_said_as_people_read_them():
    assert rules.said(Rule("tcp", 22, 22, "203.0.113.7/32")) == "TCP 22 (SSH) from 203.0.113.7/32"
    assert rules.said(Rule("-1", None, None, rules.ANYWHERE), outbound=True) == "All traffic to 0.0.0.0/0"
    assert rules.said(Rule("icmp", 3, 4, "self")) == "ICMP 3/4 from the group itself"
    assert rules.said(Rule("50", None, None, GROUP)) == f"ESP (50) from {GROUP}"
