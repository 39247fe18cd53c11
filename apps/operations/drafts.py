"""What somebody typed into a wizard, kept until it is submitted."""

from datetime import datetime

from django.db.models import QuerySet
from django.db.models.functions import Now

from apps.operations.models import Draft
from apps.tenancy.access import Actor

LIMIT = 64 * 1024  # characters


def save_draft(actor: Actor, act: str, data: str) -> datetime | None:
    """Keeps the url-encoded form; longer ones than the limit are not kept. Returns when it was saved. In tenant_tx."""
    if len(data) > LIMIT or actor.membership_id is None:
        return None
    draft, _new = Draft.objects.update_or_create(
        tenant_id=actor.tenant_id,
        membership_id=actor.membership_id,
        act=act,
        defaults={"data": data, "saved_at": Now()},
    )
    draft.refresh_from_db(fields=["saved_at"])
    return draft.saved_at


def load_draft(actor: Actor, act: str) -> Draft | None:
    """One's own draft for a wizard."""
    return _own(actor, act).first()


def drop_draft(actor: Actor, act: str) -> None:
    """It was submitted, or is no longer wanted."""
    _own(actor, act).delete()


def _own(actor: Actor, act: str) -> QuerySet[Draft]:
    drafts = Draft.objects.filter(tenant_id=actor.tenant_id, act=act)
    return drafts.filter(membership_id=actor.membership_id) if actor.membership_id else drafts.none()
