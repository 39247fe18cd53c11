"""What lies within a resource: `/api/v1/<service>/<plural>/<id>/objects/…`. AWS answers each, so all call it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from apps.api import items
from apps.api.addresses import url, with_query
from apps.api.answers import answer
from apps.api.bodies import body_hash, flag, idempotency_key, number, read_object, text_member
from apps.api.changes import Asked, change
from apps.api.endpoint import calls_aws, endpoint
from apps.api.operations import accepted, operation_json
from apps.api.problems import Problem, bad_cursor
from apps.catalog import registry
from apps.catalog.forms import json_errors
from apps.catalog.resources import Action
from apps.cloud import objects
from apps.cloud.explain import CallFailed
from apps.objects import changes, containers, facts, links, names
from apps.objects.containers import Container
from apps.objects.names import Ref
from apps.operations import replays
from apps.operations.prepare import Prepared, prepare_inside
from apps.operations.submit import authorize
from apps.tenancy.access import Actor
from apps.tenancy.context import tenant_tx

MOST = 1000
_ETAG, _CLASS = "etag", "storage_class"


def find_container(request: HttpRequest, actor: Actor, service: str, plural: str, id: str) -> Container:
    """In the tenant's transaction. Raises Problem: not-found, ambiguous."""
    resource = registry.by_slug(service, plural)
    account, region = items.place(request)
    try:
        return containers.find(actor, resource, id, str(account) if account else None, region or None)
    except containers.Unknown:
        raise Problem("not-found") from None
    except containers.Ambiguous as several:
        base = url(request, service, plural, id, "objects")
        raise Problem(
            "ambiguous", candidates=[f"{base}?account={one.account}&region={one.region}" for one in several.items]
        ) from None


def readable(request: HttpRequest, actor: Actor, service: str, plural: str, id: str, key: str) -> Container:
    """The container, of which they may read this key, or all below it. Raises Problem, Denied."""
    with tenant_tx(actor.tenant_id):
        found = find_container(request, actor, service, plural, id)
        found.require(actor, key)
        return found


def key_of(value: Any, name: str = "key", slug: str = "query") -> str:
    try:
        return names.check(value)
    except (ValueError, AttributeError, TypeError):
        raise Problem(slug, errors={name: [_("The value is text of 1 to 1,024 bytes in UTF-8.")]}) from None


@calls_aws
def show(request: HttpRequest, actor: Actor, service: str, plural: str, id: str) -> HttpResponse:
    """A page of what lies below a prefix, or with `key` one object."""
    if "key" in request.GET:
        return _show_one(request, actor, service, plural, id)
    prefix, limit, versions = (
        request.GET.get("prefix", ""),
        number(request, "limit", 100, MOST),
        flag(request, "versions"),
    )
    if prefix:
        key_of(prefix, "prefix")
    delimiter = request.GET.get("delimiter", "/")
    if len(delimiter) > 1:
        raise Problem("query", errors={"delimiter": [_("The value is one character, or nothing.")]})
    found = readable(request, actor, service, plural, id, prefix)
    cursor = request.GET.get("cursor", "")
    try:
        page = objects.listing(
            found.account,
            found.region,
            found.name,
            prefix,
            delimiter=delimiter,
            cursor=cursor,
            limit=limit,
            versions=versions,
        )
    except CallFailed as failed:
        if cursor and failed.explained.code == "InvalidArgument":
            raise bad_cursor() from None
        raise
    results = [_listed(each, versions) for each in page.objects]
    next = with_query(request, cursor=page.next) if page.next else None
    return answer({"results": results, "prefixes": page.prefixes, "next": next})


def _listed(obj: dict[str, Any], versions: bool) -> dict[str, Any]:
    out = {
        "key": obj["Key"],
        "size": obj.get("Size"),
        "last_modified": obj.get("LastModified"),
        _ETAG: str(obj.get("ETag") or "").strip('"'),
        _CLASS: obj.get("StorageClass"),
    }
    if versions:
        out |= {"version": obj.get("VersionId"), "latest": bool(obj.get("IsLatest"))}
        out["delete_marker"] = bool(obj.get("DeleteMarker"))
    return out


def _show_one(request: HttpRequest, actor: Actor, service: str, plural: str, id: str) -> HttpResponse:
    key, version = key_of(request.GET["key"]), request.GET.get("version", "")
    found = readable(request, actor, service, plural, id, key)
    head = objects.head(found.account, found.region, found.name, key, version)
    out = {
        "key": key,
        "version": head.get("VersionId"),
        "size": head.get("ContentLength"),
        "last_modified": head.get("LastModified"),
        _ETAG: str(head.get("ETag") or "").strip('"'),
        _CLASS: head.get("StorageClass") or "STANDARD",
        "content_type": head.get("ContentType"),
        "headers": facts.headers(head),
        "metadata": facts.metadata(head),
        "checksums": {name.lower(): head[f"Checksum{name}"] for name in facts.CHECKSUMS if f"Checksum{name}" in head},
        "encryption": head.get("ServerSideEncryption"),
        "attrs": head,
    }
    return answer(out)


@calls_aws
def show_tags(request: HttpRequest, actor: Actor, service: str, plural: str, id: str) -> HttpResponse:
    key, version = key_of(request.GET.get("key", "")), request.GET.get("version", "")
    found = readable(request, actor, service, plural, id, key)
    return answer({"tags": objects.tags(found.account, found.region, found.name, key, version)})


@calls_aws
def show_versions(request: HttpRequest, actor: Actor, service: str, plural: str, id: str) -> HttpResponse:
    """The versions and delete markers of one object, newest first."""
    key, limit = key_of(request.GET.get("key", "")), number(request, "limit", 100, MOST)
    found = readable(request, actor, service, plural, id, key)
    cursor = request.GET.get("cursor", "")
    try:
        page = objects.versions_of(found.account, found.region, found.name, key, cursor=cursor, limit=limit)
    except CallFailed as failed:
        if cursor and failed.explained.code == "InvalidArgument":
            raise bad_cursor() from None
        raise
    next = with_query(request, cursor=page.next) if page.next else None
    return answer({"results": [_listed(each, True) for each in page.objects], "next": next})


@calls_aws
def make_link(request: HttpRequest, actor: Actor, service: str, plural: str, id: str) -> HttpResponse:
    """An address that whoever has it may download the object from. It is in this answer and nowhere else."""
    body = read_object(request)
    key = key_of(text_member(body, "key"), slug="invalid")
    version, reason = text_member(body, "version", required=False), text_member(body, "reason", required=False)
    seconds = body.pop("seconds", links.SHARED)
    errors = {name: [_("There is no field %(name)s.") % {"name": name}] for name in body}
    if not isinstance(seconds, int) or isinstance(seconds, bool) or not links.LEAST <= seconds <= objects.LONGEST:
        most = {"least": links.LEAST, "most": objects.LONGEST}
        errors["seconds"] = [_("The value is a number from %(least)d to %(most)d.") % most]
    if len(reason) > 500:
        errors["reason"] = [_("The value is too long.")]
    if errors:
        raise Problem("invalid", errors=errors)
    found = readable(request, actor, service, plural, id, key)
    try:
        link = links.share(actor, found, key, version, seconds=seconds, reason=reason)
    except links.TooLong as refused:
        raise Problem("invalid", errors={"seconds": [str(refused)]}) from None
    return answer({"url": link.url, "expires_at": link.expires}, status=201)


@calls_aws
def act(request: HttpRequest, actor: Actor, service: str, plural: str, id: str, verb: str) -> HttpResponse:
    """An action on objects: the body's `targets`, and the form's fields."""
    resource = registry.by_slug(service, plural)
    kind = registry.inside(resource.kind)
    action = kind.actions.get(verb) if kind else None
    if action is None:
        raise Problem("not-found")
    body = read_object(request)
    refs = _refs(body.get("targets"))
    data = {key: value for key, value in body.items() if key != "targets"}
    planned = flag(request, "plan")
    with tenant_tx(actor.tenant_id):
        found = find_container(request, actor, service, plural, id)
        key = idempotency_key(request)
        if key and not planned and (before := replays.operation(actor, key, body_hash(request, body))):
            return accepted(operation_json(request, before))
        for ref in refs:
            found.require(actor, ref.key, "read" if action.facts else action.permission.rpartition(".")[2])
    try:
        attrs = changes.known(found, action, refs)
    except changes.TooMany as refused:
        raise Problem("invalid", errors={"targets": [str(refused)]}) from None
    _check_states(action, refs, attrs)

    def prepare(mint: bool) -> Prepared:
        return prepare_inside(actor, action, found.item, list(attrs), data, attrs=attrs, mint=mint)

    if not planned:
        _check_way(actor, found, action, prepare)
    return change(request, actor, Asked(action, body, prepare))


def _refs(value: Any) -> list[Ref]:
    """The body's `targets`: objects with `key`, and `version`, or `below` for all that begins so."""
    problem = Problem("invalid", errors={"targets": [_("The value is a list of objects with key, version or below.")]})
    if not isinstance(value, list) or not value:
        raise problem
    found = []
    for each in value:
        if not isinstance(each, dict) or each.keys() - {"key", "version", "below"}:
            raise problem
        key, version, below = each.get("key"), each.get("version", ""), each.get("below", False)
        if not isinstance(key, str) or not isinstance(version, str) or not isinstance(below, bool) or "\0" in version:
            raise problem
        if (version and below) or not (key or below):
            raise problem
        found.append(Ref(key_of(key, "targets", "invalid") if key else "", version, below))
    return list(dict.fromkeys(found))


def _check_states(action: Action, refs: list[Ref], attrs: changes.Attrs) -> None:
    wrong = changes.misfit(action, refs, attrs)
    if wrong:
        raise Problem(
            "conflict", _("%(action)s is not for what this is: %(key)s.") % {"action": action.label, "key": wrong}
        )


def _check_way(actor: Actor, found: Container, action: Action, prepare: Any) -> None:
    """Raises Problem where something lies already."""
    with tenant_tx(actor.tenant_id):
        prepared: Prepared = prepare(False)
        if prepared.plan is None:
            raise Problem("invalid", errors=json_errors(prepared.form))
        authorize(actor, prepared)
    if there := changes.in_the_way(found, action, prepared.items, prepared.form.cleaned_data):
        raise Problem("conflict", " ".join(there))


collection = endpoint(get=show)
tags = endpoint(get=show_tags)
versions = endpoint(get=show_versions)
linking = endpoint(post=make_link)
acting = endpoint(post=act)
