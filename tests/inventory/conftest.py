import secrets

import pytest

from apps.cloud import accounts
from apps.cloud.calls import call
from tests.cloud.helpers import keys_draft, moto_account
from tests.people import make_people

REGION = "us-east-1"


@pytest.fixture(scope="module")
def people(panel_env, django_db_blocker):
    with django_db_blocker.unblock():
        yield make_people()


@pytest.fixture(autouse=True)
def _database(django_db_blocker):
    with django_db_blocker.unblock():
        yield


@pytest.fixture
def account(people, moto):
    """An account of its own, empty but for what AWS gives everyone."""
    return moto_account(people.owner.actor, moto, regions=(REGION, "eu-west-1"))


@pytest.fixture
def stack(people, ministack):
    return accounts.create_account(people.owner.actor, keys_draft(ministack), check=False)


@pytest.fixture
def launch(account):
    """launch(n, name, **tags) starts instances and answers their ids."""
    image = "ami-03cf127a"  # every account of moto's has it; listing images takes it seconds

    def start(count=1, name="", region=REGION, **tags):
        pairs = {"Name": name or f"web-{secrets.token_hex(3)}", **tags}
        spec = {"ResourceType": "instance", "Tags": [{"Key": key, "Value": value} for key, value in pairs.items()]}
        params = {"ImageId": image, "InstanceType": "t3.micro", "MinCount": count, "MaxCount": count}
        answer = call(account, region, "ec2.run_instances", {**params, "TagSpecifications": [spec]})
        return [one["InstanceId"] for one in answer.data["Instances"]]

    return start
