"""What a change would be, as JSON."""

from collections.abc import Sequence
from typing import Any

from apps.catalog.plans import Plan
from apps.operations import preview
from apps.operations.prepare import Prepared, needs
from apps.operations.preview import Check, Outline
from apps.tenancy.access import Actor, Decision


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
        "means": list(outline.means),
        "notes": list(outline.notes),
        "risks": list(outline.risks),
        "code": [
            {"id": one.id, "label": one.label, "language": one.lang, "text": one.text} for one in outline.snippets
        ],
    }


def decide(actor: Actor, prepared: Prepared) -> Decision:
    """Whether the caller may do it to every target; the first refusal where not."""
    decisions = [preview.decide(actor, need) for need in needs(prepared)]
    return next((decision for decision in decisions if not decision.allowed), decisions[0])
