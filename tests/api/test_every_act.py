"""Every act of the catalogue, through both doors: who may not do it is told which permission is missing and is on the
record, whoever is of another organization finds nothing. Nothing of it becomes an operation, so nothing goes to AWS.

What lies within containers is at addresses of its own: tests/api/test_objects.py, tests/tenancy/test_walk.py.
"""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.test import Client

from apps.catalog import registry
from apps.catalog.checks import example_item
from apps.catalog.resources import Action
from tests.api.world import Api, World, fill, make_account
from tests.console.world import client
from tests.people import Person, make_user

REGION = "eu-west-1"
FRAGMENT = {"HX-Request": "true", "HX-Request-Type": "partial"}
ACTS = [
    action
    for resource in registry.resources()
    if resource.stored
    for action in (*resource.actions.values(), *resource.wizards.values())
]


@dataclass
class Walls:
    """`elsewhere` may do everything in the other account, and reads this one: what decides is where, not what alone."""

    world: World
    elsewhere: Person
    browser: Client  # of elsewhere
    stranger: Client  # of the outsider, who has an account of their own
    seen: int = 0  # the last of the record
    ready: dict[str, str] = field(default_factory=dict)  # acts by the kind that is in a state for them

    def at(self, action: Action) -> dict[str, str]:
        placed = action.resource.placed
        return {"account": str(self.world.production.id), "region": REGION if placed else "global"}

    def target(self, action: Action) -> str:
        """What the act is done to: there, and in a state for it."""
        from apps.inventory.models import Entry
        from apps.tenancy.context import tenant_tx

        resource, account = action.resource, self.world.production
        id = example_item(resource, on=action.on).id
        if self.ready.get(resource.kind) == action.act:
            return id
        self.ready[resource.kind] = action.act
        region = self.at(action)["region"] if resource.scope != "global" else "global"
        fill(account, resource.kind, region, [{**resource.example, **action.on}])
        if action.when:
            with tenant_tx(account.tenant_id):
                Entry.objects.filter(account_id=account.id, kind=resource.kind).update(state=min(action.when))
        return id

    def rest(self, person: Person, action: Action) -> Any:
        """The example, posted by a script."""
        where, at = f"/{action.resource.service}/{action.resource.slug}/", self.at(action)
        if action.creates:
            return Api(person).post(f"{where}?wizard={action.verb}", {**at, **action.example})
        path = f"{where}{quote(self.target(action), safe='')}/{action.verb}/"
        return Api(person).post(f"{path}?{urlencode(at)}", dict(action.example))

    def page(self, browser: Client, action: Action) -> Any:
        """The form, sent by a browser; refused before its fields are looked at."""
        where, at = f"/{action.resource.service}/{action.resource.slug}/", self.at(action)
        if action.creates:
            place = urlencode({f"in-{key}": value for key, value in at.items()})
            return browser.post(f"{where}create/{action.verb}/?{place}", headers=FRAGMENT)
        id = self.target(action)
        asked = {"id": f"{id}@{at['account']}:{at['region']}"}
        return browser.post(f"{where}action/{action.verb}/", asked, headers=FRAGMENT)

    def record(self, after: int) -> list[Any]:
        """What came onto the organization's record since, oldest first."""
        from apps.audit.models import AuditEvent
        from apps.tenancy.context import tenant_tx

        with tenant_tx(self.world.people.tenant_id):
            found = AuditEvent.objects.filter(tenant_id=self.world.people.tenant_id, id__gt=after)
            return list(found.order_by("id").values_list("id", "act", "result", "who_name"))


@pytest.fixture(scope="module")
def walls(panel_env, world: World) -> Walls:
    from apps.tenancy import members, tokens
    from apps.tenancy.actors import load_actor
    from apps.tenancy.context import tenant_tx
    from apps.tenancy.models import Role

    people, user = world.people, make_user("elsewhere")
    with tenant_tx(people.tenant_id):
        member = members.add_member(people.owner.actor, user)
        roles = {role: Role.objects.get(tenant_id=people.tenant_id, builtin=role) for role in ("owner", "viewer")}
        members.bind(people.owner.actor, roles["viewer"], member)
        members.bind(people.owner.actor, roles["owner"], member, account=world.staging.id)
        actor = load_actor(people.tenant_id, user.id)
        _token, text = tokens.create(actor, "tests")
    outsider = people.outsider
    make_account(SimpleNamespace(tenant_id=outsider.actor.tenant_id), "own", "333333333333")
    person = Person(user, actor, text)
    return Walls(world, person, client(person), client(outsider))


@pytest.mark.parametrize("action", ACTS, ids=lambda action: action.act)
def test_who_may_not_is_refused_through_both_doors(walls: Walls, action: Action) -> None:
    people, last = walls.world.people, walls.record(walls.seen)[-1:]
    walls.seen = last[0][0] if last else walls.seen
    answer = walls.rest(people.viewer, action)
    assert answer.status_code == 403, answer.content
    assert answer.json()["permission"] == action.permission
    shown = walls.page(walls.browser, action)
    assert shown.status_code == 403, shown.content
    assert action.permission in shown.content.decode()

    told = walls.rest(people.outsider, action)
    assert told.status_code == (422 if action.creates else 404), told.content
    if action.creates:
        assert "There is no such account." in told.json()["errors"]["account"]
    assert walls.page(walls.stranger, action).status_code == 404

    names = people.viewer.user.name, walls.elsewhere.user.name
    said = [
        (act, result, who.startswith(name))
        for (_id, act, result, who), name in zip(walls.record(walls.seen), names, strict=True)
    ]
    assert said == [(action.permission, "denied", True)] * 2, "each refusal, and nothing that was begun"
