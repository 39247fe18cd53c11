"""Elastic IP addresses: what is shown of them, and allocating. Where they lead to is in
associations.py, releasing in address_release.py."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.costs import HOURS, Book, CostPart
from apps.catalog.items import Item
from apps.catalog.plans import Find, Step, Steps, reaches
from apps.catalog.resources import Beside, Call, Capacity, Column, Idle, Related, Resource, Section, State, tag
from apps.catalog.scope import Scope
from apps.services.ec2 import NETWORK, ec2
from apps.services.ec2.tags import as_aws, by_operation, check_unique, specification, tag_rows, taggable, told_tags

AMAZON = "amazon"  # the pool of those that have no range of their own, as AWS names it


def name(obj: Mapping[str, Any]) -> str:
    """The Name tag; without one the address tells more than its allocation's id."""
    return tag("Name")(obj) or str(obj.get("PublicIp") or "")


def state(obj: Mapping[str, Any]) -> str:
    """AWS has no word for it: an address is associated when it has an association."""
    return "associated" if obj.get("AssociationId") else "idle"


def own_range(obj: Mapping[str, Any]) -> bool:
    """Whether it is (or comes) from a range that the account brought along: AWS bills and counts only its own."""
    return obj.get("PublicIpv4Pool") not in (None, "", AMAZON)


def cost(item: Item, book: Book) -> tuple[CostPart, ...]:
    return () if own_range(item.attrs) else (_month(book),)


def _month(book: Book) -> CostPart:
    hour = book.public_ipv4()
    return CostPart(_("Public IPv4 address, 730 h"), None if hour is None else hour * HOURS)


address = Resource(
    kind="ec2.address",
    label=_("Elastic IP address"),
    plural=_("Elastic IP addresses"),
    group=NETWORK,
    icon="map-pin",
    slug="addresses",
    rank=10,
    fresh=120,
    about=_("An Elastic IP address is a public IPv4 address that stays yours. You pay for it, used or not."),
    read=Call(
        "describe_addresses",
        "Addresses[]",
        by_id="AllocationIds",
        missing=("InvalidAllocationID.NotFound", "InvalidAddress.NotFound"),
    ),
    id="AllocationId",
    name=name,
    arn="arn:aws:ec2:{region}:{account}:elastic-ip/{id}",
    state=State(state, ok={"associated"}, idle={"idle"}),
    columns=(
        Column(_("Public IPv4"), "PublicIp", key="public_ip", copy=True),
        Column(_("Instance"), "InstanceId", key="instance", ref="ec2.instance"),
        Column(_("Private IPv4"), "PrivateIpAddress", key="private_ip", wide=True, copy=True),
        Column(_("Network interface"), "NetworkInterfaceId", key="interface", ref="ec2.network-interface", wide=True),
        Column(_("Pool"), "PublicIpv4Pool", key="pool", facet=True, hidden=True),
        Column(_("Network border group"), "NetworkBorderGroup", key="border_group", facet=True, hidden=True),
        Column(_("Managed by"), "ServiceManaged", key="managed", facet=True, hidden=True),
        Column(_("Association"), "AssociationId", key="association", hidden=True, copy=True),
    ),
    monthly_cost=cost,
    capacity=Capacity(
        "ec2.allocate_address", "ec2", "L-0263D0A3", _("Elastic IP addresses"), lambda obj: not own_range(obj)
    ),
    idle=(
        Idle(_("It is associated with nothing."), fix="release", states=frozenset({"idle"})),
        Idle(
            _("The instance that it leads to is stopped."),
            fix="release",
            beside=Beside("ec2.instance", "instance", frozenset({"stopped"})),
        ),
    ),
    related=(
        Related("ec2.instance", "InstanceId"),
        Related("ec2.network-interface", "NetworkInterfaceId"),
    ),
    example={
        "AllocationId": "eipalloc-0a1b2c3d4e5f60718",
        "PublicIp": "203.0.113.25",
        "PublicIpv4Pool": "amazon",
        "NetworkBorderGroup": "eu-west-1",
        "Domain": "vpc",
        "AssociationId": "eipassoc-0b1c2d3e4f5061728",
        "InstanceId": "i-0b1f4c2e9d7a63f10",
        "NetworkInterfaceId": "eni-0c1d2e3f405162738",
        "PrivateIpAddress": "10.20.1.10",
        "Tags": [{"Key": "Name", "Value": "bastion"}],
    },
)


class AllocateForm(forms.Form):
    """Amazon EC2 API Reference, AllocateAddress."""

    name = forms.CharField(label=_("Name"), max_length=255, required=False, help_text=_("Becomes the tag Name."))
    tags = tag_rows(tags=True)
    pool = forms.ChoiceField(
        label=_("Pool"),
        choices=[
            ("amazon", _("Amazon's IPv4 addresses")),
            ("own", _("Addresses that you brought to AWS (BYOIP)")),
        ],
        initial="amazon",
        widget=forms.RadioSelect,
    )
    own_pool = forms.CharField(
        label=_("Id of your pool"),
        required=False,
        max_length=64,
        validators=[
            RegexValidator(r"^ipv4pool-ec2-[0-9a-f]+$", _("The id of a pool looks like ipv4pool-ec2-0a1b2c3d."))
        ],
        help_text=_("AWS charges nothing for addresses of your own, and they don't count against the quota."),
    )
    address = forms.GenericIPAddressField(
        label=_("This address"),
        protocol="ipv4",
        required=False,
        help_text=_("One of your pool, or one that you released and want back. Empty: any."),
    )
    border_group = forms.CharField(
        label=_("Network border group"),
        required=False,
        max_length=64,
        validators=[RegexValidator(r"^[a-z0-9-]+$", _("It has lower-case letters, digits and hyphens only."))],
        help_text=_("Where AWS announces the address: a Local Zone's or Wavelength Zone's group. Empty: the Region."),
    )

    def clean_tags(self) -> list[dict[str, str]]:
        tags: list[dict[str, str]] = self.cleaned_data["tags"]
        check_unique(tags)
        if any(row["key"] == "Name" for row in tags) and self.cleaned_data.get("name"):
            raise forms.ValidationError(_("The name is given above; leave out the tag Name."))
        return tags

    def clean_border_group(self) -> str:
        group: str = self.cleaned_data["border_group"]
        scope: Scope | None = getattr(self, "scope", None)
        if group and scope and not group.startswith(scope.region):
            raise forms.ValidationError(
                _("%(group)s is not in %(region)s: the name of a group begins with its Region.")
                % {"group": group, "region": scope.region}
            )
        return group

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        own, pool = values.get("pool") == "own", values.get("own_pool")
        if own and not pool and "own_pool" not in self.errors:
            self.add_error("own_pool", _("Give the id of your pool."))
        if not own and pool:
            self.add_error("own_pool", _("Leave it empty: the address comes from Amazon's pool."))
        return values


@address.wizard(
    _("Allocate Elastic IP address"),
    verb="allocate",
    form=AllocateForm,
    title=lambda values: (
        _now("Allocate Elastic IP address %(name)s") % {"name": values["name"]}
        if values["name"]
        else _now("Allocate Elastic IP address")
    ),
    submit=_("Allocate"),
    iam=("ec2:AllocateAddress", "ec2:CreateTags", "ec2:DescribeAddresses", "ec2:ReleaseAddress"),
    sections=(
        Section("name", _("Name and tags"), ("name", "tags")),
        Section("pool", _("Where it comes from"), ("pool", "own_pool", "address")),
        Section("advanced", _("Advanced"), ("border_group",), advanced=True),
    ),
    example={"name": "bastion", "tags": [{"key": "env", "value": "prod"}]},
)
def allocate(scope: Scope, values: Mapping[str, Any]) -> Steps:
    made = yield Step(
        "ec2.allocate_address",
        title=_("Allocate the address"),
        find=Find("ec2.describe_addresses", "Addresses[0]", {"Filters": by_operation()}),
        undo=lambda out: Step(
            "ec2.release_address",
            title=_("Release the address"),
            AllocationId=out["AllocationId"],
            already=("InvalidAllocationID.NotFound",),
            touches=[(address.kind, out["AllocationId"])],
        ),
        touches=lambda out: [(address.kind, out["AllocationId"])],
        Domain="vpc",
        PublicIpv4Pool=values["own_pool"] or None,
        Address=values["address"] or None,
        NetworkBorderGroup=values["border_group"] or None,
        TagSpecifications=[specification("elastic-ip", as_aws(values["tags"], values["name"]))],
    )
    return {"kind": address.kind, "ids": [made["AllocationId"]]}


@ec2.priced("ec2.allocate_address")
def price(params: Mapping[str, Any], scope: Scope, book: Book) -> list[CostPart]:
    return [] if own_range(params) else [_month(book)]


@ec2.as_terraform("ec2.allocate_address", "aws_eip")
def aws_eip(params: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "domain": "vpc",
        "public_ipv4_pool": params.get("PublicIpv4Pool"),
        "address": params.get("Address"),
        "network_border_group": params.get("NetworkBorderGroup"),
        "tags": told_tags(params),
    }


taggable(address)


def leads_to(item: Item) -> str:
    """What it is associated with: an instance or a network interface; nothing when it is idle."""
    return str(item.attrs.get("InstanceId") or item.attrs.get("NetworkInterfaceId") or "")


def disassociation(item: Item) -> Step:
    """Takes the address from where it is now, and how it comes back there."""
    attrs = item.attrs
    return Step(
        "ec2.disassociate_address",
        title=_("Disassociate %(address)s from %(target)s") % {"address": attrs["PublicIp"], "target": leads_to(item)},
        already=("InvalidAssociationID.NotFound",),
        until=reaches(item.kind, [item.id], "idle", timeout=120),
        touches=touched(attrs),
        AssociationId=attrs["AssociationId"],
        undo=Step(
            "ec2.associate_address",
            title=_("Associate it with %(target)s again") % {"target": leads_to(item)},
            touches=[(item.kind, [item.id]), *touched(attrs)],
            AllocationId=item.id,
            NetworkInterfaceId=attrs.get("NetworkInterfaceId") or None,
            PrivateIpAddress=attrs.get("PrivateIpAddress") or None,
            AllowReassociation=False,
        ),
    )


def touched(attrs: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    """What shows the address besides itself, to be read anew."""
    pairs = (("ec2.instance", attrs.get("InstanceId")), ("ec2.network-interface", attrs.get("NetworkInterfaceId")))
    return [(kind, [str(id)]) for kind, id in pairs if id]


def managed(form: forms.Form, field: str | None) -> None:
    """Adds an error where a service of AWS's holds the address: a NAT gateway or load balancer gives it back itself."""
    scope: Scope | None = getattr(form, "scope", None)
    for item in getattr(form, "items", ()):
        interface = item.attrs.get("NetworkInterfaceId")
        held = scope.get("ec2.network-interface", str(interface)) if scope and interface else None
        by = item.attrs.get("ServiceManaged") or (
            held.attrs.get("InterfaceType") if held and held.attrs.get("RequesterManaged") else ""
        )
        if by:
            form.add_error(
                field,
                _("%(name)s is held by a service of AWS's (%(by)s). Delete what uses it there; then it is idle.")
                % {"name": item.title, "by": by},
            )
