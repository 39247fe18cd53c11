"""What a person chose to see: kept in the session, and in the database across sessions."""

from typing import Any, cast
from uuid import UUID

from django.http import HttpRequest

from apps.console.models import Preference
from apps.tenancy import homes
from apps.tenancy.decorators import SignedRequest
from apps.users.models import User

KEY = "prefs"


def load(request: SignedRequest) -> dict[str, Any]:
    """The person's choices in the current organization. Reads the database once per session."""
    if KEY not in request.session:
        _begin(request)
    found: dict[str, Any] = request.session[KEY]
    return found


def _begin(request: SignedRequest) -> None:
    """What pages need of the person and changes rarely goes into the session, which every page reads anyway."""
    row = Preference.objects.filter(tenant_id=request.actor.tenant_id, user_id=person(request)).only("data").first()
    request.session[KEY] = row.data if row else {}
    user = cast(User, request.user)
    request.session["theme"] = user.theme
    request.session["tenants"] = [(str(home.tenant_id), home.name) for home in homes.of(user.pk)]


def forget(request: HttpRequest) -> None:
    """Before the session stands in another organization."""
    request.session.pop(KEY, None)


def save(request: SignedRequest, **changes: Any) -> None:
    """Keeps the changes; a value of None forgets the choice. Writes nothing when nothing changed."""
    before = load(request)
    after = {key: value for key, value in (before | changes).items() if value is not None}
    if after == before:
        return
    request.session[KEY] = after
    Preference.objects.update_or_create(
        tenant_id=request.actor.tenant_id, user_id=person(request), defaults={"data": after}
    )


def table(request: SignedRequest, kind: str) -> dict[str, Any]:
    """The choices for one kind's list: `columns`, `size`, `wrap`."""
    found: dict[str, Any] = load(request).get(f"table.{kind}", {})
    return found


def person(request: SignedRequest) -> UUID:
    """The id of who is signed in: pages are for people, so there always is one."""
    if request.actor.user_id is None:
        raise ValueError("a page without a person")
    return request.actor.user_id
