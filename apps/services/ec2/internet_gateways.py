"""Internet gateways: a VPC's way to the internet."""

from collections.abc import Iterable, Mapping
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
from apps.services.ec2.tags import as_aws, check_unique, tag_rows, taggable
from apps.services.ec2.vpcs import attached


def vpc_of(item: Item) -> str:
    """The VPC that a gateway is attached to."""
    found = item.attrs.get("Attachments") or ()
    return next((str(each.get("VpcId")) for each in found if each.get("State") != "detached"), "")


gateway = Resource(
    kind="ec2.internet-gateway",
    label=_("Internet gateway"),
    plural=_("Internet gateways"),
    group=NETWORK,
    icon="globe",
    rank=13,
    fresh=300,
    about=_("An internet gateway joins a VPC to the internet. It costs nothing itself."),
    read=Call(
        "describe_internet_gateways",
        "InternetGateways[]",
        by_id="InternetGatewayIds",
        missing=("InvalidInternetGatewayID.NotFound",),
    ),
    id="InternetGatewayId",
    name=tag("Name"),
    arn="arn:aws:ec2:{region}:{account}:internet-gateway/{id}",
    columns=(
        Column(_("VPC"), "Attachments[0].VpcId", key="vpc", ref="ec2.vpc"),
        Column(_("Attachment"), "Attachments[0].State", key="attachment", facet=True),
    ),
    related=(Related("ec2.vpc", "Attachments[].VpcId"),),
    example={
        "InternetGatewayId": "igw-0a1b2c3d4e5f60718",
        "Attachments": [{"State": "available", "VpcId": "vpc-0a1b2c3d4e5f60718"}],
    },
)


class CreateForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=256, required=False)
    vpc = Ref("ec2.vpc", label=_("Attach to VPC"), required=False)
    tags = tag_rows(tags=True)

    scope: Scope | None = None

    def clean_tags(self) -> list[dict[str, str]]:
        check_unique(self.cleaned_data["tags"])
        return list(self.cleaned_data["tags"])

    def clean_vpc(self) -> str:
        return _alone(self.scope, self.cleaned_data["vpc"])


def _alone(scope: Scope | None, vpc: str) -> str:
    """The VPC, where it has no gateway yet. Raises ValidationError."""
    if scope and vpc and (found := attached(scope, vpc)):
        said = _now("%(vpc)s has an internet gateway already, %(gateway)s.")
        raise forms.ValidationError(said % {"vpc": vpc, "gateway": found[0].title})
    return vpc


@gateway.wizard(
    _("Create internet gateway"),
    form=CreateForm,
    icon="plus",
    submit=_("Create"),
    sections=(Section("name", _("Name and tags"), ("name", "vpc", "tags")),),
    iam=("ec2:CreateInternetGateway", "ec2:AttachInternetGateway", "ec2:CreateTags"),
    example={"name": "main"},
)
def create(scope: Scope, values: Mapping[str, Any]) -> Steps:
    made = yield vpc_steps.create_gateway(values["name"], as_aws(values["tags"], values["name"]))
    id = made["InternetGateway.InternetGatewayId"]
    if values["vpc"]:
        yield vpc_steps.attach_gateway(id, values["vpc"], _("Attach it to %(vpc)s") % {"vpc": values["vpc"]})
    return {"kind": gateway.kind, "ids": [id]}


class AttachForm(forms.Form):
    vpc = Ref("ec2.vpc", label=_("VPC"))

    scope: Scope | None = None
    items: tuple[Item, ...] = ()

    def clean_vpc(self) -> str:
        return _alone(self.scope, self.cleaned_data["vpc"])

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if len(self.items) > 1:
            self.add_error(None, _now("A VPC has one internet gateway: choose one at a time."))
        return values


def _taken(item: Item) -> Text:
    said = _now("%(name)s is attached to %(vpc)s. Detach it first.")
    return said % {"name": item.title, "vpc": vpc_of(item)} if vpc_of(item) else ""


def _free(item: Item) -> Text:
    return "" if vpc_of(item) else _now("%(name)s is attached to no VPC.") % {"name": item.title}


@gateway.action(
    _("Attach"),
    icon="plug",
    form=AttachForm,
    unless=_taken,
    iam="ec2:AttachInternetGateway",
    help=_("Subnets become public when a route leads to the gateway, too."),
    example={"vpc": "vpc-0b1b2c3d4e5f60718"},
    on={"Attachments": []},
    main=True,
)
def attach(item: Item, values: Mapping[str, Any]) -> Steps:
    title = _("Attach %(name)s to %(vpc)s") % {"name": item.title, "vpc": values["vpc"]}
    yield vpc_steps.attach_gateway(item.id, values["vpc"], title)


class DetachForm(forms.Form):
    scope: Scope | None = None
    items: tuple[Item, ...] = ()

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        for item in self.items:
            if vpc_of(item) and (public := _public(self.scope, vpc_of(item))):
                said = _now("%(names)s: mapped public addresses. Take these away first; AWS refuses otherwise.")
                self.add_error(None, said % {"names": ", ".join(each.title for each in public[:5])})
        return values


def _public(scope: Scope | None, vpc: str) -> list[Item]:
    found = scope.find("ec2.instance", VpcId=vpc) if scope else ()
    return [each for each in found if each.attrs.get("PublicIpAddress")]


def _warn(item: Item) -> Iterable[Text]:
    if vpc := vpc_of(item):
        yield _now("%(vpc)s is cut off from the internet.") % {"vpc": vpc}


@gateway.action(
    _("Detach"),
    icon="unplug",
    form=DetachForm,
    unless=_free,
    warn=_warn,
    risk=Risk.INTERRUPTS,
    iam="ec2:DetachInternetGateway",
)
def detach(item: Item, values: Mapping[str, Any]) -> Steps:
    vpc, touches = vpc_of(item), [(item.kind, [item.id])]
    yield Step(
        "ec2.detach_internet_gateway",
        title=_("Detach %(name)s from %(vpc)s") % {"name": item.title, "vpc": vpc},
        already=("Gateway.NotAttached",),
        touches=touches,
        undo=Step(
            "ec2.attach_internet_gateway",
            title=_("Attach %(name)s again") % {"name": item.title},
            already=("Resource.AlreadyAssociated",),
            touches=touches,
            InternetGatewayId=item.id,
            VpcId=vpc,
        ),
        InternetGatewayId=item.id,
        VpcId=vpc,
    )


@gateway.action(
    _("Delete"),
    icon="trash-2",
    unless=_taken,
    risk=Risk.DESTROYS,
    iam="ec2:DeleteInternetGateway",
    on={"Attachments": []},
)
def delete(item: Item, values: Mapping[str, Any]) -> Steps:
    yield Step(
        "ec2.delete_internet_gateway",
        title=_("Delete %(name)s") % {"name": item.title},
        InternetGatewayId=item.id,
        until=reaches(item.kind, [item.id], gone=True),
    )


taggable(gateway)
