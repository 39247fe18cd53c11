"""Lifecycle rules as AWS has them and as rows of a form, there and back without losing anything. Pure functions.

Limits: Amazon S3 User Guide, "Lifecycle configuration elements" and "Transitioning objects using Amazon S3 Lifecycle".
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from apps.catalog.text import Text

Rule = Mapping[str, Any]
Row = Mapping[str, Any]

MOST_RULES = 1000
MOST_KEPT = 100  # newer versions that a rule can leave
_LEAST_STAY = 30  # days in STANDARD before, and in the infrequent classes after
# In the order in which objects may move; each only to one further on.
CLASSES = {
    "to_standard_ia": "STANDARD_IA",
    "to_intelligent_tiering": "INTELLIGENT_TIERING",
    "to_onezone_ia": "ONEZONE_IA",
    "to_glacier_ir": "GLACIER_IR",
    "to_glacier": "GLACIER",
    "to_deep_archive": "DEEP_ARCHIVE",
}
_INFREQUENT = {"STANDARD_IA", "ONEZONE_IA"}
_MIDNIGHT = "T00:00:00Z"


def row_of(rule: Rule) -> dict[str, Any] | None:
    """The rule as a row. None where the row would not say all of it: such a rule can't be edited by the form."""
    filter = rule.get("Filter") or ({"Prefix": rule["Prefix"]} if rule.get("Prefix") else {})
    both = filter.get("And") or filter
    tags = [*(both.get("Tags") or ()), *([filter["Tag"]] if filter.get("Tag") else ())]
    expiration, old = rule.get("Expiration") or {}, rule.get("NoncurrentVersionExpiration") or {}
    row = {
        "id": rule.get("ID") or "",
        "enabled": rule.get("Status") == "Enabled",
        "begins": both.get("Prefix") or "",
        "tags": "\n".join(f"{tag['Key']}={tag['Value']}" for tag in tags),
        "larger_than": both.get("ObjectSizeGreaterThan"),
        "smaller_than": both.get("ObjectSizeLessThan"),
        **_moves(rule.get("Transitions"), "", "Days"),
        "expire_days": expiration.get("Days"),
        "expire_on": str(expiration.get("Date") or "").removesuffix(_MIDNIGHT),
        "expire_markers": bool(expiration.get("ExpiredObjectDeleteMarker")),
        **_moves(rule.get("NoncurrentVersionTransitions"), "old_", "NoncurrentDays"),
        "old_expire_days": old.get("NoncurrentDays"),
        "old_kept": old.get("NewerNoncurrentVersions"),
        "abort_days": (rule.get("AbortIncompleteMultipartUpload") or {}).get("DaysAfterInitiation"),
    }
    return row if key(rule_of(row)) == key(rule) else None


def rule_of(row: Row) -> dict[str, Any]:
    """The rule that a row says."""
    rule: dict[str, Any] = {"ID": row["id"]} if row["id"] else {}
    rule |= {"Filter": _filter(row), "Status": "Enabled" if row["enabled"] else "Disabled"}
    moves = [{"Days": row[field], "StorageClass": to} for field, to in CLASSES.items() if row[field] is not None]
    olds = {f"old_{field}": to for field, to in CLASSES.items()}
    old_moves = [
        {"NoncurrentDays": row[field], "StorageClass": to} for field, to in olds.items() if row[field] is not None
    ]
    expiration = {"Days": row["expire_days"], "Date": row["expire_on"] and f"{row['expire_on']}{_MIDNIGHT}"}
    expiration["ExpiredObjectDeleteMarker"] = row["expire_markers"] or None
    old = {"NoncurrentDays": row["old_expire_days"], "NewerNoncurrentVersions": row["old_kept"]}
    parts = {
        "Transitions": moves,
        "Expiration": _given(expiration),
        "NoncurrentVersionTransitions": old_moves,
        "NoncurrentVersionExpiration": _given(old),
        "AbortIncompleteMultipartUpload": _given({"DaysAfterInitiation": row["abort_days"]}),
    }
    return rule | {name: part for name, part in parts.items() if part}


def combined(now: Sequence[Rule], rows: Iterable[Row]) -> list[Rule]:
    """What is to be set: each row's rule, in AWS's own words where it is so already, and the rules that can't be rows.

    AWS takes no rules of the old kind (`Prefix` without `Filter`) beside others: these become others where need be.
    """
    known = {key(rule): rule for rule in now}
    rules = [known.get(key(made), made) for made in map(rule_of, rows)]
    rules += [rule for rule in now if row_of(rule) is None]
    if any("Filter" in rule for rule in rules):
        rules = [_renewed(rule) for rule in rules]
    return rules


def key(rule: Rule) -> str:
    """The same text for rules that mean the same."""
    filter = rule.get("Filter") or {"Prefix": rule.get("Prefix") or ""}
    both = filter.get("And") or filter
    tags = [*(both.get("Tags") or ()), *([filter["Tag"]] if filter.get("Tag") else ())]
    rest = {name: part for name, part in both.items() if name not in ("Tags", "Tag", "Prefix")}
    meant = {name: part for name, part in rule.items() if name not in ("Filter", "Prefix") and part not in ({}, [])}
    for name in ("Transitions", "NoncurrentVersionTransitions"):
        meant[name] = sorted(_text(move) for move in rule.get(name) or ())
    if meant.get("Expiration", {}).get("ExpiredObjectDeleteMarker") is False:
        meant["Expiration"] = {k: v for k, v in meant["Expiration"].items() if k != "ExpiredObjectDeleteMarker"}
    meant["filter"] = [both.get("Prefix") or "", sorted(_text(tag) for tag in tags), rest]
    return _text(meant)


def same(one: Iterable[Rule], other: Iterable[Rule]) -> bool:
    """Whether they mean the same, in whichever order."""
    return sorted(map(key, one)) == sorted(map(key, other))


def problems(row: Row) -> Iterable[tuple[str, Text]]:
    """What AWS would refuse, by field."""
    moves, olds = _days(row, ""), _days(row, "old_")
    yield from _wrong_moves(row, "")
    yield from _wrong_moves(row, "old_")
    ways = [name for name in ("expire_days", "expire_on", "expire_markers") if row[name] not in (None, "", False)]
    if len(ways) > 1:
        yield ways[1], _("An expiry is by days, by date or of delete markers alone: one of the three.")
    if row["expire_days"] is not None and moves and row["expire_days"] <= max(moves.values()):
        said = _("Objects move after %(moved)d days; they can expire after that only, not after %(days)d.")
        yield "expire_days", said % {"moved": max(moves.values()), "days": row["expire_days"]}
    if row["old_expire_days"] is not None and olds and row["old_expire_days"] <= max(olds.values()):
        said = _("Earlier versions move after %(moved)d days; they can expire after that only, not after %(days)d.")
        yield "old_expire_days", said % {"moved": max(olds.values()), "days": row["old_expire_days"]}
    if row["old_kept"] is not None and row["old_expire_days"] is None:
        yield "old_expire_days", _("Say after how many days those expire that are not kept.")
    if row["tags"] and row["expire_markers"]:
        yield "expire_markers", _("Delete markers have no tags: this doesn't go with a filter by tags.")
    if (row["tags"] or row["larger_than"] is not None or row["smaller_than"] is not None) and row["abort_days"]:
        yield "abort_days", _("Unfinished uploads have no tags and no size: this doesn't go with filters by these.")
    least, most = row["larger_than"], row["smaller_than"]
    if least is not None and most is not None and most <= least + 1:
        said = _("Nothing is larger than %(least)d and smaller than %(most)d bytes.")
        yield "smaller_than", said % {"least": least, "most": most}
    done = {"Filter", "Status", "ID"}
    if not rule_of(row).keys() - done:
        yield "__all__", _("A rule does something: a move, an expiry, or the end of unfinished uploads.")


def _wrong_moves(row: Row, old: str) -> Iterable[tuple[str, Text]]:
    before: tuple[str, int] | None = None
    for field, days in _days(row, old).items():
        to = CLASSES[field.removeprefix("old_")]
        if to in _INFREQUENT and days < _LEAST_STAY:
            said = _("%(class)s takes objects after %(least)d days at the earliest, not after %(days)d.")
            yield field, said % {"class": to, "least": _LEAST_STAY, "days": days}
        elif before:
            least = before[1] + (_LEAST_STAY if before[0] in _INFREQUENT else 1)
            if days < least:
                said = _(
                    "After %(before)s on day %(day)d, %(class)s follows on day %(least)d at the earliest, not %(days)d."
                )
                named = {"before": before[0], "day": before[1], "class": to, "least": least, "days": days}
                yield field, said % named
        before = (to, days)


def _days(row: Row, old: str) -> dict[str, int]:
    return {f"{old}{field}": row[f"{old}{field}"] for field in CLASSES if row[f"{old}{field}"] is not None}


def _moves(transitions: Any, old: str, name: str) -> dict[str, Any]:
    found = {move.get("StorageClass"): move.get(name) for move in transitions or ()}
    return {f"{old}{field}": found.get(to) for field, to in CLASSES.items()}


def _filter(row: Row) -> dict[str, Any]:
    tags = [dict(zip(("Key", "Value"), line.split("=", 1), strict=True)) for line in row["tags"].splitlines() if line]
    size = {"ObjectSizeGreaterThan": row["larger_than"], "ObjectSizeLessThan": row["smaller_than"]}
    single = _given({"Prefix": row["begins"] or None} | size)
    if len(single) + len(tags) > 1:
        return {"And": single | ({"Tags": tags} if tags else {})}
    return single or ({"Tag": tags[0]} if tags else {"Prefix": ""})


def _renewed(rule: Rule) -> Rule:
    if "Filter" in rule:
        return rule
    rest = {name: part for name, part in rule.items() if name != "Prefix"}
    return rest | {"Filter": {"Prefix": rule.get("Prefix") or ""}}


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in (None, "")}


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)
