"""Addresses that lead to one object's bytes: to download it, to show a picture, to share it. Each is a secret: it goes
to who asked, and into no log and no record.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from apps.audit import record
from apps.cloud import objects
from apps.cloud.models import Credential
from apps.objects import names
from apps.objects.containers import Container
from apps.tenancy.access import Actor
from apps.tenancy.context import tenant_tx

SOON = 300  # seconds to begin a download in
SHARED = 3600  # seconds that a shared link holds unless told
LEAST = 60
PICTURE = "picture"


@dataclass(frozen=True, slots=True)
class Link:
    url: str
    expires: datetime


class TooLong(Exception):
    """The link can't hold for so long. The text says why, `most` are the seconds that it can."""

    def __init__(self, text: str, most: int) -> None:
        super().__init__(text)
        self.most = most


def download(actor: Actor, container: Container, key: str, version: str = "") -> str:
    """The address from which a browser saves the object under its name. Raises Denied, CallFailed."""
    recorded(actor, container, "download", key, version)
    return _sign(container, key, version, SOON)


def picture(container: Container, key: str, version: str, type: str) -> str:
    """For an <img> alone: opened as a page, it is saved. The preview has been recorded by the caller."""
    return _sign(container, key, version, SOON, ResponseContentType=type)


def share(
    actor: Actor, container: Container, key: str, version: str = "", *, seconds: int = SHARED, reason: str = ""
) -> Link:
    """An address that whoever has it may download the object from until it expires, at most a week. What it does not
    outlive: the credential that signed it. Raises Denied, TooLong, CallFailed."""
    with tenant_tx(actor.tenant_id):
        container.require(actor, key)
    most = objects.longest(container.account)
    if seconds > most:
        raise TooLong(why_not_longer(container, most), most)
    expires = datetime.now(UTC) + timedelta(seconds=max(seconds, LEAST))
    told = {"expires_at": expires.isoformat(timespec="seconds"), "seconds": seconds}
    recorded(actor, container, "share", key, version, params=told, reason=reason)
    return Link(_sign(container, key, version, max(seconds, LEAST)), expires)


def why_not_longer(container: Container, most: int) -> str:
    """Why a link of this container holds no longer than `most` seconds."""
    if container.account.credential == Credential.ROLE and most < objects.LONGEST:
        return _(
            "The panel uses this account by a role, and a link ends with the role's session: in %(minutes)d minutes. "
            "An account with access keys can share for up to 7 days."
        ) % {"minutes": most // 60}
    return _("AWS lets a link hold for 7 days at most.")


def recorded(
    actor: Actor,
    container: Container,
    verb: str,
    key: str,
    version: str = "",
    *,
    params: Mapping[str, Any] | None = None,
    reason: str = "",
) -> None:
    """Requires the permission to read the object, and writes the row without which it is not read. Raises Denied."""
    with tenant_tx(actor.tenant_id):
        container.require(actor, key)
        record.write(
            tenant_id=actor.tenant_id,
            act=f"{container.kind.kind}.{verb}",
            result="ok",
            actor=actor.who,
            target=container.target(key),
            params=({"version": version} if version else {}) | dict(params or {}),
            reason=reason,
        )


def _sign(container: Container, key: str, version: str, seconds: int, **more: str) -> str:
    """Always as an attachment: whatever the object says to be, nothing opens it as a page."""
    params = {"Bucket": container.name, "Key": key, "ResponseContentDisposition": names.disposition(key), **more}
    params |= {"VersionId": version} if version else {}
    return objects.presign(container.account, container.region, "get_object", params, seconds=seconds)
