"""The panel's own pages: the door, the person's settings, members, tokens, the record, errors."""

import re
import secrets

import pytest
from django.test import Client

from apps.audit import search
from apps.tenancy.context import tenant_tx
from apps.tenancy.models import Binding, Role
from tests.console.world import client, fragment, make_world
from tests.people import PASSWORD, make_user

PAGES = [
    "/",
    "/profile/",
    "/audit/",
    "/accounts/",
    "/tokens/",
    "/members/",
    "/operations/",
    "/idle/",
    "/ec2/",
    "/ec2/instances/",
]


@pytest.mark.parametrize("path", PAGES)
def test_nobody_sees_a_page_without_signing_in(path):
    answer = Client().get(path)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in/")


@pytest.mark.parametrize("path", PAGES)
def test_every_page_answers_its_owner_under_a_strict_policy(world, path):
    answer = client(world.people.owner).get(path)
    assert answer.status_code == 200
    policy = answer["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "script-src 'self'" in policy
    text = answer.content.decode()
    assert not re.search(r"<script(?![^>]*src=)|<style|\sstyle=|\son[a-z]+=|hx-on", text)
    assert len(re.findall(r"<h1[ >]", text)) == 1


def test_sign_in_goes_to_the_page_that_was_asked_for(people):
    browser = Client()
    answer = browser.post(
        "/sign-in/", {"email": people.owner.email, "password": PASSWORD, "next": "/ec2/instances/?q=a"}
    )
    assert answer["Location"] == "/ec2/instances/?q=a"
    assert browser.get("/").status_code == 200
    assert browser.get("/sign-in/").status_code == 302


def test_sign_in_never_leads_elsewhere(people):
    given = {"email": people.owner.email, "password": PASSWORD, "next": "//evil.example/"}
    assert Client().post("/sign-in/", given)["Location"] == "/"


def test_a_wrong_password_keeps_the_address(people):
    answer = Client().post("/sign-in/", {"email": people.owner.email, "password": "wrong"})
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "match an active account" in text
    assert people.owner.email in text
    assert "wrong" not in text


def test_sign_out_ends_the_session(people):
    browser = client(people.owner)
    assert browser.get("/sign-out/").status_code == 405
    browser.post("/sign-out/")
    assert browser.get("/").status_code == 302


def test_switching_only_to_ones_own(people):
    from apps.tenancy import members

    browser = client(people.owner)
    other = people.outsider
    assert browser.post("/switch/", {"tenant": str(other.actor.tenant_id)}).status_code == 404
    with tenant_tx(other.actor.tenant_id):
        members.add_member(other.actor, people.owner.user)
    assert browser.post("/switch/", {"tenant": str(other.actor.tenant_id)}).status_code == 302
    text = browser.get("/profile/").content.decode()
    assert "Switch organization" in text


def test_a_role_on_a_path_is_given_and_shown(people):
    browser = client(people.owner)
    address = f"/members/{people.viewer.actor.membership_id}/roles/"
    role = tenant_role(people, "operator")
    browser.post(address, {"role": role, "path": "acme/<b>logs</b>"})
    assert "with one * at its end" in browser.get("/members/").content.decode()
    browser.post(address, {"role": role, "path": "acme/" + "k" * 1100 + "*"})
    assert "at most 1100 characters" in browser.get("/members/").content.decode()
    browser.post(address, {"role": role, "path": "acme/<b>logs</b>/ *"})
    text = browser.get("/members/").content.decode()
    assert "acme/&lt;b&gt;logs&lt;/b&gt;/ *" in text
    assert "<b>logs</b>" not in text
    assert client(people.operator).post(address, {"role": role, "path": "acme/x*"}).status_code == 403
    assert client(people.outsider).post(address, {"role": role, "path": "acme/x*"}).status_code in {302, 404}
    with tenant_tx(people.tenant_id):
        found = Binding.objects.filter(tenant_id=people.tenant_id).exclude(path="")
        assert [one.path for one in found] == ["acme/<b>logs</b>/ *"]


def tenant_role(people, builtin):
    with tenant_tx(people.tenant_id):
        return str(Role.objects.get(tenant_id=people.tenant_id, builtin=builtin).id)


def test_theme_is_kept(people):
    browser = client(people.viewer)
    assert browser.post("/theme/", {"theme": "dark"}).status_code == 204
    assert 'data-theme="dark"' in browser.get("/profile/").content.decode()
    assert browser.post("/theme/", {"theme": "<x>"}).status_code == 204
    assert 'data-theme="dark"' in browser.get("/profile/").content.decode()


def test_profile_is_kept_and_shortcuts_can_be_turned_off(people):
    browser = client(people.viewer)
    given = {"part": "about", "name": "Vera", "theme": "light", "density": "compact"}
    assert browser.post("/profile/", given).status_code == 302
    text = browser.get("/profile/").content.decode()
    assert 'data-shortcuts="off"' in text
    assert 'data-density="compact"' in text
    assert 'value="Vera"' in text
    again = client(people.viewer).get("/profile/").content.decode()
    assert 'data-shortcuts="off"' in again


def test_password_change_needs_the_current_one(people):
    browser = client(people.viewer)
    new = "a quite different staple"
    assert browser.post("/profile/", {"part": "password", "current": "no", "new": new}).status_code == 422
    assert browser.post("/profile/", {"part": "password", "current": PASSWORD, "new": "1234"}).status_code == 422
    assert browser.post("/profile/", {"part": "password", "current": PASSWORD, "new": new}).status_code == 302
    assert browser.get("/").status_code == 200
    people.viewer.user.refresh_from_db()
    assert people.viewer.user.check_password(new)


def test_the_current_password_is_not_found_by_trying(people):
    """In a browser that was left open; signing in is not blocked by it."""
    browser, given = client(people.viewer), {"part": "password", "new": "another battery horse"}
    for _ in range(5):
        browser.post("/profile/", given | {"current": "wrong"})
    answer = browser.post("/profile/", given | {"current": PASSWORD})
    assert answer.status_code == 422
    assert "Too many attempts." in answer.content.decode()
    entered = Client().post("/sign-in/", {"email": people.viewer.email, "password": PASSWORD})
    assert entered.status_code == 302


def test_a_password_that_could_not_be_entered_is_not_kept(people):
    browser, new = client(people.viewer), "correct horse " * 500
    answer = browser.post("/profile/", {"part": "password", "current": PASSWORD, "new": new})
    assert answer.status_code == 422
    assert Client().post("/sign-in/", {"email": people.viewer.email, "password": PASSWORD}).status_code == 302


def test_a_token_is_shown_once_and_works_until_revoked(people):
    browser = client(people.operator)
    answer = browser.post("/tokens/", {"name": "backup", "days": "30", "permissions": "*.*.read"})
    token = re.search(r"ngt_[0-9a-f]{32}_[\w-]{43}", answer.content.decode())[0]
    assert answer["Cache-Control"].find("no-store") >= 0
    listed = browser.get("/tokens/").content.decode()
    assert token not in listed
    assert "backup" in listed
    bearer = {"Authorization": f"Bearer {token}"}
    assert Client().get("/api/v1/me/", headers=bearer).status_code == 200
    id = re.search(r"/tokens/([0-9a-f-]{36})/revoke/\"[^>]*>(?:(?!</form>).)*Revoke backup", listed, re.S)[1]
    assert client(people.outsider).post(f"/tokens/{id}/revoke/").status_code == 404
    assert browser.post(f"/tokens/{id}/revoke/").status_code == 302
    assert Client().get("/api/v1/me/", headers=bearer).status_code == 401


def test_a_bad_pattern_is_an_error_of_its_field(people):
    answer = client(people.operator).post("/tokens/", {"name": "x", "days": "30", "permissions": "all of it"})
    assert answer.status_code == 422
    assert "a permission. Write service.noun.verb" in answer.content.decode()


def test_owner_adds_a_member_who_can_sign_in(people):
    from apps.tenancy.models import Role

    with tenant_tx(people.tenant_id):
        role = Role.objects.get(tenant_id=people.tenant_id, builtin="viewer")
    email = f"new-{secrets.token_hex(4)}@example.com"
    given = {"name": "New", "email": email, "password": PASSWORD, "role": str(role.id)}
    assert client(people.operator).post("/members/add/", given).status_code == 403
    assert client(people.owner).post("/members/add/", given).status_code == 302
    assert Client().post("/sign-in/", {"email": email, "password": PASSWORD}).status_code == 302
    twice = client(people.owner).post("/members/add/", given)
    assert twice.status_code == 422
    assert "already a member" in twice.content.decode()


def test_the_last_owner_stays(people):
    from apps.tenancy.models import Binding

    browser = client(people.owner)
    assert browser.post(f"/members/{people.owner.actor.membership_id}/remove/").status_code == 302
    assert "at least one owner" in browser.get("/members/").content.decode()
    with tenant_tx(people.tenant_id):
        binding = Binding.objects.get(membership_id=people.viewer.actor.membership_id)
    assert client(people.outsider).post(f"/members/roles/{binding.id}/remove/").status_code == 404
    assert browser.post(f"/members/roles/{binding.id}/remove/").status_code == 302
    assert "No role: sees nothing" in browser.get("/members/").content.decode()


def test_the_record_is_for_auditors(people):
    assert client(people.viewer).get("/audit/").status_code == 403
    answer = client(people.auditor).get("/audit/?act=tenancy.member.*")
    assert answer.status_code == 200
    text = answer.content.decode()
    assert "tenancy.member.create" in text
    assert "tenancy.organization.create" not in text
    denied = client(people.auditor).get("/audit/?result=denied").content.decode()
    assert "audit.event.read" in denied


def test_the_record_goes_page_by_page(people):
    from apps.audit import record

    with tenant_tx(people.tenant_id):
        for n in range(60):
            record.write(
                tenant_id=people.tenant_id,
                act="ec2.instance.stop",
                result="ok",
                actor=people.owner.actor.who,
                params={"n": n},
                before={"state": "running"},
                request_ids=[f"req-{n}"],
            )
        page = search.query(people.tenant_id)
    browser = client(people.auditor)
    first = browser.get("/audit/").content.decode()
    older = re.search(r'href="\?(before=\d+)"', first)[1]
    assert f"before={page.older}" in older
    assert "req-59" in first
    assert "req-59" not in browser.get(f"/audit/?{older}").content.decode()
    assert "req-7" in browser.get("/audit/?q=req-7").content.decode()
    assert browser.get("/audit/?before=x&since=yesterday&in=%FF&until=2026-13-40").status_code == 200


def test_errors_are_in_the_panels_style(people):
    browser = client(people.viewer)
    answer = browser.get("/no/such/page/here/")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.content.decode()
    assert "<html" not in fragment(browser, "/ec2/unicorns/").content.decode()
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(people.viewer.user, backend="django.contrib.auth.backends.ModelBackend")
    answer = strict.post("/theme/", {"theme": "dark"})
    assert answer.status_code == 403
    assert "This page is too old" in answer.content.decode()


def test_overview_counts_only_what_the_person_may_see(people):
    world = make_world(people)
    text = client(people.viewer).get("/").content.decode()
    assert "AWS is throttling requests." in text
    assert "production" in text
    assert re.search(r"Instances</span><b class=\"num\">8</b>", text)
    other = client(people.outsider).get("/").content.decode()
    assert world.production.name not in other


def test_one_without_an_organization_is_told():
    browser = Client()
    browser.force_login(make_user("alone"), backend="django.contrib.auth.backends.ModelBackend")
    answer = browser.get("/")
    assert answer.status_code == 403
    assert "a member of any organization" in answer.content.decode()
