"""Egress-only internet gateways: what has an IPv6 address reaches out by them, and nothing reaches in."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.fields import Ref
from apps.catalog.items import Item
from apps.catalog.plans import Step, Steps, reaches
from apps.catalog.resources import Call, Column, Related, Resource, Risk, Section, tag
from apps.catalog.scope import Scope
from apps.catalog.text import Text
from apps.services.ec2 import NETWORK, vpc_steps
from apps.services.ec2.route_tables import destination, target
from apps.services.ec2.tags import as_aws, check_unique, tag_rows, taggable
from apps.services.ec2.vpcs import blocks6

egress_gateway = Resource(
    kind="ec2.egress-only-internet-gateway",
    label=_("Egress-only internet gateway"),
    plural=_("Egress-only internet gateways"),
    group=NETWORK,
    icon="arrow-up-right",
    rank=14,
    fresh=300,
    about=_("An egress-only internet gateway lets IPv6 traffic out of a VPC and none in. It costs nothing itself."),
    read=Call(
        "describe_egress_only_internet_gateways",
        "EgressOnlyInternetGateways[]",
        by_id="EgressOnlyInternetGatewayIds",
        missing=("InvalidGatewayID.NotFound", "InvalidEgressOnlyInternetGatewayId.NotFound"),
    ),
    id="EgressOnlyInternetGatewayId",
    name=tag("Name"),
    arn="arn:aws:ec2:{region}:{account}:egress-only-internet-gateway/{id}",
    columns=(
        Column(_("VPC"), "Attachments[0].VpcId", key="vpc", ref="ec2.vpc"),
        Column(_("Attachment"), "Attachments[0].State", key="attachment", facet=True),
    ),
    related=(Related("ec2.vpc", "Attachments[].VpcId"),),
    example={
        "EgressOnlyInternetGatewayId": "eigw-0a1b2c3d4e5f60718",
        "Attachments": [{"State": "attached", "VpcId": "vpc-0a1b2c3d4e5f60718"}],
    },
)


class CreateForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=256, required=False)
    vpc = Ref("ec2.vpc", label=_("VPC"), help_text=_("One that has an IPv6 block. The gateway stays with it."))
    tags = tag_rows(tags=True)

    scope: Scope | None = None

    def clean_tags(self) -> list[dict[str, str]]:
        check_unique(self.cleaned_data["tags"])
        return list(self.cleaned_data["tags"])


def _notes(scope: Scope, values: Mapping[str, Any]) -> Iterable[Text]:
    found = scope.get("ec2.vpc", values["vpc"])
    if found and not blocks6(found):
        said = _now("%(vpc)s has no IPv6 block: nothing goes out through it as long as that is so.")
        yield said % {"vpc": found.title}


@egress_gateway.wizard(
    _("Create egress-only internet gateway"),
    form=CreateForm,
    icon="plus",
    submit=_("Create"),
    sections=(Section("name", _("Name and tags"), ("name", "vpc", "tags")),),
    notes=_notes,
    iam=("ec2:CreateEgressOnlyInternetGateway", "ec2:CreateTags"),
    help=_("Traffic goes through it when a route table of private subnets has a route for ::/0 to it."),
    example={"name": "out", "vpc": "vpc-0a1b2c3d4e5f60718"},
)
def create(scope: Scope, values: Mapping[str, Any]) -> Steps:
    made = yield vpc_steps.create_egress(values["vpc"], values["name"], as_aws(values["tags"], values["name"]))
    return {"kind": egress_gateway.kind, "ids": [made[vpc_steps.EGRESS]]}


class DeleteForm(forms.Form):
    scope: Scope | None = None
    items: tuple[Item, ...] = ()

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        values["routes"] = {item.id: list(_routes(self.scope, item)) for item in self.items if self.scope}
        return values


def _routes(scope: Scope, item: Item) -> Iterator[str]:
    """The routes that lead to it, in words."""
    for each in item.attrs.get("Attachments") or ():
        for table in scope.find("ec2.route-table", VpcId=each.get("VpcId")):
            for route in table.attrs.get("Routes") or ():
                if target(route)[1] == item.id:
                    yield f"{table.title}: {destination(route)}"


def _means(item: Item, values: Mapping[str, Any]) -> Iterable[Text]:
    if found := values["routes"].get(item.id):
        yield _now("These routes lead to nothing then: %(routes)s.") % {"routes": ", ".join(found)}


@egress_gateway.action(
    _("Delete"),
    icon="trash-2",
    form=DeleteForm,
    means=_means,
    risk=Risk.DESTROYS,
    iam="ec2:DeleteEgressOnlyInternetGateway",
)
def delete(item: Item, values: Mapping[str, Any]) -> Steps:
    yield Step(
        "ec2.delete_egress_only_internet_gateway",
        title=_("Delete %(name)s") % {"name": item.title},
        until=reaches(item.kind, [item.id], gone=True),
        touches=[("ec2.route-table", None)],
        EgressOnlyInternetGatewayId=item.id,
    )


taggable(egress_gateway)
