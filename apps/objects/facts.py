"""What a HEAD tells of an object, in words and in order. The names are the protocol's."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.catalog.text import Text


@dataclass(frozen=True, slots=True)
class Fact:
    """`sort` is size, time, mono or plain."""

    label: Text
    value: Any
    sort: str = "plain"


_FACTS: tuple[tuple[str, Text, str], ...] = (
    ("ContentLength", _("Size"), "size"),
    ("ContentType", _("Type"), "plain"),
    ("LastModified", _("Last modified"), "time"),
    ("StorageClass", _("Storage class"), "plain"),
    ("ServerSideEncryption", _("Encryption"), "plain"),
    ("SSEKMSKeyId", _("KMS key"), "mono"),
    ("BucketKeyEnabled", _("Bucket key"), "plain"),
    ("ETag", _("ETag"), "mono"),
    ("VersionId", _("Version"), "mono"),
    ("Restore", _("Restored copy"), "plain"),
    ("ArchiveStatus", _("Archive status"), "plain"),
    ("Expiration", _("Expires by a lifecycle rule"), "plain"),
    ("ReplicationStatus", _("Replication"), "plain"),
    ("ObjectLockMode", _("Object Lock mode"), "plain"),
    ("ObjectLockRetainUntilDate", _("Retained until"), "time"),
    ("ObjectLockLegalHoldStatus", _("Legal hold"), "plain"),
    ("PartsCount", _("Parts"), "plain"),
    ("WebsiteRedirectLocation", _("Website redirect"), "plain"),
)
HEADERS = {
    "ContentEncoding": "Content-Encoding",
    "ContentLanguage": "Content-Language",
    "ContentDisposition": "Content-Disposition",
    "CacheControl": "Cache-Control",
    "ExpiresString": "Expires",
}
CHECKSUMS = ("CRC64NVME", "CRC32", "CRC32C", "SHA1", "SHA256")


def facts(head: Mapping[str, Any]) -> Iterator[Fact]:
    """Those that it has. What AWS leaves out because it is the usual is said."""
    known = {"StorageClass": "STANDARD", **head}
    for name, label, sort in _FACTS:
        if known.get(name) not in (None, ""):
            yield Fact(label, known[name], sort)
    kind = str(head.get("ChecksumType") or "").replace("_", " ").lower()
    for name in CHECKSUMS:
        if value := head.get(f"Checksum{name}"):
            yield Fact(f"{name} ({kind})" if kind else name, value, "mono")


def headers(head: Mapping[str, Any]) -> dict[str, str]:
    """What a download answers besides the bytes."""
    return {label: str(head[name]) for name, label in HEADERS.items() if head.get(name)}


def metadata(head: Mapping[str, Any]) -> dict[str, str]:
    """What whoever put it wrote beside it."""
    return {str(name): str(value) for name, value in sorted((head.get("Metadata") or {}).items())}
