"""Amazon S3: buckets, and the objects in them."""

from django.utils.translation import gettext_lazy as _

from apps.catalog.service import Service

STORAGE = _("Storage")

s3 = Service(
    name="s3",
    label="S3",
    title=_("Object storage"),
    icon="database",
    tile="storage",
    command="s3api",
    groups=(STORAGE,),
)
