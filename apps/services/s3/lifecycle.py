"""Lifecycle rules: what becomes of objects as they grow old."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.cards import Shown
from apps.catalog.fields import Rows
from apps.catalog.items import Item
from apps.catalog.plans import Steps
from apps.catalog.text import Text
from apps.services.s3 import lifecycle_rules as rules
from apps.services.s3 import lifecycle_words
from apps.services.s3.buckets import bucket, setting
from apps.services.s3.sheets import PROPERTIES

PART = "Lifecycle"
_MOST_DAYS = 2**31 - 1
_LARGEST = 50 * 2**40  # bytes of an object


def _days(label: Text, least: int = 0) -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, min_value=least, max_value=_MOST_DAYS)


class RuleForm(forms.Form):
    id = forms.CharField(label=_("Name"), required=False, max_length=255)
    enabled = forms.BooleanField(label=_("On"), required=False, initial=True)

    begins = forms.CharField(label=_("Name begins with"), required=False, max_length=1024, strip=False)
    tags = forms.CharField(
        label=_("Tags"),
        required=False,
        max_length=4096,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("All of them: key=value, each on a line of its own."),
    )
    larger_than = forms.IntegerField(label=_("Larger than, bytes"), required=False, min_value=0, max_value=_LARGEST)
    smaller_than = forms.IntegerField(label=_("Smaller than, bytes"), required=False, min_value=1, max_value=_LARGEST)

    to_standard_ia = _days("STANDARD_IA")
    to_intelligent_tiering = _days("INTELLIGENT_TIERING")
    to_onezone_ia = _days("ONEZONE_IA")
    to_glacier_ir = _days("GLACIER_IR")
    to_glacier = _days("GLACIER")
    to_deep_archive = _days("DEEP_ARCHIVE")

    expire_days = _days(_("After days"), 1)
    expire_on = forms.DateField(
        label=_("On a date"), required=False, input_formats=["%Y-%m-%d"], help_text=_("As 2027-01-31, at midnight UTC.")
    )
    expire_markers = forms.BooleanField(label=_("Delete markers under which no version is left"), required=False)

    old_to_standard_ia = _days("STANDARD_IA")
    old_to_intelligent_tiering = _days("INTELLIGENT_TIERING")
    old_to_onezone_ia = _days("ONEZONE_IA")
    old_to_glacier_ir = _days("GLACIER_IR")
    old_to_glacier = _days("GLACIER")
    old_to_deep_archive = _days("DEEP_ARCHIVE")

    old_expire_days = _days(_("After days"), 1)
    old_kept = forms.IntegerField(
        label=_("But keep the newest"), required=False, min_value=1, max_value=rules.MOST_KEPT
    )

    abort_days = _days(_("After days"), 1)

    groups = (
        ("", ("id", "enabled")),
        (_("Which objects"), ("begins", "tags", "larger_than", "smaller_than")),
        (_("Move objects, days after they were made"), tuple(rules.CLASSES)),
        (_("Delete objects"), ("expire_days", "expire_on", "expire_markers")),
        (_("Move earlier versions, days after they were replaced"), tuple(f"old_{name}" for name in rules.CLASSES)),
        (_("Delete earlier versions"), ("old_expire_days", "old_kept")),
        (_("Abort unfinished uploads"), ("abort_days",)),
    )

    def clean_tags(self) -> str:
        lines = [line.strip() for line in self.cleaned_data["tags"].splitlines() if line.strip()]
        for line in lines:
            name, sign, _value = line.partition("=")
            if not name or not sign:
                raise forms.ValidationError(_now("A tag is key=value; this is “%(line)s”.") % {"line": line})
        return "\n".join(lines)

    def clean_expire_on(self) -> str:
        day = self.cleaned_data["expire_on"]
        return day.isoformat() if day else ""

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if not self.errors:
            for field, text in list(rules.problems(values)):  # what has an error leaves the values
                self.add_error(None if field == "__all__" else field, str(text))
        return values


class RulesForm(forms.Form):
    rules = Rows(
        RuleForm,
        most=rules.MOST_RULES,
        required=False,
        label=_("Rules"),
        add=_("Add rule"),
        help_text=_("S3 applies them once a day, also to objects that are there already."),
    )

    items: tuple[Item, ...] = ()

    def clean_rules(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.cleaned_data["rules"] or []
        for item in self.items or (None,):
            kept = _kept(item) if item else []
            names = [row["id"] for row in rows if row["id"]] + [rule.get("ID") for rule in kept]
            for name in names:
                if name and names.count(name) > 1:
                    raise forms.ValidationError(_now("The name %(name)s stands twice.") % {"name": name})
            if (count := len(rows) + len(kept)) > rules.MOST_RULES:
                said = _now("At most %(most)d rules; with those that stay these are %(count)d.")
                raise forms.ValidationError(said % {"most": rules.MOST_RULES, "count": count})
        return rows


def _set_now(item: Item) -> list[dict[str, Any]]:
    return list((item.attrs.get(PART) or {}).get("Rules") or ())


def _kept(item: Item) -> list[dict[str, Any]]:
    """The rules that say more than the form can."""
    return [rule for rule in _set_now(item) if rules.row_of(rule) is None]


def _like(item: Item) -> dict[str, Any]:
    return {"rules": [row for row in map(rules.row_of, _set_now(item)) if row is not None]}


def _warn(item: Item) -> Iterator[Text]:
    if kept := _kept(item):
        names = ", ".join(rule.get("ID") or "–" for rule in kept)
        said = _now("Rules of %(name)s that say more than this form can stay as they are: %(rules)s.")
        yield said % {"name": item.id, "rules": names}


def _risks(item: Item, values: Mapping[str, Any]) -> Iterable[Text]:
    """What is deleted by a rule that is new, changed or switched on."""
    known = {rules.key(rule) for rule in _set_now(item) if rule.get("Status") == "Enabled"}
    for row in values["rules"]:
        if not row["enabled"] or rules.key(rules.rule_of(row)) in known:
            continue
        said = {"rule": row["id"] or _now("A new rule"), "days": row["expire_days"], "day": row["expire_on"]}
        if row["expire_days"]:
            yield _now("%(rule)s deletes objects %(days)d days old, those too that are there already.") % said
        elif row["expire_on"]:
            yield _now("%(rule)s deletes from %(day)s on all objects that it is for.") % said
        if row["old_expire_days"]:
            text = _now("%(rule)s deletes versions for good %(days)d days after they were replaced.")
            yield text % {**said, "days": row["old_expire_days"]}


@bucket.action(
    _("Edit lifecycle rules"),
    verb="edit-lifecycle",
    submit=_("Save"),
    icon="timer",
    form=RulesForm,
    facts=(PART,),
    like=_like,
    warn=_warn,
    risks=_risks,
    iam="s3:PutLifecycleConfiguration",
    help=_("What becomes of objects as they grow old: they move to cheaper classes, or go."),
    example={"rules": [{"id": "old", "begins": "logs/", "to_standard_ia": 30, "expire_days": 365}]},
)
def edit_lifecycle(item: Item, values: Mapping[str, Any]) -> Steps:
    now, what = _set_now(item), _("The lifecycle rules")
    wanted = rules.combined(now, values["rules"])
    if rules.same(now, wanted):
        return
    if not wanted:
        title = _now("Delete the lifecycle rules of %(name)s") % {"name": item.id}
        yield setting(item, PART, "s3.delete_bucket_lifecycle", title=title, what=what)
        return
    yield setting(
        item,
        PART,
        "s3.put_bucket_lifecycle_configuration",
        title=_now("Set the lifecycle rules of %(name)s") % {"name": item.id},
        what=what,
        LifecycleConfiguration={"Rules": wanted},
        # Left out, it would become AWS's default.
        TransitionDefaultMinimumObjectSize=(item.attrs.get(PART) or {}).get("TransitionDefaultMinimumObjectSize"),
    )


@bucket.card(
    PROPERTIES,
    _("Lifecycle rules"),
    part=PART,
    verbs=("edit-lifecycle",),
    help=_("What becomes of objects as they grow old: they move to cheaper classes, or go."),
    empty=_("None: objects stay as they are until somebody deletes them."),
    rank=40,
)
def card(item: Item) -> Shown:
    heads = [_now("Rule"), _now("On"), _now("Which objects"), _now("What becomes of them")]
    rows = [
        (rule.get("ID"), rule.get("Status") == "Enabled", lifecycle_words.which(rule), lifecycle_words.what(rule))
        for rule in _set_now(item)
    ]
    return Shown(heads=heads, rows=rows)
