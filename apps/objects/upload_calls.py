"""What AWS is asked for an upload: outside any transaction, for several at the same time."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import connections
from django.utils.translation import gettext as _

from apps.cloud import multipart, objects
from apps.cloud.explain import CallFailed, Explained
from apps.cloud.multipart import Part, Signed
from apps.objects.containers import Container
from apps.objects.models import Upload
from apps.objects.upload_rows import State, count, size_of

HOLDS = 3600  # seconds that a signed request holds, or as long as the role's session
_AT_ONCE = 8
_Given = TypeVar("_Given")
_Got = TypeVar("_Got")


@dataclass(frozen=True, slots=True)
class Begun:
    """An upload that may go on: `signed` sends it at once, or `parts` are those that AWS has already. `taken` says that
    an object of the key is there, `error` that AWS refused."""

    upload: Upload
    signed: Signed | None = None
    parts: tuple[Part, ...] = ()
    taken: bool = False
    error: Explained | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """How an upload ended, or (`taken`, `error`) why it did not; `before`: some time ago."""

    upload: Upload
    taken: bool = False
    error: Explained | None = None
    before: bool = False


def each(given: Sequence[_Given], ask: Callable[[_Given], _Got]) -> list[_Got]:
    """Several at the same time, in their order."""

    def alone(one: _Given) -> _Got:
        try:
            return ask(one)
        finally:
            connections.close_all()  # the thread's own, if reading the credential took one

    with ThreadPoolExecutor(min(_AT_ONCE, max(1, len(given))), thread_name_prefix="uploads") as pool:
        return list(pool.map(alone, given))


def begun(container: Container, row: Upload, asked: Mapping[str, Any], *, storage_class: str) -> Begun:
    place = container.account, container.region, container.name, row.key
    headers = {"ContentType": asked["content_type"] or "application/octet-stream"}
    headers |= {"StorageClass": storage_class} if storage_class != "STANDARD" else {}
    try:
        if not row.part_size:
            headers |= {} if row.replace else {"IfNoneMatch": "*"}
            signed = multipart.sign_whole(*place, size=row.size, crc32=row.crc32, headers=headers, seconds=HOLDS)
            return Begun(row, signed)
        if row.upload_id and (there := _still(container, row)) is not None:
            return Begun(row, parts=tuple(there))
        if not row.replace and _is_there(container, row):
            return Begun(row, taken=True)
        begun = multipart.begin(*place, headers)
        row.upload_id, row.whole = begun.upload_id, begun.whole
        return Begun(row)
    except CallFailed as failed:
        return Begun(row, error=failed.explained)


def _still(container: Container, row: Upload) -> list[Part] | None:
    """The parts that AWS has; None when the upload is over there."""
    try:
        return listed(container, row)
    except CallFailed as failed:
        if failed.explained.code != "NoSuchUpload":
            raise
        return None


def listed(container: Container, row: Upload) -> list[Part]:
    """Those parts that are as they must be: one that was cut off is not among them."""
    place = container.account, container.region, container.name, row.key, row.upload_id
    return [each for each in multipart.parts(*place) if each.crc32 and each.size == size_of(row, each.number)]


def _is_there(container: Container, row: Upload) -> bool:
    try:
        objects.head(container.account, container.region, container.name, row.key)
    except CallFailed as failed:
        if failed.explained.http in (404, 403):  # without ListBucket AWS doesn't tell what isn't there
            return False
        raise
    return True


def completed(container: Container, row: Upload, known: Sequence[Part]) -> Ended:
    if row.state == State.DONE:
        return Ended(row, before=True)
    if row.state != State.OPEN:
        text = _("This upload is over: %(state)s.") % {"state": row.get_state_display().lower()}
        return Ended(row, error=Explained(code="UploadOver", text=text, kind="conflict"))
    try:
        found = _in_parts(container, row, known) if row.upload_id else _at_once(container, row)
    except CallFailed as failed:
        taken = failed.explained.code == "PreconditionFailed"
        row.error = failed.explained.to_json()
        return Ended(row, taken, failed.explained)
    row.state, row.error, row.etag, row.version = State.DONE, None, found["etag"], found["version"]
    return Ended(row)


def _in_parts(container: Container, row: Upload, known: Sequence[Part]) -> dict[str, str]:
    place = container.account, container.region, container.name, row.key, row.upload_id
    if len(known) < count(row):
        known = _still(container, row) or known
    if 0 < len(known) < count(row):
        missing = sorted(set(range(1, count(row) + 1)) - {part.number for part in known})
        told = {"first": missing[0], "more": len(missing) - 1}
        raise _incomplete(_("Part %(first)d is missing, and %(more)d more.") % told)
    return multipart.complete(*place, known, whole=row.whole, replace=row.replace)


def _at_once(container: Container, row: Upload) -> dict[str, str]:
    """What was sent at once, if it is there: nobody's word is taken for it."""
    head = objects.head(container.account, container.region, container.name, row.key)
    checksum = head.get("ChecksumCRC32") or row.crc32
    if head.get("ContentLength") != row.size or checksum != row.crc32:
        raise _incomplete(_("What lies under this key is something else."))
    return {"etag": str(head.get("ETag") or ""), "version": str(head.get("VersionId") or "")}


def _incomplete(text: str) -> CallFailed:
    return CallFailed(Explained(code="Incomplete", text=text, kind="conflict", retry=True))


def given_up(container: Container, row: Upload) -> Explained | None:
    """Aborts what AWS has of it; answers what AWS said against that."""
    if not row.upload_id:
        return None
    try:
        multipart.abort(container.account, container.region, container.name, row.key, row.upload_id)
    except CallFailed as failed:
        return failed.explained
    return None
