"""User data: what an instance is told as it starts. It often holds secrets, so that seeing it is a permission."""

import base64
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.items import Item
from apps.catalog.plans import Steps
from apps.catalog.text import Text
from apps.services.ec2 import attributes, ec2
from apps.services.ec2.attributes import USER_DATA
from apps.services.ec2.instances import instance
from apps.services.ec2.userdata import UserData, decoded, size


def _is_text(item: Item) -> bool:
    try:
        decoded(item.attrs.get(USER_DATA) or "")
    except ValueError:
        return False
    return True


class UserDataForm(forms.Form):
    user_data = UserData(
        rows=14, help_text=_("At most 16 KiB. Most images run a script only at the first start of an instance.")
    )


def _like(item: Item) -> dict[str, Any]:
    return {"user_data": decoded(item.attrs.get(USER_DATA) or "") if _is_text(item) else ""}


def _warn(item: Item) -> Iterable[Text]:
    if not _is_text(item):
        said = _now("The user data of %(name)s is not text (%(size)d bytes): what you save takes its place for good.")
        yield said % {"name": item.title, "size": size(item.attrs[USER_DATA])}


@instance.action(
    _("Edit user data"),
    verb="edit-user-data",
    submit=_("Save"),
    icon="file-code",
    when={"stopped"},
    form=UserDataForm,
    facts=(USER_DATA,),
    like=_like,
    warn=_warn,
    iam=("ec2:ModifyInstanceAttribute", "ec2:DescribeInstanceAttribute"),
    example={"user_data": "#!/bin/sh\ndnf -y update\n"},
)
def edit_user_data(item: Item, values: Mapping[str, Any]) -> Steps:
    before = _like(item)["user_data"]
    if values["user_data"] == before and _is_text(item):
        return
    said = {"name": item.title}
    title, back = _("Set the user data of %(name)s") % said, _("Set the user data of %(name)s back") % said
    # As text: boto3 encodes it itself.
    step = attributes.change(item, USER_DATA, title, back, _("The user data"), values["user_data"], before)
    if not _is_text(item):
        step.undo = None
    yield step


@ec2.as_cli("ec2.modify_instance_attribute")
def user_data_option(params: Mapping[str, Any]) -> Mapping[str, Any]:
    """The AWS CLI takes it encoded."""
    value = (params.get("UserData") or {}).get("Value")
    if not isinstance(value, str):
        return params
    return {**params, "UserData": {"Value": base64.b64encode(value.encode()).decode()}}
