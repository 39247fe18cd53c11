"""What AWS knows of the calls that it was sent: which of them changed something, and by which request ids it said so.

A proxy before an emulator stamps each answer with a request id of its own (emulators give the same one every time) and
writes down, beside it, the change that was made. `tests/ledger.py` holds this against the panel's record.
"""

import re
import time
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, unquote

import botocore.session
from botocore import xform_name

TAG = "northgate:operation"
READS = ("GET", "HEAD", "OPTIONS")
# EC2's calls that change something.
CHANGE = re.compile(
    r"Run|Import|Create|Authorize|Revoke|Delete|Start|Stop|Terminate|Modify|Reboot|Allocate|Release|Attach|Detach"
)


@dataclass(frozen=True)
class Sent:
    """A call as it came over the wire. `call` is such as `s3.put_bucket_versioning`; `params` the query's for EC2, and
    Bucket, Key, and what a batch names for S3."""

    call: str
    params: Mapping[str, Any]
    changes: bool

    @property
    def service(self) -> str:
        return self.call.partition(".")[0]

    @property
    def token(self) -> str:
        return str(self.params.get("ClientToken", ""))


@dataclass(frozen=True)
class Effect:
    """A change that AWS made. `operation` is the tag that it carries, `made` what it made; `moved` are (instance, from,
    to) where the state became another one; `ids` are the request ids of all answers that told of it, `partial` whether
    the answer said that a part was refused."""

    action: str
    params: Mapping[str, Any]
    operation: str
    made: tuple[str, ...] = ()
    moved: tuple[tuple[str, str, str], ...] = ()
    at: float = field(default_factory=time.time)
    call: str = ""
    ids: list[str] = field(default_factory=list)
    partial: bool = False

    @property
    def token(self) -> str:
        return str(self.params.get("ClientToken", ""))


def sent(method: str, address: str, headers: Mapping[str, str], body: bytes) -> Sent:
    """What a request asks for. One of a protocol that isn't known here has no name and changes nothing."""
    if "Action=" in body[:4096].decode("latin-1") and not headers.get("X-Amz-Target"):
        params = dict(parse_qsl(body.decode(), keep_blank_values=True))
        action = params.get("Action", "")
        changes = bool(CHANGE.match(action)) and params.get("DryRun") != "true"
        return Sent(f"{_service(headers) or 'ec2'}.{xform_name(action)}", params, changes)
    if _service(headers) != "s3":
        return Sent(f"{_service(headers)}.", {}, False)
    path, _mark, query = address.partition("?")
    bucket, _slash, key = path.lstrip("/").partition("/")
    params = {"Bucket": unquote(bucket)} | ({"Key": unquote(key)} if key else {})
    names = {name for name, _value in parse_qsl(query, keep_blank_values=True)}
    call = _storage_call(method, bool(bucket), bool(key), names, {name.lower() for name in headers})
    if call == "s3.delete_objects":
        params["Objects"] = _batch(body)
    return Sent(call, params, method not in READS)


def stamp(headers: Mapping[str, str], answer: bytes, service: str) -> tuple[str, dict[str, str], bytes]:
    """The answer with a request id that no other has, and that id."""
    id = str(uuid.uuid4())
    kept = {name: value for name, value in headers.items() if name.lower() not in {"x-amzn-requestid", _S3_ID}}
    kept[_S3_ID if service == "s3" else "x-amzn-RequestId"] = id
    if service == "s3" and b"<RequestId>" not in answer[:4096]:
        return id, kept, answer
    return id, kept, re.sub(rb"(?i)<(RequestID)>[^<]*</", rb"<\1>" + id.encode() + b"</", answer)


_S3_ID = "x-amz-request-id"


def _service(headers: Mapping[str, str]) -> str:
    found = re.search(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/", headers.get("Authorization", ""))
    return found.group(1) if found else ""


def _batch(body: bytes) -> list[dict[str, str]]:
    """The objects that a DeleteObjects names."""
    return [
        {part.tag.rpartition("}")[2]: part.text or "" for part in each}
        for each in ET.fromstring(body)
        if each.tag.endswith("Object")
    ]


@cache
def _storage_calls() -> list[tuple[str, bool, bool, frozenset[str], frozenset[str], str]]:
    """Of each S3 call its method, whether it has a bucket and a key, the names in its query, its headers; the one that
    asks for most comes first."""
    model, found = botocore.session.get_session().get_service_model("s3"), []
    for name in model.operation_names:
        operation = model.operation_model(name)
        path, _mark, query = operation.http["requestUri"].partition("?")
        if operation.deprecated or (path != "/" and "{Bucket}" not in path):
            continue
        names = {one.partition("=")[0] for one in query.split("&") if one} - {"x-id"}
        headers = set()
        for member in operation.input_shape.required_members if operation.input_shape else ():
            where = operation.input_shape.members[member].serialization
            if where.get("location") == "querystring":
                names.add(where["name"])
            elif where.get("location") == "header":
                headers.add(where["name"].lower())
        kind = (operation.http["method"], "{Bucket}" in path, "{Key+}" in path)
        found.append((*kind, frozenset(names), frozenset(headers), xform_name(name)))
    return sorted(found, key=lambda one: (-len(one[3]), -len(one[4]), one[5]))


def _storage_call(method: str, bucket: bool, key: bool, names: set[str], headers: set[str]) -> str:
    for its, has_bucket, has_key, wanted, needed, name in _storage_calls():
        if (its, has_bucket, has_key) == (method, bucket, key) and wanted <= names and needed <= headers:
            return f"s3.{name}"
    return "s3."
