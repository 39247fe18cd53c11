"""The protocol of object storage, which is S3's: pages of a listing, one object's head and bytes, presigned requests.

Plain data in, plain data out, and every failure as CallFailed. Never inside a database transaction: even presigning may
have to assume the account's role.
"""

import base64
import json
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError
from django.utils.translation import gettext as _

from apps.cloud import clients, credentials, factory
from apps.cloud.calls import call, jsonable, outside, raw
from apps.cloud.explain import CallFailed, explain
from apps.cloud.models import Account

AT_MOST = 1000  # keys and prefixes in one page of a listing
LONGEST = 7 * 24 * 3600  # seconds that a signature by access keys may hold
CHUNK = 256 * 1024
_SERVICE = "s3"

# What AWS must allow for each of these.
LIST, LIST_VERSIONS = "s3:ListBucket", "s3:ListBucketVersions"
READ, READ_VERSION = "s3:GetObject", "s3:GetObjectVersion"
READ_TAGS, READ_TAGS_OF_VERSION = "s3:GetObjectTagging", "s3:GetObjectVersionTagging"
READ_ACL, READ_ACL_OF_VERSION = "s3:GetObjectAcl", "s3:GetObjectVersionAcl"


@dataclass(frozen=True, slots=True)
class Listing:
    """A page, in the order of keys. `objects` as AWS answers them; of versions each has `VersionId` and `IsLatest`, and
    `DeleteMarker` where it is one. `next` is the cursor of the page after it, empty at the end."""

    prefixes: tuple[str, ...]
    objects: tuple[dict[str, Any], ...]
    next: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """The first bytes of an object. `size` is the whole object's, `head` what came with them."""

    body: bytes
    size: int
    head: dict[str, Any]


def listing(
    account: Account,
    region: str,
    container: str,
    prefix: str = "",
    *,
    delimiter: str = "/",
    cursor: str = "",
    limit: int = AT_MOST,
    versions: bool = False,
) -> Listing:
    """One page below the prefix, by one call. A cursor belongs to the arguments that it came from; one that doesn't
    fails as `InvalidArgument`. Raises CallFailed."""
    params: dict[str, Any] = {"Bucket": container, "Prefix": prefix, "MaxKeys": max(1, min(limit, AT_MOST))}
    if delimiter:
        params["Delimiter"] = delimiter
    if versions:
        return _versions(account, region, params, cursor)
    if cursor:
        params["ContinuationToken"] = cursor
    answer = call(account, region, f"{_SERVICE}.list_objects_v2", params).data
    return Listing(_prefixes(answer), tuple(answer.get("Contents", ())), answer.get("NextContinuationToken") or "")


def head(account: Account, region: str, container: str, key: str, version: str = "") -> dict[str, Any]:
    """Size, type, metadata, checksums and the like, JSON-able. Raises CallFailed."""
    return call(account, region, f"{_SERVICE}.head_object", _one(container, key, version, ChecksumMode="ENABLED")).data


def tags(account: Account, region: str, container: str, key: str, version: str = "") -> dict[str, str]:
    """The object's tags. Raises CallFailed."""
    answer = call(account, region, f"{_SERVICE}.get_object_tagging", _one(container, key, version)).data
    return {each["Key"]: each["Value"] for each in answer.get("TagSet", ())}


def acl(account: Account, region: str, container: str, key: str, version: str = "") -> dict[str, Any]:
    """The object's access control list: `Owner`, `Grants`. Raises CallFailed."""
    return call(account, region, f"{_SERVICE}.get_object_acl", _one(container, key, version)).data


def first(account: Account, region: str, container: str, key: str, version: str = "", *, limit: int) -> Content:
    """The object's first `limit` bytes. Raises CallFailed."""
    try:
        got = raw(
            account,
            region,
            f"{_SERVICE}.get_object",
            _one(container, key, version, Range=f"bytes=0-{max(limit, 1) - 1}"),
        )
    except CallFailed as failed:
        if failed.explained.http != 416:  # there is no first byte of nothing
            raise
        return Content(b"", 0, head(account, region, container, key, version))
    body = b"".join(_read(got.pop("Body"), limit))
    got.pop("ResponseMetadata", None)
    whole = str(got.get("ContentRange") or "").rpartition("/")[2]
    return Content(body, int(whole) if whole.isdigit() else len(body), jsonable(got))


def versions_of(
    account: Account, region: str, container: str, key: str, *, cursor: str = "", limit: int = AT_MOST
) -> Listing:
    """A page of one object's versions and delete markers, newest first. Raises CallFailed."""
    page = listing(account, region, container, key, delimiter="", cursor=cursor, limit=limit, versions=True)
    own = tuple(each for each in page.objects if each["Key"] == key)
    return Listing((), own, page.next if len(own) == len(page.objects) else "")


def content(
    account: Account, region: str, container: str, key: str, version: str = "", *, etag: str = ""
) -> Generator[bytes]:
    """The object's bytes in pieces of at most CHUNK, as they are asked for. Closing the generator ends the transfer.
    With an `etag` only if it is still that content. Raises CallFailed, also midway."""
    same = {"IfMatch": etag} if etag else {}
    body = raw(account, region, f"{_SERVICE}.get_object", _one(container, key, version, **same))["Body"]
    try:
        yield from _read(body)
    finally:
        body.close()


def presign(account: Account, region: str, operation: str, params: Mapping[str, Any], *, seconds: int) -> str:
    """The address of one request, such as `get_object`, that whoever has it may make for so many seconds.

    By Signature Version 4. Parameters that AWS takes as headers (ContentType, ContentLength, ChecksumCRC32) are signed
    too, and the request must send just these. The address is a secret: it belongs in no log and no record. A browser
    can't make a request whose key has a path segment of dots (see `reachable`). Raises CallFailed, also when `seconds`
    is more than `longest`.
    """
    outside(operation)
    if not 0 < seconds <= longest(account):
        raise factory.refused("ExpiryTooLong", _("The account's credential can't sign an address for that long."))
    try:
        aws = clients.client(account, _SERVICE, region)
        return str(aws.generate_presigned_url(operation, Params=dict(params), ExpiresIn=seconds))
    except CallFailed:
        raise
    except Exception as error:
        raise CallFailed(explain(error)) from None


def longest(account: Account) -> int:
    """Seconds for which an address signed now can hold: a week, or until the role's session ends. Raises CallFailed."""
    outside("presign")
    expires = credentials.keys_of(account).expires
    return LONGEST if expires is None else max(0, min(LONGEST, int((expires - datetime.now(UTC)).total_seconds())))


def home(account: Account, container: str) -> str:
    """The Region that the container lies in, as AWS tells even those that may not read it; empty where it doesn't.
    Raises CallFailed when AWS can't be asked."""
    outside("head_bucket")
    try:
        aws = clients.client(account, _SERVICE, next(iter(account.regions), "us-east-1"))
        answer = aws.head_bucket(Bucket=container)
    except ClientError as error:
        answer = error.response
    except CallFailed:
        raise
    except Exception as error:
        raise CallFailed(explain(error)) from None
    headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    return str(answer.get("BucketRegion") or headers.get("x-amz-bucket-region") or "")


def origin(account: Account, region: str, container: str) -> str:
    """Where a browser finds the container's objects, as a Content-Security-Policy names it. No call, no credential."""
    endpoint = factory.endpoint_of(account, _SERVICE)
    nobody = factory.Keys("nobody", "nobody")
    aws = factory.build(nobody, _SERVICE, region, endpoint=endpoint, owner=(account.tenant_id, account.id, "origin"))
    parts = urlsplit(aws.generate_presigned_url("get_object", Params={"Bucket": container, "Key": "k"}, ExpiresIn=1))
    return f"{parts.scheme}://{parts.netloc}{parts.path.removesuffix('k')}"


def reachable(key: str) -> bool:
    """Whether a browser can ask for the key by its address: it takes segments of dots out of any, encoded or not."""
    return not {".", ".."} & set(key.split("/"))


def packed(key: str, marker: str) -> str:
    """The two markers of a listing as one cursor."""
    return base64.urlsafe_b64encode(json.dumps([key, marker]).encode()).decode()


def unpacked(cursor: str) -> tuple[str, str]:
    """The inverse. Raises CallFailed, as AWS does for a cursor that is none."""
    try:
        key, marker = json.loads(base64.urlsafe_b64decode(cursor))
        return str(key), str(marker)
    except (ValueError, TypeError):
        raise factory.refused("InvalidArgument", _("There is no such page."), kind="invalid") from None


def _versions(account: Account, region: str, params: dict[str, Any], cursor: str) -> Listing:
    if cursor:
        params["KeyMarker"], marker = unpacked(cursor)
        params |= {"VersionIdMarker": marker} if marker else {}
    answer = call(account, region, f"{_SERVICE}.list_object_versions", params).data
    found = [*answer.get("Versions", ()), *({**each, "DeleteMarker": True} for each in answer.get("DeleteMarkers", ()))]
    # AWS answers versions and markers in two lists, each newest first below its key.
    found.sort(key=lambda each: each.get("LastModified") or "", reverse=True)
    found.sort(key=lambda each: (each["Key"].encode(), not each.get("IsLatest")))
    more = ""
    if answer.get("IsTruncated"):
        more = packed(answer.get("NextKeyMarker") or "", answer.get("NextVersionIdMarker") or "")
    return Listing(_prefixes(answer), tuple(found), more)


def _prefixes(answer: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(each["Prefix"] for each in answer.get("CommonPrefixes", ()))


def _one(container: str, key: str, version: str, **more: Any) -> dict[str, Any]:
    return {"Bucket": container, "Key": key, **more} | ({"VersionId": version} if version else {})


def _read(body: Any, limit: int | None = None) -> Iterator[bytes]:
    left = limit
    try:
        while left is None or left > 0:
            piece = body.read(CHUNK if left is None else min(CHUNK, left))
            if not piece:
                return
            left = None if left is None else left - len(piece)
            yield piece
    except Exception as error:  # the connection broke, or a checksum is wrong
        raise CallFailed(explain(error)) from None
