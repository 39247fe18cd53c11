import pytest

from apps.inventory.sync import sync
from tests.buckets import KEYS, bucket_account, make_bucket
from tests.people import make_people


@pytest.fixture(scope="module")
def people(panel_env, django_db_blocker):
    with django_db_blocker.unblock():
        yield make_people()


@pytest.fixture(autouse=True)
def _database(django_db_blocker):
    with django_db_blocker.unblock():
        yield


@pytest.fixture(scope="module")
def stack(people, ministack):
    return bucket_account(people.owner.actor, ministack)


@pytest.fixture(scope="module")
def bucket(stack):
    """A bucket that the inventory knows, with an object under each of KEYS."""
    name = make_bucket(stack, keys=KEYS)
    sync(stack, "global", "s3.bucket")
    return name


@pytest.fixture(scope="module")
def secret(stack, bucket):
    """A bucket that the inventory does not know."""
    return make_bucket(stack, keys=["reports/october.csv"])
