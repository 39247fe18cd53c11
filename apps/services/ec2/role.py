"""The role that an instance acts as: its instance profile, given, changed and taken away while it runs."""

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.cards import Shown
from apps.catalog.fields import Ref
from apps.catalog.items import Item
from apps.catalog.plans import Find, Same, Step, Steps
from apps.catalog.text import Text
from apps.services.ec2.attributes import ASSOCIATED, PROFILE, associations
from apps.services.ec2.instance_tabs import SECURITY
from apps.services.ec2.instances import instance

# As the making calls answer it.
_FOUND = "IamInstanceProfileAssociations[].{IamInstanceProfileAssociation: @} | [0]"


class ProfileForm(forms.Form):
    profile = Ref(
        "iam.instance-profile",
        label=_("Instance profile"),
        required=False,
        help_text=_("Empty: the instance acts as no role."),
    )


def profile_of(item: Item) -> str:
    """The name of the profile that is associated now."""
    arn = ((item.attrs.get(PROFILE) or {}).get("IamInstanceProfile") or {}).get("Arn") or ""
    return str(arn).rpartition("/")[2]


def _means(item: Item, values: Mapping[str, Any]) -> Iterator[Text]:
    said = {"name": item.title, "before": profile_of(item), "after": values["profile"]}
    if values["profile"] == profile_of(item):
        return
    if not values["profile"]:
        yield (
            _now("Programs on %(name)s lose the permissions of %(before)s as soon as their credentials expire.") % said
        )
    elif profile_of(item):
        yield _now("Programs on %(name)s act as %(after)s instead of %(before)s with their next credentials.") % said


@instance.action(
    _("Change instance profile"),
    verb="edit-profile",
    submit=_("Save"),
    icon="key",
    when={"running", "stopped"},
    form=ProfileForm,
    facts=(PROFILE,),
    like=lambda item: {"profile": profile_of(item)},
    means=_means,
    iam=(
        "ec2:AssociateIamInstanceProfile",
        "ec2:ReplaceIamInstanceProfileAssociation",
        "ec2:DisassociateIamInstanceProfile",
        "iam:PassRole",
    ),
    example={"profile": "api-prod"},
)
def edit_profile(item: Item, values: Mapping[str, Any]) -> Steps:
    wanted, before = values["profile"], profile_of(item)
    if wanted == before:
        return
    id = (item.attrs.get(PROFILE) or {}).get("AssociationId")
    said = {"name": item.title, "before": before, "after": wanted}
    params = associations(item.attrs)
    path = f"{ASSOCIATED}.AssociationId"
    call = "ec2.describe_iam_instance_profile_associations"
    common: dict[str, Any] = {
        "same": Same(call, params, path, id, what=_("The instance profile")),
        "touches": [(item.kind, [item.id])],
    }
    give = _("Give %(name)s the instance profile %(after)s") % said
    if not before:
        yield Step(
            "ec2.associate_iam_instance_profile",
            title=give,
            find=Find(call, _FOUND, params),
            undo=lambda out: Step(
                "ec2.disassociate_iam_instance_profile",
                title=_("Take the instance profile away again"),
                repeat="safe",
                AssociationId=out["IamInstanceProfileAssociation.AssociationId"],
            ),
            InstanceId=item.id,
            IamInstanceProfile={"Name": wanted},
            **common,
        )
    elif wanted:
        yield Step(
            "ec2.replace_iam_instance_profile_association",
            title=give,
            repeat="safe",
            AssociationId=id,
            IamInstanceProfile={"Name": wanted},
            **common,
        )
    else:
        yield Step(
            "ec2.disassociate_iam_instance_profile",
            title=_("Take the instance profile %(before)s from %(name)s") % said,
            repeat="safe",
            AssociationId=id,
            **common,
        )


@instance.card(SECURITY, _("Instance profile"), part=PROFILE, verbs=("edit-profile",), rank=40)
def profile_card(item: Item) -> Shown:
    if name := profile_of(item):
        return Shown(words=[_now("Programs on it act as the role of %(name)s.") % {"name": name}], tone="ok")
    return Shown(words=[_now("None: programs on it have no role, and need keys of their own for AWS.")], tone="idle")
