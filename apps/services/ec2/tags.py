"""Tags as people enter them and as EC2's calls take them."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.catalog.fields import Rows
from apps.catalog.plans import OPERATION_TAG


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
    """The rows as EC2's list of Key and Value, with the Name tag first when there is a name."""
    tags = [{"Key": row["key"], "Value": row["value"]} for row in rows]
    return ([{"Key": "Name", "Value": name}] if name else []) + tags


def specification(kind: str, tags: list[dict[str, str]]) -> dict[str, Any]:
    """A TagSpecification that also carries the operation's id, by which an unanswered call is found again."""
    return {"ResourceType": kind, "Tags": [*tags, OPERATION_TAG]}
