import pytest
from django.db import connection
from django.middleware.csrf import _get_new_csrf_string
from django.test.utils import CaptureQueriesContext

from apps.audit.models import AuditEvent
from apps.tenancy.context import tenant_tx
from apps.tenancy.models import Membership, Tenant
from apps.users.models import User
from tests.people import make_member, make_user


def newest(tenant_id) -> AuditEvent:
    with tenant_tx(tenant_id):
        return AuditEvent.objects.filter(tenant_id=tenant_id).latest("id")


def test_an_anonymous_request_has_no_actor_and_no_tenant(people, browser):
    answer = browser().get("/whoami").json()
    assert answer == {"actor": None, "kind": None, "organization": None, "tenant": None, "roles": 0}


def test_a_session_runs_the_view_in_its_tenant(people, browser):
    answer = browser(people.viewer).get("/whoami").json()
    assert answer == {
        "actor": people.viewer.user.name,
        "kind": "user",
        "organization": people.tenant.name,
        "tenant": str(people.tenant_id),
        "roles": 4,
    }


def test_a_template_is_rendered_where_its_rows_can_be_read(people, browser):
    assert browser(people.viewer).get("/template").content == b"4 roles"


def test_a_view_with_transactions_of_its_own_gets_the_actor_alone(people, browser):
    answer = browser(people.viewer).get("/own").json()
    assert (answer["actor"], answer["tenant"], answer["roles"]) == (people.viewer.user.name, None, 0)


def test_an_async_view_gets_the_actor_alone(people, browser):
    assert browser(people.viewer).get("/stream").json() == {"actor": people.viewer.user.name}
    assert browser().get("/stream").status_code == 302


def test_an_actor_costs_two_queries(people, browser):
    client = browser(people.viewer)
    client.get("/whoami")
    with CaptureQueriesContext(connection) as queries:
        client.get("/whoami")
    statements = [one["sql"] for one in queries if not one["sql"].startswith(("BEGIN", "COMMIT", "SELECT set_config"))]
    kinds = [
        "session" if "users_session" in sql else "role" if 'FROM "tenancy_role"' in sql else "actor"
        for sql in statements
    ]
    assert kinds == ["session", "actor", "actor", "role"]
    assert sum("set_config" in one["sql"] for one in queries) == 1


def test_a_session_without_a_tenant_gets_the_first(people, browser):
    client = browser()
    client.force_login(people.viewer.user)
    assert client.get("/whoami").json()["tenant"] == str(people.tenant_id)
    assert client.session["tenant"] == str(people.tenant_id)


@pytest.mark.parametrize("path", ["/whoami", "/own"])
def test_a_session_in_an_organization_that_was_left_falls_back(people, browser, path):
    other = Tenant(id=people.outsider.actor.tenant_id)
    both = make_member(other, people.outsider, "viewer")
    with tenant_tx(people.tenant_id):
        Membership.objects.create(tenant_id=people.tenant_id, user=both.user)
    client = browser(both)
    with tenant_tx(other.id):
        Membership.objects.get(user_id=both.user.pk, tenant_id=other.id).delete()
    assert client.get(path).json()["organization"] == people.tenant.name


@pytest.mark.parametrize("path", ["/whoami", "/own"])
def test_a_form_of_an_organization_that_was_left_does_nothing_in_another(people, browser, path):
    other = Tenant(id=people.outsider.actor.tenant_id)
    both = make_member(other, people.outsider, "owner")
    with tenant_tx(people.tenant_id):
        Membership.objects.create(tenant_id=people.tenant_id, user=both.user)
    client = browser(both, enforce_csrf_checks=True)
    secret = _get_new_csrf_string()
    client.cookies["csrftoken"] = secret
    assert client.post(path, headers={"X-CSRFToken": secret}).status_code == 200
    with tenant_tx(other.id):
        Membership.objects.get(user_id=both.user.pk, tenant_id=other.id).delete()
    answer = client.post(path, headers={"X-CSRFToken": secret})
    assert answer.status_code == 403
    assert b"no longer a member" in answer.content
    assert client.get(path).json()["organization"] == people.tenant.name
    assert client.post(path, headers={"X-CSRFToken": secret}).status_code == 403, "the form of before is worth nothing"


@pytest.mark.parametrize("path", ["/whoami", "/own"])
def test_a_page_of_another_organization_loads_anew(people, browser, path):
    """The same browser went to another organization meanwhile: a fragment must not mix them."""
    client = browser(people.viewer)
    assert client.get(path, headers={"X-Organization": str(people.tenant_id)}).status_code == 200
    answer = client.get(path, headers={"X-Organization": str(people.outsider.actor.tenant_id)})
    assert (answer.status_code, answer["HX-Refresh"]) == (409, "true")
    assert answer.content == b""


def test_a_session_cannot_name_an_organization_of_others(people, browser):
    client = browser(people.viewer)
    session = client.session
    session["tenant"] = str(people.outsider.actor.tenant_id)
    session.save()
    assert client.get("/whoami").json()["tenant"] == str(people.tenant_id)


@pytest.mark.parametrize("path", ["/whoami", "/page"])
def test_a_person_without_an_organization(browser, panel_env, path):
    client = browser()
    client.force_login(make_user("lonely"))
    answer = client.get(path)
    assert answer.status_code == (200 if path == "/whoami" else 403)
    assert b"tenant" in answer.content or b"You aren&#x27;t a member" in answer.content


def test_an_inactive_person_is_anonymous(people, browser):
    client = browser(people.viewer)
    User.objects.filter(pk=people.viewer.user.pk).update(is_active=False)
    assert client.get("/whoami").json()["actor"] is None


# Denials


def test_a_denial_is_explained_recorded_and_undone(people, browser):
    answer = browser(people.viewer).get("/denied", REMOTE_ADDR="192.0.2.9", HTTP_X_FORWARDED_FOR="6.6.6.6")
    assert answer.status_code == 403
    assert answer.content.decode() == "Your role Viewer lacks test.thing.break in account prod, eu-west-1."
    row = newest(people.tenant_id)
    assert (row.act, row.result, row.who_id) == ("test.thing.break", "denied", str(people.viewer.user.pk))
    assert (row.target_account, row.target_region, row.who_address) == ("a-1", "eu-west-1", "192.0.2.9")
    assert row.who_session
    assert "Viewer lacks" in row.reason
    with tenant_tx(people.tenant_id):
        assert not AuditEvent.objects.filter(act="test.thing.write").exists()


def test_a_denial_outside_the_middlewares_transaction_too(people, browser):
    answer = browser(people.viewer).get("/denied-later")
    assert answer.status_code == 403
    assert newest(people.tenant_id).result == "denied"


def test_the_api_answers_a_problem_document(people, browser):
    answer = browser().get("/api/v1/denied", headers=people.viewer.bearer)
    assert answer["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert (answer.status_code, body["status"], body["permission"]) == (403, 403, "test.thing.break")
    assert body["detail"].startswith("Your role Viewer lacks")
    assert newest(people.tenant_id).who_kind == "token"


def test_who_may_is_let_through_and_a_view_that_answers_nothing_fails_once(people, browser):
    with pytest.raises(ValueError, match=r"pages\.denied didn't return"):
        browser(people.owner).get("/denied")


def test_a_failed_view_leaves_nothing(people, browser):
    assert browser(people.owner).get("/absent").status_code == 404
    assert newest(people.tenant_id).act != "test.thing.write"


# Tokens


def test_a_token_acts_and_the_cookie_counts_for_nothing(people, browser):
    client = browser(people.outsider)
    answer = client.get("/api/v1/whoami", headers=people.viewer.bearer).json()
    assert (answer["kind"], answer["tenant"]) == ("token", str(people.tenant_id))
    assert client.get("/api/v1/whoami", headers={"Authorization": "Bearer nonsense"}).status_code == 401
    assert client.get("/api/v1/own", headers=people.viewer.bearer).json()["kind"] == "token"


@pytest.mark.parametrize("path", ["/whoami", "/own"])
def test_a_token_opens_no_page(people, browser, path):
    """Pages are for people: there a token's limits would not hold for what a person may always do."""
    client = browser()
    answer = client.get(path, headers=people.owner.bearer)
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert "sessionid" not in answer.cookies


def test_an_unknown_token_is_a_problem_document(people, browser):
    answer = browser().get("/api/v1/whoami", headers={"Authorization": "Bearer ngt_0"})
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="Northgate"')
    assert answer["Content-Type"] == "application/problem+json"


# Forgery


@pytest.mark.parametrize("path", ["/whoami", "/own"])
def test_a_forged_form_is_refused(people, browser, path):
    client = browser(people.owner, enforce_csrf_checks=True)
    assert client.post(path).status_code == 403
    secret = _get_new_csrf_string()
    client.cookies["csrftoken"] = secret
    assert client.post(path, headers={"X-CSRFToken": secret}).status_code == 200


def test_a_token_needs_no_form_token(people, browser):
    client = browser(enforce_csrf_checks=True)
    assert client.post("/api/v1/whoami", headers=people.viewer.bearer).status_code == 200


def test_another_scheme_does_not_lift_the_check(people, browser):
    client = browser(people.owner, enforce_csrf_checks=True)
    assert client.post("/whoami", headers={"Authorization": "Basic abc"}).status_code == 403
    assert client.post("/whoami", headers={"Authorization": "Bearer"}).status_code == 403
    assert client.post("/exempt").status_code == 200


# The way to the sign-in page


def test_a_stranger_is_sent_to_sign_in_and_back(browser, panel_env):
    answer = browser().get("/page?tab=1")
    assert (answer.status_code, answer["Location"]) == (302, "/sign-in?next=%2Fpage%3Ftab%3D1")
    assert browser().post("/page")["Location"] == "/sign-in"


def test_a_fragment_sends_the_whole_page(browser, panel_env):
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/list?q=1"}
    answer = browser().get("/page", headers=headers)
    assert answer["HX-Redirect"] == "/sign-in?next=%2Flist%3Fq%3D1"
    headers["HX-Current-URL"] = "http://evil.example//evil.example/x"
    assert browser().get("/page", headers=headers)["HX-Redirect"] == "/sign-in"


def test_a_script_is_told_to_send_a_token(browser, panel_env):
    assert browser().get("/api/v1/page").status_code == 401
