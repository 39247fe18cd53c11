"""The servers are real, ours, and bind the application's role."""

import json
import urllib.request

from django.db import connection
from redis import Redis


def test_django_connects_as_a_role_that_row_security_binds():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = current_user"
        )
        assert cursor.fetchone() == ("northgate_app", False, False, False)
        cursor.execute("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()")
        assert cursor.fetchone() == ("northgate_owner",)


def test_redis_answers(redis):
    assert Redis.from_url(redis).ping()


def test_emulators_answer(moto, ministack):
    assert "batch" in json.load(urllib.request.urlopen(f"{moto}/moto-api/config"))
    health = json.load(urllib.request.urlopen(f"{ministack}/_ministack/health"))
    assert "services" in health
