"""What load balancers and target groups share: the rules of their names, their tags, and how they are found again."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.catalog import tags
from apps.catalog.items import Item
from apps.catalog.plans import OPERATION_TAG, Find, Step
from apps.catalog.resources import Part, Resource
from apps.catalog.scope import Scope

LONGEST = 32
_NAME = re.compile(r"[A-Za-z0-9-]+")


def name_field(label: Any, **kwargs: Any) -> forms.CharField:
    return forms.CharField(
        label=label, help_text=_("At most 32 letters, digits and hyphens. It can't be changed later."), **kwargs
    )


def check_name(name: str, kind: str, scope: Scope | None, *, internal: bool = False) -> None:
    """Raises ValidationError for a name that AWS refuses or that one of the kind has already. `internal` forbids the
    beginning internal-. CreateLoadBalancer and CreateTargetGroup, "Name"."""
    words = {"name": name, "limit": LONGEST, "count": len(name)}
    if len(name) > LONGEST:
        raise forms.ValidationError(_now("A name has at most %(limit)d characters; %(name)s has %(count)d.") % words)
    if not _NAME.fullmatch(name):
        raise forms.ValidationError(
            _now("Only letters, digits and hyphens are allowed in a name, not %(name)s.") % words
        )
    if name.startswith("-") or name.endswith("-"):
        raise forms.ValidationError(_now("A name can't begin or end with a hyphen; this one is %(name)s.") % words)
    if internal and name.lower().startswith("internal-"):
        raise forms.ValidationError(_now("A name can't begin with internal-; this one is %(name)s.") % words)
    if scope and any(item.name == name for item in scope.search(kind, name, 200)):
        raise forms.ValidationError(_now("%(name)s exists already in this account and Region.") % words)


def find(type: str, answer: str) -> Find:
    """By the operation's tag, in the shape of the making call's answer: `answer` is such as
    `LoadBalancers: [{LoadBalancerArn: ResourceARN}]`. `type` is `loadbalancer` or `targetgroup`."""
    wanted = [{"Key": OPERATION_TAG["Key"], "Values": [OPERATION_TAG["Value"]]}]
    return Find(
        "resourcegroupstaggingapi.get_resources",
        f"ResourceTagMappingList[0].{{{answer}}}",
        {"TagFilters": wanted, "ResourceTypeFilters": [f"elasticloadbalancing:{type}"]},
    )


def tag_part(arn: str) -> Part:
    """The tags, which a call of their own answers; `arn` is where the object has its ARN."""
    return Part("Tags", "describe_tags", lambda obj: {"ResourceArns": [obj[arn]]}, "TagDescriptions[0].Tags")


def taggable(resource: Resource) -> None:
    """Declares the action that edits the tags of a kind whose ids are ARNs."""
    tags.editable(
        resource,
        iam=("elasticloadbalancing:AddTags", "elasticloadbalancing:RemoveTags"),
        write=_write,
        remove=_remove,
    )


def _write(item: Item, changed: list[dict[str, str]]) -> Step:
    return Step(
        "elbv2.add_tags",
        title=ngettext("Write %(count)d tag", "Write %(count)d tags", len(changed)) % {"count": len(changed)},
        repeat="safe",
        ResourceArns=[item.id],
        Tags=changed,
        touches=[(item.kind, [item.id])],
    )


def _remove(item: Item, keys: Sequence[str]) -> Step:
    return Step(
        "elbv2.remove_tags",
        title=ngettext("Remove %(count)d tag", "Remove %(count)d tags", len(keys)) % {"count": len(keys)},
        repeat="safe",
        ResourceArns=[item.id],
        TagKeys=list(keys),
        touches=[(item.kind, [item.id])],
    )


def attribute(item: Item, key: str) -> str:
    """One of the settings that AWS keeps as a list of Key and Value; empty where it has none."""
    found: Sequence[Mapping[str, str]] = item.attrs.get("Attributes") or ()
    return next((str(each.get("Value") or "") for each in found if each.get("Key") == key), "")


def by_key(
    listed: Sequence[Mapping[str, Any]], key: Callable[[Mapping[str, Any]], Any]
) -> dict[Any, Mapping[str, Any]]:
    """A list of AWS's as a dictionary."""
    return {key(each): each for each in listed}
