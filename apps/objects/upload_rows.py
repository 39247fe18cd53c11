"""What the panel keeps of uploads, who may go on with them, and their record. In the tenant's transaction."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from apps.audit import record
from apps.cloud import multipart
from apps.cloud.models import Approval
from apps.cloud.multipart import Part
from apps.objects.containers import Container
from apps.objects.models import Upload, UploadPart
from apps.tenancy.access import Actor

KEPT = timedelta(days=2)  # after its end
State = Upload.State


class Unknown(LookupError):
    """There is no such upload, or it isn't theirs to know of."""


class Refused(Exception):
    """It can't be asked for; the text says why."""


def permit(container: Container, replace: bool) -> None:
    """Raises Refused where somebody else would have to approve first: nothing waits while bytes are sent."""
    if container.account.approval == Approval.ALL:
        raise Refused(
            _("Every change in this account needs somebody else's approval, and an upload can't wait for it.")
        )
    if replace and container.account.approval == Approval.DESTROYS:
        raise Refused(
            _("What destroys something in this account needs somebody else's approval: an upload can't replace.")
        )


def within(actor: Actor, container: Container) -> QuerySet[Upload]:
    """Those to a container."""
    place = {"account_id": container.account.id, "container": container.name, "region": container.region}
    return Upload.objects.filter(tenant_id=actor.tenant_id, kind=container.kind.kind, **place)


def row_of(actor: Actor, container: Container, id: UUID) -> Upload:
    row: Upload | None = within(actor, container).filter(id=id).first()
    if row is None:
        raise Unknown(str(id))
    container.require(actor, row.key, "write")
    return row


def open_row(actor: Actor, container: Container, id: UUID) -> Upload:
    row = row_of(actor, container, id)
    if row.state != State.OPEN or not row.upload_id:
        raise Refused(_("This upload takes no parts: it is %(state)s.") % {"state": row.get_state_display().lower()})
    return row


def same(each: Mapping[str, Any]) -> tuple[str, int, str]:
    return each["key"], each["size"], each["mark"]


def before(
    actor: Actor, container: Container, files: Sequence[Mapping[str, Any]]
) -> dict[tuple[str, int, str], Upload]:
    """What the same person began of these files and what goes in parts: only of that is something there."""
    keys = [each["key"] for each in files if each["mark"] and each["size"] > multipart.ONE_PUT]
    if not keys:
        return {}
    own = {"who_kind": actor.who.kind, "who_id": actor.who.id, "state": State.OPEN}
    rows = within(actor, container).filter(key__in=keys, **own).exclude(upload_id="").order_by("begun_at")
    return {(row.key, row.size, row.mark): row for row in rows}


def mine(actor: Actor, container: Container, prefix: str) -> list[Upload]:
    """What the person began below a prefix, of which AWS may have parts: the newest first, a hundred at most."""
    own = {"who_kind": actor.who.kind, "who_id": actor.who.id, "state": State.OPEN, "key__startswith": prefix}
    return list(within(actor, container).filter(**own).exclude(upload_id="").order_by("-begun_at")[:100])


def new(actor: Actor, container: Container, each: Mapping[str, Any]) -> Upload:
    in_parts = each["size"] > multipart.ONE_PUT
    return Upload(
        tenant_id=actor.tenant_id,
        account=container.account,
        kind=container.kind.kind,
        container=container.name,
        region=container.region,
        key=each["key"],
        size=each["size"],
        mark=each["mark"],
        crc32="" if in_parts else each["crc32"],
        part_size=multipart.part_size(each["size"]) if in_parts else 0,
        state="",
        who_kind=actor.who.kind,
        who_id=actor.who.id,
        who_name=actor.who.name,
    )


def stranger(actor: Actor, container: Container, key: str, upload_id: str) -> Upload:
    """One that somebody began elsewhere; it is never saved."""
    place = {"kind": container.kind.kind, "container": container.name, "region": container.region}
    return Upload(tenant_id=actor.tenant_id, account=container.account, key=key, upload_id=upload_id, **place)


def forget(actor: Actor) -> None:
    """Those that ended some days ago; and what was to be sent at once and was never heard of again ends as unknown."""
    old = Upload.objects.filter(tenant_id=actor.tenant_id, touched_at__lt=Now() - KEPT)
    for row in old.filter(state=State.OPEN, upload_id="")[:500]:
        record.write(
            tenant_id=actor.tenant_id,
            act=f"{row.kind}.upload",
            result="unknown",
            actor=record.Who(row.who_kind, row.who_id, row.who_name),
            target=record.Target(row.kind, f"{row.container}/{row.key}", row.key, str(row.account_id), "", row.region),
            params={"upload": str(row.id)},
            reason=_("Nobody said how it ended."),
        )
        row.delete()
    ended = old.exclude(state=State.OPEN).values_list("id", flat=True)[:1000]
    Upload.objects.filter(tenant_id=actor.tenant_id, id__in=list(ended)).delete()


def keep(row: Upload, found: Iterable[Part]) -> None:
    UploadPart.objects.bulk_create(
        [
            UploadPart(
                tenant_id=row.tenant_id,
                upload=row,
                number=each.number,
                size=each.size,
                etag=each.etag,
                crc32=each.crc32,
            )
            for each in found
        ],
        update_conflicts=True,
        unique_fields=["tenant", "upload", "number"],
        update_fields=["size", "etag", "crc32"],
    )


def parts_of(row: Upload) -> list[Part]:
    rows = UploadPart.objects.filter(tenant_id=row.tenant_id, upload=row).order_by("number")
    return [Part(*each) for each in rows.values_list("number", "size", "etag", "crc32")]


def write(
    actor: Actor,
    container: Container,
    row: Upload,
    result: str,
    *,
    act: str = "upload",
    params: Mapping[str, Any] | None = None,
    reason: str = "",
    request_ids: Iterable[str] = (),
) -> None:
    record.write(
        tenant_id=actor.tenant_id,
        act=f"{container.kind.kind}.{act}",
        result=result,
        actor=actor.who,
        target=container.target(row.key),
        params={"upload": str(row.id) if row.who_id else row.upload_id, **(params or {})},
        reason=reason,
        request_ids=[one for one in request_ids if one],
    )


def count(row: Upload) -> int:
    return -(-row.size // row.part_size)


def size_of(row: Upload, number: int) -> int:
    """Bytes of a part: the last has what is left."""
    return min(row.part_size, row.size - (number - 1) * row.part_size)
