"""Objects: what lies in a bucket. They are read as they are looked at; no inventory could hold them."""

from django.utils.translation import gettext_lazy as _

from apps.catalog.resources import Call, Column, Resource
from apps.services.s3 import STORAGE

s3_object = Resource(
    kind="s3.object",
    within="s3.bucket",
    label=_("Object"),
    plural=_("Objects"),
    group=STORAGE,
    icon="file",
    scope="global",
    read=Call("list_objects_v2", "Contents[]", params={"Bucket": "example"}),
    id="Key",
    name="Key",
    tags="",
    columns=(
        Column(_("Size"), "Size", unit="B", number=True),
        Column(_("Last modified"), "LastModified", time=True),
        Column(_("Storage class"), "StorageClass", facet=True),
        Column(_("ETag"), "ETag", hidden=True),
    ),
    example={"Key": "reports/2026/october.csv", "Size": 48_213, "LastModified": "2026-10-31T23:00:00Z"},
)
