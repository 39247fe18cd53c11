"""Server access logging: S3 writes each request to a bucket into files in another."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.cards import Shown
from apps.catalog.fields import Ref
from apps.catalog.items import Item
from apps.catalog.plans import Steps
from apps.services.s3.buckets import bucket, setting
from apps.services.s3.objects import LONGEST_KEY
from apps.services.s3.sheets import PROPERTIES

PART = "Logging"
_FORMATS = (
    ("", _("Time alone: prefix, time, a number")),
    ("EventTime", _("By account, Region, bucket and the day of the request")),
    ("DeliveryTime", _("By account, Region, bucket and the day of delivery")),
)


class LoggingForm(forms.Form):
    target = Ref(
        "s3.bucket",
        label=_("Bucket for the logs"),
        required=False,
        help_text=_("Left empty: no logs. It lies in the same account and Region. Its policy must let S3 write there."),
    )
    log_prefix = forms.CharField(
        label=_("Prefix"), required=False, max_length=LONGEST_KEY - 200, strip=False, help_text=_("Such as logs/.")
    )
    names = forms.ChoiceField(
        label=_("Names of the files"),
        choices=_FORMATS,
        required=False,
        help_text=_("By day, queries over a span of time read only what belongs to it."),
    )

    items: tuple[Item, ...] = ()

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if not values.get("target"):
            for name, label in (("log_prefix", _now("Prefix")), ("names", _now("Names of the files"))):
                if values.get(name):
                    said = _now("%(label)s goes with a bucket for the logs only.")
                    self.add_error(name, said % {"label": label})
        return values


def _set_now(item: Item) -> Mapping[str, Any]:
    return item.attrs.get(PART) or {}


def like(item: Item) -> dict[str, Any]:
    """The form's fields from what is set."""
    now = _set_now(item)
    parted = (now.get("TargetObjectKeyFormat") or {}).get("PartitionedPrefix")
    names = "" if parted is None else parted.get("PartitionDateSource") or "DeliveryTime"
    return {"target": now.get("TargetBucket") or "", "log_prefix": now.get("TargetPrefix") or "", "names": names}


def _risks(item: Item, values: Mapping[str, Any]) -> Iterable[Any]:
    if values["target"] == item.id and _set_now(item).get("TargetBucket") != item.id:
        yield _now("The logs go to the bucket itself: writing them is logged, too, and so on without an end.")


@bucket.action(
    _("Edit logging"),
    verb="edit-logging",
    submit=_("Save"),
    icon="file-clock",
    form=LoggingForm,
    facts=(PART,),
    like=like,
    risks=_risks,
    iam="s3:PutBucketLogging",
    help=_("S3 writes each request to the bucket into files, some hours later and as well as it can."),
    example={"target": "acme-logs", "log_prefix": "uploads/"},
)
def edit_logging(item: Item, values: Mapping[str, Any]) -> Steps:
    if like(item) == {name: values[name] for name in ("target", "log_prefix", "names")}:
        return
    status: dict[str, Any] = {}
    if values["target"]:
        form = {"PartitionedPrefix": {"PartitionDateSource": values["names"]}} if values["names"] else None
        own = {"TargetBucket": values["target"], "TargetPrefix": values["log_prefix"], "TargetObjectKeyFormat": form}
        # Whom the log files are granted to, which the form doesn't show, stays as it is.
        status = {"LoggingEnabled": {**_set_now(item), **own}}
    yield setting(
        item,
        PART,
        "s3.put_bucket_logging",
        title=_now("Set the logging of %(name)s") % {"name": item.id},
        what=_("Logging"),
        BucketLoggingStatus=status,
    )


@bucket.card(
    PROPERTIES,
    _("Server access logging"),
    part=PART,
    verbs=("edit-logging",),
    help=_("S3 writes each request to the bucket into files in another."),
    empty=_("Off."),
    rank=50,
)
def card(item: Item) -> Shown:
    now = _set_now(item)
    if not now:
        return Shown()
    facts: list[tuple[str, Any]] = [
        (_now("Bucket for the logs"), now.get("TargetBucket")),
        (_now("Prefix"), now.get("TargetPrefix")),
        (_now("Names of the files"), str(dict(_FORMATS).get(like(item)["names"], ""))),
    ]
    if granted := now.get("TargetGrants"):
        facts.append((_now("Grants on the files"), len(granted)))
    return Shown(facts=facts)
