"""Forms of security groups: what they refuse with which words, what they say beforehand, and the plans they make."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.catalog import checks, forms, plans, registry
from apps.catalog.forms import json_errors
from apps.catalog.items import Item
from apps.services.ec2 import security_group_rules as rules
from apps.services.ec2.security_groups import INBOUND, OUTBOUND, rules_now
from tests.services.ec2.test_group_rules import _RULES, GROUP

pytestmark = pytest.mark.pure

KIND = "ec2.security-group"
SSH = {"protocol": "tcp", "ports": "22", "source": "203.0.113.7/32"}


def group(inbound=(), outbound=()):
    item = checks.example_item(registry.resource(KIND))
    parts = {INBOUND: rules.permissions_of(inbound), OUTBOUND: rules.permissions_of(outbound)}
    return replace(item, attrs={**item.attrs, **parts})


class Scope(checks.ExampleScope):
    """Knows groups by id, and nothing else."""

    def __init__(self, *known):
        self.known = {item.id: item for item in known}

    def get(self, kind, id):
        return self.known.get(id)

    def find(self, kind, **equals):
        return [item for item in self.known.values() if item.kind == kind]


def bound(verb, values, *items, scope=None):
    action = registry.action(f"{KIND}.{verb}")
    return action, forms.bind(action.form, values, scope=scope or checks.ExampleScope(), items=items)


def refused(verb, values, *items, scope=None):
    return {key: " ".join(found) for key, found in json_errors(bound(verb, values, *items, scope=scope)[1]).items()}


def edited(rows, item, verb="edit-inbound-rules"):
    """(action, values, plan)."""
    action, form = bound(verb, {"rules": rows}, item)
    assert form.is_valid(), json_errors(form)
    return action, form.cleaned_data, plans.compile_targets(action, [item], form.cleaned_data)


def carried_out(plan, item, part):
    """The rules after the plan's calls, as AWS would make them."""
    there = {rule.key: rule for rule in rules_now(item, part)}
    for step in plan.steps:
        for rule in rules.rules_of(step["params"]["IpPermissions"], item.attrs["OwnerId"]):
            if step["call"].startswith("ec2.revoke_"):
                del there[rule.key]
            else:
                assert (rule.key in there) == ("descriptions" in step["call"])
                there[rule.key] = rule
    return set(there.values())


@settings(max_examples=40, deadline=None)
@given(_RULES, _RULES, st.sampled_from([(INBOUND, "edit-inbound-rules"), (OUTBOUND, "edit-outbound-rules")]))
def test_the_plan_makes_exactly_what_was_entered(now, wanted, way):
    part, verb = way
    wanted = [rule for rule in wanted if not (rule.protocol == "icmp" and ":" in rule.source)]
    wanted = [rule for rule in wanted if not (rule.protocol == "icmpv6" and "." in rule.source)]
    item = group(now, now)
    _action, _values, plan = edited([rules.row_of(rule) for rule in wanted], item, verb)
    assert carried_out(plan, item, part) == set(wanted)
    assert bool(plan.steps) == (set(now) != set(wanted))
    back = {step["undo"]["call"] for step in plan.steps}
    assert len(back) == len(plan.steps), "each is taken back by its opposite"
    assert [bool(step.get("same")) for step in plan.steps] == [n == 0 for n in range(len(plan.steps))]


def test_only_what_differs_is_called_and_the_new_comes_first():
    old, kept = rules.Rule("tcp", 22, 22, "10.0.0.0/8"), rules.Rule("tcp", 443, 443, rules.ANYWHERE, "HTTPS")
    item = group([old, kept])
    rows = [rules.row_of(kept) | {"description": "Web"}, SSH]
    action, values, plan = edited(rows, item)
    calls = [(step["call"].partition(".")[2], step["params"]["IpPermissions"]) for step in plan.steps]
    tcp = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22}
    assert calls == [
        (
            "update_security_group_rule_descriptions_ingress",
            [{**tcp, "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": rules.ANYWHERE, "Description": "Web"}]}],
        ),
        ("authorize_security_group_ingress", [{**tcp, "IpRanges": [{"CidrIp": "203.0.113.7/32"}]}]),
        ("revoke_security_group_ingress", [{**tcp, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}]),
    ]
    assert list(action.means(item, values)) == [
        "New: TCP 22 (SSH) from 203.0.113.7/32",
        "Gone: TCP 22 (SSH) from 10.0.0.0/8",
        "Described anew: TCP 443 (HTTPS) from 0.0.0.0/0: “Web” instead of “HTTPS”",
        "1 rule stays.",
    ]
    assert list(action.risks(item, values)) == [], "what is there already is nobody's new risk"


def test_a_full_group_makes_room_first():
    now = [rules.Rule("tcp", port, port, "10.0.0.0/8") for port in range(1, 61)]
    _action, _values, plan = edited([rules.row_of(rule) for rule in now[1:]] + [SSH], group(now))
    assert [step["call"].split("_")[0] for step in plan.steps] == ["ec2.revoke", "ec2.authorize"]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"ports": "22", "source": "0.0.0.0/0"}, "22 (SSH)"),
        ({"ports": "3000-6000", "source": "::/0"}, "3306 (MySQL)"),
        (
            {"protocol": "all", "source": "0.0.0.0/0"},
            "All traffic from 0.0.0.0/0: anybody on the internet may reach 22",
        ),
    ],
)
def test_administration_open_to_all_is_a_risk(row, said):
    item = group()
    action, values, plan = edited([row], item)
    (risk,) = action.risks(item, values)
    assert said in risk
    assert plan.risks == (risk,)
    create = registry.action(f"{KIND}.create")
    form = forms.bind(create.form, {"name": "n", "description": "d", "inbound": [row]}, scope=checks.ExampleScope())
    assert form.is_valid()
    assert plans.compile_create(create, form.scope, form.cleaned_data).risks == (risk,)


def test_what_is_odd_is_said():
    item = group([rules.Rule("tcp", 22, 22, "10.0.0.0/8")])
    many = [{"ports": str(port), "source": "10.0.0.0/8"} for port in range(1, 62)]
    action, values, _plan = edited([*many[:21], {"ports": "5", "source": "10.1.0.0/16"}], item)
    said = list(action.notes(item, values))
    assert said[0] == "TCP 5 from 10.1.0.0/16 changes nothing: TCP 5 from 10.0.0.0/8 allows it already."
    assert "may go on" in said[1]
    action, values, _plan = edited(many, item)
    assert "these are 61" in next(iter(action.notes(item, values)))


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([SSH, SSH | {"description": "again"}], "Rows 1 and 2 say the same rule"),
        ([{"protocol": "icmp", "source": "::/0"}], "Row 1: ICMP is of IPv4; for ::/0 choose ICMPv6"),
        ([{"protocol": "icmpv6", "source": "10.0.0.0/8"}], "Row 1: ICMPv6 is of IPv6"),
        ([{"ports": "1", "source": GROUP}], f"Row 1: {GROUP} is not known"),
        ([{"ports": "1", "source": "pl-0123abcd"}], "Row 1: pl-0123abcd is not known"),
        ([SSH] * 1001, "At most 1000 rows, not 1001"),
    ],
)
def test_rules_that_do_not_go_together_are_refused(rows, said):
    assert said in refused("edit-inbound-rules", {"rules": rows}, group(), scope=Scope())["rules"]


def test_a_row_that_is_wrong_is_said_beside_its_field():
    rows = [SSH, {"ports": "22", "source": "10.0.0.5/24"}, {"ports": "22", "source": "x", "description": "a'b"}]
    found = refused("edit-inbound-rules", {"rules": rows}, group())
    assert "the block is 10.0.0.0/24" in found["rules[1].source"]
    assert "Only letters" in found["rules[2].description"]
    assert (
        "255"
        in refused("edit-inbound-rules", {"rules": [SSH | {"description": "x" * 256}]}, group())["rules[0].description"]
    )


def test_what_refers_to_a_group_that_is_gone_may_stay_and_others_are_not_touched():
    gone = rules.Rule("tcp", 5432, 5432, GROUP)
    rows = [rules.row_of(gone), {"ports": "1", "source": "444455556666/" + GROUP}]
    assert refused("edit-inbound-rules", {"rules": rows}, group([gone]), scope=Scope()) == {}
    assert "one group at a time" in refused("edit-inbound-rules", {"rules": []}, group(), group())["rules"]


@pytest.mark.parametrize(
    ("values", "field", "said"),
    [
        ({"name": "sg-web"}, "name", "can't start with sg-"),
        ({"name": "Default"}, "name", "each VPC's own"),
        ({"name": "x" * 256}, "name", "255"),
        ({"name": "naïve"}, "name", "Only letters"),
        ({"name": "web"}, "name", "of the name web in"),
        ({"description": ""}, "description", "required"),
        ({"description": "x" * 256}, "description", "255"),
        ({"inbound": [SSH, SSH]}, "inbound", "Rows 1 and 2"),
        ({"tags": [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]}, "tags", "stands twice"),
    ],
)
def test_a_group_that_aws_would_not_make_is_refused(values, field, said):
    assert said in refused("create", {"name": "api", "description": "d"} | values)[field]


def created(values, scope=None):
    action, form = bound("create", {"name": "api", "description": "d"} | values, scope=scope)
    assert form.is_valid(), json_errors(form)
    return plans.compile_create(action, form.scope, form.cleaned_data)


def test_a_new_group_has_what_was_asked_and_not_what_aws_gives():
    plan = created({"inbound": [SSH, {"protocol": "all", "source": "self"}], "outbound": [SSH]})
    calls = [step["call"].partition(".")[2] for step in plan.steps]
    assert calls == [
        "create_security_group",
        "authorize_security_group_ingress",
        "authorize_security_group_egress",
        "revoke_security_group_egress",
    ]
    own = plan.steps[1]["params"]["IpPermissions"][1]["UserIdGroupPairs"]
    assert own == [{"GroupId": {"$ref": "s1", "path": "GroupId"}}]
    assert plan.steps[0]["undo"]["call"] == "ec2.delete_security_group"
    assert len(created({}).steps) == 1, "AWS lets everything out"
    assert [step["call"].split("_")[0] for step in created({"outbound": []}).steps] == ["ec2.create", "ec2.revoke"]


def test_a_copy_refers_to_itself_where_its_model_did():
    item = group([rules.Rule("tcp", 22, 22, "10.0.0.0/8", "office")], [rules.Rule("-1", None, None, "0.0.0.0/0")])
    own = rules.Rule("-1", None, None, item.id)
    item = group([*rules_now(item, INBOUND), own], rules_now(item, OUTBOUND))
    filled = registry.action(f"{KIND}.create").like(item)
    assert filled["name"] == "web-copy"
    assert [row["source"] for row in filled["inbound"]] == ["10.0.0.0/8", "self"]
    assert refused("create", filled) == {}


def test_a_group_of_another_vpc_is_pointed_out():
    other = Item(KIND, GROUP, "db", attrs={"VpcId": "vpc-2"})
    here = Item("ec2.vpc", "vpc-1", "main", attrs={"IsDefault": True})
    action, form = bound(
        "create",
        {"name": "api", "description": "d", "inbound": [{"ports": "1", "source": GROUP}]},
        scope=Scope(other, here),
    )
    assert form.is_valid()
    assert list(action.notes(form.scope, form.cleaned_data)) == [
        "db is in vpc-2: AWS refuses that unless the two VPCs are peered."
    ]


def test_stale_rules_are_those_that_aws_names():
    item = checks.example_item(registry.resource(KIND))
    action = registry.action(f"{KIND}.remove-stale-rules")
    plan = plans.compile_targets(action, [item], {})
    (step,) = plan.steps
    assert step["call"] == "ec2.revoke_security_group_ingress"
    (permission,) = step["params"]["IpPermissions"]
    assert permission["UserIdGroupPairs"] == [{"GroupId": "sg-0e5f60718293a4b5c", "UserId": "444455556666"}]
    none = replace(item, attrs={**item.attrs, "Stale": []})
    assert "No rule of web" in refused("remove-stale-rules", {}, none)["__all__"]
