"""The controls that lead to actions and wizards; each stays visible and says why it is off."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from apps.catalog import registry
from apps.catalog.items import Item
from apps.catalog.resources import Action, Lead, Resource, Risk
from apps.catalog.text import Text
from apps.console import refs
from apps.console.posted import IN_ACCOUNT, IN_REGION
from apps.console.templatetags.ui import words
from apps.tenancy import access
from apps.tenancy.access import Actor


@dataclass(frozen=True, slots=True)
class Button:
    """`why` is empty when it works, else the whole sentence of why it does not. `states` are those in which the action
    makes sense, joined by spaces (None: any), for controls over a selection."""

    verb: str
    label: Text
    icon: str
    url: str
    why: str = ""
    danger: bool = False
    main: bool = False
    states: str | None = None
    page: bool = False  # leads to a page of its own, not to a dialog


def for_item(actor: Actor, resource: Resource, item: Item, account_name: str = "") -> list[Button]:
    """An item's actions and what leads from it: those most used first, what destroys last."""
    buttons = for_actions(actor, resource.actions.values(), item, account_name)
    buttons += [_lead(actor, lead, item, account_name) for lead in resource.leads]
    buttons += [_alike(actor, one, item, account_name) for one in resource.wizards.values() if one.like]
    return sorted(buttons, key=lambda button: (not button.main, button.danger and not button.main))


def for_actions(actor: Actor, actions: Iterable[Action], item: Item, account_name: str = "") -> list[Button]:
    """Some of an item's actions, in their order."""
    return [
        _button(action, f"{_url(action)}?{urlencode({'id': refs.of(item)})}", _why(actor, action, item, account_name))
        for action in actions
    ]


def for_selection(actor: Actor, resource: Resource) -> list[Button]:
    """The actions over the rows that will be selected; the browser adds the ids and judges the states."""
    return [_button(action, _url(action), _nowhere(actor, action.permission)) for action in resource.actions.values()]


def wizards(actor: Actor, resource: Resource) -> list[Button]:
    """What makes a resource of this kind. The first is the page's one primary button."""
    return [
        _button(
            action,
            reverse("wizard", args=[resource.service, resource.slug, action.verb]),
            _nowhere(actor, action.permission),
        )
        for action in resource.wizards.values()
    ]


def _lead(actor: Actor, lead: Lead, item: Item, account_name: str) -> Button:
    """To a wizard in the item's account and Region, with what the item fills in."""
    wizard = registry.action(lead.to)
    kind = wizard.resource
    place = {IN_ACCOUNT: item.account, IN_REGION: item.region}
    url = f"{reverse('wizard', args=[kind.service, kind.slug, wizard.verb])}?{urlencode(place | lead.fills(item))}"
    decision = access.explain(actor, wizard.permission, account=item.account, region=item.region, label=account_name)
    why = "" if decision.allowed else decision.reason
    if not why and lead.when is not None and item.state not in lead.when:
        why = _not_while(item)
    return Button(wizard.verb, lead.label, lead.icon, url, why, main=lead.main, page=True)


def _alike(actor: Actor, wizard: Action, item: Item, account_name: str) -> Button:
    """To the wizard with the choices that made the item."""
    kind = wizard.resource
    url = f"{reverse('wizard', args=[kind.service, kind.slug, wizard.verb])}?{urlencode({'like': refs.of(item)})}"
    decision = access.explain(actor, wizard.permission, account=item.account, region=item.region, label=account_name)
    why = "" if decision.allowed else decision.reason
    return Button(f"{wizard.verb}-like", _("Create one like it"), "copy", url, why, page=True)


def _button(action: Action, url: str, why: str) -> Button:
    return Button(
        verb=action.verb,
        label=action.label,
        icon=action.icon,
        url=url,
        why=why,
        danger=action.risk is Risk.DESTROYS,
        main=action.main,
        states=None if action.when is None else " ".join(sorted(action.when)),
    )


def _url(action: Action) -> str:
    return reverse("action", args=[action.resource.service, action.resource.slug, action.verb])


def _why(actor: Actor, action: Action, item: Item, account_name: str) -> str:
    for permission in (action.permission, *action.guards):
        decision = access.explain(
            actor, permission, account=item.account, region=item.region, tags=item.tags, label=account_name
        )
        if not decision.allowed:
            return decision.reason
    if action.possible(item):
        return ""
    return str(action.why_not(item)) or _not_while(item)


def _not_while(item: Item) -> str:
    return _("Not possible while it is %(state)s.") % {"state": words(item.state).lower()}


def _nowhere(actor: Actor, permission: str) -> str:
    """Empty when the actor may do it anywhere at all."""
    return "" if access.reach(actor, permission) else access.explain(actor, permission).reason


def split(buttons: Sequence[Button], most: int = 3) -> tuple[list[Button], list[Button]]:
    """The main ones that stand alone, and the rest for a menu."""
    alone = [button for button in buttons if button.main][:most]
    return alone, [button for button in buttons if button not in alone]
