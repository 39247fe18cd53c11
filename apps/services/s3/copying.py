"""Copying, moving and renaming objects and what begins like them. S3 knows only copies; the rest is deleting after it.

A copy keeps content, metadata and tags. What it does not: the access control list, Object Lock, and the versions.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.items import Item
from apps.catalog.plans import Step
from apps.catalog.resources import Risk
from apps.catalog.scope import Scope
from apps.catalog.sweeps import Each, Over
from apps.catalog.text import Text, one_line
from apps.services.s3.copy_forms import NameForm, TargetForm, head, leaf, target, too_large
from apps.services.s3.objects import FOLDER, OBJECT, VERSION, below, s3_object, versions


def also(item: Item, values: Mapping[str, Any], scope: Scope | None) -> Iterable[tuple[str, Item]]:
    """Who copies reads, and writes where the copy comes to lie."""
    yield "read", item
    bucket, key = target(item, values)
    tags = item.tags if bucket == item.within else {}
    known = scope.get("s3.bucket", bucket) if scope and bucket != item.within else None
    holder = known or Item("s3.bucket", bucket, account=item.account, region=item.region, tags=tags)
    yield "write", s3_object.inside(holder, key)


def vacant(item: Item, values: Mapping[str, Any]) -> Iterable[tuple[str, str, bool]]:
    if not values["overwrite"]:
        yield (*target(item, values), below(item))


def _copy(item: Item, bucket: str, key: str, overwrite: bool, then: Step | None = None) -> Step:
    title = _now("Copy %(key)s to %(target)s") % {"key": item.title, "target": one_line(f"{bucket}/{key}")}
    if below(item):
        source = {"Bucket": item.within, "Key": Each("Key")}
        return Step(
            "s3.copy_object",
            title=title,
            repeat="safe",
            Bucket=bucket,
            Key=Each("Key").moved(item.id, key),
            CopySource=source,
            StorageClass=Each("StorageClass"),
            over=Over(
                "s3.list_objects_v2",
                "Contents[]",
                {"Bucket": item.within, "Prefix": item.id},
                drains=then is not None,
                noun=_("objects"),
                then=then,
            ),
        )
    version = {"VersionId": versions(item)[0]} if versions(item) else {}
    return Step(
        "s3.copy_object",
        title=title,
        repeat="safe",
        Bucket=bucket,
        Key=key,
        CopySource={"Bucket": item.within, "Key": item.id, **version},
        StorageClass=head(item).get("StorageClass"),
        IfNoneMatch=None if overwrite else "*",
    )


def _move(item: Item, values: Mapping[str, Any]) -> Iterable[Step]:
    bucket, key = target(item, values)
    title = _now("Delete %(key)s") % {"key": item.title}
    if below(item):
        # Each is deleted when it was copied: what somebody puts there meanwhile has no copy.
        gone = Step("s3.delete_object", title=title, Bucket=item.within, Key=Each("Key"))
        yield _copy(item, bucket, key, values["overwrite"], then=gone)
        return
    yield _copy(item, bucket, key, values["overwrite"])
    yield Step("s3.delete_object", title=title, Bucket=item.within, Key=item.id)


COPYING = ("s3:GetObject", "s3:GetObjectTagging", "s3:PutObject", "s3:PutObjectTagging", "s3:ListBucket")
_KEPT = _("Content, metadata and tags are kept; access control lists and older versions are not.")


@s3_object.action(
    _("Copy"),
    icon="copy",
    form=TargetForm,
    when={OBJECT, FOLDER, VERSION},
    needs="write",
    also=also,
    vacant=vacant,
    facts=("head",),
    iam=COPYING,
    help=_KEPT,
    example={"folder": "archive/", "overwrite": False},
)
def copy(item: Item, values: Mapping[str, Any]) -> Iterable[Step]:
    yield _copy(item, *target(item, values), values["overwrite"])


def _warn(item: Item) -> Iterable[Text]:
    if below(item):
        yield _("Each object is copied and then deleted here. What is changed in between may be lost.")


@s3_object.action(
    _("Move"),
    icon="move",
    form=TargetForm,
    when={OBJECT, FOLDER},
    risk=Risk.INTERRUPTS,
    needs="write",
    also=also,
    vacant=vacant,
    facts=("head",),
    warn=_warn,
    iam=(*COPYING, "s3:DeleteObject"),
    help=_KEPT,
    example={"folder": "archive/", "overwrite": False},
)
def move(item: Item, values: Mapping[str, Any]) -> Iterable[Step]:
    yield from _move(item, values)


@s3_object.action(
    _("Rename"),
    icon="pencil",
    form=NameForm,
    when={OBJECT, FOLDER},
    risk=Risk.INTERRUPTS,
    needs="write",
    also=also,
    vacant=vacant,
    facts=("head",),
    warn=_warn,
    like=lambda item: {"name": leaf(item.id).removesuffix("/")},
    iam=(*COPYING, "s3:DeleteObject"),
    help=_KEPT,
    example={"name": "november.csv", "overwrite": False},
)
def rename(item: Item, values: Mapping[str, Any]) -> Iterable[Step]:
    yield from _move(item, values)


class VersionForm(forms.Form):
    items: tuple[Item, ...] = ()

    def clean(self) -> dict[str, Any]:
        for text in too_large(self.items):
            self.add_error(None, str(text))
        for item in self.items:
            if len(versions(item)) != 1:
                self.add_error(None, _now("Choose one version of %(key)s that has content.") % {"key": item.title})
        return self.cleaned_data


@s3_object.action(
    _("Restore this version"),
    verb="restore-version",
    icon="history",
    form=VersionForm,
    when={VERSION},
    needs="write",
    also=lambda item, values, scope: [("read", item)],
    facts=("head",),
    iam=("s3:GetObjectVersion", "s3:PutObject"),
    help=_("The version is copied onto the object and becomes the latest. The others stay."),
)
def restore_version(item: Item, values: Mapping[str, Any]) -> Iterable[Step]:
    yield from (_onto_itself(item, version) for version in versions(item))


def _onto_itself(item: Item, version: str) -> Step:
    return Step(
        "s3.copy_object",
        title=_now("Restore a version of %(key)s") % {"key": item.title},
        repeat="safe",
        Bucket=item.within,
        Key=item.id,
        CopySource={"Bucket": item.within, "Key": item.id, "VersionId": version},
        **kept(item),
    )


def kept(item: Item) -> dict[str, Any]:
    """What a copy onto itself would lose unless it is said again."""
    known = head(item)
    names = ("StorageClass", "ServerSideEncryption", "SSEKMSKeyId", "BucketKeyEnabled", "WebsiteRedirectLocation")
    return {name: known[name] for name in names if known.get(name) not in (None, "")}
