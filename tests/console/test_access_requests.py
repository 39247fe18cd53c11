"""Asking for access where it was refused, and settling it on the members' page."""

import pytest
from django.core.exceptions import ValidationError

from apps.audit.models import AuditEvent
from apps.tenancy import access_requests
from apps.tenancy.access import Denied, allowed
from apps.tenancy.actors import load_actor
from apps.tenancy.context import tenant_tx
from apps.tenancy.models import AccessRequest, Role
from tests.console.world import client

STOP = "ec2.instance.stop"


def asked(world, person=None):
    """The viewer's request, as the page makes it."""
    browser = client(person or world.people.viewer)
    form = {"permission": STOP, "account": str(world.staging.id), "region": "eu-west-1", "reason": "On call <b>"}
    answer = browser.post("/access/", form)
    assert answer.status_code == 302, answer.content
    with tenant_tx(world.tenant_id):
        return AccessRequest.objects.get(settled_at=None)


def test_a_refusal_leads_to_the_request(world):
    text = client(world.people.viewer).get("/members/").content.decode()
    refused = client(world.people.viewer).post("/members/add/", {}).content.decode()
    assert "Requests for access" not in text
    assert 'href="/access/?permission=tenancy.member.create' in refused


def test_it_is_kept_recorded_and_shown_to_those_who_give_roles(world):
    found = asked(world)
    assert (found.permission, found.account, found.region) == (STOP, world.staging.id, "eu-west-1")
    owner = client(world.people.owner).get("/members/").content.decode()
    assert "Requests for access" in owner
    assert "On call &lt;b&gt;" in owner
    with tenant_tx(world.tenant_id):
        event = AuditEvent.objects.get(act="tenancy.access.request")
    assert (event.reason, event.who_name) == ("On call <b>", world.people.viewer.user.name)
    assert "Requests for access" not in client(world.people.outsider).get("/members/").content.decode()


def test_granted_the_role_holds_there_and_nowhere_else(world):
    found = asked(world)
    with tenant_tx(world.tenant_id):
        role = Role.objects.get(builtin="operator")
    answer = client(world.people.owner).post(f"/access/{found.id}/", {"role": str(role.id)})
    assert answer.status_code == 302
    now = load_actor(world.tenant_id, world.people.viewer.user.id)
    assert allowed(now, STOP, account=world.staging.id, region="eu-west-1")
    assert not allowed(now, STOP, account=world.production.id, region="eu-west-1")
    assert client(world.people.owner).post(f"/access/{found.id}/", {"role": str(role.id)}).status_code == 404


def test_declined_nothing_is_given(world):
    found = asked(world)
    client(world.people.owner).post(f"/access/{found.id}/", {})
    with tenant_tx(world.tenant_id):
        found.refresh_from_db()
    assert (found.granted, found.settled_at is None) == (False, False)
    now = load_actor(world.tenant_id, world.people.viewer.user.id)
    assert not allowed(now, STOP, account=world.staging.id)


def test_nobody_settles_their_own_without_the_right_nor_anothers_organization(world):
    found = asked(world)
    with tenant_tx(world.tenant_id):
        role = Role.objects.get(builtin="operator")
    for person, status in ((world.people.viewer, 403), (world.people.operator, 403), (world.people.outsider, 404)):
        assert client(person).post(f"/access/{found.id}/", {"role": str(role.id)}).status_code == status
    with tenant_tx(world.tenant_id), pytest.raises(Denied):
        access_requests.decline(world.people.operator.actor, found.id)


def test_a_reason_is_needed_and_an_account_of_others_is_dropped(world):
    browser = client(world.people.viewer)
    answer = browser.post("/access/", {"permission": STOP, "reason": " "})
    assert "Say what you need it for." in answer.content.decode()
    assert browser.get("/access/?permission=nonsense").status_code == 404
    other = client(world.people.outsider)
    other.post("/access/", {"permission": STOP, "account": str(world.staging.id), "reason": "x"})
    with tenant_tx(world.people.outsider.actor.tenant_id):
        assert AccessRequest.objects.get(settled_at=None).account is None


def test_asking_again_is_one_request_and_twenty_are_enough(world):
    actor = world.people.viewer.actor
    with tenant_tx(world.tenant_id):
        first = access_requests.ask(actor, STOP, "a")
        assert access_requests.ask(actor, STOP, "b").id == first.id
        for n in range(access_requests.MOST_OPEN - 1):
            access_requests.ask(actor, f"ec2.instance.act{n}", "a")
        with pytest.raises(ValidationError):
            access_requests.ask(actor, "ec2.instance.more", "a")
