"""NAT gateways: the way out for what has no public address. Each costs by the hour."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.costs import HOURS, Book, CostPart
from apps.catalog.fields import Ref
from apps.catalog.items import Item
from apps.catalog.plans import Step, Steps, reaches
from apps.catalog.resources import Call, Column, Related, Resource, Risk, Section, State, tag
from apps.catalog.scope import Scope
from apps.catalog.text import Text
from apps.services.ec2 import NETWORK, ec2, placing, vpc_steps
from apps.services.ec2.route_tables import default_route
from apps.services.ec2.tags import as_aws, check_unique, tag_rows, taggable


def _hours(label: Text, hour: Any, count: int = 1) -> CostPart:
    return CostPart(label, None if hour is None else hour * HOURS * count)


def cost(item: Item, book: Book) -> tuple[CostPart, ...]:
    """Its hours and those of its public addresses; what it processes is billed besides."""
    if item.state not in {"available", "pending"}:
        return ()
    public = [each for each in item.attrs.get("NatGatewayAddresses") or () if each.get("PublicIp")]
    parts = [_hours(_("NAT gateway, 730 h"), book.entry("nat_gateway"))]
    if public:
        parts.append(_hours(_("Public IPv4 address"), book.public_ipv4(), len(public)))
    return tuple(parts)


@ec2.priced("ec2.create_nat_gateway")
def price(params: Mapping[str, Any], scope: Scope, book: Book) -> Iterable[CostPart]:
    return (_hours(_("NAT gateways, without the data they process"), book.entry("nat_gateway")),)


nat_gateway = Resource(
    kind="ec2.nat-gateway",
    label=_("NAT gateway"),
    plural=_("NAT gateways"),
    group=NETWORK,
    icon="waypoints",
    rank=14,
    fresh=120,
    about=_("A NAT gateway lets instances without a public address reach out. It costs by the hour and by the GB."),
    read=Call(
        "describe_nat_gateways",
        "NatGateways[]",
        by_id="NatGatewayIds",
        missing=("NatGatewayNotFound", "InvalidNatGatewayID.NotFound"),
    ),
    id="NatGatewayId",
    name=tag("Name"),
    created="CreateTime",
    arn="arn:aws:ec2:{region}:{account}:natgateway/{id}",
    state=State("State", ok={"available"}, busy={"pending", "deleting"}, idle={"deleted"}, bad={"failed"}),
    columns=(
        Column(_("Public IPv4"), "NatGatewayAddresses[0].PublicIp", key="public_ip", copy=True),
        Column(_("Private IPv4"), "NatGatewayAddresses[0].PrivateIp", key="private_ip", hidden=True, copy=True),
        Column(_("Subnet"), "SubnetId", key="subnet", ref="ec2.subnet"),
        Column(_("VPC"), "VpcId", key="vpc", ref="ec2.vpc", wide=True),
        Column(_("Connectivity"), "ConnectivityType", key="connectivity", facet=True, hidden=True),
        Column(_("Failure"), "FailureMessage", key="failure", hidden=True),
        Column(_("Created"), "CreateTime", key="created", time=True, hidden=True),
    ),
    monthly_cost=cost,
    related=(Related("ec2.vpc", "VpcId"), Related("ec2.subnet", "SubnetId")),
    example={
        "NatGatewayId": "nat-0a1b2c3d4e5f60718",
        "SubnetId": "subnet-0a1b2c3d4e5f60718",
        "VpcId": "vpc-0a1b2c3d4e5f60718",
        "State": "available",
        "ConnectivityType": "public",
        "NatGatewayAddresses": [{"PublicIp": "203.0.113.9", "AllocationId": "eipalloc-0a1b2c3d4e5f60718"}],
    },
)


class CreateForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=200, required=False)
    subnet = Ref("ec2.subnet", label=_("Subnet"), help_text=_("A public one, for a gateway that is public."))
    connectivity = forms.ChoiceField(
        label=_("Connectivity"),
        choices=[("public", _("Public: to the internet")), ("private", _("Private: to other networks only"))],
        initial="public",
        widget=forms.RadioSelect,
    )
    address = Ref(
        "ec2.address",
        label=_("Elastic IP"),
        required=False,
        help_text=_("One that is free. Empty: a new one is allocated."),
    )
    tags = tag_rows(tags=True)

    scope: Scope | None = None
    shows = {"address": "connectivity=public"}

    def clean_tags(self) -> list[dict[str, str]]:
        check_unique(self.cleaned_data["tags"])
        return list(self.cleaned_data["tags"])

    def clean_address(self) -> str:
        wanted = self.cleaned_data["address"]
        found = self.scope.get("ec2.address", wanted) if self.scope and wanted else None
        if found and found.attrs.get("AssociationId"):
            raise forms.ValidationError(_now("%(name)s is in use.") % {"name": found.title})
        return str(wanted)

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        subnet = self.scope.get("ec2.subnet", values["subnet"]) if self.scope and values.get("subnet") else None
        if values.get("connectivity") == "public" and subnet and self.scope:
            table, _association = placing.table_of(self.scope, subnet)
            if table and not default_route(table).startswith("igw-"):
                said = _now("%(subnet)s has no route to an internet gateway: nothing would get out through it.")
                self.add_error("subnet", said % {"subnet": subnet.title})
        return values


@nat_gateway.wizard(
    _("Create NAT gateway"),
    form=CreateForm,
    icon="plus",
    submit=_("Create"),
    sections=(
        Section("name", _("Name and tags"), ("name", "tags")),
        Section("place", _("Place"), ("subnet", "connectivity", "address")),
    ),
    iam=("ec2:CreateNatGateway", "ec2:AllocateAddress", "ec2:CreateTags"),
    help=_("Traffic goes through it when a route table of private subnets has a route to it."),
    example={"name": "out-a", "subnet": "subnet-0a1b2c3d4e5f60718"},
)
def create(scope: Scope, values: Mapping[str, Any]) -> Steps:
    tags = as_aws(values["tags"], values["name"])
    address: Any = values["address"] if values["connectivity"] == "public" else ""
    name = values["name"] or "nat"
    if values["connectivity"] == "public" and not address:
        made = yield vpc_steps.allocate_address(name, tags)
        address = made["AllocationId"]
    done = yield vpc_steps.create_nat(values["subnet"], address, name, tags)
    return {"kind": nat_gateway.kind, "ids": [done["NatGateway.NatGatewayId"]]}


class DeleteForm(forms.Form):
    release = forms.BooleanField(
        label=_("Release its Elastic IP, too"),
        required=False,
        help_text=_("Kept, it is billed; released, the address is gone for good."),
    )


def _warn(item: Item) -> Iterable[Text]:
    yield _now("Routes that lead to %(name)s lead to nothing then: its private subnets get no further.") % {
        "name": item.title
    }


@nat_gateway.action(
    _("Delete"),
    icon="trash-2",
    when={"available", "failed", "pending"},
    form=DeleteForm,
    warn=_warn,
    risk=Risk.DESTROYS,
    iam=("ec2:DeleteNatGateway", "ec2:ReleaseAddress"),
    example={"release": True},
    main=True,
)
def delete(item: Item, values: Mapping[str, Any]) -> Steps:
    yield Step(
        "ec2.delete_nat_gateway",
        title=_("Delete %(name)s") % {"name": item.title},
        until=reaches(item.kind, [item.id], "deleted", gone=True),
        touches=[("ec2.route-table", None)],
        NatGatewayId=item.id,
    )
    for each in item.attrs.get("NatGatewayAddresses") or () if values["release"] else ():
        if each.get("AllocationId"):
            yield Step(
                "ec2.release_address",
                title=_("Release %(address)s") % {"address": each.get("PublicIp") or each["AllocationId"]},
                already=("InvalidAllocationID.NotFound",),
                AllocationId=each["AllocationId"],
            )


taggable(nat_gateway)
