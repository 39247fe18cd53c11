"""Uploading by object storage's protocol: whoever has the bytes sends them to AWS by presigned requests, and the panel
begins and ends it. As in `objects`, never inside a database transaction.

Limits: Amazon S3 User Guide, "Amazon S3 multipart upload limits".
"""

import base64
import hashlib
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from botocore.awsrequest import AWSRequest
from botocore.httpsession import URLLib3Session
from botocore.utils import get_environ_proxies

from apps.cloud import objects
from apps.cloud.calls import call, outside
from apps.cloud.explain import CallFailed, explain
from apps.cloud.models import Account

MIB, GIB = 1024**2, 1024**3
LEAST_PART, LARGEST_PART, MOST_PARTS = 5 * MIB, 5 * GIB, 10_000
LARGEST = MOST_PARTS * LARGEST_PART
ONE_PUT = 16 * MIB  # bytes from which an object goes in parts; AWS takes up to 5 GiB at once
CLASSES = (
    *("STANDARD", "INTELLIGENT_TIERING", "STANDARD_IA", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"),
    "REDUCED_REDUNDANCY",
)
LIST = "s3:ListBucketMultipartUploads"  # what AWS must allow to list these
_SERVICE = "s3"


@dataclass(frozen=True, slots=True)
class Part:
    """`crc32` is base64 of four bytes, big-endian, as the protocol has it."""

    number: int
    size: int
    etag: str
    crc32: str


@dataclass(frozen=True, slots=True)
class Begun:
    """`whole`: AWS keeps the checksum of the whole object, and not one of the parts' checksums."""

    upload_id: str
    whole: bool


@dataclass(frozen=True, slots=True)
class Signed:
    """A request that whoever has it may make once or more: with these headers, and the size that was signed."""

    url: str
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A page of uploads that were begun and neither completed nor aborted, as AWS lists them: Key, UploadId,
    Initiated, Initiator, StorageClass."""

    uploads: tuple[dict[str, Any], ...]
    next: str = ""


def part_size(size: int) -> int:
    """Bytes of each part but the last: 16 MiB, and more where 10,000 of these would not hold the object."""
    least = -(-size // MOST_PARTS)
    return max(ONE_PUT, -(-least // MIB) * MIB)


def begin(account: Account, region: str, container: str, key: str, headers: Mapping[str, Any]) -> Begun:
    """Begins an upload in parts. `headers` are parameters of the object, such as ContentType. Raises CallFailed."""
    params = {"Bucket": container, "Key": key, "ChecksumAlgorithm": "CRC32", "ChecksumType": "FULL_OBJECT", **headers}
    # Twice begun is an upload that nobody knows of, and that is paid for.
    answer = call(account, region, f"{_SERVICE}.create_multipart_upload", params, once=True).data
    return Begun(answer["UploadId"], answer.get("ChecksumType") == "FULL_OBJECT")


def sign_whole(
    account: Account,
    region: str,
    container: str,
    key: str,
    *,
    size: int,
    crc32: str,
    headers: Mapping[str, Any],
    seconds: int,
) -> Signed:
    """The request that sends an object at once: exactly these bytes, or AWS refuses them. Raises CallFailed."""
    params = {"Bucket": container, "Key": key, "ContentLength": size, "ChecksumCRC32": crc32, **headers}
    return _signed(account, region, "put_object", params, seconds)


def sign_part(
    account: Account,
    region: str,
    container: str,
    key: str,
    upload_id: str,
    number: int,
    *,
    size: int,
    crc32: str,
    seconds: int,
) -> Signed:
    """The request that sends one part: exactly these bytes, or AWS refuses them. Raises CallFailed."""
    params = {"Bucket": container, "Key": key, "UploadId": upload_id, "PartNumber": number}
    params |= {"ContentLength": size, "ChecksumCRC32": crc32}
    return _signed(account, region, "upload_part", params, seconds)


def parts(account: Account, region: str, container: str, key: str, upload_id: str) -> Iterator[Part]:
    """The parts that AWS has. Raises CallFailed (NoSuchUpload when it was completed, aborted or has expired)."""
    params: dict[str, Any] = {"Bucket": container, "Key": key, "UploadId": upload_id}
    while True:
        answer = call(account, region, f"{_SERVICE}.list_parts", params).data
        for each in answer.get("Parts", ()):
            yield Part(each["PartNumber"], each["Size"], each["ETag"], each.get("ChecksumCRC32") or "")
        if not answer.get("IsTruncated"):
            return
        params["PartNumberMarker"] = answer["NextPartNumberMarker"]


def complete(
    account: Account,
    region: str,
    container: str,
    key: str,
    upload_id: str,
    found: Sequence[Part],
    *,
    whole: bool,
    replace: bool,
) -> dict[str, str]:
    """Makes the object of its parts; answers its ETag and VersionId. Without `replace` it fails where an object of that
    key is (`PreconditionFailed`). Made once more for one that was completed, it says so again. Raises CallFailed, also
    for an error inside a 200."""
    ordered = sorted(found, key=lambda part: part.number)
    listed = [{"PartNumber": part.number, "ETag": part.etag, "ChecksumCRC32": part.crc32} for part in ordered]
    params: dict[str, Any] = {"Bucket": container, "Key": key, "UploadId": upload_id}
    params |= {"MultipartUpload": {"Parts": listed}, "MpuObjectSize": sum(part.size for part in ordered)}
    if whole:
        params |= {"ChecksumType": "FULL_OBJECT", "ChecksumCRC32": combined(ordered)}
    if not replace:
        params["IfNoneMatch"] = "*"
    try:
        # AWS may think for minutes about an object of thousands of parts.
        answer = call(account, region, f"{_SERVICE}.complete_multipart_upload", params, timeout=120).data
    except CallFailed as failed:
        there = _made_before(account, region, container, key, ordered) if _is_doubt(failed) else None
        if there is None:
            raise
        answer = there
    return {"etag": str(answer.get("ETag") or ""), "version": str(answer.get("VersionId") or "")}


def abort(account: Account, region: str, container: str, key: str, upload_id: str) -> None:
    """Gives the parts up. One that is over already is no error. Raises CallFailed."""
    params = {"Bucket": container, "Key": key, "UploadId": upload_id}
    try:
        call(account, region, f"{_SERVICE}.abort_multipart_upload", params)
    except CallFailed as failed:
        if failed.explained.code != "NoSuchUpload":
            raise


def unfinished(
    account: Account, region: str, container: str, prefix: str = "", *, cursor: str = "", limit: int = objects.AT_MOST
) -> Unfinished:
    """One page, by key and then by time. Raises CallFailed."""
    params: dict[str, Any] = {"Bucket": container, "Prefix": prefix, "MaxUploads": max(1, min(limit, objects.AT_MOST))}
    if cursor:
        params["KeyMarker"], params["UploadIdMarker"] = objects.unpacked(cursor)
    answer = call(account, region, f"{_SERVICE}.list_multipart_uploads", params).data
    more = ""
    if answer.get("IsTruncated"):
        more = objects.packed(answer.get("NextKeyMarker") or "", answer.get("NextUploadIdMarker") or "")
    return Unfinished(tuple(answer.get("Uploads", ())), more)


def open_to(account: Account, region: str, container: str, origin: str, headers: Sequence[str]) -> bool:
    """Whether a page of that origin may send objects there, by a preflight request as a browser makes it: what AWS
    answers to that is all that counts, and takes no permission. Raises CallFailed when no answer comes."""
    outside("preflight")
    asked = {"Origin": origin, "Access-Control-Request-Method": "PUT"}
    asked |= {"Access-Control-Request-Headers": ",".join(sorted(name.lower() for name in headers))}
    address = objects.origin(account, region, container) + "-"
    try:
        session = URLLib3Session(timeout=(5, 10), proxies=get_environ_proxies(address))
        answer = session.send(AWSRequest("OPTIONS", address, headers=asked).prepare())
    except Exception as error:
        raise CallFailed(explain(error)) from None
    return answer.status_code == 200 and answer.headers.get("Access-Control-Allow-Origin") in {origin, "*"}


# Checksums ─────────────────────────────────────────────────────────────


def crc32_of(data: bytes) -> str:
    """As the protocol has it: base64 of four bytes, big-endian."""
    return _encoded(zlib.crc32(data))


def combined(found: Sequence[Part]) -> str:
    """The CRC-32 of the whole object from those of its parts in order; base64."""
    whole = 0
    for part in found:
        whole = _times(_shift(part.size), whole) ^ int.from_bytes(base64.b64decode(part.crc32), "big")
    return _encoded(whole)


def _encoded(crc: int) -> str:
    return base64.b64encode(crc.to_bytes(4, "big")).decode()


_POLYNOMIAL = 0xEDB88320  # CRC-32 of IEEE 802.3, reflected: the highest bit is the constant term


def _times(a: int, b: int) -> int:
    """The product of two polynomials over GF(2), modulo the checksum's."""
    product, bit = 0, 1 << 31
    while bit:
        if a & bit:
            product ^= b
        bit >>= 1
        b = (b >> 1) ^ (_POLYNOMIAL if b & 1 else 0)
    return product


@lru_cache(256)
def _shift(size: int) -> int:
    """x to the power of 8·size: what `size` bytes that follow do to a checksum."""
    power, square, bits = 1 << 31, 1 << 30, size * 8
    while bits:
        if bits & 1:
            power = _times(square, power)
        square, bits = _times(square, square), bits >> 1
    return power


# ───────────────────────────────────────────────────────────────────────


def _signed(account: Account, region: str, operation: str, params: dict[str, Any], seconds: int) -> Signed:
    url = objects.presign(account, region, operation, params, seconds=min(seconds, objects.longest(account)))
    return Signed(url, {header: str(params[name]) for name, header in HEADERS.items() if name in params})


# The headers that a request must carry as they were signed. What else was signed, the sender's HTTP adds by itself.
HEADERS = {
    "ContentType": "content-type",
    "ChecksumCRC32": "x-amz-checksum-crc32",
    "IfNoneMatch": "if-none-match",
    "StorageClass": "x-amz-storage-class",
}


def _is_doubt(failed: CallFailed) -> bool:
    """The call may have had an effect before: it was repeated, or its answer was lost."""
    return failed.explained.code in {"NoSuchUpload", "PreconditionFailed"} or failed.explained.changed == "unknown"


def _made_before(
    account: Account, region: str, container: str, key: str, found: Sequence[Part]
) -> dict[str, Any] | None:
    """The object's head, if it is the one that these parts make."""
    try:
        there = objects.head(account, region, container, key)
    except CallFailed:
        return None
    if there.get("ContentLength") != sum(part.size for part in found):
        return None
    # Of parts that are encrypted by a key of KMS the ETag says nothing; their checksum does.
    same = {f'"{_etag(found)}"'}
    return there if there.get("ETag") in same or there.get("ChecksumCRC32") == combined(found) else None


def _etag(found: Sequence[Part]) -> str:
    try:
        whole = b"".join(bytes.fromhex(part.etag.strip('"')) for part in found)
    except ValueError:
        return ""
    return f"{hashlib.md5(whole, usedforsecurity=False).hexdigest()}-{len(found)}"
