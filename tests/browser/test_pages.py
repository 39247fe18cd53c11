"""Every page in both themes and at three widths: no axe violation, no console error, nothing that scrolls sideways."""

import pytest

from tests.chromium import inaccessible_in_any_theme
from tests.console.world import make_world
from tests.tenancy.walk import plan_ahead

pytestmark = pytest.mark.long
WIDTHS = {"wide": (1440, 900), "narrow": (390, 844)}
PAGES = {
    "overview": "/",
    "service": "/ec2/",
    "list": "/ec2/instances/",
    "filtered": "/ec2/instances/?f=state%3Drunning&f=tag%3Aowner%3Dops",
    "no-match": "/ec2/instances/?q=zebra",
    "detail": "/ec2/instances/{id}/",
    "tags": "/ec2/instances/{id}/?tab=tags",
    "panel": "/ec2/instances/?open={id}",
    "launch": "/ec2/instances/create/launch/",
    "action": "/ec2/instances/action/terminate/?id={id}",
    "operations": "/operations/",
    "idle": "/idle/",
    "schedules": "/schedules/",
    "schedule": "/schedules/{schedule}/",
    "schedule-create": "/schedules/create/",
    "rest": "/api/v1/docs/",
    "audit": "/audit/",
    "accounts": "/accounts/",
    "connect": "/accounts/connect/",
    "account": "/accounts/{account}/",
    "members": "/members/",
    "tokens": "/tokens/",
    "profile": "/profile/",
    "factors": "/profile/factors/",
    "factor-app": "/profile/factors/app/",
    "confirm": "/profile/confirm/",
}


@pytest.fixture(scope="module")
def shown(panel_env):
    """One world for all pages; the address of each."""
    from apps.catalog import registry
    from apps.inventory import query
    from apps.inventory.query import Query
    from apps.tenancy.context import tenant_tx
    from tests.inventory.rows import measure
    from tests.people import make_people

    world = make_world(make_people())
    with tenant_tx(world.tenant_id):
        found = query.listing(world.people.owner.actor, registry.resource("ec2.instance"), Query(text="api-1"))
    measure(world.production, "eu-west-1", {found.items[0].id: [None, 10.0, 35.5, 12.0]})
    schedule = plan_ahead(world.people.operator, world.production, "ops")
    return world, {"id": found.items[0].id, "account": str(world.staging.id), "schedule": str(schedule.id)}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_wcag(page, enter, shown, name, width):
    world, values = shown
    enter(world.people.owner)
    page.set_viewport_size(dict(zip(("width", "height"), WIDTHS[width], strict=True)))
    page.goto(page.site + PAGES[name].format(**values))
    page.wait_for_load_state("networkidle")
    assert inaccessible_in_any_theme(page) == []


@pytest.mark.parametrize("name", PAGES)
def test_reflow_at_320(page, enter, shown, name):
    world, values = shown
    enter(world.people.owner)
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(page.site + PAGES[name].format(**values))
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    wide = page.evaluate(
        """[...document.querySelectorAll('main *')].filter((e) => e.getBoundingClientRect().right > 322
           && !e.closest('.table-scroll, .tabs, .tokens, pre, .sr, .table thead') && e.checkVisibility())
           .map((e) => e.outerHTML.slice(0, 90)).slice(0, 3)"""
    )
    assert wide == []


def test_the_door(page, axe, people):
    from tests.people import PASSWORD

    page.goto(page.site + "/ec2/instances/")
    assert axe() == []
    page.get_by_label("Email").fill(people.viewer.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/ec2/instances/")
