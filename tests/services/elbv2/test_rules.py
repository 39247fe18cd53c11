"""The rules of a listener: one table, whose differences are the plan; what a row can't say stays as it is."""

import secrets

import pytest

from apps.services.elbv2.rule_form import RuleForm, actions, conditions, redirection, row_of
from tests.api.world import Api
from tests.services.place import REGION

LB, TG = "elbv2.load-balancer", "elbv2.target-group"
EDIT = f"{LB}.edit-rules"
LISTENER = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener/app/web/1/2"


def there(place, arn):
    """Those of its one listener, by priority, without the default one."""
    elb = place.aws("elbv2")
    listener = elb.describe_listeners(LoadBalancerArn=arn)["Listeners"][0]["ListenerArn"]
    found = elb.describe_rules(ListenerArn=listener)["Rules"]
    return {int(each["Priority"]): each for each in found if not each["IsDefault"]}


def rows(place, arn):
    return place.prepared(EDIT, [arn]).form.initial["rules"]


def test_rules_are_added_ordered_changed_and_removed(place, wanted, balancer):
    arn, group = balancer
    api = {"port": 80, "priority": 10, "host": "API.example.com", "path": "/v1/*, /v2/*", "target_group": group}
    shut = {"port": 80, "priority": 20, "source": "198.51.100.0/24", "action": "fixed", "status": "403", "text": "No"}
    means, risks = place.told(EDIT, [arn], {"rules": [api, shut]})
    name = wanted["name"]
    assert means == (
        f"New: Port 80, 10: if host is API.example.com, and path is /v1/* or /v2/*: Forwards to {name}.",
        "New: Port 80, 20: if source address is 198.51.100.0/24: Answers 403 by itself.",
    )
    assert risks == ()
    place.do(EDIT, [arn], {"rules": [api, shut]})
    assert [each["Actions"][0]["Type"] for each in there(place, arn).values()] == ["forward", "fixed-response"]

    first, second = rows(place, arn)
    assert place.calls(EDIT, [arn], {"rules": [first, second]}) == [], "nothing differs"
    assert place.calls(EDIT, [arn], {"rules": [api, shut]}) == [], "by port and priority, as a script names them"
    moved = first | {"priority": 30, "path": "/v3"}
    more = {"port": 80, "priority": 10, "query": "debug=1", "action": "redirect", "to": "https://debug.example.com"}
    wanted_rows = {"rules": [moved, second, more]}
    assert place.calls(EDIT, [arn], wanted_rows) == [
        "elbv2.set_rule_priorities",
        "elbv2.modify_rule",
        "elbv2.create_rule",
    ]
    place.do(EDIT, [arn], wanted_rows)
    now = there(place, arn)
    assert sorted(now) == [10, 20, 30]
    assert now[30]["RuleArn"] == first["rule"]
    assert now[10]["Actions"][0]["RedirectConfig"]["Host"] == "debug.example.com"

    _means, risks = place.told(EDIT, [arn], {"rules": rows(place, arn)[1:]})
    assert risks == ("Requests where query is debug=1 go on to the next rule that fits, or to the default action.",)
    place.do(EDIT, [arn], {"rules": rows(place, arn)[1:]})
    assert sorted(there(place, arn)) == [20, 30]


def test_what_fails_midway_is_put_back(place, balancer):
    arn, group = balancer
    row = {"port": 80, "priority": 10, "path": "/a", "target_group": group}
    place.do(EDIT, [arn], {"rules": [row]})
    elb, name = place.aws("elbv2"), f"gone-{secrets.token_hex(4)}"
    (vpc,) = [item.id for item in place.items("ec2.vpc") if item.attrs["IsDefault"]]
    place.do(f"{TG}.create", values={"name": name, "vpc": vpc, "protocol": "HTTP"})
    other = place.item(TG, name).id
    operation = place.submit(
        EDIT, [arn], {"rules": [{"port": 80, "priority": 20, "path": "/b", "target_group": other}]}
    )
    elb.delete_target_group(TargetGroupArn=other)
    ended = place.run(operation)
    assert ended.state == "failed", ended.journal
    assert [step.state for step in ended.journal] == ["undone", "failed"]
    assert [each["Conditions"][0]["PathPatternConfig"]["Values"] for each in there(place, arn).values()] == [["/a"]]


def test_rules_that_somebody_changed_meanwhile_are_left(place, balancer):
    arn, group = balancer
    row = {"port": 80, "priority": 10, "path": "/a", "target_group": group}
    operation = place.submit(EDIT, [arn], {"rules": [row]})
    elb = place.aws("elbv2")
    elb.create_rule(
        ListenerArn=elb.describe_listeners(LoadBalancerArn=arn)["Listeners"][0]["ListenerArn"],
        Priority=5,
        Conditions=[{"Field": "path-pattern", "Values": ["/b"]}],
        Actions=[{"Type": "forward", "TargetGroupArn": group}],
    )
    ended = place.run(operation)
    assert (ended.state, ended.error["code"]) == ("failed", "ChangedMeanwhile")
    assert list(there(place, arn)) == [5]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"priority": 0}, "1"),
        ({"priority": 50001}, "50000"),
        ({"path": ""}, "at least one condition"),
        ({"path": "api"}, "api is not a path, such as /images/*"),
        ({"path": "/" + "x" * 128}, "at most 128 characters; this one has 129"),
        ({"path": "/a, /b, /c", "host": "a.example.com, b.example.com, c.example.com"}, "at most 5 values"),
        ({"path": "/a*b*c*d", "host": "*.a?.b?.c?.com"}, "at most 6 wildcards, not 7"),
        ({"host": "localhost"}, "localhost is not a name with a dot"),
        ({"method": "get"}, "get is not a method in capital letters"),
        ({"source": "198.51.100.7/24"}, "198.51.100.7/24 is no block"),
        ({"header": "X-Debug"}, "at least one value"),
        ({"header": "Host", "header_values": "a"}, "is said by the host above"),
        ({"action": "redirect", "to": "example.com"}, "example.com is no address"),
        ({"action": "redirect", "to": "#{protocol}://#{host}:#{port}/#{path}?#{query}"}, "leads back to the same"),
        ({"action": "fixed", "status": "301"}, "2xx, 4xx or 5xx, not 301"),
        ({"target_group": ""}, "Choose where it forwards to"),
        ({"port": 81}, "No listener has this port; there are: HTTP 80"),
        ({"action": "keep"}, "A new rule needs an action"),
        ({"rule": "arn:aws:x"}, "arn:aws:x is no rule of"),
    ],
)
def test_a_rule_that_can_not_be_names_the_limit_and_the_value(place, balancer, values, said):
    row = {"port": 80, "priority": 10, "path": "/a", "target_group": balancer[1]}
    assert said in " ".join(place.refused(EDIT, [balancer[0]], {"rules": [row | values]}).values())


def test_two_of_one_priority_and_other_types(place, balancer):
    row = {"port": 80, "priority": 10, "path": "/a", "target_group": balancer[1]}
    refused = place.refused(EDIT, [balancer[0]], {"rules": [row, row | {"path": "/b"}]})
    assert refused["rules"] == "Two rules of the listener of port 80 have the priority 10."


def test_who_may_not_is_told_so_and_an_outsider_finds_nothing(place, balancer):
    from urllib.parse import quote

    path = f"/elbv2/load-balancers/{quote(balancer[0], safe='')}/edit-rules/?account={place.account.id}&region={REGION}"
    row = {"port": 80, "priority": 10, "path": "/a", "target_group": balancer[1]}
    operator, viewer, outsider = (Api(getattr(place.people, who)) for who in ("operator", "viewer", "outsider"))
    outline = operator.post(f"{path}&plan=1", {"rules": [row]})
    assert [step["call"] for step in outline.json()["plan"]["steps"]] == ["elbv2.create_rule"]
    assert "aws_lb_listener_rule" in next(one["text"] for one in outline.json()["code"] if one["id"] == "terraform")
    wrong = operator.post(path, {"rules": [row | {"priority": 50001}]})
    assert (wrong.status_code, list(wrong.json()["errors"])) == (422, ["rules[0].priority"])
    assert viewer.post(path, {"rules": [row]}).json()["permission"] == EDIT
    assert outsider.post(path, {"rules": [row]}).status_code == 404


def rule(*found, **action):
    action = action or {"Type": "forward", "TargetGroupArn": "a/b/c"}
    arn = f"{LISTENER.replace(':listener/', ':listener-rule/')}/3"
    return {"RuleArn": arn, "Priority": "7", "Conditions": list(found), "Actions": [action]}


PATH = {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/a", "/b"]}}


@pytest.mark.parametrize(
    "found",
    [
        rule(PATH),
        rule({"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X-A", "Values": ["b c", "d"]}}),
        rule({"Field": "query-string", "QueryStringConfig": {"Values": [{"Key": "a", "Value": "1"}, {"Value": "b"}]}}),
        rule(
            PATH,
            Type="redirect",
            RedirectConfig={
                "Protocol": "#{protocol}",
                "Host": "new.example.com",
                "Port": "8443",
                "Path": "/x/#{path}",
                "Query": "a=b",
                "StatusCode": "HTTP_302",
            },
        ),
    ],
)
def test_what_a_row_says_is_the_same_there_and_back(found):
    row = row_of(found, 80)
    form = RuleForm({key: value for key, value in row.items() if value is not False})
    assert form.is_valid(), form.errors
    assert form.cleaned_data == row
    assert conditions(row) == found["Conditions"]
    assert actions(row) == found["Actions"]


def test_what_a_row_can_not_say():
    regex = {"Field": "path-pattern", "PathPatternConfig": {"RegexValues": ["^/a$"]}}
    header = {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X-A", "Values": ["a, b"]}}
    query = {"Field": "query-string", "QueryStringConfig": {"Values": [{"Value": "a"}]}}
    for conditions_ in ([regex], [header], [query, query], [{"Field": "new", "NewConfig": {"Values": ["a"]}}]):
        assert row_of(rule(*conditions_), 80) is None
    weighted = {"TargetGroups": [{"TargetGroupArn": "a/b/c", "Weight": 1}, {"TargetGroupArn": "a/d/e", "Weight": 9}]}
    assert row_of(rule(PATH, Type="forward", ForwardConfig=weighted), 80)["action"] == "keep"
    assert row_of(rule(PATH, Type="authenticate-oidc"), 80)["action"] == "keep"


def test_an_address_is_said_in_parts():
    assert redirection("")["Protocol"] == "HTTPS"
    assert redirection("http://a.example.com:8080/x?y=1") == {
        "Protocol": "HTTP",
        "Host": "a.example.com",
        "Port": "8080",
        "Path": "/x",
        "Query": "y=1",
    }
    assert redirection("https://a:70000/") is None
