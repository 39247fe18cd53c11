"""What the dialog of an action on existing resources says: its targets, what is in the way, what has to be typed."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as _

from apps.catalog.items import Item
from apps.catalog.resources import Action, Resource, Risk
from apps.catalog.text import Text, within
from apps.cloud.models import Account
from apps.console import refs, scope
from apps.inventory.parts import renewed
from apps.operations import approvals, facts, prepare
from apps.operations.prepare import Prepared
from apps.tenancy import access
from apps.tenancy.decorators import SignedRequest

MOST_NAMED = 12  # targets that a dialog lists; the rest are counted


@dataclass(frozen=True)
class Target:
    """A resource that the action is for, with its account's name and environment."""

    item: Item
    ref: str
    account: str
    environment: str
    warnings: tuple[Text, ...] = ()


@dataclass(frozen=True)
class Dialog:
    """What the dialog shows. `expect` is what has to be typed, if anything; `refused` pairs a resource with the reason
    why the action leaves it alone."""

    action: Action
    resource: Resource
    targets: tuple[Target, ...]
    refused: tuple[tuple[Item, str], ...]
    expect: str
    denied: str
    production: bool
    approval: bool
    known: facts.Facts = field(default_factory=dict)  # of each target, read before the dialog was made
    risks: tuple[str, ...] = ()
    guarded: bool = False  # whether a second person must approve what is at risk

    @property
    def named(self) -> tuple[Target, ...]:
        return self.targets[:MOST_NAMED]

    @property
    def unnamed(self) -> int:
        return len(self.targets) - len(self.named)

    @property
    def warnings(self) -> list[Text]:
        return [text for target in self.targets for text in target.warnings][:MOST_NAMED]

    @property
    def word(self) -> str:
        """What is typed where something has to be: the name of one, how many of several."""
        return self.targets[0].item.title if len(self.targets) == 1 else str(len(self.targets))

    @property
    def dangerous(self) -> bool:
        return self.action.risk is Risk.DESTROYS

    @property
    def interrupts(self) -> bool:
        return self.action.risk is Risk.INTERRUPTS

    @property
    def title(self) -> str:
        what = self.targets or self.refused
        noun = self.resource.label if len(what) == 1 else self.resource.plural
        return _("%(action)s: %(count)d %(noun)s") % {
            "action": self.action.label,
            "count": len(what),
            "noun": within(noun),
        }


def dialog_of(request: SignedRequest, action: Action, items: Sequence[Item]) -> Dialog:
    """What can be done with which of the resources."""
    places = {place.id: place for place in scope.accounts(request)}
    possible = [item for item in items if action.possible(item)]
    refused = tuple((item, prepare.refusal(action, item)) for item in items if not action.possible(item))
    targets = tuple(_target(action, item, places.get(item.account)) for item in possible)
    production = any(target.environment == "production" for target in targets)
    typed = targets and (action.risk is Risk.DESTROYS or (production and action.risk is Risk.INTERRUPTS))
    accounts = _accounts(request, items)
    waits, guarded = approvals.needed(action, accounts), approvals.needed(action, accounts, risky=True)
    denied = _denied(request, action, targets)
    dialog = Dialog(action, action.resource, targets, refused, "", denied, production, waits, guarded=guarded)
    return replace(dialog, expect=dialog.word) if typed else dialog


def informed(dialog: Dialog, known: facts.Facts) -> Dialog:
    """The dialog with what was read anew of its targets."""
    if not known:
        return dialog
    targets = []
    for target in dialog.targets:
        item = replace(target.item, attrs=renewed(target.item.attrs, known.get(target.item.id, {})))
        warnings = tuple(dialog.action.warn(item)) if dialog.action.warn else ()
        targets.append(replace(target, item=item, warnings=warnings))
    return replace(dialog, targets=tuple(targets), known=known)


def weighed(dialog: Dialog, prepared: Prepared | None) -> Dialog:
    """The dialog with what the values put at risk, if anything: that is confirmed by typing."""
    risks = dialog.action.risks
    if risks is None or prepared is None or prepared.plan is None:
        return dialog
    values = prepared.form.cleaned_data
    said = dict.fromkeys(str(text) for item in prepared.items for text in risks(item, values))
    if not said:
        return dialog
    return replace(dialog, risks=tuple(said), expect=dialog.word, approval=dialog.approval or dialog.guarded)


def _accounts(request: SignedRequest, items: Sequence[Item]) -> list[Account]:
    ids = {item.account for item in items}
    return list(Account.objects.filter(tenant_id=request.actor.tenant_id, id__in=ids).defer("secret"))


def _target(action: Action, item: Item, place: scope.Place | None) -> Target:
    warnings = tuple(action.warn(item)) if action.warn else ()
    return Target(item, refs.of(item), place.name if place else "", place.environment if place else "", warnings)


def _denied(request: SignedRequest, action: Action, targets: tuple[Target, ...]) -> str:
    """The reason of the first target on which the person may not do this."""
    for target in targets:
        item = target.item
        for permission in (action.permission, *action.guards):
            decision = access.explain(
                request.actor,
                permission,
                account=item.account,
                region=item.region,
                tags=item.tags,
                label=target.account,
            )
            if not decision.allowed:
                return decision.reason
    return ""
