"""The standing people of the tests: an organization with one person per role, and an outsider with their own.

Nothing is rolled back, so each call makes new ones with names of their own.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from functools import cache
from uuid import UUID

import pytest

PASSWORD = "correct horse battery staple"


@dataclass(frozen=True)
class Person:
    """`actor` as loaded when made; `token` is the text of an API token that narrows nothing."""

    user: object
    actor: object
    token: str
    password: str = PASSWORD

    @property
    def email(self) -> str:
        return self.user.email

    @property
    def bearer(self) -> dict[str, str]:
        """Headers for Django's test client."""
        return {"Authorization": f"Bearer {self.token}"}


@dataclass(frozen=True)
class People:
    tenant: object
    owner: Person
    operator: Person
    viewer: Person
    auditor: Person
    outsider: Person

    @property
    def tenant_id(self) -> UUID:
        return self.tenant.id

    @property
    def all(self) -> tuple[Person, ...]:
        return self.owner, self.operator, self.viewer, self.auditor, self.outsider


def make_people() -> People:
    """A fresh organization with owner, operator, viewer and auditor; the outsider owns another one."""
    from apps.tenancy.organization import create_tenant

    mark = secrets.token_hex(4)
    owner_user = make_user("owner", mark)
    tenant = create_tenant(f"Acme {mark}", f"acme-{mark}", owner_user)
    owner = _person(tenant, owner_user)
    rest = {role: make_member(tenant, owner, role, mark) for role in ("operator", "viewer", "auditor")}
    outsider_user = make_user("outsider", mark)
    other = create_tenant(f"Other {mark}", f"other-{mark}", outsider_user)
    return People(tenant=tenant, owner=owner, **rest, outsider=_person(other, outsider_user))


def make_user(name: str, mark: str = ""):
    """A person in no organization yet, with the standing password."""
    from apps.users.models import User

    mark = mark or secrets.token_hex(4)
    user = User(email=f"{name}-{mark}@example.com", name=f"{name.title()} {mark}", password=_hashed())
    user.save()
    return user


@cache
def _hashed() -> str:
    """Once a session: a real hash takes a third of a second."""
    from django.contrib.auth.hashers import make_password

    return make_password(PASSWORD)


def make_member(tenant, owner: Person, role: str, mark: str = "") -> Person:
    """A new person with a built-in role on the whole organization."""
    from apps.tenancy import members
    from apps.tenancy.context import tenant_tx
    from apps.tenancy.models import Role

    user = make_user(role, mark)
    with tenant_tx(tenant.id):
        membership = members.add_member(owner.actor, user)
        members.bind(owner.actor, Role.objects.get(tenant=tenant, builtin=role), membership)
    return _person(tenant, user)


def _person(tenant, user) -> Person:
    from apps.tenancy import tokens
    from apps.tenancy.actors import load_actor
    from apps.tenancy.context import tenant_tx

    with tenant_tx(tenant.id):
        actor = load_actor(tenant.id, user.id)
        _token, text = tokens.create(actor, "tests")
    return Person(user, actor, text)


@pytest.fixture
def people(panel_env) -> People:
    return make_people()
