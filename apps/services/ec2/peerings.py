"""VPC peering connections: two VPCs that reach each other by private addresses."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.items import Item
from apps.catalog.plans import Step, Steps, reaches
from apps.catalog.resources import Call, Column, Related, Resource, Risk, State, tag
from apps.catalog.text import Text
from apps.services.ec2 import NETWORK
from apps.services.ec2.tags import taggable

peering = Resource(
    kind="ec2.peering-connection",
    label=_("Peering connection"),
    plural=_("Peering connections"),
    group=NETWORK,
    icon="git-compare",
    rank=15,
    fresh=120,
    about=_("A peering connection lets two VPCs reach each other by private addresses, by routes on both sides."),
    read=Call(
        "describe_vpc_peering_connections",
        "VpcPeeringConnections[]",
        by_id="VpcPeeringConnectionIds",
        missing=("InvalidVpcPeeringConnectionID.NotFound",),
    ),
    id="VpcPeeringConnectionId",
    name=tag("Name"),
    arn="arn:aws:ec2:{region}:{account}:vpc-peering-connection/{id}",
    state=State(
        "Status.Code",
        ok={"active"},
        busy={"initiating-request", "pending-acceptance", "provisioning", "deleting"},
        idle={"deleted", "rejected", "expired"},
        bad={"failed"},
    ),
    columns=(
        Column(_("Requester VPC"), "RequesterVpcInfo.VpcId", key="requester", ref="ec2.vpc"),
        Column(_("Requester CIDR"), "RequesterVpcInfo.CidrBlock", key="requester_cidr", wide=True),
        Column(_("Accepter VPC"), "AccepterVpcInfo.VpcId", key="accepter", ref="ec2.vpc"),
        Column(_("Accepter CIDR"), "AccepterVpcInfo.CidrBlock", key="accepter_cidr", wide=True),
        Column(_("Accepter account"), "AccepterVpcInfo.OwnerId", key="accepter_account", hidden=True),
        Column(_("Accepter Region"), "AccepterVpcInfo.Region", key="accepter_region", hidden=True, facet=True),
        Column(_("Message"), "Status.Message", key="message", hidden=True),
    ),
    related=(Related("ec2.vpc", "RequesterVpcInfo.VpcId"), Related("ec2.vpc", "AccepterVpcInfo.VpcId")),
    example={
        "VpcPeeringConnectionId": "pcx-0a1b2c3d4e5f60718",
        "Status": {"Code": "active"},
        "RequesterVpcInfo": {"VpcId": "vpc-0a1b2c3d4e5f60718", "CidrBlock": "10.20.0.0/16", "Region": "eu-west-1"},
        "AccepterVpcInfo": {"VpcId": "vpc-0b1b2c3d4e5f60718", "CidrBlock": "10.30.0.0/16", "Region": "eu-west-1"},
    },
)


@peering.action(_("Accept"), icon="check", when={"pending-acceptance"}, iam="ec2:AcceptVpcPeeringConnection", main=True)
def accept(item: Item, values: Mapping[str, Any]) -> Steps:
    yield Step(
        "ec2.accept_vpc_peering_connection",
        title=_("Accept %(name)s") % {"name": item.title},
        repeat="safe",
        until=reaches(item.kind, [item.id], "active", bad={"failed", "rejected", "expired", "deleted"}),
        VpcPeeringConnectionId=item.id,
    )


@peering.action(
    _("Reject"),
    icon="ban",
    when={"pending-acceptance"},
    risk=Risk.INTERRUPTS,
    iam="ec2:RejectVpcPeeringConnection",
)
def reject(item: Item, values: Mapping[str, Any]) -> Steps:
    yield Step(
        "ec2.reject_vpc_peering_connection",
        title=_("Reject %(name)s") % {"name": item.title},
        repeat="safe",
        until=reaches(item.kind, [item.id], "rejected", gone=True),
        VpcPeeringConnectionId=item.id,
    )


def _warn(item: Item) -> Iterable[Text]:
    if item.state == "active":
        yield _now("The two VPCs no longer reach each other; routes that lead to it lead to nothing, on both sides.")


@peering.action(
    _("Delete"),
    icon="trash-2",
    when={"active", "pending-acceptance", "failed"},
    warn=_warn,
    risk=Risk.DESTROYS,
    iam="ec2:DeleteVpcPeeringConnection",
)
def delete(item: Item, values: Mapping[str, Any]) -> Steps:
    yield Step(
        "ec2.delete_vpc_peering_connection",
        title=_("Delete %(name)s") % {"name": item.title},
        until=reaches(item.kind, [item.id], "deleted", gone=True),
        touches=[("ec2.route-table", None)],
        VpcPeeringConnectionId=item.id,
    )


taggable(peering)
