"""Sessions: worthless in a copy of the database, ended by time, by their person and by a new password."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from apps.audit.models import AuditEvent
from apps.tenancy.context import tenant_tx
from apps.users import sessions
from apps.users.models import Session
from tests.people import PASSWORD


def signed_in(person, **headers) -> Client:
    client = Client(**headers)
    answer = client.post("/sign-in/", {"email": person.email, "password": PASSWORD})
    assert answer.status_code == 302
    return client


def alive(client: Client) -> bool:
    return client.get("/profile/").status_code == 200


def row(client: Client) -> Session:
    return Session.objects.get(pk=sessions.digest(client.cookies["sessionid"].value))


def test_the_database_does_not_have_the_cookies_key(people):
    client = signed_in(people.viewer)
    key = client.cookies["sessionid"].value
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM users_session s WHERE s::text LIKE %s", [f"%{key}%"])
        assert cursor.fetchone() == (0,)
    stolen = Client()
    stolen.cookies["sessionid"] = row(client).pk
    assert stolen.get("/profile/").status_code == 302
    assert alive(client)


def test_a_session_knows_whose_it_is_and_from_where(people):
    client = signed_in(people.viewer, headers={"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/142.0 Safari/537"})
    found = row(client)
    assert (found.user_id, found.address, found.browser) == (people.viewer.user.pk, "127.0.0.1", "Chrome · Linux")


def test_signing_in_makes_a_new_key_and_the_old_one_opens_nothing(people):
    planted = signed_in(people.operator)
    old = planted.cookies["sessionid"].value
    planted.post("/sign-in/", {"email": people.operator.email, "password": PASSWORD})
    assert planted.cookies["sessionid"].value != old
    thief = Client()
    thief.cookies["sessionid"] = old
    assert not alive(thief)


def test_an_idle_session_ends(people):
    client = signed_in(people.viewer)
    Session.objects.filter(pk=row(client).pk).update(expire_date=timezone.now() - timedelta(seconds=1))
    assert not alive(client)
    sessions.sweep()
    assert not sessions.of(people.viewer.user.pk).exists()


def test_use_puts_the_end_off_but_not_beyond_the_longest(people, settings):
    client = signed_in(people.viewer)
    long_ago = timezone.now() - timedelta(seconds=settings.SESSION_COOKIE_AGE - 600)
    soon = timezone.now() + timedelta(seconds=5)
    ago = timezone.now() - timedelta(minutes=2)
    Session.objects.filter(pk=row(client).pk).update(seen_at=ago, expire_date=soon)
    assert alive(client)
    assert row(client).expire_date > timezone.now() + timedelta(seconds=settings.SESSION_IDLE - 60)
    Session.objects.filter(pk=row(client).pk).update(seen_at=ago, expire_date=soon, started_at=long_ago)
    assert alive(client)
    assert soon < row(client).expire_date <= long_ago + timedelta(seconds=settings.SESSION_COOKIE_AGE)


def test_a_page_that_only_listens_does_not_keep_a_session(people):
    client = signed_in(people.viewer)
    alive(client)
    ago = timezone.now() - timedelta(minutes=2)
    Session.objects.filter(pk=row(client).pk).update(seen_at=ago)
    assert client.get("/events/").status_code == 204
    assert row(client).seen_at == ago


def test_one_ends_ones_own_sessions_and_nobody_elses(people):
    here, there, other = (signed_in(one) for one in (people.viewer, people.viewer, people.operator))
    here.post("/profile/sessions/end/", {"session": row(other).pk})
    here.post("/profile/sessions/end/", {"session": row(here).pk})
    assert alive(here)
    assert alive(other)
    here.post("/profile/sessions/end/", {"session": row(there).pk})
    assert not alive(there)
    third = signed_in(people.viewer)
    here.post("/profile/sessions/end/")
    assert not alive(third)
    assert alive(here)
    with tenant_tx(people.tenant_id):
        rows = AuditEvent.objects.filter(act="users.session.delete", who_id=str(people.viewer.user.pk))
        assert [one.result for one in rows.order_by("id")] == ["failed", "ok", "ok"]


@pytest.mark.parametrize("wrong", [False, True])
def test_a_new_password_ends_the_other_sessions(people, wrong):
    here, there = signed_in(people.viewer), signed_in(people.viewer)
    here.post(
        "/profile/",
        {"part": "password", "current": "wrong" if wrong else PASSWORD, "new": "a whole new battery of staples"},
    )
    assert alive(here)
    assert alive(there) is wrong
    assert sessions.of(people.viewer.user.pk).count() == (2 if wrong else 1)
