"""Rules of security groups written on the real protocol: what differs alone, nobody's change undone, all or none."""

import pytest
from django.test import Client

from apps.catalog import registry
from apps.cloud.explain import CallFailed
from apps.operations import run as running
from apps.tenancy.access import Denied
from tests.services.ec2.doing import done, prepared, refused, small, submitted, world  # noqa: F401  fixtures
from tests.services.ec2.test_security_groups import group, tcp, vpc  # noqa: F401  fixtures

KIND = "ec2.security-group"
HTTPS = {"protocol": "tcp", "ports": "443", "source": "0.0.0.0/0", "description": "HTTPS"}
OFFICE = {"protocol": "tcp", "ports": "22", "source": "203.0.113.0/24", "description": "office"}


def rules(world, id, way="IpPermissions"):  # noqa: F811
    """(protocol, first port, source, description) of each."""
    (found,) = world.aws.describe_security_groups(GroupIds=[id])["SecurityGroups"]
    return sorted(
        (one["IpProtocol"], one.get("FromPort", 0), each.get("CidrIp") or each["GroupId"], each.get("Description", ""))
        for one in found[way]
        for each in (*one["IpRanges"], *one["UserIdGroupPairs"])
    )


def test_what_differs_is_written_and_the_rest_is_left_alone(world, group):  # noqa: F811
    id = group("web", tcp(22, "10.0.0.0/8"), tcp(443, "0.0.0.0/0"))
    own = {"protocol": "all", "source": "self"}
    ended = done(world, f"{KIND}.edit-inbound-rules", [id], {"rules": [HTTPS, OFFICE, own]})
    calls = [step.call.partition(".")[2] for step in ended.journal]
    assert calls == [
        "update_security_group_rule_descriptions_ingress",
        "authorize_security_group_ingress",
        "revoke_security_group_ingress",
    ]
    assert rules(world, id) == [
        ("-1", 0, id, ""),
        ("tcp", 22, "203.0.113.0/24", "office"),
        ("tcp", 443, "0.0.0.0/0", "HTTPS"),
    ]
    again = prepared(world, f"{KIND}.edit-inbound-rules", [id], {"rules": [HTTPS, OFFICE, own]})
    assert again.plan.steps == (), "the inventory has seen it"
    done(world, f"{KIND}.edit-outbound-rules", [id], {"rules": [HTTPS]})
    assert rules(world, id, "IpPermissionsEgress") == [("tcp", 443, "0.0.0.0/0", "HTTPS")]


def test_the_form_shows_what_is_there_now_and_a_later_change_stops_it(world, group):  # noqa: F811
    id = group("web", tcp(80, "0.0.0.0/0"))
    world.aws.authorize_security_group_ingress(GroupId=id, IpPermissions=[tcp(22, "10.0.0.0/8")])
    form = prepared(world, f"{KIND}.edit-inbound-rules", [id], {"rules": []}).form
    assert sorted(row["ports"] for row in form.initial["rules"]) == ["22", "80"]
    asked = submitted(world, f"{KIND}.edit-inbound-rules", [id], {"rules": [HTTPS]})
    world.aws.authorize_security_group_ingress(GroupId=id, IpPermissions=[tcp(25, "10.0.0.0/8")])
    before = rules(world, id)
    ended = world.run(asked)
    assert ended.state == "failed"
    assert ended.journal[0].error["code"] == "ChangedMeanwhile"
    assert rules(world, id) == before, "nothing was written"


def test_what_was_allowed_is_taken_back_when_the_rest_fails(world, group, proxy):  # noqa: F811
    id = group("web", tcp(22, "10.0.0.0/8"))
    before = rules(world, id)
    asked = submitted(world, f"{KIND}.edit-inbound-rules", [id], {"rules": [HTTPS]})
    proxy.rule("RevokeSecurityGroupIngress", code="UnauthorizedOperation", status=403)
    ended = world.run(asked)
    assert ended.journal[0].call == "ec2.authorize_security_group_ingress"
    assert ended.journal[0].state == "undone"
    assert rules(world, id) == before


def test_a_lost_answer_writes_nothing_twice(world, group, proxy, monkeypatch):  # noqa: F811
    monkeypatch.setattr(running, "IN_FLIGHT", 0)
    id = group("web")
    asked = submitted(world, f"{KIND}.edit-inbound-rules", [id], {"rules": [HTTPS]})
    proxy.rule("AuthorizeSecurityGroupIngress", lose=True)
    assert world.run(asked).state == "succeeded"
    assert rules(world, id) == [("tcp", 443, "0.0.0.0/0", "HTTPS")]


def test_who_may_and_who_may_not(world, group):  # noqa: F811
    id = group("web")
    people, values = world.people, {"rules": [HTTPS]}
    for person in (people.viewer, people.auditor):
        with pytest.raises(Denied):
            submitted(world, f"{KIND}.edit-inbound-rules", [id], values, person)
    with pytest.raises(LookupError):
        prepared(world, f"{KIND}.edit-inbound-rules", [id], values, people.outsider)
    done(world, f"{KIND}.edit-inbound-rules", [id], values, people.owner)


def test_scripts_get_the_difference_the_risk_and_the_refusals(world, group):  # noqa: F811
    id = group("web", tcp(80, "0.0.0.0/0"))
    path = f"/api/v1/ec2/security-groups/{id}/edit-inbound-rules/"

    def ask(person, rules, query="?plan=1"):
        body = {"rules": rules}
        return Client().post(f"{path}{query}", body, content_type="application/json", headers=person.bearer)

    people = world.people
    told = ask(people.operator, [HTTPS, {"ports": "22", "source": "0.0.0.0/0"}]).json()
    assert [step["call"] for step in told["plan"]["steps"]] == [
        "ec2.authorize_security_group_ingress",
        "ec2.revoke_security_group_ingress",
    ]
    assert "22 (SSH)" in told["risks"][0]
    assert told["means"][0] == "New: TCP 443 (HTTPS) from 0.0.0.0/0"
    assert "authorize_security_group_ingress" in next(one["text"] for one in told["code"] if one["id"] == "boto3")
    wrong = ask(people.operator, [{"ports": "22", "source": "10.0.0.5/24"}])
    assert wrong.status_code == 422
    assert "rules[0].source" in wrong.content.decode()
    assert ask(people.viewer, [HTTPS], "").status_code == 403
    assert ask(people.outsider, [HTTPS]).status_code == 404
    assert rules(world, id) == [("tcp", 80, "0.0.0.0/0", "")]


def test_a_group_is_made_with_its_rules_and_copied(world, group, vpc):  # noqa: F811
    name = f"api-{world.mark}"
    values = {
        "name": name,
        "description": "What instances of the API take",
        "vpc": vpc,
        "inbound": [OFFICE, {"protocol": "tcp", "ports": "8000-8100", "source": "self"}],
        "outbound": [HTTPS],
        "tags": [{"key": "env", "value": "test"}],
    }
    world.sync(KIND)
    ended = done(world, f"{KIND}.create", None, values)
    (made,) = world.aws.describe_security_groups(Filters=[{"Name": "group-name", "Values": [name]}])["SecurityGroups"]
    id = made["GroupId"]
    assert {"Key": "env", "Value": "test"} in made["Tags"]
    assert rules(world, id) == [("tcp", 22, "203.0.113.0/24", "office"), ("tcp", 8000, id, "")]
    assert rules(world, id, "IpPermissionsEgress") == [("tcp", 443, "0.0.0.0/0", "HTTPS")]
    assert [step.state for step in ended.journal] == ["done"] * 4
    assert f"of the name {name} in" in refused(world, f"{KIND}.create", None, values)["name"]

    filled = registry.action(f"{KIND}.create").like(prepared(world, f"{KIND}.delete", [id]).items[0])
    done(world, f"{KIND}.create", None, filled)
    (copy,) = world.aws.describe_security_groups(Filters=[{"Name": "group-name", "Values": [f"{name}-copy"]}])[
        "SecurityGroups"
    ]
    other = copy["GroupId"]
    assert rules(world, other) == [("tcp", 22, "203.0.113.0/24", "office"), ("tcp", 8000, other, "")]
    assert rules(world, other, "IpPermissionsEgress") == [("tcp", 443, "0.0.0.0/0", "HTTPS")]


def test_a_group_whose_rules_aws_refuses_is_taken_back(world, vpc, proxy):  # noqa: F811
    values = {"name": f"half-{world.mark}", "description": "d", "vpc": vpc, "inbound": [OFFICE]}
    asked = submitted(world, f"{KIND}.create", None, values)
    proxy.rule("AuthorizeSecurityGroupIngress", code="RulesPerSecurityGroupLimitExceeded", status=400)
    assert world.run(asked).state == "failed"
    found = world.aws.describe_security_groups(Filters=[{"Name": "group-name", "Values": [values["name"]]}])
    assert found["SecurityGroups"] == []


STALE = b"""<DescribeStaleSecurityGroupsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>r</requestId>
<staleSecurityGroupSet><item><groupId>%s</groupId><staleIpPermissions><item><ipProtocol>tcp</ipProtocol><fromPort>5432
</fromPort><toPort>5432</toPort><groups><item><groupId>%s</groupId><userId>123456789012</userId></item></groups></item>
</staleIpPermissions></item></staleSecurityGroupSet></DescribeStaleSecurityGroupsResponse>"""


def test_stale_rules_go(world, group, proxy):  # noqa: F811
    gone = group("gone")
    id = group("web", tcp(5432, UserIdGroupPairs=[{"GroupId": gone}]), tcp(443, "0.0.0.0/0"))
    proxy.rule("DescribeStaleSecurityGroups", times=9, body=STALE % (id.encode(), gone.encode()), status=200)
    done(world, f"{KIND}.remove-stale-rules", [id])
    assert rules(world, id) == [("tcp", 443, "0.0.0.0/0", "")]
    other = group("fine", tcp(5432, UserIdGroupPairs=[{"GroupId": gone}]))
    assert "No rule of" in refused(world, f"{KIND}.remove-stale-rules", [other])["__all__"]
    proxy.reset()
    proxy.rule("DescribeStaleSecurityGroups", times=9, code="UnauthorizedOperation", status=403)
    with pytest.raises(CallFailed):
        prepared(world, f"{KIND}.remove-stale-rules", [other])
