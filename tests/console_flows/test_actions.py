"""Dialogs of actions, and operations as the browser shows them."""

import pytest

from tests.console.world import client, fragment
from tests.console_flows.forms import values
from tests.console_flows.test_wizard import operations


def instances(world, text=""):
    from apps.catalog import registry
    from apps.inventory import query
    from apps.tenancy.context import tenant_tx

    with tenant_tx(world.tenant_id):
        return query.listing(
            world.people.operator.actor, registry.resource("ec2.instance"), query.Query(text=text)
        ).items


def ask(browser, verb, *items):
    return fragment(browser, f"/ec2/instances/action/{verb}/?" + "&".join(f"id={item.id}" for item in items))


def act(browser, verb, form):
    return browser.post(
        f"/ec2/instances/action/{verb}/", form, headers={"HX-Request": "true", "HX-Request-Type": "partial"}
    )


def test_what_destroys_asks_for_the_name(world):
    browser, (target,) = client(world.people.operator), instances(world, "web")
    dialog = ask(browser, "terminate", target)
    text = dialog.content.decode()
    assert 'data-expect="web"' in text
    assert 'class="btn go danger" disabled' in text
    assert "<html" not in text
    form = values(dialog, "dlg act")
    wrong = act(browser, "terminate", form | {"confirm": "wob"})
    assert "Type web to confirm." in wrong.content.decode()
    assert operations(world) == []
    done = act(browser, "terminate", form | {"confirm": "web"})
    (operation,) = operations(world)
    assert done.headers["HX-Trigger"] == "acted"
    assert f"/operations/{operation.id}/" in done.content.decode()


def test_several_are_confirmed_by_their_number_and_others_left_alone(world):
    browser = client(world.people.operator)
    targets = [*instances(world, "api-")[:3], *instances(world, "batch-1")]
    text = ask(browser, "stop", *targets).content.decode()
    assert 'data-expect="3"' in text  # production
    assert "batch-1 is stopped; Stop needs running." in text
    form = values(ask(browser, "stop", *targets), "dlg act")
    assert len(form["id"]) == 3
    act(browser, "stop", form | {"confirm": "3"})
    (operation,) = operations(world)
    assert len(operation.plan["targets"]) == 3


def test_the_wrong_state_is_said_and_nothing_can_be_sent(world):
    browser, (target,) = client(world.people.operator), instances(world, "batch-1")
    text = ask(browser, "stop", target).content.decode()
    assert "Not possible now:" in text
    assert 'class="btn go' not in text
    act(browser, "stop", {"id": target.id, "confirm": "batch-1"})
    assert operations(world) == []


def test_aws_text_is_never_markup(world):
    browser, (target,) = client(world.people.operator), instances(world, "script")
    text = ask(browser, "terminate", target).content.decode()
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


def test_without_htmx_it_is_a_page_and_leads_to_the_operation(world):
    browser, (target,) = client(world.people.operator), instances(world, "batch-1")
    page = browser.get(f"/ec2/instances/action/start/?id={target.id}")
    assert "<html" in page.content.decode()
    done = browser.post("/ec2/instances/action/start/", values(page, "dlg act"))
    (operation,) = operations(world)
    assert done.headers["Location"] == f"/operations/{operation.id}/"


def test_who_may_not_is_told_and_refused(world):
    browser, (target,) = client(world.people.viewer), instances(world, "web")
    assert "ec2.instance.terminate" in ask(browser, "terminate", target).content.decode()
    refused = act(browser, "terminate", {"id": target.id, "confirm": "web"})
    assert refused.status_code == 403
    assert "ec2.instance.terminate" in refused.content.decode()
    assert operations(world) == []


@pytest.mark.parametrize("method", ["get", "post"])
def test_foreign_targets_are_not_there(world, method):
    (target,) = instances(world, "web")
    browser = client(world.people.outsider)
    answer = getattr(browser, method)("/ec2/instances/action/terminate/", {"id": target.id, "confirm": "web"})
    assert answer.status_code == 404


def test_a_dialog_shows_the_plan_of_what_is_typed(world):
    browser, (target,) = client(world.people.operator), instances(world, "web")
    form = values(ask(browser, "tag", target), "dlg act")
    same = act(browser, "tag", form | {"_preview": "1"})
    assert "it is so already" in same.content.decode()
    assert "it is so already" in act(browser, "tag", form).content.decode()
    more = act(browser, "tag", form | {"tags-9-key": "tier", "tags-9-value": "gold", "_preview": "1"})
    assert "ec2.create_tags" in more.content.decode()
    assert operations(world) == []


def begun(world):
    browser, (target,) = client(world.people.operator), instances(world, "batch-1")
    browser.post(
        "/ec2/instances/action/start/", values(browser.get(f"/ec2/instances/action/start/?id={target.id}"), "dlg act")
    )
    return browser, operations(world)[-1]


def test_an_operation_is_shown_listed_and_cancelled(world):
    browser, operation = begun(world)
    page = browser.get(f"/operations/{operation.id}/").content.decode()
    assert f"operation-{operation.id} from:body" in page
    assert "ec2.start_instances" in page
    assert operation.title in browser.get("/operations/?mine=1").content.decode()
    assert operation.title not in browser.get("/operations/?state=failed").content.decode()
    assert operation.title in fragment(browser, "/operations/dock/").content.decode()
    asked = fragment(browser, f"/operations/{operation.id}/cancel/").content.decode()
    assert "Nothing was done yet." in asked
    answer = browser.post(f"/operations/{operation.id}/cancel/", follow=True)
    assert "it stops before the next step" in answer.content.decode().lower()
    again = browser.post(f"/operations/{operation.id}/cancel/", follow=True)
    assert "already" in again.content.decode()
    assert "still under way" in browser.post(f"/operations/{operation.id}/retry/", follow=True).content.decode()


def test_operations_of_others(world):
    _browser, operation = begun(world)
    assert client(world.people.outsider).get(f"/operations/{operation.id}/").status_code == 404
    assert client(world.people.outsider).post(f"/operations/{operation.id}/cancel/").status_code == 404
    viewer = client(world.people.viewer)
    page = viewer.get(f"/operations/{operation.id}/")
    assert page.status_code == 200
    assert "operations.operation.cancel" in page.content.decode()
    assert viewer.post(f"/operations/{operation.id}/cancel/").status_code == 403
