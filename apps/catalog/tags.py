"""Tags as people enter them, and the action that edits a kind's: which calls write and remove them, a service says."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.catalog.fields import Rows
from apps.catalog.items import Item
from apps.catalog.plans import OPERATION_TAG, Step, Steps
from apps.catalog.resources import Resource


class TagForm(forms.Form):
    """One tag. Limits: Amazon EC2 User Guide, "Tag restrictions"; the key's 127 leaves room as AWS's console does."""

    key = forms.CharField(label=_("Key"), max_length=127)
    value = forms.CharField(label=_("Value"), max_length=256, required=False)

    def clean_key(self) -> str:
        key: str = self.cleaned_data["key"]
        if key.lower().startswith("aws:"):
            raise forms.ValidationError(
                _("A tag key can't start with aws:, which is reserved; this one is %(key)s.") % {"key": key}
            )
        return key


def tag_rows(**kwargs: Any) -> Rows:
    """A Rows field of tags, 50 at most."""
    return Rows(TagForm, most=50, label=_("Tags"), add=_("Add tag"), **kwargs)


def check_unique(rows: Iterable[Mapping[str, str]]) -> None:
    """Raises ValidationError naming a key that stands twice."""
    seen: set[str] = set()
    for row in rows:
        if row["key"] in seen:
            raise forms.ValidationError(_("The tag key %(key)s stands twice.") % {"key": row["key"]})
        seen.add(row["key"])


def as_aws(rows: Iterable[Mapping[str, str]], name: str = "") -> list[dict[str, str]]:
    """The rows as AWS's list of Key and Value, with the Name tag first when there is a name."""
    tags = [{"Key": row["key"], "Value": row["value"]} for row in rows]
    return ([{"Key": "Name", "Value": name}] if name else []) + tags


class EditTagsForm(forms.Form):
    """A page lists all tags and removes those that were taken out; a script that names one tag means that one."""

    stated = frozenset({"replace"})

    tags = tag_rows()
    replace = forms.BooleanField(
        label=_("Remove tags that are not listed"),
        required=False,
        help_text=_("Otherwise these tags are added or changed and others stay."),
    )

    def clean_tags(self) -> list[dict[str, str]]:
        tags: list[dict[str, str]] = self.cleaned_data["tags"]
        check_unique(tags)
        return tags

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if not values.get("tags") and not values.get("replace") and "tags" not in self.errors:
            raise forms.ValidationError(_("Add a tag, or choose to remove those that are not listed."))
        return values


def reserved(key: str) -> bool:
    """Whether a tag is nobody's to write: AWS's own, and the one by which an operation finds what it made."""
    return key.lower().startswith("aws:") or key == OPERATION_TAG["Key"]


def shown(item: Item) -> list[dict[str, str]]:
    """An item's tags as rows, without reserved ones."""
    return [{"key": key, "value": value} for key, value in item.tags.items() if not reserved(key)]


Write = Callable[[Item, list[dict[str, str]]], Step]
Remove = Callable[[Item, Sequence[str]], Step]


def editable(resource: Resource, *, iam: tuple[str, ...], write: Write, remove: Remove) -> None:
    """Declares the action that edits the tags of a kind. `write(item, tags)` makes the step that sets tags (a list of
    Key and Value) beside those that are there, `remove(item, keys)` the step that takes some away."""

    def edit(item: Item, values: dict[str, Any]) -> Steps:
        wanted = {row["key"]: row["value"] for row in values["tags"]}
        changed = [{"Key": key, "Value": value} for key, value in wanted.items() if item.tags.get(key) != value]
        before = [{"Key": each["Key"], "Value": item.tags[each["Key"]]} for each in changed if each["Key"] in item.tags]
        gone = [key for key in item.tags if key not in wanted and not reserved(key)]
        if changed:
            step = write(item, changed)
            if before:
                step.undo = back = write(item, before)
                back.title = _("Write the tags back")
            yield step
        if gone and values["replace"]:
            yield remove(item, gone)

    resource.action(
        _("Edit tags"),
        verb="tag",
        icon="tag",
        form=EditTagsForm,
        iam=iam,
        like=lambda item: {"tags": shown(item), "replace": True},
        example={"tags": [{"key": "env", "value": "prod"}], "replace": True},
    )(edit)
