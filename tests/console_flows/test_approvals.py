"""Approval in the browser: what is asked for, who sees which button, and what it does."""

import pytest

from tests.console.world import client, fragment
from tests.console_flows.forms import values
from tests.console_flows.test_actions import act, ask, instances
from tests.console_flows.test_wizard import operations


@pytest.fixture
def waiting(world):
    """An operation of the operator's that waits; all of the organization's accounts want approval."""
    from apps.cloud.models import Account, Approval
    from apps.tenancy.context import tenant_tx

    with tenant_tx(world.tenant_id):
        Account.objects.filter(tenant_id=world.tenant_id).update(approval=Approval.ALL)
    browser, (target,) = client(world.people.operator), instances(world, "web")
    dialog = ask(browser, "reboot", target)
    text = dialog.content.decode()
    assert "Request reboot" in text
    assert "begins when somebody else has approved it" in text
    form = values(dialog, "dlg act")
    act(browser, "reboot", form | {"confirm": "web"})
    (operation,) = operations(world)
    assert operation.state == "awaiting"
    return operation


def page(person, operation):
    return client(person).get(f"/operations/{operation.id}/").content.decode()


def test_the_owner_may_decide_the_asker_may_withdraw(world, waiting):
    mine = page(world.people.operator, waiting)
    assert "Waiting for approval" in mine
    assert f"/operations/{waiting.id}/approve/" not in mine
    assert "Nothing was done yet." in mine
    assert f'action="/operations/{waiting.id}/approve/"' in page(world.people.owner, waiting)
    assert client(world.people.outsider).get(f"/operations/{waiting.id}/").status_code == 404


def test_approving_puts_it_under_way(world, waiting):
    owner = client(world.people.owner)
    assert "1" in fragment(owner, "/operations/dock/").content.decode().partition('id="approvals-badge"')[2]
    answer = owner.post(f"/operations/{waiting.id}/approve/", {"plan": waiting.plan_hash}, follow=True)
    assert "Approved. It is under way." in answer.content.decode()
    assert operations(world)[0].state == "queued"
    again = owner.post(f"/operations/{waiting.id}/approve/", {"plan": waiting.plan_hash}, follow=True)
    assert "It does not wait for approval." in again.content.decode()


def test_declining_asks_for_the_reason(world, waiting):
    owner = client(world.people.owner)
    path = f"/operations/{waiting.id}/decline/"
    asked = owner.post(path, {"reason": " "})
    assert "Say why" in asked.content.decode()
    assert operations(world)[0].state == "awaiting"
    done = owner.post(path, {"reason": "Not <b>today</b>"}, follow=True).content.decode()
    assert "Not &lt;b&gt;today&lt;/b&gt;" in done
    assert operations(world)[0].state == "declined"


def test_others_are_refused(world, waiting):
    for person, status in ((world.people.viewer, 403), (world.people.operator, 403), (world.people.outsider, 404)):
        answer = client(person).post(f"/operations/{waiting.id}/approve/", {"plan": waiting.plan_hash})
        assert answer.status_code == status
    assert operations(world)[0].state == "awaiting"
