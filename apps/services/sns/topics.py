"""Topics: what is told to one of them goes to all that subscribe to it."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.catalog.resources import Call, Column, Resource
from apps.services.sns import MESSAGES


def _name(obj: Mapping[str, Any]) -> str:
    return str(obj["TopicArn"]).rpartition(":")[2]


def _order(obj: Mapping[str, Any]) -> str:
    return "FIFO" if _name(obj).endswith(".fifo") else "Standard"


topic = Resource(
    kind="sns.topic",
    label=_("Topic"),
    plural=_("Topics"),
    group=MESSAGES,
    icon="bell",
    fresh=300,
    about=_("A topic passes on what it is told, such as that an alarm went off, to all that subscribe to it."),
    read=Call("list_topics", "Topics[]"),
    id="TopicArn",
    name=_name,
    tags="",
    arn="TopicArn",
    columns=(
        Column(_("Type"), lambda item: _order(item.attrs), key="type", facet=True),
        Column("ARN", "TopicArn", key="arn", copy=True, wide=True),
    ),
    example={"TopicArn": "arn:aws:sns:eu-west-1:111111111111:ops"},
)
