"""Tags as EC2's calls take them."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from django.utils.translation import ngettext

from apps.catalog import tags
from apps.catalog.items import Item
from apps.catalog.paths import getter
from apps.catalog.plans import OPERATION_TAG, Step
from apps.catalog.resources import Resource
from apps.catalog.tags import EditTagsForm as EditTagsForm
from apps.catalog.tags import TagForm as TagForm
from apps.catalog.tags import as_aws as as_aws
from apps.catalog.tags import check_unique as check_unique
from apps.catalog.tags import tag_rows as tag_rows


def specification(kind: str, tags: list[dict[str, str]]) -> dict[str, Any]:
    """A TagSpecification that also carries the operation's id, by which an unanswered call is found again."""
    return {"ResourceType": kind, "Tags": [*tags, OPERATION_TAG]}


def told_tags(params: Mapping[str, Any]) -> dict[str, str]:
    """The tags of what a call makes, as printed code has them: without our own there may be none."""
    found = (params.get("TagSpecifications") or [{}])[0].get("Tags") or ()
    return {each["Key"]: each["Value"] for each in found}


def by_operation() -> list[dict[str, Any]]:
    """Filters of a describing call: what carries the operation's tag."""
    return [{"Name": f"tag:{OPERATION_TAG['Key']}", "Values": [OPERATION_TAG["Value"]]}]


def taggable(resource: Resource, id: str = "") -> None:
    """Declares the action that edits the tags of a kind whose ids `ec2.create_tags` takes, or what stands at `id`."""
    write, remove = partial(_write, id=id), partial(_remove, id=id)
    tags.editable(resource, iam=("ec2:CreateTags", "ec2:DeleteTags"), write=write, remove=remove)


def _tagged(item: Item, id: str) -> str:
    return str(getter(id)(item.attrs)) if id else item.id


def _write(item: Item, changed: list[dict[str, str]], id: str) -> Step:
    return Step(
        "ec2.create_tags",
        title=ngettext("Write %(count)d tag", "Write %(count)d tags", len(changed)) % {"count": len(changed)},
        Resources=[_tagged(item, id)],
        Tags=changed,
        touches=[(item.kind, [item.id])],
    )


def _remove(item: Item, keys: Sequence[str], id: str) -> Step:
    return Step(
        "ec2.delete_tags",
        title=ngettext("Remove %(count)d tag", "Remove %(count)d tags", len(keys)) % {"count": len(keys)},
        Resources=[_tagged(item, id)],
        Tags=[{"Key": key} for key in keys],
        touches=[(item.kind, [item.id])],
    )
