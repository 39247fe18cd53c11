"""Event notifications and Object Lock, shown only."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.catalog.cards import Shown
from apps.catalog.items import Item
from apps.services.s3.buckets import bucket
from apps.services.s3.sheets import PROPERTIES

_TARGETS = (
    ("QueueConfigurations", "QueueArn", _("SQS queue")),
    ("TopicConfigurations", "TopicArn", _("SNS topic")),
    ("LambdaFunctionConfigurations", "LambdaFunctionArn", _("Lambda function")),
)


def _lines(found: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    for key, arn, label in _TARGETS:
        for each in found.get(key) or ():
            rules = ((each.get("Filter") or {}).get("Key") or {}).get("FilterRules") or ()
            filters = [_filter(rule) for rule in rules]
            yield str(label), each.get(arn), each.get("Events"), filters or _now("all")
    if found.get("EventBridgeConfiguration") is not None:
        yield "EventBridge", _now("The account's default bus"), _now("all"), _now("all")


def _filter(rule: Mapping[str, Any]) -> str:
    words = {"prefix": _now("begins with %(text)s"), "suffix": _now("ends with %(text)s")}
    name = str(rule.get("Name") or "").lower()
    return words.get(name, f"{name} %(text)s") % {"text": rule.get("Value")}


@bucket.card(
    PROPERTIES,
    _("Event notifications"),
    part="Notifications",
    help=_("Whom S3 tells when something happens to objects."),
    empty=_("None: nobody is told."),
    rank=60,
)
def notifications(item: Item) -> Shown:
    heads = [_now("Kind"), _now("Target"), _now("Events"), _now("Which objects")]
    return Shown(heads=heads, rows=list(_lines(item.attrs.get("Notifications") or {})))


@bucket.card(
    PROPERTIES,
    _("Object Lock"),
    part="ObjectLock",
    help=_("Protects versions from being deleted. Once on, it is never off."),
    empty=_("Off."),
    rank=70,
)
def object_lock(item: Item) -> Shown:
    found = (item.attrs.get("ObjectLock") or {}).get("ObjectLockConfiguration") or {}
    if found.get("ObjectLockEnabled") != "Enabled":
        return Shown()
    kept = (found.get("Rule") or {}).get("DefaultRetention")
    if not kept:
        return Shown(words=[_now("On, without a retention of new versions.")], tone="ok")
    days, years = kept.get("Days"), kept.get("Years")
    if days:
        span = ngettext("%(count)d day", "%(count)d days", days) % {"count": days}
    else:
        span = ngettext("%(count)d year", "%(count)d years", years or 0) % {"count": years or 0}
    facts = [(_now("Retention of new versions"), span), (_now("Mode"), kept.get("Mode"))]
    return Shown(words=[_now("On.")], tone="ok", facts=facts)
