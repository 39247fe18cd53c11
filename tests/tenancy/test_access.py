from uuid import uuid4

import pytest

from apps.tenancy.access import Actor, Denied, Grant, Reach, allowed, anywhere, explain, reach, require, system

pytestmark = pytest.mark.pure

PROD, DEV = uuid4(), uuid4()
READ, STOP = "ec2.instance.read", "ec2.instance.stop"
VIEWER = Grant("Viewer", ("*.*.read",))
OPERATOR = ("*.*.read", "ec2.*.*")


def actor(*grants: Grant, **more) -> Actor:
    return Actor(uuid4(), uuid4(), uuid4(), "Ada", "ada@example.com", grants=grants, **more)


def token(*grants: Grant, **limits) -> Actor:
    return actor(*grants, kind="token", token_id=uuid4(), token_name="deploy", **limits)


def test_a_grant_on_everything_holds_anywhere():
    ada = actor(Grant("Operator", OPERATOR))
    assert allowed(ada, STOP)
    assert allowed(ada, STOP, account=PROD, region="eu-west-1", tags={"env": "prod"})
    assert not allowed(ada, "s3.bucket.delete", account=PROD)


def test_a_grant_on_an_account_holds_there_only_and_not_for_the_whole():
    ada = actor(Grant("Operator", OPERATOR, account=DEV))
    assert allowed(ada, STOP, account=DEV)
    assert allowed(ada, STOP, account=str(DEV))
    assert not allowed(ada, STOP, account=PROD)
    assert not allowed(ada, STOP)


def test_a_grant_on_a_region_or_tag_needs_it_told():
    ada = actor(Grant("Operator", OPERATOR, region="eu-west-1"), Grant("Operator", OPERATOR, tag="team=a=b"))
    assert allowed(ada, STOP, account=PROD, region="eu-west-1")
    assert not allowed(ada, STOP, account=PROD, region="us-east-1")
    assert not allowed(ada, STOP, account=PROD)
    assert allowed(ada, STOP, account=PROD, region="us-east-1", tags={"team": "a=b"})
    assert not allowed(ada, STOP, account=PROD, tags={"team": "other"})


def test_a_grant_on_a_path_reaches_what_lies_below_it_and_nothing_else():
    put = "s3.object.write"
    ada = actor(Grant("Uploader", ("s3.*.*",), account=DEV, path="acme/logs/*"), Grant("One", ("s3.*.*",), path="b/k*"))
    assert allowed(ada, put, account=DEV, path="acme/logs/")
    assert allowed(ada, put, account=DEV, path="acme/logs/../../x")  # a key like any other
    assert allowed(ada, put, account=PROD, path="b/k")
    for path in (
        "acme/logs-private/x",
        "acme/logs",
        "acme/Logs/x",
        "acme/logs%2Fx",
        "acme2/logs/x",
        "b/",
        "b",
        "",
    ):
        assert not allowed(ada, put, account=DEV, path=path), path
    assert not allowed(ada, put, account=PROD, path="acme/logs/x")
    assert not allowed(ada, "s3.bucket.delete", account=DEV)
    assert reach(ada, "s3.bucket.read") == ()
    assert anywhere(ada, put)
    assert not anywhere(ada, "ec2.instance.stop")
    denied = explain(ada, put, account=DEV, label="dev", path="acme/other")
    assert denied.reason.endswith("but not on acme/other in account dev.")
    decomposed, composed = "caf\u0065\u0301", "caf\u00e9"
    assert not allowed(actor(Grant("R", ("*",), path=f"b/{composed}/*")), put, path=f"b/{decomposed}/x")


def test_a_token_can_do_what_both_it_and_its_member_may():
    member = (Grant("Operator", OPERATOR),)
    assert allowed(token(*member), STOP, account=PROD)
    assert not allowed(token(*member, only_permissions=("*.*.read",)), STOP, account=PROD)
    assert not allowed(token(VIEWER, only_permissions=("*",)), STOP, account=PROD)
    narrow = token(*member, only_accounts=(DEV,))
    assert allowed(narrow, STOP, account=DEV)
    assert not allowed(narrow, STOP, account=PROD)
    assert not allowed(narrow, STOP)


def test_the_panel_itself_may_everything():
    panel = system(uuid4())
    assert allowed(panel, "any.thing.here", account=PROD)
    assert panel.who.kind == "system"


@pytest.mark.parametrize(
    ("who", "where", "sentence"),
    [
        (
            actor(VIEWER),
            {"account": PROD, "label": "prod"},
            "Your role Viewer lacks ec2.instance.stop in account prod.",
        ),
        (
            actor(VIEWER, Grant("Auditor", ("audit.*.*",))),
            {"account": PROD, "region": "eu-west-1", "label": "prod"},
            "Your roles Auditor and Viewer lack ec2.instance.stop in account prod, eu-west-1.",
        ),
        (actor(), {}, "You have no role here, and ec2.instance.stop needs one."),
        (
            actor(Grant("Operator", OPERATOR, account=DEV)),
            {"account": PROD, "label": "prod"},
            "Your role Operator allows ec2.instance.stop on a part of the organization, but not in account prod.",
        ),
        (
            token(Grant("Operator", OPERATOR), only_permissions=("*.*.read",)),
            {"account": PROD, "label": "prod"},
            "The token deploy isn't made for ec2.instance.stop in account prod.",
        ),
    ],
)
def test_a_refusal_says_why_in_a_whole_sentence(who, where, sentence):
    decision = explain(who, STOP, **where)
    assert (decision.allowed, decision.reason) == (False, sentence)
    with pytest.raises(Denied, match=r"ec2\.instance\.stop"):
        require(who, STOP, **where)


def test_a_yes_names_its_role():
    decision = require(actor(VIEWER), READ, account=PROD, label="prod", region="eu-west-1")
    assert (decision.via, decision.target.account, decision.target.region) == ("Viewer", str(PROD), "eu-west-1")
    assert decision.reason == "Your role Viewer allows ec2.instance.read in account prod, eu-west-1."


def test_reach_is_where_a_list_may_look():
    assert reach(actor(), READ) == ()
    assert reach(actor(Grant("Operator", OPERATOR, account=DEV), VIEWER), READ) == (Reach(),)
    assert reach(actor(Grant("Operator", OPERATOR, account=DEV), VIEWER), STOP) == (Reach(DEV),)
    assert reach(token(VIEWER, only_accounts=(DEV, PROD)), READ) == (Reach(DEV), Reach(PROD))
    assert reach(token(Grant("Operator", OPERATOR, account=DEV), only_accounts=(PROD,)), READ) == ()
    assert reach(token(VIEWER, only_permissions=("s3.*.*",)), READ) == ()


def test_the_record_sees_both_the_token_and_its_member():
    who = token(VIEWER).who
    assert (who.kind, who.name) == ("token", "Ada (deploy)")
