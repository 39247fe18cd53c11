"""From what somebody typed to a plan: the one way for both doors. Nothing is changed and AWS is not asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from apps.catalog import forms as binding
from apps.catalog.items import Item
from apps.catalog.plans import Plan, compile_create, compile_targets
from apps.catalog.resources import Action
from apps.catalog.scope import Scope
from apps.cloud.models import Account
from apps.inventory import query
from apps.inventory.parts import renewed
from apps.inventory.scope import InventoryScope
from apps.tenancy.access import Actor


class Missing(LookupError):
    """Ids that do not exist, or that the asker may not see: the same to them."""

    def __init__(self, ids: Sequence[str]) -> None:
        super().__init__(", ".join(ids))
        self.ids = list(ids)


@dataclass(frozen=True)
class Prepared:
    """A bound form and, where it has no errors, its plan. `refused` are targets that are in no state for the action,
    each with the reason. `reveal` are secrets made for this submission, to be shown to the asker once."""

    action: Action
    form: forms.Form
    scope: Scope | None
    items: tuple[Item, ...] = ()
    plan: Plan | None = None
    refused: tuple[tuple[Item, str], ...] = ()
    reveal: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Need:
    """A permission that a prepared act takes, and on what."""

    permission: str
    account: str
    region: str
    tags: Mapping[str, str] = field(default_factory=dict)
    path: str = ""
    item: Item | None = None


def needs(prepared: Prepared) -> list[Need]:
    """All of them: on every target or in the wizard's place, and what the plan takes besides."""
    permission, scope = prepared.action.permission, prepared.scope
    taken = (permission, *prepared.action.guards)
    found = [Need(each, one.account, one.region, one.tags, one.path, one) for one in prepared.items for each in taken]
    if not found and scope:
        found = [Need(permission, scope.account, scope.region)]
    return found + [Need(**one) for one in (prepared.plan.also if prepared.plan else ())]


def prepare_create(
    actor: Actor,
    action: Action,
    data: Mapping[str, Any] | None,
    *,
    account: str,
    region: str,
    initial: Mapping[str, Any] | None = None,
    mint: bool = False,
) -> Prepared:
    """A wizard's form in one account and Region, and its plan. Without data the form shows the defaults.

    `mint` makes the secrets that a submission needs. Inside tenant_tx.
    """
    scope = InventoryScope(actor, account, region)
    defaults = (action.initial(scope) if action.initial else {}) | dict(initial or {})
    form = binding.bind(action.form, data, scope=scope, initial=defaults)
    if data is None or not form.is_valid():
        return Prepared(action, form, scope)
    values, reveal = _minted(action, form, mint)
    return Prepared(action, form, scope, (), compile_create(action, scope, values), (), reveal)


def prepare_targets(
    actor: Actor,
    action: Action,
    ids: Sequence[str],
    data: Mapping[str, Any] | None,
    *,
    account: str = "",
    region: str = "",
    attrs: Mapping[str, Mapping[str, Any]] | None = None,
    mint: bool = False,
    given: Mapping[str, Any] | None = None,
) -> Prepared:
    """An action's form for existing resources, and its plan. Raises Missing. Inside tenant_tx.

    `account` and `region` narrow ids that stand in several of them, such as names of key pairs. `attrs` has by id what
    was read anew of the parts that the action's `facts` name (see facts.py): form and plan are made from these.
    `given` are values that no form has: what the panel itself says to the plan.
    """
    known = attrs or {}
    items = tuple(
        replace(item, attrs=renewed(item.attrs, known.get(item.id, {})))
        for item in seen(actor, action, ids, account, region)
    )
    places = {(item.account, item.region) for item in items}
    scope = InventoryScope(actor, items[0].account, items[0].region) if len(places) == 1 else None
    initial = action.like(items[0]) if action.like and len(items) == 1 else {}
    form = binding.bind(action.form, data, scope=scope, items=items, initial=initial)
    refused = tuple((item, refusal(action, item)) for item in items if not action.possible(item))
    if data is None:
        return Prepared(action, form, scope, items, None, refused)
    for _item, reason in refused:
        form.add_error(None, reason)
    if not form.is_valid():
        return Prepared(action, form, scope, items, None, refused)
    values, reveal = _minted(action, form, mint)
    plan = compile_targets(action, items, values | dict(given or {}), scope)
    return Prepared(action, form, scope, items, plan, (), reveal)


def seen(actor: Actor, action: Action, ids: Sequence[str], account: str = "", region: str = "") -> tuple[Item, ...]:
    """The targets as the inventory knows them. Raises Missing. Inside tenant_tx."""
    wanted = list(dict.fromkeys(ids))
    found = query.get_many(actor.tenant_id, action.resource.kind, wanted, account or None, region or None)
    items = tuple(item for item in found if query.may_see(actor, item))
    if not wanted or sorted(item.id for item in items) != sorted(wanted):
        raise Missing([id for id in wanted if [item.id for item in items].count(id) != 1])
    return items


def prepare_inside(
    actor: Actor,
    action: Action,
    holder: Item,
    ids: Sequence[str],
    data: Mapping[str, Any] | None,
    *,
    attrs: Mapping[str, Mapping[str, Any]] | None = None,
    mint: bool = False,
) -> Prepared:
    """As `prepare_targets`, for what lies within a resource and has no inventory: the targets are taken by their ids
    alone, AWS is asked when the plan runs. `attrs` is what a page knows of them, by id. Raises Missing. Inside
    tenant_tx."""
    wanted = list(dict.fromkeys(ids))
    if not wanted or action.resource.within != holder.kind or any("\0" in id for id in wanted):
        raise Missing(wanted or [holder.id])
    if not Account.objects.filter(tenant_id=actor.tenant_id, id=holder.account).exists():
        raise Missing([holder.id])
    items = tuple(action.resource.inside(holder, id, (attrs or {}).get(id)) for id in wanted)
    scope = InventoryScope(actor, holder.account, holder.region)
    initial = action.like(items[0]) if action.like and len(items) == 1 else {}
    form = binding.bind(action.form, data, scope=scope, items=items, initial=initial)
    if data is None or not form.is_valid():
        return Prepared(action, form, scope, items)
    values, reveal = _minted(action, form, mint)
    return Prepared(action, form, scope, items, compile_targets(action, items, values, scope), (), reveal)


def refusal(action: Action, item: Item) -> str:
    """Why an action can't be done to a resource."""
    if reason := action.why_not(item):
        return str(reason)
    return _("%(name)s is %(state)s; %(action)s needs %(states)s.") % {
        "name": item.title,
        "state": item.state,
        "action": action.label,
        "states": ", ".join(sorted(action.when or ())),
    }


def _minted(action: Action, form: forms.Form, mint: bool) -> tuple[dict[str, Any], dict[str, str]]:
    return action.mint(form.cleaned_data) if mint and action.mint else (form.cleaned_data, {})
