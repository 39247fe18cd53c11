import pytest
from django.middleware.csrf import _get_new_csrf_string

from apps.audit.models import AuditEvent
from apps.tenancy import homes, members
from apps.tenancy.context import tenant_tx
from apps.tenancy.decorators import safe_next
from apps.users.models import User
from tests.people import PASSWORD, make_user


@pytest.fixture(autouse=True)
def _pages(pages):
    pass


def sign_in(client, email: str, password: str = PASSWORD) -> dict:
    return client.post("/sign-in", {"email": email, "password": password}).json()


def recorded(tenant_id, user) -> list[tuple[str, str]]:
    with tenant_tx(tenant_id):
        rows = AuditEvent.objects.filter(tenant_id=tenant_id, act__startswith="users.session.", who_id=str(user.pk))
        return list(rows.order_by("id").values_list("act", "result"))


def both_sides(people):
    """The viewer also joins the outsider's organization, after their own."""
    other = people.outsider.actor
    with tenant_tx(other.tenant_id):
        members.add_member(other, people.viewer.user)
    return other.tenant_id


def test_in_and_out(people, browser):
    client, user = browser(), people.viewer.user
    assert sign_in(client, user.email)["ok"]
    assert client.get("/whoami").json()["organization"] == people.tenant.name
    client.post("/sign-out")
    assert client.get("/whoami").json()["actor"] is None
    assert recorded(people.tenant_id, user) == [("users.session.create", "ok"), ("users.session.delete", "ok")]


def test_the_record_tells_sessions_apart_without_their_keys(people, browser):
    client, user = browser(), people.viewer.user
    sign_in(client, user.email)
    with tenant_tx(people.tenant_id):
        row = AuditEvent.objects.filter(who_id=str(user.pk), act="users.session.create").latest("id")
    assert row.who_address == "127.0.0.1"
    assert len(row.who_session) == 16
    assert row.who_session not in client.session.session_key


def test_signing_in_changes_the_sessions_key(people, browser):
    client = browser()
    session = client.session
    session["seen"] = 1
    session.save()
    before = session.session_key
    sign_in(client, people.viewer.user.email)
    assert client.session.session_key != before


def test_a_failure_is_recorded_in_each_organization_of_a_known_person(people, browser):
    other = both_sides(people)
    assert not sign_in(browser(), people.viewer.user.email, "wrong")["ok"]
    for tenant in (people.tenant_id, other):
        assert recorded(tenant, people.viewer.user) == [("users.session.create", "failed")]


def test_an_unknown_address_is_recorded_nowhere(people, browser):
    with tenant_tx(people.tenant_id):
        before = AuditEvent.objects.count()
    assert not sign_in(browser(), f"x{people.viewer.user.email}", "wrong")["ok"]
    with tenant_tx(people.tenant_id):
        assert AuditEvent.objects.count() == before


def test_switching_is_remembered_and_recorded(people, browser):
    other = both_sides(people)
    client, user = browser(), people.viewer.user
    sign_in(client, user.email)
    assert client.get("/whoami").json()["tenant"] == str(people.tenant_id)
    client.post(f"/switch/{other}")
    assert client.get("/whoami").json()["tenant"] == str(other)
    assert recorded(other, user) == [("users.session.switch", "ok")]
    client.post("/sign-out")
    sign_in(client, user.email)
    assert client.get("/whoami").json()["tenant"] == str(other)


def test_a_form_of_before_the_switch_is_refused(people, browser):
    """Filled in for one organization, it must not be sent in another: its token is worth nothing then."""
    other = both_sides(people)
    client = browser(enforce_csrf_checks=True)
    secret = client.cookies["csrftoken"] = _get_new_csrf_string()
    headers = {"X-CSRFToken": secret}
    client.post("/sign-in", {"email": people.viewer.email, "password": PASSWORD}, headers=headers)
    headers = {"X-CSRFToken": client.cookies["csrftoken"].value}
    assert client.post("/whoami", headers=headers).status_code == 200
    assert client.post(f"/switch/{other}", headers=headers).status_code == 200
    assert client.post("/whoami", headers=headers).status_code == 403
    headers = {"X-CSRFToken": client.cookies["csrftoken"].value}
    assert client.post("/whoami", headers=headers).json()["tenant"] == str(other)


def test_another_organization_is_a_404(people, browser):
    client = browser()
    sign_in(client, people.viewer.user.email)
    assert client.post(f"/switch/{people.outsider.actor.tenant_id}").status_code == 404


def test_without_an_organization_one_is_signed_in_nowhere(browser, panel_env):
    user = make_user("lonely")
    client = browser()
    assert sign_in(client, user.email)["ok"]
    assert "tenant" not in client.session
    assert homes.of(user.pk) == ()


def test_a_stale_last_organization_is_passed_over(people, browser):
    User.objects.filter(pk=people.viewer.user.pk).update(last_tenant=people.outsider.actor.tenant_id)
    client = browser()
    sign_in(client, people.viewer.user.email)
    assert client.session["tenant"] == str(people.tenant_id)


@pytest.mark.parametrize(
    ("candidate", "answer"),
    [
        ("/ec2/instances?q=1", "/ec2/instances?q=1"),
        ("//evil.example", "/"),
        ("https://evil.example", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_the_way_back_stays_on_this_site(candidate, answer):
    assert safe_next(candidate) == answer
