"""Many objects as one zip file, written while they are read: nothing is stored, little is held in memory."""

import zipfile
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connections

from apps.cloud import objects
from apps.cloud.explain import CallFailed
from apps.objects import names
from apps.objects.containers import Container
from apps.objects.names import Ref

MOST_OBJECTS = 1000
MOST_BYTES = 2 * 1024**3
_EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)  # of the zip format


@dataclass(frozen=True, slots=True)
class Member:
    key: str
    size: int
    version: str = ""
    modified: str = ""
    etag: str = ""


@dataclass(frozen=True, slots=True)
class Contents:
    """What an archive of a selection would hold. When there is `more`, the members are only those up to a limit."""

    members: tuple[Member, ...]
    more: bool = False

    @property
    def size(self) -> int:
        return sum(member.size for member in self.members)

    @property
    def fits(self) -> bool:
        return not self.more and len(self.members) <= MOST_OBJECTS and self.size <= MOST_BYTES


def contents(container: Container, refs: Sequence[Ref]) -> Contents:
    """Asks AWS for the sizes: once for each object that is named, and for each thousand below a prefix. Stops at the
    limits. Raises CallFailed."""
    found: dict[tuple[str, str], Member] = {}
    total = 0
    for member in _members(container, refs):
        if (member.key, member.version) in found:
            continue
        if len(found) == MOST_OBJECTS or total > MOST_BYTES:
            return Contents(tuple(found.values()), more=True)
        found[member.key, member.version] = member
        total += member.size
    return Contents(tuple(found.values()))


def _members(container: Container, refs: Iterable[Ref]) -> Iterator[Member]:
    for ref in refs:
        if ref.below:
            yield from _below(container, ref.key)
        else:
            head = objects.head(container.account, container.region, container.name, ref.key, ref.version)
            yield _member_of(head, ref.key, int(head.get("ContentLength") or 0), ref.version)


def _member_of(found: Mapping[str, Any], key: str, size: int, version: str = "") -> Member:
    return Member(key, size, version, str(found.get("LastModified") or ""), str(found.get("ETag") or ""))


def _below(container: Container, prefix: str) -> Iterator[Member]:
    cursor = ""
    while True:
        page = objects.listing(container.account, container.region, container.name, prefix, delimiter="", cursor=cursor)
        for each in page.objects:
            if not each["Key"].endswith("/") or each.get("Size"):  # a folder's own, empty object
                yield _member_of(each, each["Key"], int(each.get("Size") or 0))
        cursor = page.next
        if not cursor:
            return


class _Sink:
    """Where zipfile writes, and what it has written since it was last asked. It can't seek, so sizes and checksums
    stand behind each member."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: Any) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        pass

    def taken(self) -> bytes:
        found, self._pieces = b"".join(self._pieces), []
        return found


def stream(container: Container, members: Sequence[Member], prefix: str = "") -> Generator[bytes]:
    """The zip file's bytes. What could not be read to its end is named in a text file inside, since the answer has
    begun by then. Closing the iterator ends the reading."""
    sink, problems = _Sink(), []
    paths = names.archived([member.key for member in members], prefix)
    try:
        with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:  # type: ignore[call-overload]
            for member, path in zip(members, paths, strict=True):
                try:
                    yield from _member(container, archive, sink, member, path)
                except CallFailed as failed:
                    problems.append(f"{names.one_line(member.key)}: {failed.explained.text}")
            if problems:
                archive.writestr(_free("NOT-COMPLETE.txt", paths), "\n".join(problems) + "\n")
        yield sink.taken()
    finally:
        connections.close_all()  # the thread's own, if reading a credential took one


def _member(container: Container, archive: zipfile.ZipFile, sink: _Sink, member: Member, path: str) -> Iterator[bytes]:
    info = zipfile.ZipInfo(path, _moment(member.modified))
    info.external_attr = 0o644 << 16
    info.file_size = member.size  # decides whether the sizes behind it take 8 bytes
    place = container.account, container.region, container.name
    pieces = objects.content(*place, member.key, member.version, etag=member.etag)
    with closing(pieces) as pieces:
        begun = next(pieces, b"")  # what can't be read at all leaves no empty file
        with archive.open(info, "w", force_zip64=member.size > zipfile.ZIP64_LIMIT // 2) as file:
            file.write(begun)
            yield sink.taken()
            for piece in pieces:
                file.write(piece)
                yield sink.taken()


def _moment(text: str) -> tuple[int, int, int, int, int, int]:
    try:
        moment = max(datetime.fromisoformat(text), _EARLIEST)
    except (ValueError, TypeError):
        moment = _EARLIEST
    return moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second


def _free(name: str, taken: Sequence[str]) -> str:
    """The name, as none of the paths is called."""
    return names.archived([*taken, name])[-1]
