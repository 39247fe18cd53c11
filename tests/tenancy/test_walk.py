"""Whoever isn't meant to walks through every door with somebody else's ids, and comes away with nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from difflib import unified_diff
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.test import Client

from tests.console.world import client
from tests.people import Person, make_people
from tests.tenancy import walk
from tests.tenancy.routes import ROUTES, Visit
from tests.tenancy.walk import Victim, methods, send, visits

pytestmark = pytest.mark.long

FRAGMENT = {"HX-Request": "true", "HX-Request-Type": "partial"}
NOISE = re.compile(
    r"[0-9a-f]{8}-[0-9a-f-]{27}|[A-Za-z0-9]{64}|[0-9a-f]{32}\.[0-9a-f]{32}"
    r"|\d+[smh] ago|\d{4}-\d\d-\d\d[T ][0-9:.]+Z?"
)
# What anybody may change of their own while they look around.
OWN = {"console_preference", "console_savedview", "operations_draft", "tenancy_apitoken", "audit_event"}


def in_turn(*roles: str) -> list[Any]:
    """Roles that make test-all adds. An everyday run has those that get furthest: who owns another organization may ask
    for anything with its ids, who has all rights elsewhere for anything of this account, who reads all for any change.
    """
    return [pytest.param(role, marks=pytest.mark.thorough) for role in roles]


@pytest.fixture(scope="module")
def victim(panel_env) -> Victim:
    return walk.make_victim()


@pytest.fixture
def rows(postgres) -> Iterator[Any]:
    """A digest of every table's rows of an organization (and of its people), past row-level security."""
    with psycopg.connect(postgres, dbname=connection.settings_dict["NAME"], autocommit=True) as superuser:
        found = superuser.execute(
            """SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
               WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' ORDER BY 1"""
        )
        names = [name for (name,) in found]
        parts = [f"SELECT '{name}', md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {name} t" for name in names]
        parts = [f"{part} WHERE t.tenant_id = %(tenant)s" for part in parts]
        people = "SELECT m.user_id FROM tenancy_membership m WHERE m.tenant_id = %(tenant)s"
        digest = "md5(string_agg(t::text, '|' ORDER BY t.id))"
        parts.append(f"SELECT 'users_user', {digest} FROM users_user t WHERE t.id IN ({people})")
        statement = " UNION ALL ".join(parts)
        yield lambda tenant: dict(superuser.execute(statement, {"tenant": tenant}).fetchall())


def test_every_address_has_its_entry():
    missing = sorted(set(walk.patterns()) - ROUTES.keys())
    assert not missing, f"say in tests/tenancy/routes.py how to visit these with somebody else's ids: {missing}"


# Another organization


@dataclass(frozen=True)
class Walker:
    """Somebody with a browser and a token."""

    person: Person
    browser: Client
    account: str  # one in which they may see something

    def go(self, path: str, method: str, body: Any) -> Iterator[Any]:
        """By session; REST by token, the console also as htmx asks."""
        if path.startswith("/api/"):
            yield send(Client(raise_request_exception=False), method, path, body, self.person.bearer)
            return
        yield send(self.browser, method, path, body)
        if method == "GET":
            yield send(self.browser, method, path, body, FRAGMENT)


def walker(person: Person, account: Any) -> Walker:
    browser = client(person)
    browser.raise_request_exception = False
    return Walker(person, browser, str(account.id))


@pytest.fixture(scope="module")
def others(panel_env) -> dict[str, Walker]:
    """An organization of its own, with an account and an instance, so that its pages are not empty."""
    people = make_people()
    account = walk.make_account(people.tenant_id, "own", "333333333333", "staging")
    walk.fill(account, "own", walk.instance("own"), "bucket-own")
    found = {name: getattr(people, name) for name in ("owner", "operator", "viewer", "auditor")}
    return {name: walker(person, account) for name, person in (found | {"nobody": make_nobody(people)}).items()}


def make_nobody(people: Any) -> Person:
    """A member without a role."""
    from apps.tenancy import members, tokens
    from apps.tenancy.actors import load_actor
    from apps.tenancy.context import tenant_tx
    from tests.people import make_user

    user = make_user("nobody")
    with tenant_tx(people.tenant_id):
        members.add_member(people.owner.actor, user)
        actor = load_actor(people.tenant_id, user.id)
        _token, text = tokens.create(actor, "tests")
    return Person(user, actor, text)


@pytest.mark.parametrize("role", in_turn("operator", "viewer", "auditor", "nobody"))
def test_another_organization_sees_and_changes_nothing(victim, others, rows, role):
    before = rows(victim.people.tenant_id)
    found = []
    ids = replace(victim.ids, mine=others[role].account)
    for some in batched(visits()):
        for visit in some:
            path = ids.fill(visit.path)
            marks = [victim.everywhere, *unsent(visit, victim)]
            for method in methods(visit):
                for answer in others[role].go(path, method, ids.fill(visit.body)):
                    found += [f"{method} {path}: {one}" for one in leaks(answer, *marks)]
        changed = differing(before, rows(victim.people.tenant_id))
        assert not changed, f"{role} changed {changed} by one of {[visit.path for visit in some]}"
    assert not found, "\n".join(found)


def test_another_organizations_ids_are_like_ids_of_nobody(victim, others, rows):
    """Its owner sees and changes nothing either, and the answer doesn't tell that they exist elsewhere."""
    before, owner = rows(victim.people.tenant_id), others["owner"]
    found, nobodys = [], replace(walk.nothing(), mine=owner.account)
    ids = replace(victim.ids, mine=owner.account)
    for some in batched(visits()):
        for visit in some:
            path, other = ids.fill(visit.path), nobodys.fill(visit.path)
            marks = [victim.everywhere, *unsent(visit, victim)]
            for method in methods(visit):
                theirs = owner.go(path, method, ids.fill(visit.body))
                told = [(leaks(answer, *marks), answer.status_code, plain(answer, ids)) for answer in theirs]
                none = [
                    (one.status_code, plain(one, nobodys)) for one in owner.go(other, method, nobodys.fill(visit.body))
                ]
                for (wrong, *one), same in zip(told, none, strict=True):
                    wrong += [difference(tuple(one), same)] if tuple(one) != same else []
                    found += [f"{method} {path}: {each}" for each in wrong]
        changed = differing(before, rows(victim.people.tenant_id))
        assert not changed, f"owner changed {changed} by one of {[visit.path for visit in some]}"
    assert not found, "\n".join(found)


# The same organization, as far as a role goes


@pytest.fixture(scope="module")
def teammates(victim) -> dict[str, Walker]:
    """`elsewhere` may everything on another account; `nobody` has no role; `viewer` reads all."""
    from apps.tenancy import members
    from apps.tenancy.actors import load_actor
    from apps.tenancy.context import tenant_tx
    from apps.tenancy.models import Membership, Role

    people = victim.people
    elsewhere = make_nobody(people)
    with tenant_tx(people.tenant_id):
        role = Role.objects.get(tenant_id=people.tenant_id, builtin="owner")
        holder = Membership.objects.get(tenant_id=people.tenant_id, user_id=elsewhere.user.id)
        members.bind(people.owner.actor, role, holder, account=victim.staging.id)
        actor = load_actor(people.tenant_id, elsewhere.user.id)
    found = {"elsewhere": replace(elsewhere, actor=actor), "nobody": make_nobody(people)}
    found |= {"viewer": people.viewer, "auditor": people.auditor}
    return {name: walker(person, victim.staging) for name, person in found.items()}


@pytest.mark.parametrize("role", ["elsewhere", "viewer", *in_turn("nobody", "auditor")])
def test_a_teammate_does_what_their_role_reaches(victim, teammates, rows, role):
    """Whoever has no role in an account sees nothing of it; whoever only reads changes nothing but what is theirs."""
    before = rows(victim.people.tenant_id)
    found = []
    ids = replace(victim.ids, mine=teammates[role].account)
    for some in batched(visits()):
        for visit in some:
            path = ids.fill(visit.path)
            marks = unsent(visit, victim) if role in {"elsewhere", "nobody"} else []
            for method in methods(visit):
                for answer in teammates[role].go(path, method, ids.fill(visit.body)):
                    found += [f"{method} {path}: {one}" for one in leaks(answer, *marks)]
        changed = set(differing(before, rows(victim.people.tenant_id))) - OWN - {"users_user"}
        assert not changed, f"{role} changed {changed} by one of {[visit.path for visit in some]}"
    assert not found, "\n".join(found)


def batched(found: list[Visit]) -> Iterator[list[Visit]]:
    """A dozen at a time: a digest of every table after each visit would take longer than the visits."""
    for start in range(0, len(found), 12):
        yield found[start : start + 12]


def unsent(visit: Visit, victim: Victim) -> list[str]:
    """The mark, unless the visitor sends it: who sends a name gets it back."""
    return [] if "{account_name}" in f"{visit.path}{visit.body}" else [victim.inside]


def leaks(answer: Any, *marks: str) -> list[str]:
    """What is wrong with an answer: a mark in it, or that the panel failed."""
    told = answer.getvalue().decode(errors="replace") if answer.streaming else answer.content.decode(errors="replace")
    told += str(dict(answer.headers))
    found = [f"shows {where(told, mark)}" for mark in marks if mark in told]
    return found + ([f"failed with {answer.status_code}"] if answer.status_code in {500, 503} else [])


def where(text: str, mark: str) -> str:
    at = text.index(mark)
    return " ".join(text[max(0, at - 60) : at + 40].split())


def differing(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    return [name for name in before if before[name] != after[name]]


def plain(answer: Any, ids: walk.Ids) -> str:
    """What an answer says, without what differs from one time to the next or was sent by the asker."""
    text = b"" if answer.streaming else answer.content
    told = text.decode(errors="replace") + str(answer.headers.get("Location", ""))
    for name in sorted(ids.__dataclass_fields__, key=lambda name: -len(getattr(ids, name))):
        told = told.replace(getattr(ids, name), "{" + name + "}")
    told = re.sub(r'<div id="flashes".*?(?=<main|</body)', "", told, flags=re.DOTALL)
    return NOISE.sub("…", told)


def difference(one: tuple[int, str], other: tuple[int, str]) -> str:
    lines = [
        line for line in unified_diff(one[1].splitlines(), other[1].splitlines(), n=0, lineterm="") if line.strip()
    ]
    return f"{one[0]} {other[0]} {' '.join(lines[3:6])}"[:400]
