"""What a step's call is made with."""

import hashlib
from collections.abc import Mapping
from typing import Any

from apps.catalog import model, plans
from apps.operations.journal import Journal
from apps.operations.models import OperationStep


def params(journal: Journal, spec: Mapping[str, Any], row: OperationStep) -> dict[str, Any]:
    """The call's parameters: references resolved, and the token that makes a repetition harmless."""
    held = journal.held
    found: dict[str, Any] = plans.resolve(spec["params"], journal.outputs, str(held.operation_id))
    if member := model.token_member(spec["call"]):
        text = f"{held.operation_id}/{row.key}/{row.round}/{spec['call']}"
        found.setdefault(member, "ng-" + hashlib.sha256(text.encode()).hexdigest()[:48])
    return found
