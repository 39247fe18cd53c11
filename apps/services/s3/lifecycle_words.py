"""Lifecycle rules in words, whatever AWS answers of them."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

Rule = Mapping[str, Any]


def which(rule: Rule) -> list[str]:
    """Which objects it is for."""
    filter = rule.get("Filter") or {"Prefix": rule.get("Prefix")}
    both = filter.get("And") or filter
    tags = [*(both.get("Tags") or ()), *([filter["Tag"]] if filter.get("Tag") else ())]
    found = [_("begins with %(prefix)s") % {"prefix": both["Prefix"]}] if both.get("Prefix") else []
    found += [f"{tag.get('Key')}={tag.get('Value')}" for tag in tags]
    if both.get("ObjectSizeGreaterThan") is not None:
        found.append(_("larger than %(size)s bytes") % {"size": f"{both['ObjectSizeGreaterThan']:,}"})
    if both.get("ObjectSizeLessThan") is not None:
        found.append(_("smaller than %(size)s bytes") % {"size": f"{both['ObjectSizeLessThan']:,}"})
    return found or [_("all")]


def what(rule: Rule) -> list[str]:
    """What it does."""
    return list(_what(rule))


def _what(rule: Rule) -> Iterator[str]:
    for move in rule.get("Transitions") or ():
        yield _("to %(class)s %(when)s") % {"class": move.get("StorageClass"), "when": _when(move)}
    expiration = rule.get("Expiration") or {}
    if expiration.get("Days") is not None or expiration.get("Date"):
        yield _("deleted %(when)s") % {"when": _when(expiration)}
    if expiration.get("ExpiredObjectDeleteMarker"):
        yield _("delete markers without versions go")
    for move in rule.get("NoncurrentVersionTransitions") or ():
        said = {"class": move.get("StorageClass"), "when": _after(move.get("NoncurrentDays")), "kept": _newer(move)}
        yield _("earlier versions to %(class)s %(when)s%(kept)s") % said
    if old := rule.get("NoncurrentVersionExpiration"):
        said = {"when": _after(old.get("NoncurrentDays")), "kept": _newer(old)}
        yield _("earlier versions deleted %(when)s%(kept)s") % said
    if days := (rule.get("AbortIncompleteMultipartUpload") or {}).get("DaysAfterInitiation"):
        yield _("unfinished uploads aborted %(when)s") % {"when": _after(days)}


def _when(part: Rule) -> str:
    if part.get("Date"):
        return _("on %(date)s") % {"date": str(part["Date"]).removesuffix("T00:00:00Z")}
    return _after(part.get("Days"))


def _after(days: Any) -> str:
    count = int(days or 0)
    return ngettext("after %(count)d day", "after %(count)d days", count) % {"count": count}


def _newer(part: Rule) -> str:
    kept = part.get("NewerNoncurrentVersions")
    return _(", but for the newest %(count)d") % {"count": kept} if kept else ""
