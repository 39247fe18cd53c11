"""What a person chose to see: kept in the session, and in the database across sessions."""

from typing import Any

from apps.console.models import Preference
from apps.tenancy import homes
from apps.tenancy.decorators import SignedRequest

KEY = "prefs"


def load(request: SignedRequest) -> dict[str, Any]:
    """The person's choices in the current organization. Reads the database once per session."""
    if KEY not in request.session:
        _begin(request)
    found: dict[str, Any] = request.session[KEY]
    return found


def _begin(request: SignedRequest) -> None:
    """What pages need of the person and changes rarely goes into the session, which every page reads anyway."""
    actor = request.actor
    row = Preference.objects.filter(tenant_id=actor.tenant_id, user_id=actor.user_id).only("data").first()
    request.session[KEY] = row.data if row else {}
    request.session["theme"] = request.user.theme
    request.session["tenants"] = [(str(home.tenant_id), home.name) for home in homes.of(request.user.pk)]


def forget(request: SignedRequest) -> None:
    """Before the session stands in another organization."""
    request.session.pop(KEY, None)


def save(request: SignedRequest, **changes: Any) -> None:
    """Keeps the changes; a value of None forgets the choice. Writes nothing when nothing changed."""
    before = load(request)
    after = {key: value for key, value in (before | changes).items() if value is not None}
    if after == before:
        return
    request.session[KEY] = after
    actor = request.actor
    Preference.objects.update_or_create(
        tenant_id=actor.tenant_id, user_id=actor.user_id, defaults={"data": after}
    )


def table(request: SignedRequest, kind: str) -> dict[str, Any]:
    """The choices for one kind's list: `columns`, `size`, `wrap`."""
    found: dict[str, Any] = load(request).get(f"table.{kind}", {})
    return found
