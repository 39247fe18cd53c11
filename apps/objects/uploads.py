"""Uploads: whoever has the bytes sends them to AWS, by requests that the panel signs; they never pass through it.

An upload is begun, its parts are signed as they are sent, and it is completed. What AWS has of it outlives a closed
page and a restarted panel: beginning the same file again goes on. Its intent and its outcome are on the record; AWS is
asked outside any transaction.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models.functions import Now
from django.utils.translation import gettext as _

from apps.cloud import multipart
from apps.cloud.explain import CallFailed, Explained
from apps.cloud.multipart import Part, Signed
from apps.objects import upload_calls, upload_rows
from apps.objects.containers import Container
from apps.objects.models import Upload, UploadPart
from apps.objects.upload_calls import HOLDS, Begun, Ended
from apps.objects.upload_rows import Refused as Refused
from apps.objects.upload_rows import State
from apps.objects.upload_rows import Unknown as Unknown
from apps.tenancy.access import Actor
from apps.tenancy.context import tenant_tx

ABORT = "abort-upload"


def begin(
    actor: Actor, container: Container, files: Sequence[Mapping[str, Any]], *, storage_class: str, replace: bool
) -> list[Begun]:
    """Begins each file (see `upload_forms.FileForm`), or goes on with it where the same person began the same file
    before. Raises Denied, Refused; what AWS says against one file is told of that file."""
    with tenant_tx(actor.tenant_id):
        for each in files:
            container.require(actor, each["key"], "write")
        upload_rows.permit(container, replace)
        upload_rows.forget(actor)
        before = upload_rows.before(actor, container, files)
        rows = [before.get(upload_rows.same(each)) or upload_rows.new(actor, container, each) for each in files]
        for row in rows:
            row.replace = replace
        fresh = [row for row in rows if row.state != State.OPEN]
        for row in fresh:
            row.state = State.OPEN
            upload_rows.write(actor, container, row, "intent", params={"size": row.size, "replace": replace})
        Upload.objects.bulk_create(fresh)
    asked = list(zip(rows, files, strict=True))
    found = upload_calls.each(asked, lambda pair: upload_calls.begun(container, *pair, storage_class=storage_class))
    with tenant_tx(actor.tenant_id):
        for begun in found:
            _save_begun(actor, container, begun)
    return found


def sign(
    actor: Actor,
    container: Container,
    id: UUID,
    wanted: Sequence[Mapping[str, Any]],
    sent: Sequence[Mapping[str, Any]] = (),
) -> list[Signed]:
    """The request for each of the parts (see `upload_forms.PartForm`), and a note of those that were `sent`. Raises
    Denied, Unknown, Refused, CallFailed."""
    with tenant_tx(actor.tenant_id):
        row = upload_rows.open_row(actor, container, id)
        count = upload_rows.count(row)
        for number in [each["number"] for each in (*wanted, *sent)]:
            if number > count:
                told = {"count": count, "number": number}
                raise Refused(_("It has %(count)d parts; there is no part %(number)d.") % told)
        if sent:
            upload_rows.keep(row, [_sent(row, each) for each in sent])
        Upload.objects.filter(tenant_id=row.tenant_id, id=row.id).update(touched_at=Now())
    place = container.account, container.region, container.name, row.key, row.upload_id
    return [
        multipart.sign_part(
            *place,
            each["number"],
            size=upload_rows.size_of(row, each["number"]),
            crc32=each["crc32"],
            seconds=HOLDS,
        )
        for each in wanted
    ]


def complete(actor: Actor, container: Container, asked: Sequence[tuple[UUID, bool]]) -> list[Ended]:
    """Ends uploads of which AWS has everything; the flag allows to replace what is there. One that was completed
    before is answered as it was. Raises Denied, Unknown, Refused; what AWS says is told of each."""
    with tenant_tx(actor.tenant_id):
        rows = [upload_rows.row_of(actor, container, id) for id, _replace in asked]
        for row, (_id, replace) in zip(rows, asked, strict=True):
            if replace and not row.replace:
                upload_rows.permit(container, replace)
                row.replace = True
        known = {row.id: upload_rows.parts_of(row) for row in rows if row.upload_id}
        for row in rows:
            if row.upload_id and row.state == State.OPEN:  # no record, no call: what was sent at once needs none
                upload_rows.write(actor, container, row, "intent", params={"complete": True})
    ended = upload_calls.each(rows, lambda row: upload_calls.completed(container, row, known.get(row.id, ())))
    with tenant_tx(actor.tenant_id):
        for each in ended:
            _save_ended(actor, container, each)
    return ended


def abort(actor: Actor, container: Container, id: UUID) -> Upload:
    """Gives an upload up, and what AWS has of it. Raises Denied, Unknown, CallFailed."""
    with tenant_tx(actor.tenant_id):
        row = upload_rows.row_of(actor, container, id)
        if row.state != State.OPEN:
            return row
        upload_rows.write(actor, container, row, "intent", act=ABORT)
    error = upload_calls.given_up(container, row)
    with tenant_tx(actor.tenant_id):
        _save_aborted(actor, container, row, error)
    if error:
        raise CallFailed(error)
    return row


def abort_many(
    actor: Actor, container: Container, wanted: Sequence[tuple[str, str]]
) -> list[tuple[str, Explained | None]]:
    """Gives up uploads by key and AWS's id, whoever began them; answers for each key what AWS said against it. Raises
    Denied."""
    with tenant_tx(actor.tenant_id):
        for key, _upload_id in wanted:
            container.require(actor, key, "write")
        known = ours(actor, container, [upload_id for _key, upload_id in wanted])
        rows = [known.get(id) or upload_rows.stranger(actor, container, key, id) for key, id in wanted]
        for row in rows:
            upload_rows.write(actor, container, row, "intent", act=ABORT)
    errors = upload_calls.each(rows, lambda row: upload_calls.given_up(container, row))
    with tenant_tx(actor.tenant_id):
        for row, error in zip(rows, errors, strict=True):
            _save_aborted(actor, container, row, error)
    return [(row.key, error) for row, error in zip(rows, errors, strict=True)]


def find(actor: Actor, container: Container, id: UUID) -> Begun:
    """An upload and the parts that AWS has of it now. Raises Denied, Unknown, CallFailed."""
    with tenant_tx(actor.tenant_id):
        row = upload_rows.row_of(actor, container, id)
    if row.state != State.OPEN or not row.upload_id:
        return Begun(row)
    there = upload_calls.listed(container, row)
    with tenant_tx(actor.tenant_id):
        upload_rows.keep(row, there)
    return Begun(row, parts=tuple(there))


def ours(actor: Actor, container: Container, upload_ids: Iterable[str]) -> dict[str, Upload]:
    """By AWS's id those that were begun by the panel. In the tenant's transaction."""
    rows = upload_rows.within(actor, container).filter(upload_id__in=list(upload_ids), state=State.OPEN)
    return {row.upload_id: row for row in rows}


def _save_aborted(actor: Actor, container: Container, row: Upload, error: Explained | None) -> None:
    if error:
        result = "unknown" if error.changed == "unknown" else "failed"
        ids = [error.request_id]
        upload_rows.write(actor, container, row, result, act=ABORT, reason=error.text, request_ids=ids)
        return
    upload_rows.write(actor, container, row, "ok", act=ABORT)
    if not row.who_id:
        return
    row.state = State.ABORTED
    row.save(update_fields=["state"])
    UploadPart.objects.filter(tenant_id=row.tenant_id, upload=row).delete()
    upload_rows.write(actor, container, row, "failed", reason=_("It was aborted."))


def _sent(row: Upload, each: Mapping[str, Any]) -> Part:
    return Part(each["number"], upload_rows.size_of(row, each["number"]), each["etag"], each["crc32"])


def _save_begun(actor: Actor, container: Container, begun: Begun) -> None:
    row = begun.upload
    if begun.error or begun.taken:
        row.state, row.error = State.FAILED, begun.error.to_json() if begun.error else None
        error = begun.error
        reason = error.text if error else _("An object of this key is there.")
        result = "unknown" if error and error.changed == "unknown" else "failed"
        upload_rows.write(actor, container, row, result, reason=reason, request_ids=[error.request_id] if error else [])
    row.save(update_fields=["state", "error", "upload_id", "whole", "replace"])
    if begun.parts:
        upload_rows.keep(row, begun.parts)


def _save_ended(actor: Actor, container: Container, ended: Ended) -> None:
    row, error = ended.upload, ended.error
    if ended.before:
        return
    if row.state == State.DONE:
        upload_rows.write(actor, container, row, "ok", params={"etag": row.etag, "version": row.version})
        UploadPart.objects.filter(tenant_id=row.tenant_id, upload=row).delete()
    elif error:
        result = "unknown" if error.changed == "unknown" else "failed"
        upload_rows.write(actor, container, row, result, reason=error.text, request_ids=[error.request_id])
    row.save(update_fields=["state", "error", "etag", "version", "replace"])
    Upload.objects.filter(tenant_id=row.tenant_id, id=row.id).update(touched_at=Now())
