import pytest

from tests.people import make_people


@pytest.fixture(scope="module")
def people(panel_env, django_db_blocker):
    with django_db_blocker.unblock():
        yield make_people()


@pytest.fixture(autouse=True)
def _database(django_db_blocker):
    with django_db_blocker.unblock():
        yield
