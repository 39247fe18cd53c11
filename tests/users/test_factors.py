"""The second factor: nobody comes in without it, its secrets are nowhere, each code works once."""

import base64
import json
import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.db import connection, connections
from django.test import Client

from apps.audit.models import AuditEvent
from apps.tenancy.context import tenant_tx
from apps.tenancy.models import Tenant
from apps.users import factors, sealing, throttle
from apps.users.models import Session, User
from apps.users.sessions import SessionStore
from tests.people import PASSWORD, make_user


@pytest.fixture(autouse=True)
def _cheap(people, settings):
    """Many sign-ins: under a cheap hash."""
    settings.PASSWORD_HASHERS = [f"django.contrib.auth.hashers.{name}PasswordHasher" for name in ("MD5", "PBKDF2")]
    ids = [one.user.pk for one in people.all]
    User.objects.filter(pk__in=ids).update(password=make_password(PASSWORD))


def code(secret: str, ahead: int = 0) -> str:
    """What the app shows `ahead` half minutes from now."""
    return totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30 + ahead))


def first_step(person) -> Client:
    client = Client()
    client.post("/sign-in/", {"email": person.email, "password": PASSWORD})
    return client


def with_app(person) -> tuple[Client, str, list[str]]:
    """A signed-in person who sets up an app in the browser: the client, the secret and the recovery codes."""
    client = first_step(person)
    page = client.get("/profile/factors/app/").content.decode()
    secret = re.search(r'<code id="secret"[^>]*>([A-Z2-7]{32})</code>', page)[1]
    answer = client.post("/profile/factors/app/", {"code": code(secret)})
    assert answer.status_code == 200
    return client, secret, re.findall(r"\b\d{5}-\d{5}\b", answer.content.decode())


def inside(client: Client) -> bool:
    return client.get("/profile/").status_code == 200


def second(client: Client, text: str, **more):
    return client.post("/sign-in/second/", {"code": text, **more})


def let_pass(person) -> None:
    """As if it were later: the app's last code no longer counts as used, and no wait is left."""
    row = Authenticator.objects.get(user=person.user, type="totp")
    row.data["counter"] = 0
    row.save()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM users_attempt WHERE key = %s", [throttle.key(person.email, "second\n")])


def acts(people, person) -> list[tuple[str, str]]:
    with tenant_tx(people.tenant_id):
        rows = AuditEvent.objects.filter(act__startswith="users.", who_id=str(person.user.pk))
        return list(rows.order_by("id").values_list("act", "result"))


def test_the_password_alone_opens_nothing(people):
    with_app(people.viewer)
    client = first_step(people.viewer)
    assert not inside(client)
    assert client.get("/api/v1/me/").status_code == 401
    assert client.get("/sign-in/second/").status_code == 200
    assert second(client, "000000").status_code == 422
    assert not inside(client)


def test_a_code_opens_and_the_session_gets_a_new_key(people):
    _, secret, _ = with_app(people.viewer)
    let_pass(people.viewer)
    client = first_step(people.viewer)
    before = client.cookies["sessionid"].value
    answer = second(client, code(secret), next="/audit/")
    assert (answer.status_code, answer["Location"]) == (302, "/audit/")
    assert inside(client)
    assert client.cookies["sessionid"].value != before
    assert "second" not in client.session


def test_a_code_works_once_even_when_redis_is_lost(people, redis):
    import redis as library

    _, secret, _ = with_app(people.viewer)
    let_pass(people.viewer)
    assert second(first_step(people.viewer), code(secret)).status_code == 302
    library.Redis.from_url(redis).flushdb()
    assert second(first_step(people.viewer), code(secret)).status_code == 422


def test_the_code_that_set_it_up_does_not_open(people):
    _, secret, _ = with_app(people.viewer)
    assert second(first_step(people.viewer), code(secret)).status_code == 422


@pytest.mark.parametrize("ahead", [-3, 3])
def test_a_code_of_another_time_does_not_open(people, ahead):
    _, secret, _ = with_app(people.viewer)
    let_pass(people.viewer)
    assert second(first_step(people.viewer), code(secret, ahead)).status_code == 422


def test_a_recovery_code_works_once(people):
    _, _, codes = with_app(people.viewer)
    assert len(codes) == 10
    assert second(first_step(people.viewer), codes[3]).status_code == 302
    assert second(first_step(people.viewer), codes[3]).status_code == 422
    assert factors.held(people.viewer.user).codes_left == 9


def test_one_code_used_by_many_at_once_opens_one(people):
    _, secret, codes = with_app(people.viewer)
    let_pass(people.viewer)

    def use(text: str) -> str:
        try:
            return factors.check(people.viewer.user, text)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(use, [code(secret)] * 8)) == [""] * 7 + ["totp"]
        assert sorted(pool.map(use, [codes[0]] * 8)) == [""] * 7 + ["recovery_codes"]


def test_guessing_is_slowed_down_per_account(people):
    _, secret, _ = with_app(people.viewer)
    let_pass(people.viewer)
    for _ in range(throttle.FREE):  # a new session each time gains nothing
        assert second(first_step(people.viewer), "123456").status_code == 422
    answer = second(first_step(people.viewer), code(secret))
    assert answer.status_code == 422
    assert "Too many attempts" in answer.content.decode()
    let_pass(people.viewer)
    assert second(first_step(people.viewer), code(secret)).status_code == 302


def test_the_first_step_lasts_ten_minutes_and_one_password(people, monkeypatch):
    _, secret, _ = with_app(people.viewer)
    let_pass(people.viewer)
    late, changed = first_step(people.viewer), first_step(people.viewer)
    session = late.session
    session["second"] = session["second"] | {"at": time.time() - 601}
    session.save()
    assert second(late, code(secret)).headers["Location"].startswith("/sign-in/?")
    user = User.objects.get(pk=people.viewer.user.pk)
    user.set_password("another battery of staples")
    user.save()
    assert second(changed, code(secret)).headers["Location"].startswith("/sign-in/?")


def test_nobody_elses_code_opens(people):
    _, mine, _ = with_app(people.viewer)
    with_app(people.operator)
    let_pass(people.viewer)
    assert second(first_step(people.operator), code(mine)).status_code == 422


def test_the_secret_is_shown_once_and_sealed(people, caplog):
    client = first_step(people.viewer)
    first = client.get("/profile/factors/app/").content.decode()
    secret = re.search(r'id="secret"[^>]*>([A-Z2-7]{32})<', first)[1]
    assert "data:image/svg+xml;base64," in first
    wrong = client.post("/profile/factors/app/", {"code": "000000"}).content.decode()
    assert secret not in wrong
    assert "data:image" not in wrong
    assert client.post("/profile/factors/app/", {"code": code(secret)}).status_code == 200
    assert secret not in client.get("/profile/factors/").content.decode()
    assert secret not in client.get("/profile/factors/app/").content.decode()
    row = Authenticator.objects.get(user=people.viewer.user, type="totp")
    assert sealing.open_sealed(people.viewer.user.pk, row.data["secret"]) == secret
    assert secret not in everything_stored(people)
    assert secret not in caplog.text


def test_recovery_codes_are_shown_once_and_not_stored(people):
    client, _, codes = with_app(people.viewer)
    assert not any(one in client.get("/profile/factors/").content.decode() for one in codes)
    stored = everything_stored(people)
    assert not any(one in stored or one.replace("-", "") in stored for one in codes)
    fresh = client.post("/profile/factors/codes/").content.decode()
    assert codes[0] not in fresh
    assert second(first_step(people.viewer), codes[0]).status_code == 422


def everything_stored(people) -> str:
    """Rows as a dump has them, sessions unpacked (they are signed, not sealed)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(string_agg(a::text, ' '), '') FROM mfa_authenticator a")
        rows = cursor.fetchone()[0]
    rows += json.dumps([SessionStore().decode(one.session_data) for one in Session.objects.all()])
    with tenant_tx(people.tenant_id), connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(string_agg(a::text, ' '), '') FROM audit_event a")
        return rows + cursor.fetchone()[0]


def test_a_sealed_secret_opens_for_its_person_alone(people, settings):
    mine = sealing.seal(people.viewer.user.pk, "secret")
    with pytest.raises(sealing.PersonSealBroken):
        sealing.open_sealed(people.operator.user.pk, mine)
    with pytest.raises(sealing.PersonSealBroken):
        sealing.open_sealed(people.viewer.user.pk, base64.b64encode(b"x" * 40).decode())


def test_the_panels_key_is_rotated(people, settings):
    _, secret, _ = with_app(people.viewer)
    settings.NORTHGATE_KEY_OLD = [settings.NORTHGATE_KEY]
    settings.NORTHGATE_KEY = base64.b64encode(b"n" * 32).decode()
    let_pass(people.viewer)
    assert second(first_step(people.viewer), code(secret)).status_code == 302
    old = settings.NORTHGATE_KEY_OLD
    call_command("rotate_key")
    settings.NORTHGATE_KEY_OLD = []
    let_pass(people.viewer)
    assert second(first_step(people.viewer), code(secret)).status_code == 302
    settings.NORTHGATE_KEY, settings.NORTHGATE_KEY_OLD = old[0], [settings.NORTHGATE_KEY]
    call_command("rotate_key")


@pytest.mark.parametrize("path", ["app/", "key/", "codes/", "1/remove/"])
def test_changes_ask_for_the_password(people, path):
    client, _, _ = with_app(people.viewer)
    session = client.session
    session["confirmed"] = time.time() - 301
    session.save()
    for method in (client.get, client.post):
        answer = method(f"/profile/factors/{path}")
        assert answer.status_code == 405 or answer["Location"].startswith("/profile/confirm/?next=")
    assert client.post("/profile/confirm/", {"password": "wrong"}).status_code == 422
    assert client.post("/profile/confirm/", {"password": PASSWORD, "next": "//evil.example"})["Location"] == (
        "/profile/factors/"
    )
    assert client.get("/profile/factors/app/").status_code == 200


def test_one_removes_ones_own_only(people):
    client, _, _ = with_app(people.viewer)
    with_app(people.operator)
    theirs = Authenticator.objects.get(user=people.operator.user, type="totp").pk
    mine = Authenticator.objects.get(user=people.viewer.user, type="totp").pk
    assert client.post(f"/profile/factors/{theirs}/remove/").status_code == 404
    assert client.post(f"/profile/factors/{mine}/remove/").status_code == 302
    assert not Authenticator.objects.filter(user=people.viewer.user).exists(), "the codes go with the last one"
    assert inside(first_step(people.viewer))
    assert factors.has(people.operator.user.pk)


def test_setting_one_up_ends_the_other_sessions(people):
    other = first_step(people.viewer)
    client, _, _ = with_app(people.viewer)
    assert inside(client)
    assert not inside(other)


def test_all_is_on_the_record(people):
    client, secret, _ = with_app(people.viewer)
    assert second(first_step(people.viewer), "000000").status_code == 422
    let_pass(people.viewer)
    second(first_step(people.viewer), code(secret))
    client.post("/profile/factors/codes/")
    client.post(f"/profile/factors/{Authenticator.objects.get(user=people.viewer.user, type='totp').pk}/remove/")
    assert acts(people, people.viewer) == [
        ("users.session.create", "ok"),
        ("users.factor.create", "ok"),
        ("users.session.create", "intent"),
        ("users.session.create", "failed"),
        ("users.session.create", "intent"),
        ("users.session.create", "ok"),
        ("users.factor.update", "ok"),
        ("users.factor.delete", "ok"),
    ]


def test_an_owner_requires_it_of_every_member(people):
    owner, _, _ = with_app(people.owner)
    stranger = first_step(people.outsider)
    viewer = first_step(people.viewer)
    assert owner.post("/members/second-factor/", {"required": "1"}).status_code == 302
    for path in ("/", "/audit/", "/ec2/instances/", "/accounts/", "/profile/", "/members/"):
        assert viewer.get(path)["Location"] == "/profile/factors/"
    assert viewer.get("/api/v1/ec2/instances/").status_code == 403
    assert viewer.get("/ec2/instances/", headers={"HX-Request": "true"})["HX-Redirect"] == "/profile/factors/"
    page = viewer.get("/profile/factors/")
    assert page.status_code == 200
    assert "requires a second factor" in page.content.decode()
    assert 'class="nav' not in page.content.decode()
    assert Client().get("/api/v1/me/", headers=people.viewer.bearer).status_code == 200, "tokens work as before"
    assert inside(stranger)
    assert inside(owner)
    client, _, _ = with_app(people.viewer)
    assert inside(client)
    row = Authenticator.objects.get(user=people.viewer.user, type="totp")
    client.post(f"/profile/factors/{row.pk}/remove/")
    assert Authenticator.objects.filter(pk=row.pk).exists(), "the last one stays while it is required"
    assert owner.post("/members/second-factor/").status_code == 302
    assert inside(first_step(people.operator))


@pytest.mark.parametrize("role", ["operator", "viewer", "auditor"])
def test_only_an_owner_requires_it(people, role):
    client, _, _ = with_app(getattr(people, role))
    assert client.post("/members/second-factor/", {"required": "1"}).status_code == 403
    assert not required(people)


def test_an_owner_without_one_does_not_require_it(people):
    client = first_step(people.owner)
    client.post("/members/second-factor/", {"required": "1"})
    assert not required(people)


def required(people) -> bool:
    with tenant_tx(people.tenant_id):
        return Tenant.objects.get(id=people.tenant_id).second_factor


def test_an_operator_helps_somebody_who_lost_everything(people, capsys):
    with_app(people.viewer)
    call_command("remove_factors", people.viewer.email)
    assert inside(first_step(people.viewer))
    assert ("users.factor.delete", "ok") in recorded_by_the_panel(people)


def recorded_by_the_panel(people) -> list[tuple[str, str]]:
    with tenant_tx(people.tenant_id):
        rows = AuditEvent.objects.filter(tenant_id=people.tenant_id, who_kind="system")
        return list(rows.values_list("act", "result"))


def test_a_person_in_no_organization_may_sign_in_too(panel_env):
    user = make_user("lonely")
    assert factors.check(user, "123456") == ""
    assert factors.held(user).any is False
