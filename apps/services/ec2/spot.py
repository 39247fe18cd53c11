"""Spot requests: what asks for spare capacity, and what became of it."""

from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.items import Item
from apps.catalog.plans import Step, Steps, reaches
from apps.catalog.resources import Call, Column, Related, Resource, Risk, State, tag
from apps.services.ec2 import INSTANCES
from apps.services.ec2.tags import taggable

spot_request = Resource(
    kind="ec2.spot-request",
    label=_("Spot request"),
    plural=_("Spot requests"),
    group=INSTANCES,
    icon="timer",
    rank=60,
    fresh=120,
    about=_("A Spot request asks for spare capacity at a lower price; AWS may take the instance back at any time."),
    read=Call(
        "describe_spot_instance_requests",
        "SpotInstanceRequests[]",
        by_id="SpotInstanceRequestIds",
        missing=("InvalidSpotInstanceRequestID.NotFound", "InvalidSpotInstanceRequestID.Malformed"),
    ),
    id="SpotInstanceRequestId",
    name=tag("Name"),
    created="CreateTime",
    arn="arn:aws:ec2:{region}:{account}:spot-instances-request/{id}",
    state=State("State", ok={"active"}, busy={"open"}, idle={"closed", "cancelled", "disabled"}, bad={"failed"}),
    columns=(
        Column(_("Status"), "Status.Code", key="status", facet=True),
        Column(_("Type"), "LaunchSpecification.InstanceType", key="type", facet=True),
        Column(_("Instance"), "InstanceId", key="instance", ref="ec2.instance"),
        Column(_("Highest price"), "SpotPrice", key="price", unit="USD/h", wide=True),
        Column(_("Persistence"), "Type", key="persistence", facet=True, wide=True),
        Column(_("On interruption"), "InstanceInterruptionBehavior", key="interruption", hidden=True, facet=True),
        Column(_("Image"), "LaunchSpecification.ImageId", key="image", ref="ec2.image", hidden=True),
        Column(_("Message"), "Status.Message", key="message", hidden=True),
        Column(_("Created"), "CreateTime", key="created", time=True),
    ),
    related=(Related("ec2.instance", "InstanceId"), Related("ec2.image", "LaunchSpecification.ImageId")),
    example={
        "SpotInstanceRequestId": "sir-0a1b2c3d",
        "State": "active",
        "Status": {"Code": "fulfilled"},
        "Type": "one-time",
        "InstanceId": "i-0b1f4c2e9d7a63f10",
        "SpotPrice": "0.0104",
    },
)
taggable(spot_request)


@spot_request.action(
    _("Cancel"),
    icon="ban",
    when={"open", "active", "disabled"},
    risk=Risk.INTERRUPTS,
    iam="ec2:CancelSpotInstanceRequests",
    warn=lambda item: (
        [
            _now("The instance %(id)s goes on running, and costs: terminate it by itself.")
            % {"id": item.attrs["InstanceId"]}
        ]
        if item.attrs.get("InstanceId")
        else []
    ),
)
def cancel(item: Item, values: dict[str, Any]) -> Steps:
    yield Step(
        "ec2.cancel_spot_instance_requests",
        title=_("Cancel Spot request %(name)s") % {"name": item.title},
        repeat="safe",
        SpotInstanceRequestIds=[item.id],
        until=reaches(item.kind, [item.id], "cancelled", "closed", gone=True),
    )
