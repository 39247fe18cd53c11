"""Questions of a resource's page: their form, the answer step by step, and the buttons to what mends something."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from apps.catalog import forms as binding
from apps.catalog import registry
from apps.catalog.cards import Named
from apps.catalog.items import Item
from apps.catalog.questions import Finding, Fix, Question, Verdict
from apps.catalog.text import one_line
from apps.console import buttons, cards, posted
from apps.console.buttons import Button
from apps.console.cards import Link
from apps.console.posted import IN_ACCOUNT, IN_REGION
from apps.inventory import query
from apps.inventory.scope import InventoryScope
from apps.tenancy import access
from apps.tenancy.access import Actor
from apps.tenancy.decorators import SignedRequest


@dataclass(frozen=True, slots=True)
class Drawn:
    """A finding in words, with its links and buttons."""

    tone: str
    text: str
    about: Sequence[Link]
    evidence: Sequence[str]
    buttons: Sequence[Button]


def context(request: SignedRequest, question: Question, item: Item, account_name: str) -> dict[str, Any]:
    """What the question's tab shows: its form as the address fills it in, and the answer where the form is right."""
    scope = InventoryScope(request.actor, item.account, item.region)
    blank = binding.bind(question.form, None, scope=scope, items=[item])
    form = binding.bind(question.form, posted.filled(posted.of(blank), question.form, request.GET), scope=scope)
    found: dict[str, Any] = {"question": question, "form": form}
    if not form.is_valid():
        return found
    verdict = question.answer(item, scope, form.cleaned_data)
    links = cards.named(request.actor, [one for finding in verdict.findings for one in finding.about], item)
    drawn = [_drawn(request.actor, finding, links, item, account_name) for finding in verdict.findings]
    return found | {
        "verdict": verdict,
        "text": one_line(str(verdict.text)),
        "findings": drawn,
        "notes": _notes(verdict),
    }


def _notes(verdict: Verdict) -> list[str]:
    return [one_line(str(note)) for note in verdict.notes]


def _drawn(actor: Actor, finding: Finding, links: dict[Named, Link], item: Item, account_name: str) -> Drawn:
    found = (_button(actor, fix, item, account_name) for fix in finding.fixes)
    return Drawn(
        finding.tone,
        one_line(str(finding.text)),
        [links[one] for one in finding.about],
        [one_line(str(text)) for text in finding.evidence],
        [button for button in found if button],
    )


def _button(actor: Actor, fix: Fix, item: Item, account_name: str) -> Button | None:
    """To the action's dialog, or to the wizard's page, filled in; nothing where the target isn't to be seen."""
    action = registry.action(fix.act)
    kind, fills = action.resource, urlencode(list(_filled(fix)), doseq=True)
    if action.creates:
        place = urlencode({IN_ACCOUNT: item.account, IN_REGION: item.region})
        url = f"{reverse('wizard', args=[kind.service, kind.slug, action.verb])}?{place}&{fills}"
        decision = access.explain(
            actor, action.permission, account=item.account, region=item.region, label=account_name
        )
        why = "" if decision.allowed else decision.reason
        return Button(action.verb, fix.label, action.icon, url, why, page=True)
    target = next(iter(query.get_many(actor.tenant_id, kind.kind, [fix.id], item.account, item.region)), None)
    if target is None or not query.may_see(actor, target):
        return None
    (button,) = buttons.for_actions(actor, [action], target, account_name)
    return Button(button.verb, fix.label, button.icon, f"{button.url}&{fills}", button.why, button.danger)


def _filled(fix: Fix) -> Iterable[tuple[str, Any]]:
    for name, value in fix.fills.items():
        if isinstance(value, list):
            for n, row in enumerate(value):
                yield from ((f"{name}-add-{n}-{key}", each) for key, each in row.items())
        else:
            yield name, value
