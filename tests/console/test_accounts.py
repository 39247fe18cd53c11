"""Connecting, changing and removing accounts; AWS is played by a stand-in for `verify`."""

import re

import pytest

from apps.cloud.connect import Verified
from apps.cloud.explain import CallFailed, Explained
from apps.cloud.models import Account
from apps.tenancy.context import tenant_tx
from apps.tenancy.members import add_member, bind
from apps.tenancy.models import Role, Tenant
from tests.console.world import client, fragment
from tests.people import make_member

KEYS = {
    "name": "sandbox",
    "environment": "development",
    "credential": "keys",
    "access_key": "AKIAEXAMPLE0000",
    "secret_key": "shh-a-secret",
    "regions": ["eu-west-1"],
}


@pytest.fixture
def aws(monkeypatch):
    from apps.cloud import connect
    from apps.inventory import freshness

    may = (("ec2:RunInstances", True), ("ec2:StopInstances", False), ("s3:PutObject", None))
    verified = Verified("999988887777", "arn:aws:iam::999988887777:user/panel", may, ("eu-west-1",))
    monkeypatch.setattr(connect, "verify", lambda *_args, **_more: verified)
    monkeypatch.setattr(freshness, "sync_account", lambda account: 0)
    return monkeypatch


def accounts(tenant_id) -> list[Account]:
    with tenant_tx(tenant_id):
        return list(Account.objects.filter(tenant_id=tenant_id).order_by("name"))


def test_check_says_what_the_credential_may_do_and_keeps_nothing(people, aws):
    browser = client(people.owner)
    headers = {"HX-Request": "true", "HX-Request-Type": "partial"}
    text = browser.post("/accounts/connect/", KEYS | {"check": "1"}, headers=headers).content.decode()
    assert "account 999988887777" in text
    assert "It lacks 1 permission" in text
    assert "ec2:StopInstances" in text
    assert "<html" not in text
    assert accounts(people.tenant_id) == []


def test_connect_seals_the_secret_and_never_shows_it(people, aws):
    browser = client(people.owner)
    assert browser.post("/accounts/connect/", KEYS)["Location"] == "/accounts/"
    (account,) = accounts(people.tenant_id)
    assert account.number == "999988887777"
    assert b"shh-a-secret" not in bytes(account.secret)
    for path in ("/accounts/", f"/accounts/{account.id}/"):
        text = browser.get(path).content.decode()
        assert "sandbox" in text
        assert "shh-a-secret" not in text
        assert "AKIAEXAMPLE0000" not in text
    assert browser.post("/accounts/connect/", KEYS).status_code == 422


def test_an_invalid_form_never_sends_the_secret_back(people, aws):
    text = client(people.owner).post("/accounts/connect/", KEYS | {"name": ""}).content.decode()
    assert "This field is required." in text
    assert "shh-a-secret" not in text


def test_a_role_needs_an_arn_and_the_panels_external_id(people, aws):
    browser = client(people.owner)
    first = browser.get("/accounts/connect/").content.decode()
    external = re.search(r'id="external">([^<]+)<', first)[1]
    assert len(external) > 30
    assert external in browser.get("/accounts/connect/").content.decode()
    answer = browser.post("/accounts/connect/", {"name": "r", "environment": "staging", "credential": "role"})
    assert answer.status_code == 422
    assert "Enter the ARN of the role." in answer.content.decode()


def test_what_aws_refuses_is_said_with_its_code(people, monkeypatch):
    from apps.cloud import connect

    def refuse(*_args, **_more):
        raise CallFailed(Explained("InvalidClientTokenId", "AWS does not know this key.", "req-77"))

    monkeypatch.setattr(connect, "verify", refuse)
    text = client(people.owner).post("/accounts/connect/", KEYS).content.decode()
    assert "AWS does not know this key." in text
    assert "InvalidClientTokenId · req-77" in text
    assert accounts(people.tenant_id) == []


def test_change_and_removal_by_typed_name(world, aws):
    browser = client(world.people.owner)
    path = f"/accounts/{world.staging.id}/"
    given = {"name": "stage", "environment": "staging", "credential": "keys", "regions": ["eu-west-1"]}
    assert browser.post(path, given | {"access_key": "AKIA1", "secret_key": "s"}).status_code == 302
    assert [one.name for one in accounts(world.tenant_id)] == ["production", "stage"]
    browser.post(f"{path}remove/", {"confirm": "staging"})
    assert len(accounts(world.tenant_id)) == 2
    browser.post(f"{path}remove/", {"confirm": "stage"})
    assert [one.name for one in accounts(world.tenant_id)] == ["production"]


def test_only_those_who_may(world, aws):
    path = f"/accounts/{world.staging.id}/"
    assert client(world.people.outsider).get(path).status_code == 404
    assert client(world.people.outsider).post(f"{path}remove/", {"confirm": "staging"}).status_code == 404
    viewer = client(world.people.viewer)
    assert viewer.get("/accounts/connect/").status_code == 403
    assert viewer.post(f"{path}remove/", {"confirm": "staging"}).status_code == 403
    assert viewer.post(path, KEYS).status_code == 403
    text = viewer.get("/accounts/").content.decode()
    assert "Your role Viewer lacks cloud.account.create." in text
    assert len(accounts(world.tenant_id)) == 2


def test_the_settings_of_an_account_need_their_own_permission(world):
    """Whoever sees some of its resources doesn't see how the panel signs in."""
    from apps.tenancy import members
    from apps.tenancy.models import Membership

    people = world.people
    reader = make_member(people.tenant, people.owner, "viewer")
    with tenant_tx(people.tenant_id):
        holder = Membership.objects.get(tenant_id=people.tenant_id, user_id=reader.user.id)
        holder.bindings.all().delete()
        role = members.create_role(people.owner.actor, "Instances", ["ec2.instance.read"])
        members.bind(people.owner.actor, role, holder, account=world.staging.id)
    browser = client(reader)
    assert browser.get("/ec2/instances/").status_code == 200
    assert browser.get("/accounts/").status_code == 403
    answer = browser.get(f"/accounts/{world.staging.id}/")
    assert answer.status_code == 403
    assert world.staging.external_id not in answer.content.decode()
    assert browser.get(f"/accounts/{world.production.id}/").status_code == 404


def test_an_external_id_stays_in_its_organization(people):
    """Whoever is in two can't take the id that the one's role demands to the other."""
    other = Tenant(id=people.outsider.actor.tenant_id)
    with tenant_tx(other.id):
        membership = add_member(people.outsider.actor, people.owner.user)
        bind(people.outsider.actor, Role.objects.get(tenant_id=other.id, builtin="owner"), membership)
    browser = client(people.owner)
    found = set()
    for tenant in (people.tenant_id, other.id):
        assert browser.post("/switch/", {"tenant": str(tenant)}).status_code == 302
        page = browser.get("/accounts/connect/").content.decode()
        found.add(re.search(r'id="external">([^<]+)<', page)[1])
    assert len(found) == 2


def test_list_shows_state_and_counts(world):
    text = fragment(client(world.people.viewer), "/accounts/").content.decode()
    assert "production" in text
    assert "111111111111" in text
    assert "<html" not in text
