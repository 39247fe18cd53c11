"""Topics are listed, and offered where an alarm is to tell one; where they can't be, an ARN is written by hand."""

import json
import secrets

import pytest

from apps.cloud import clients
from apps.cloud.accounts import create_account
from apps.inventory import sync
from apps.tenancy import members
from apps.tenancy.context import tenant_tx
from tests.api.world import Api
from tests.cloud.helpers import keys_draft
from tests.console.world import client, fragment, instance, stock
from tests.people import _person, make_user

REGION = "us-east-1"
TOPIC, ID = "sns.topic", "i-0a1b2c3d4e5f60718"


@pytest.fixture
def account(people, ministack):
    return create_account(people.owner.actor, keys_draft(ministack), check=False)


def wizard(person, account):
    address = f"/cloudwatch/alarms/create/create/?in-account={account.id}&in-region={REGION}"
    return client(person).get(address).content.decode()


def test_topics_are_listed_and_offered(people, account):
    arn = clients.client(account, "sns", REGION).create_topic(Name="ops")["TopicArn"]
    clients.client(account, "cloudwatch", REGION).put_metric_alarm(
        AlarmName="busy",
        Namespace="AWS/EC2",
        MetricName="CPUUtilization",
        Statistic="Average",
        Period=300,
        EvaluationPeriods=1,
        Threshold=80,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=[arn, f"arn:aws:automate:{REGION}:ec2:stop"],
    )
    for kind in (TOPIC, "cloudwatch.alarm"):
        assert sync.sync(account, REGION, kind).error is None
    (found,) = Api(people.viewer).get("/sns/topics/").json()["results"]
    assert (found["id"], found["name"]) == (arn, "ops")
    assert Api(people.outsider).get("/sns/topics/").json()["results"] == []
    offered = f'<option value="{arn}">ops</option>'
    page = wizard(people.operator, account)
    assert offered in page
    assert 'list="l_topic"' in page
    edit = f"/cloudwatch/alarms/action/edit/?id=busy@{account.id}:{REGION}"
    assert offered in fragment(client(people.operator), edit).content.decode()
    related = fragment(client(people.viewer), f"/sns/topics/{arn}/tab/related/").content.decode()
    assert "busy" in related
    assert client(people.outsider).get(f"/sns/topics/{arn}/").status_code == 404


def test_where_the_account_may_not_list_them_an_arn_is_written(people, account, ministack):
    iam, user = clients.client(account, "iam", REGION), f"limited-{secrets.token_hex(4)}"
    iam.create_user(UserName=user)
    allowed = {"Effect": "Allow", "Action": ["sts:*", "cloudwatch:*"], "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=document)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    draft = keys_draft(ministack, key["AccessKeyId"], secret_key=key["SecretAccessKey"], number=account.number)
    limited = create_account(people.owner.actor, draft, check=False)
    assert "Topics have not been read here yet" in wizard(people.operator, limited)
    assert sync.sync(limited, REGION, TOPIC).error
    stock(limited, REGION, "ec2.instance", [instance("api-1", id=ID)])
    assert "Topics could not be listed in this account and Region: " in wizard(people.operator, limited)
    values = {"name": "busy", "instance": ID, "topic": f"arn:aws:sns:{REGION}:{account.number}:ops"}
    answer = Api(people.operator).post(
        "/cloudwatch/alarms/?plan=1", values | {"account": str(limited.id), "region": REGION}
    )
    assert answer.status_code == 200, answer.content
    assert answer.json()["plan"]["steps"][0]["params"]["AlarmActions"] == [values["topic"]]


def test_who_may_not_see_topics_is_told_so(people, account):
    user = make_user("watcher")
    with tenant_tx(people.tenant_id):
        role = members.create_role(people.owner.actor, "Watchers", ["cloudwatch.*.*", "ec2.instance.read"])
        members.bind(people.owner.actor, role, members.add_member(people.owner.actor, user))
    clients.client(account, "sns", REGION).create_topic(Name="ops")
    assert sync.sync(account, REGION, TOPIC).error is None
    page = wizard(_person(people.tenant, user), account)
    assert TOPIC + ".read" in page
    assert ":ops" not in page
