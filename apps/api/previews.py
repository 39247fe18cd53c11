"""What a change would be, as JSON."""

from collections.abc import Sequence
from typing import Any

from apps.catalog.plans import Plan
from apps.operations.prepare import Prepared
from apps.operations.preview import Check, Outline
from apps.tenancy.access import Actor, Decision, explain


def preview_json(plan: Plan, outline: Outline, checks: Sequence[Check], decision: Decision) -> dict[str, Any]:
    """The plan, its price, whether the caller may do it, the checks, and the same calls as code."""
    return {
        "plan": plan.to_json(),
        "plan_hash": plan.hash,
        "permission": {"name": decision.permission, "allowed": decision.allowed, "reason": decision.reason},
        "cost": {
            "currency": "USD",
            "total": outline.total,
            "parts": [{"label": part.label, "amount": part.amount} for part in outline.cost],
            "price_date": outline.price_date,
        },
        "checks": [{"tone": check.tone, "text": check.text, "detail": check.detail} for check in checks],
        "code": [
            {"id": one.id, "label": one.label, "language": one.lang, "text": one.text} for one in outline.snippets
        ],
    }


def decide(actor: Actor, prepared: Prepared) -> Decision:
    """Whether the caller may do it to every target; the first refusal where not."""
    permission = prepared.action.permission
    places = [(item.account, item.region, item.tags, item.path) for item in prepared.items]
    if not places and prepared.scope:
        places = [(prepared.scope.account, prepared.scope.region, {}, "")]
    decisions = [
        explain(actor, permission, account=account, region=region, tags=tags, path=path)
        for account, region, tags, path in places
    ]
    return next((decision for decision in decisions if not decision.allowed), decisions[0])
