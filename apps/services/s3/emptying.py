"""Emptying a bucket: every version of every object, delete markers and unfinished uploads."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.catalog.items import Item
from apps.catalog.plans import Step, Steps
from apps.catalog.resources import Risk
from apps.catalog.sweeps import Each, Over
from apps.catalog.text import Text
from apps.services.s3.buckets import bucket

VERSIONS = "[Versions, DeleteMarkers][].{Key: Key, VersionId: VersionId}"


def steps(name: str) -> Steps:
    """What leaves nothing in the bucket."""
    yield Step(
        "s3.delete_objects",
        title=_("Delete every object of %(name)s, with all versions") % {"name": name},
        Bucket=name,
        Delete={"Quiet": True},
        over=Over(
            "s3.list_object_versions",
            VERSIONS,
            {"Bucket": name},
            into="Delete.Objects",
            at_once=1000,
            drains=True,
            errors="Errors[]",
            noun=_("versions"),
        ),
    )
    yield Step(
        "s3.abort_multipart_upload",
        title=_("Abort unfinished uploads to %(name)s") % {"name": name},
        Bucket=name,
        Key=Each("Key"),
        UploadId=Each("UploadId"),
        already=["NoSuchUpload"],
        over=Over("s3.list_multipart_uploads", "Uploads[]", {"Bucket": name}, drains=True, noun=_("uploads")),
    )


def warn(item: Item) -> list[Text]:
    """What goes, and what is no help against it."""
    said: list[Text] = [_("Every object of %(name)s goes, with all its versions.") % {"name": item.id}]
    if item.attrs.get("ObjectLock"):
        said.append(_("Object Lock is on: versions under retention stay, and the operation will say so."))
    return said


@bucket.action(
    _("Empty"),
    icon="trash-2",
    risk=Risk.DESTROYS,
    warn=warn,
    iam=("s3:ListBucketVersions", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:AbortMultipartUpload"),
)
def empty(item: Item, values: Mapping[str, Any]) -> Steps:
    yield from steps(item.id)
