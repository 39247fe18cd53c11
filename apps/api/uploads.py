"""Uploads to what holds objects: `/api/v1/<service>/<plural>/<id>/objects/uploads/…`. The bytes go to AWS, not here."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse

from apps.api.addresses import with_query
from apps.api.answers import answer
from apps.api.bodies import number, read_object
from apps.api.endpoint import calls_aws, endpoint
from apps.api.objects import find_container, key_of, readable
from apps.api.problems import Problem, bad_cursor
from apps.catalog.forms import bind, json_errors
from apps.cloud import multipart
from apps.cloud.explain import CallFailed, Explained
from apps.cloud.multipart import Signed
from apps.objects import uploads
from apps.objects.containers import Container
from apps.objects.models import Upload
from apps.objects.upload_calls import HOLDS, Begun, Ended
from apps.objects.upload_forms import AbortForm, BeginForm, CompleteForm, SignForm
from apps.tenancy.access import Actor
from apps.tenancy.context import tenant_tx

MOST = 1000


def _container(request: HttpRequest, actor: Actor, service: str, plural: str, id: str) -> Container:
    with tenant_tx(actor.tenant_id):
        return find_container(request, actor, service, plural, id)


def _cleaned(form_class: type[forms.Form], request: HttpRequest) -> dict[str, Any]:
    form = bind(form_class, read_object(request))
    if not form.is_valid():
        raise Problem("invalid", errors=json_errors(form))
    return form.cleaned_data


@calls_aws
def unfinished(request: HttpRequest, actor: Actor, service: str, plural: str, id: str) -> HttpResponse:
    """A page of the uploads that were begun and did not end, as AWS lists them."""
    prefix, cursor = request.GET.get("prefix", ""), request.GET.get("cursor", "")
    limit = number(request, "limit", 100, MOST)
    if prefix:
        key_of(prefix, "prefix")
    found = readable(request, actor, service, plural, id, prefix)
    try:
        page = multipart.unfinished(found.account, found.region, found.name, prefix, cursor=cursor, limit=limit)
    except CallFailed as failed:
        if cursor and failed.explained.code == "InvalidArgument":
            raise bad_cursor() from None
        raise
    with tenant_tx(actor.tenant_id):
        ours = uploads.ours(actor, found, [each["UploadId"] for each in page.uploads])
    results = [_listed(each, ours.get(each["UploadId"])) for each in page.uploads]
    return answer({"results": results, "next": with_query(request, cursor=page.next) if page.next else None})


def _listed(each: dict[str, Any], ours: Upload | None) -> dict[str, Any]:
    return {
        "key": each["Key"],
        "upload_id": each["UploadId"],
        "initiated_at": each.get("Initiated"),
        "storage_class": each.get("StorageClass"),
        "id": ours.id if ours else None,
        "by": ours.who_name if ours else None,
        "size": ours.size if ours else None,
    }


@calls_aws
def begin(request: HttpRequest, actor: Actor, service: str, plural: str, id: str) -> HttpResponse:
    """Begins uploads, or goes on with them; each is answered by itself."""
    found = _container(request, actor, service, plural, id)
    values = _cleaned(BeginForm, request)
    try:
        begun = uploads.begin(
            actor, found, values["objects"], storage_class=values["storage_class"], replace=values["replace"]
        )
    except uploads.Refused as refused:
        raise Problem("conflict", str(refused)) from None
    return answer({"results": [_begun(each) for each in begun]}, status=201)


def _begun(begun: Begun) -> dict[str, Any]:
    row = begun.upload
    return {
        "id": row.id,
        "key": row.key,
        "size": row.size,
        "state": "taken" if begun.taken else row.state,
        "part_size": row.part_size or None,
        "request": _signed(begun.signed) if begun.signed else None,
        "parts": [{"number": part.number, "etag": part.etag, "crc32": part.crc32} for part in begun.parts],
        "error": _error(begun.error),
    }


def _signed(signed: Signed) -> dict[str, Any]:
    return {"method": "PUT", "url": signed.url, "headers": signed.headers, "seconds": HOLDS}


def _error(error: Explained | None) -> dict[str, Any] | None:
    if error is None:
        return None
    return {"code": error.code, "text": error.text, "request_id": error.request_id, "next": error.next}


@calls_aws
def complete(request: HttpRequest, actor: Actor, service: str, plural: str, id: str) -> HttpResponse:
    """Ends uploads of which AWS has everything; each is answered by itself."""
    found = _container(request, actor, service, plural, id)
    values = _cleaned(CompleteForm, request)
    asked = [(each["upload"], each["replace"]) for each in values["uploads"]]
    try:
        ended = uploads.complete(actor, found, asked)
    except uploads.Unknown as unknown:
        raise Problem("not-found", str(unknown)) from None
    except uploads.Refused as refused:
        raise Problem("conflict", str(refused)) from None
    return answer({"results": [_ended(each) for each in ended]})


def _ended(ended: Ended) -> dict[str, Any]:
    row = ended.upload
    return {
        "id": row.id,
        "key": row.key,
        "state": "taken" if ended.taken else row.state,
        "etag": row.etag.strip('"') or None,
        "version": row.version or None,
        "error": _error(ended.error),
    }


@calls_aws
def abort_many(request: HttpRequest, actor: Actor, service: str, plural: str, id: str) -> HttpResponse:
    """Gives up uploads that AWS lists, whoever began them; each is answered by itself."""
    found = _container(request, actor, service, plural, id)
    wanted = [(each["key"], each["upload_id"]) for each in _cleaned(AbortForm, request)["uploads"]]
    gone = uploads.abort_many(actor, found, wanted)
    return answer({"results": [{"key": key, "error": _error(error)} for key, error in gone]})


@calls_aws
def sign(request: HttpRequest, actor: Actor, service: str, plural: str, id: str, upload: UUID) -> HttpResponse:
    """The requests that send parts, and a note of those that were sent."""
    found = _container(request, actor, service, plural, id)
    values = _cleaned(SignForm, request)
    try:
        signed = uploads.sign(actor, found, upload, values["parts"], values["sent"])
    except uploads.Unknown:
        raise Problem("not-found") from None
    except uploads.Refused as refused:
        raise Problem("conflict", str(refused)) from None
    numbers = [each["number"] for each in values["parts"]]
    return answer({"results": [{"number": n, **_signed(one)} for n, one in zip(numbers, signed, strict=True)]})


@calls_aws
def show(request: HttpRequest, actor: Actor, service: str, plural: str, id: str, upload: UUID) -> HttpResponse:
    """An upload, with the parts that AWS has."""
    found = _container(request, actor, service, plural, id)
    try:
        return answer(_begun(uploads.find(actor, found, upload)))
    except uploads.Unknown:
        raise Problem("not-found") from None


@calls_aws
def abort(request: HttpRequest, actor: Actor, service: str, plural: str, id: str, upload: UUID) -> HttpResponse:
    """Gives an upload up."""
    found = _container(request, actor, service, plural, id)
    try:
        uploads.abort(actor, found, upload)
    except uploads.Unknown:
        raise Problem("not-found") from None
    return HttpResponse(status=204)


collection = endpoint(get=unfinished, post=begin)
completing = endpoint(post=complete)
aborting = endpoint(post=abort_many)
member = endpoint(get=show, delete=abort)
parts = endpoint(post=sign)
