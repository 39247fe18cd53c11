"""A bucket's tags."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.cards import Shown
from apps.catalog.fields import Rows
from apps.catalog.items import Item
from apps.catalog.plans import Steps
from apps.services.s3.buckets import bucket, setting
from apps.services.s3.properties import TagForm, check_keys
from apps.services.s3.sheets import PROPERTIES

PART = "Tags"
MOST = 50
_SYSTEM = "aws:"  # AWS's own, such as CloudFormation's: a write without them is refused


class BucketTagsForm(forms.Form):
    tags = Rows(
        TagForm,
        most=MOST,
        required=False,
        label=_("Tags"),
        add=_("Add tag"),
        tags=True,
        help_text=_("50 at most."),
    )

    def clean_tags(self) -> list[dict[str, str]]:
        rows: list[dict[str, str]] = self.cleaned_data["tags"] or []
        check_keys(rows)
        return rows


def _now_set(item: Item) -> list[dict[str, str]]:
    return list(item.attrs.get(PART) or ())


def _own(item: Item) -> list[dict[str, str]]:
    return [tag for tag in _now_set(item) if not tag["Key"].startswith(_SYSTEM)]


@bucket.action(
    _("Edit tags"),
    verb="tag",
    submit=_("Save"),
    icon="tag",
    form=BucketTagsForm,
    facts=(PART,),
    like=lambda item: {"tags": [{"key": tag["Key"], "value": tag["Value"]} for tag in _own(item)]},
    iam="s3:PutBucketTagging",
    help=_("These take the place of the tags that are there. Tags that AWS itself set stay."),
    example={"tags": [{"key": "owner", "value": "data"}]},
)
def tag(item: Item, values: Mapping[str, Any]) -> Steps:
    tags = [{"Key": row["key"], "Value": row["value"]} for row in values["tags"]]
    own = _own(item)
    if {each["Key"]: each["Value"] for each in tags} == {each["Key"]: each["Value"] for each in own}:
        return
    title, what = _now("Set the tags of %(name)s") % {"name": item.id}, _("The tags")
    tags += [each for each in _now_set(item) if each not in own]
    if tags:
        yield setting(item, PART, "s3.put_bucket_tagging", title=title, what=what, Tagging={"TagSet": tags})
    else:
        yield setting(item, PART, "s3.delete_bucket_tagging", title=title, what=what)


@bucket.card(PROPERTIES, _("Tags"), part=PART, verbs=("tag",), empty=_("None."), rank=30)
def card(item: Item) -> Shown:
    rows = [(tag["Key"], tag["Value"]) for tag in _now_set(item)]
    return Shown(heads=[_now("Key"), _now("Value")], rows=rows)
