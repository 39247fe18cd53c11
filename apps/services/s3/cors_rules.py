"""Editing cross-origin rules, and the one that uploads from the panel need."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.cards import Shown
from apps.catalog.fields import Rows
from apps.catalog.items import Item
from apps.catalog.plans import Steps
from apps.services.s3 import cors
from apps.services.s3.buckets import bucket, setting
from apps.services.s3.lists import Words, joined
from apps.services.s3.sheets import PERMISSIONS

PART = "Cors"
_LONGEST_ID = 255
_FIELDS = {
    "origins": "AllowedOrigins",
    "methods": "AllowedMethods",
    "headers": "AllowedHeaders",
    "exposes": "ExposeHeaders",
    "max_age": "MaxAgeSeconds",
    "id": "ID",
}


def _one_star(texts: Iterable[str]) -> list[str]:
    texts = list(texts)
    for text in texts:
        if text.count("*") > 1:
            raise forms.ValidationError(
                _now("At most one * in each; “%(text)s” has %(count)d.") % {"text": text, "count": text.count("*")}
            )
    return texts


class RuleForm(forms.Form):
    origins = Words(
        label=_("Origins"),
        max_length=8192,
        help_text=_("Such as https://app.example.com, each on a line of its own. One * in each stands for anything."),
    )
    methods = forms.MultipleChoiceField(
        label=_("Methods"),
        choices=[(method, method) for method in cors.METHODS],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose one method or more.")},
    )
    headers = Words(
        label=_("Headers that pages may send"), required=False, max_length=8192, help_text=_("* stands for all.")
    )
    exposes = Words(label=_("Headers that pages may read"), required=False, max_length=8192)
    max_age = forms.IntegerField(
        label=_("Seconds that browsers may keep the answer"), required=False, min_value=0, max_value=2**31 - 1
    )
    id = forms.CharField(label=_("Name"), required=False, max_length=_LONGEST_ID)

    def clean_origins(self) -> list[str]:
        return _one_star(self.cleaned_data["origins"])

    def clean_headers(self) -> list[str]:
        return _one_star(self.cleaned_data["headers"])

    def clean_exposes(self) -> list[str]:
        for text in self.cleaned_data["exposes"]:
            if "*" in text:
                raise forms.ValidationError(_now("Name each header; * stands for none here."))
        exposes: list[str] = self.cleaned_data["exposes"]
        return exposes


class RulesForm(forms.Form):
    rules = Rows(
        RuleForm,
        most=cors.MOST_RULES,
        required=False,
        label=_("Rules"),
        add=_("Add rule"),
        help_text=_("The first that fits a request decides. Without any, no page of another origin gets in."),
    )

    items: tuple[Item, ...] = ()

    def clean_rules(self) -> list[dict[str, Any]]:
        rules: list[dict[str, Any]] = self.cleaned_data["rules"] or []
        ids = [rule["id"] for rule in rules if rule["id"]]
        for id in ids:
            if ids.count(id) > 1:
                raise forms.ValidationError(_now("The name %(name)s stands twice.") % {"name": id})
        return rules

    def clean(self) -> dict[str, Any]:
        for item in self.items:
            if strange := sorted({key for rule in set_now(item) for key in rule if key not in _FIELDS.values()}):
                said = _now("%(name)s has rules with what this form can't keep: %(keys)s.")
                self.add_error(None, said % {"name": item.id, "keys": ", ".join(strange)})
        return self.cleaned_data


def set_now(item: Item) -> list[dict[str, Any]]:
    return list(item.attrs.get(PART) or ())


def _row(rule: Mapping[str, Any]) -> dict[str, Any]:
    row = {field: rule.get(aws) for field, aws in _FIELDS.items()}
    return row | {name: joined(row[name]) for name in ("origins", "headers", "exposes")} | {"id": row["id"] or ""}


def _rule(row: Mapping[str, Any]) -> dict[str, Any]:
    return {aws: row[field] for field, aws in _FIELDS.items() if row.get(field) not in (None, "", [])}


def _meaning(rule: Mapping[str, Any]) -> str:
    """The same text for rules that mean the same: the order of methods says nothing."""
    given = {key: value for key, value in rule.items() if value not in ([], "")}
    return json.dumps({**given, "AllowedMethods": sorted(rule["AllowedMethods"])}, sort_keys=True)


@bucket.action(
    _("Edit cross-origin rules"),
    verb="edit-cors",
    submit=_("Save"),
    icon="globe",
    form=RulesForm,
    facts=(PART,),
    like=lambda item: {"rules": [_row(rule) for rule in set_now(item)]},
    iam="s3:PutBucketCORS",
    help=_("Which pages of other origins a browser lets talk to the bucket. They allow nothing by themselves."),
    example={"rules": [{"origins": "https://app.example.com", "methods": ["GET"]}]},
)
def edit_cors(item: Item, values: Mapping[str, Any]) -> Steps:
    title = _now("Set the cross-origin rules of %(name)s") % {"name": item.id}
    known = {_meaning(rule): rule for rule in set_now(item)}
    made = [_rule(row) for row in values["rules"]]
    yield from _written(item, [known.get(_meaning(rule), rule) for rule in made], title)


class OriginForm(forms.Form):
    origin = forms.CharField(
        label=_("Origin"), max_length=512, help_text=_("Of the panel's pages, such as https://panel.example.com.")
    )

    items: tuple[Item, ...] = ()

    def clean_origin(self) -> str:
        origin: str = self.cleaned_data["origin"].rstrip("/")
        if not cors.is_origin(origin):
            raise forms.ValidationError(
                _now("An origin is a scheme, a host and perhaps a port, as in https://panel.example.com.")
            )
        for item in self.items:
            if len(cors.merged(set_now(item), origin)) > cors.MOST_RULES:
                said = _now("%(name)s has %(count)d rules already, which is the most: delete one first.")
                raise forms.ValidationError(said % {"name": item.id, "count": cors.MOST_RULES})
        return origin


@bucket.action(
    _("Allow uploads from this panel"),
    verb="allow-uploads",
    submit=_("Allow uploads"),
    icon="cloud-upload",
    form=OriginForm,
    facts=(PART,),
    iam="s3:PutBucketCORS",
    help=_(
        "Adds a cross-origin rule, by which browsers let the panel's pages send files straight to the bucket."
        " The bucket's own rules stay as they are. Who may write is decided as before."
    ),
    example={"origin": "https://panel.example.com"},
)
def allow_uploads(item: Item, values: Mapping[str, Any]) -> Steps:
    rules = [dict(rule) for rule in cors.merged(set_now(item), values["origin"])]
    said = {"name": item.id, "origin": values["origin"]}
    yield from _written(item, rules, _now("Allow uploads to %(name)s from %(origin)s") % said)


def _written(item: Item, rules: list[dict[str, Any]], title: str) -> Steps:
    if rules == set_now(item):
        return
    what = _("The cross-origin rules")
    if rules:
        new = {"CORSRules": rules}
        yield setting(item, PART, "s3.put_bucket_cors", title=title, what=what, CORSConfiguration=new)
    else:
        title = _now("Delete the cross-origin rules of %(name)s") % {"name": item.id}
        yield setting(item, PART, "s3.delete_bucket_cors", title=title, what=what)


@bucket.card(
    PERMISSIONS,
    _("Cross-origin rules (CORS)"),
    part=PART,
    verbs=("edit-cors", "allow-uploads"),
    help=_("Which pages of other origins a browser lets talk to the bucket."),
    empty=_("None: no page of another origin gets in."),
    rank=50,
)
def card(item: Item) -> Shown:
    heads = [_now("Origins"), _now("Methods"), _now("Headers to send"), _now("Headers to read"), _now("Seconds kept")]
    names = ("AllowedOrigins", "AllowedMethods", "AllowedHeaders", "ExposeHeaders", "MaxAgeSeconds")
    return Shown(heads=heads, rows=[[rule.get(name) for name in names] for rule in set_now(item)])
