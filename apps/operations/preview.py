"""What a plan would do: its price, its checks and its code. From the same plan that a submission runs."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from apps.catalog import code, costs, estimate, model, plans
from apps.catalog.code import Snippet
from apps.catalog.costs import CostPart
from apps.catalog.plans import Plan
from apps.catalog.service import Quota
from apps.catalog.text import Text
from apps.cloud import limits, prices
from apps.cloud.calls import call
from apps.cloud.explain import CallFailed, Explained
from apps.cloud.models import Account
from apps.inventory.scope import InventoryScope
from apps.operations import approvals, prepare
from apps.operations.prepare import Need, Prepared
from apps.tenancy import access
from apps.tenancy.access import Actor, Decision
from apps.tenancy.context import tenant_tx


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the checklist. `tone` is ok, warn, bad or busy."""

    tone: str
    text: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Outline:
    """All that can be told without asking AWS. `total` is None where a part has no price, and where nothing has one:
    `free` says that this is because what the plan is about costs nothing by itself."""

    plan: Plan | None
    cost: tuple[CostPart, ...]
    total: Decimal | None
    price_date: str
    checks: tuple[Check, ...]
    snippets: tuple[Snippet, ...]
    approval: bool = False  # whether it waits for a second person's decision
    means: tuple[str, ...] = ()  # these as the action says them of its values
    notes: tuple[str, ...] = ()
    risks: tuple[str, ...] = ()
    free: bool = False


def outline(actor: Actor, prepared: Prepared) -> Outline:
    """Price, permission and code of a prepared form. Inside tenant_tx; makes no AWS call."""
    checks = permission_checks(actor, prepared)
    risky = bool(prepared.plan and prepared.plan.risks)
    waits = approvals.needed(prepared.action, _accounts(actor, prepared), risky)
    if waits:
        checks += (Check("warn", _("Needs approval: it begins when somebody else has approved it.")),)
    if prepared.plan is None:
        return Outline(None, (), None, "", checks, (), waits)
    plan = prepared.plan
    cost: tuple[CostPart, ...] = ()
    date = ""
    for account, region in plan.places:
        book = prices.book(region)
        part = Plan(
            plan.act, plan.title, tuple(s for s in plan.steps if (s["account"], s["region"]) == (account, region))
        )
        cost += estimate.price(part, InventoryScope(actor, account, region), book)
        date = book.date
    names = _names(actor)
    snippets = code.render(plan, lambda account: names.get(account, account))
    action = prepared.action
    means, notes, risks = (_said(prepared, words) for words in (action.means, action.notes, action.risks))
    total, free = costs.total(cost) if cost else None, not cost and action.resource.monthly_cost is None
    return Outline(plan, cost, total, date, checks, snippets, waits, means, notes, risks, free)


def _said(prepared: Prepared, words: Callable[[Any, Mapping[str, Any]], Iterable[Text]] | None) -> tuple[str, ...]:
    """What an action says of its targets and values, a wizard of its place and values, each sentence once."""
    if words is None:
        return ()
    values = prepared.form.cleaned_data
    about = [prepared.scope] if prepared.action.creates else prepared.items
    return tuple(dict.fromkeys(str(text) for one in about for text in words(one, values)))


def _accounts(actor: Actor, prepared: Prepared) -> list[Account]:
    ids = {item.account for item in prepared.items} | ({prepared.scope.account} if prepared.scope else set())
    return list(Account.objects.filter(tenant_id=actor.tenant_id, id__in=ids).defer("secret"))


def permission_checks(actor: Actor, prepared: Prepared) -> tuple[Check, ...]:
    """Whether the asker's role allows it, for each place once."""
    names = _names(actor)
    said: dict[Check, None] = {}
    for need in prepare.needs(prepared):
        decision = decide(actor, need, names.get(need.account, ""))
        said[Check("ok" if decision.allowed else "bad", decision.reason, need.permission)] = None
    return tuple(said)


def decide(actor: Actor, need: Need, label: str = "") -> Decision:
    """Whether the actor has what a prepared act takes. `label` is the account's name."""
    place = {"account": need.account, "region": need.region, "tags": need.tags, "path": need.path}
    return access.explain(actor, need.permission, **place, label=label)  # type: ignore[arg-type]


def probes(actor: Actor, plan: Plan) -> tuple[Check, ...]:
    """What AWS says beforehand: dry runs and quotas. Makes AWS calls, so never inside a transaction."""
    with tenant_tx(actor.tenant_id):
        ids = {step["account"] for step in plan.steps}
        accounts = {str(one.id): one for one in Account.objects.filter(tenant_id=actor.tenant_id, id__in=ids)}
        wanted = []
        for account, region in plan.places:
            if account in accounts:
                scope = InventoryScope(actor, account, region)
                wanted += [(account, region, quota) for quota in estimate.quotas(plan, scope)]
    checks = list(_dry_runs(plan, accounts))
    for account, region, quota in wanted:
        limit = limits.quota(accounts[account], region, quota.code, quota.service)
        checks.append(_quota_check(quota, limit))
    return tuple(checks)


def _quota_check(quota: Quota, limit: limits.Limit) -> Check:
    after = quota.used + quota.wants
    assumed = _("AWS's default; this account could not be asked for its own.") if limit.source == "default" else ""
    if limit.value is None:
        return Check("warn", _("Quota of %(label)s is not known.") % {"label": quota.label})
    said = {"after": after, "limit": int(limit.value), "label": quota.label}
    if after <= limit.value:
        return Check("ok", _("Quota: %(after)d of %(limit)d %(label)s after this") % said, assumed)
    # A default that the account may have had raised long ago must not forbid anything.
    tone = "warn" if limit.source == "default" else "bad"
    return Check(tone, _("Quota: %(after)d of %(limit)d %(label)s, over the limit") % said, assumed)


def _dry_runs(plan: Plan, accounts: dict[str, Account]) -> list[Check]:
    tried, refused = 0, []
    able = [step for step in plan.steps if model.has_dry_run(step["call"]) and step["account"] in accounts]
    for step in able:
        error = _dry_run(step, accounts[step["account"]])
        if error is None:
            continue
        tried += 1
        if error.code != "DryRunOperation":
            refused.append(
                Check(
                    "bad", _("Dry run: %(title)s would fail") % {"title": step["title"]}, f"{error.code}: {error.text}"
                )
            )
    if refused:
        return refused
    if tried:
        return [
            Check("ok", _("Dry run passed: %(count)d of %(all)d AWS calls") % {"count": tried, "all": len(plan.steps)})
        ]
    return []


def _dry_run(step: dict[str, object], account: Account) -> Explained | None:
    """What AWS answers to a call that changes nothing; None where it can't be asked.

    What the plan itself makes first does not exist yet, so references to it are left out; a call that needs them is
    not tried, or its refusal for the want of them is no answer.
    """
    whole, params = step["params"], _known(step["params"])
    if model.problems(str(step["call"]), params):
        return None
    try:
        call(account, str(step["region"]), str(step["call"]), params | {"DryRun": True}, timeout=10)
    except CallFailed as failed:
        wanting = isinstance(whole, dict) and whole.keys() - params.keys() and failed.explained.code in _WANTING
        return None if wanting else failed.explained
    return None


# What AWS answers where one of several parameters has to be given; its model says of none that it is needed.
_WANTING = {"MissingParameter", "InvalidParameterCombination"}


def _known(params: object) -> dict[str, object]:
    """The parameters without those that refer to earlier answers or to the operation."""
    assert isinstance(params, dict)
    return code.without_marks({key: value for key, value in params.items() if not plans.refers(value)})  # type: ignore[no-any-return]


def _names(actor: Actor) -> dict[str, str]:
    rows = Account.objects.filter(tenant_id=actor.tenant_id).values_list("id", "name")
    return {str(id): name for id, name in rows}
