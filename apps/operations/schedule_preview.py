"""What a schedule would do, as it was entered: its targets now, its next moments, the most that it costs, and what
stands in its way. Nothing is changed and AWS is not asked."""

import zoneinfo
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import islice

from django.utils.translation import gettext as _

from apps.catalog import costs, registry
from apps.catalog.costs import CostPart
from apps.catalog.items import Item
from apps.catalog.resources import Kept, Routine
from apps.cloud import prices
from apps.cloud.models import Account
from apps.inventory.scope import InventoryScope
from apps.operations import approvals, choosing, schedules, timetable, turns
from apps.operations.choosing import Choice, Chosen
from apps.operations.preview import Check
from apps.operations.schedules import Draft
from apps.tenancy import access
from apps.tenancy.access import Actor

NEXT = 5
PRICED = 100  # targets; each takes some reading


@dataclass(frozen=True, slots=True)
class Preview:
    """`next` are in the schedule's zone. `copies` is how many of each target there are at most; `cost` is a month of
    these, None for `total` where a price is not known, `unpriced` where there are too many targets."""

    chosen: Chosen
    next: tuple[datetime, ...]
    copies: int
    cost: tuple[CostPart, ...]
    total: Decimal | None
    price_date: str
    unpriced: bool
    checks: tuple[Check, ...]


def preview(actor: Actor, draft: Draft, now: datetime | None = None, *, verb: str = "create") -> Preview:
    """Of a valid draft. Inside tenant_tx."""
    now = now or turns.clock()
    routine = registry.routine(draft.act)
    found = choosing.chosen(actor, Choice(routine, draft.tags, draft.accounts, draft.regions), draft.values)
    copies = timetable.copies(draft.cron, draft.zone, draft.keep_count, draft.keep_days, now)
    unpriced = len(found.items) > PRICED or found.more
    cost, date = ((), "") if unpriced else _cost(actor, routine, draft, found.items, copies)
    return Preview(
        chosen=found,
        next=next_moments(draft.cron, draft.zone, now),
        copies=copies,
        cost=cost,
        total=costs.total(cost) if cost else None,
        price_date=date,
        unpriced=unpriced,
        checks=tuple(_checks(actor, draft, routine, found, verb)),
    )


def next_moments(cron: str, zone: str, now: datetime) -> tuple[datetime, ...]:
    """The next few, in the zone."""
    at = zoneinfo.ZoneInfo(zone)
    return tuple(moment.astimezone(at) for moment in islice(timetable.after(cron, zone, now), NEXT))


def _cost(
    actor: Actor, routine: Routine, draft: Draft, items: tuple[Item, ...], copies: int
) -> tuple[tuple[CostPart, ...], str]:
    scopes: dict[tuple[str, str], InventoryScope] = {}
    parts: list[CostPart] = []
    date = ""
    for item in items:
        place = item.account, item.region
        scope = scopes.setdefault(place, InventoryScope(actor, *place))
        book = prices.book(item.region)
        parts += routine.cost(item, draft.values, copies, scope, book)
        date = book.date
    return tuple(parts), date


def _checks(actor: Actor, draft: Draft, routine: Routine, found: Chosen, verb: str) -> list[Check]:
    decision = schedules.may(actor, verb, draft.accounts)
    checks = [Check("ok" if decision.allowed else "bad", decision.reason, decision.permission)]
    checks += [_deletion(actor, kept, found) for kept in routine.kept]
    ids = set(draft.accounts) or {item.account for item in found.items}
    accounts = list(Account.objects.filter(tenant_id=actor.tenant_id, id__in=ids).defer("secret"))
    if approvals.needed(routine.action, accounts):
        checks.append(Check("warn", _("Each run waits until somebody else approves it, as an account wants.")))
    elif any(approvals.needed(registry.action(kept.act), accounts) for kept in routine.kept):
        checks.append(
            Check("warn", _("What is old is deleted only after somebody else approves it, as an account wants."))
        )
    if means := routine.action.means:
        said = dict.fromkeys(str(text) for item in found.items[:PRICED] for text in means(item, draft.values))
        checks += [Check("warn", text) for text in list(said)[:5]]
    if not found.items:
        checks.append(Check("warn", _("Nothing has these tags now. A run that finds nothing says so.")))
    checks += [Check("warn", text) for text in found.left_out[:5]]
    if found.more:
        most = {"most": choosing.MOST}
        checks.append(Check("warn", _("More than %(most)d have these tags; a run takes no more than that.") % most))
    return checks


def _deletion(actor: Actor, kept: Kept, found: Chosen) -> Check:
    """Whether the person may delete what is old, wherever there are targets now."""
    permission = registry.action(kept.act).permission
    places = sorted({(item.account, item.region) for item in found.items})
    decisions = [access.explain(actor, permission, account=account, region=region) for account, region in places]
    refused = next((one for one in decisions if not one.allowed), None)
    if refused or (not places and not access.anywhere(actor, permission)):
        reason = refused.reason if refused else access.explain(actor, permission).reason
        return Check("warn", _("What is old stays: %(reason)s") % {"reason": reason}, permission)
    return Check("ok", _("What is old may be deleted."), permission)
