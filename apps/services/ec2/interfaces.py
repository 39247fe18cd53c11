"""Network interfaces: what is shown of them, making and deleting one. Attaching is in interface_attachments.py."""

import ipaddress
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.fields import Ref, Refs
from apps.catalog.items import Item
from apps.catalog.plans import Step, Steps, reaches
from apps.catalog.resources import Call, Capacity, Column, Related, Resource, Risk, Section, State, tag
from apps.catalog.scope import Scope
from apps.catalog.text import Text
from apps.services.ec2 import NETWORK, ec2
from apps.services.ec2.tags import as_aws, check_unique, specification, tag_rows, taggable, told_tags

MOST_GROUPS = 16  # of an interface, at most; an account begins with 5
MOST_ADDRESSES = 50  # of an interface of the largest types

interface = Resource(
    kind="ec2.network-interface",
    label=_("Network interface"),
    plural=_("Network interfaces"),
    group=NETWORK,
    icon="ethernet-port",
    rank=11,
    fresh=120,
    about=_("A network interface connects an instance to a subnet. It keeps its addresses when it is moved."),
    read=Call(
        "describe_network_interfaces",
        "NetworkInterfaces[]",
        by_id="NetworkInterfaceIds",
        missing=("InvalidNetworkInterfaceID.NotFound",),
    ),
    id="NetworkInterfaceId",
    name=tag("Name", "TagSet"),
    tags="TagSet",
    zone="AvailabilityZone",
    arn="arn:aws:ec2:{region}:{account}:network-interface/{id}",
    state=State("Status", ok={"in-use", "associated"}, busy={"attaching", "detaching"}, idle={"available"}),
    columns=(
        Column(_("Instance"), "Attachment.InstanceId", key="instance", ref="ec2.instance"),
        Column(_("Private IPv4"), "PrivateIpAddresses[].PrivateIpAddress", key="private_ips", copy=True),
        Column(_("Public IPv4"), "PrivateIpAddresses[].Association.PublicIp", key="public_ips", wide=True, copy=True),
        Column(_("Subnet"), "SubnetId", key="subnet", ref="ec2.subnet", wide=True),
        Column(_("VPC"), "VpcId", key="vpc", ref="ec2.vpc", hidden=True, facet=True),
        Column(_("Security groups"), "Groups[].GroupId", key="groups", ref="ec2.security-group", hidden=True),
        Column(_("Type"), "InterfaceType", key="type", facet=True, hidden=True),
        Column(_("Device index"), "Attachment.DeviceIndex", key="device_index", number=True, hidden=True),
        Column(_("Description"), "Description", hidden=True),
        Column(_("Source/destination check"), "SourceDestCheck", key="source_dest_check", facet=True, hidden=True),
        Column(_("Managed by AWS"), "RequesterManaged", key="managed", facet=True, hidden=True),
        Column("MAC", "MacAddress", key="mac", hidden=True, copy=True),
    ),
    capacity=Capacity("ec2.create_network_interface", "vpc", "L-DF5E4CA3", _("network interfaces")),
    related=(
        Related("ec2.instance", "Attachment.InstanceId"),
        Related("ec2.subnet", "SubnetId"),
        Related("ec2.vpc", "VpcId"),
        Related("ec2.security-group", "Groups[].GroupId"),
    ),
    example={
        "NetworkInterfaceId": "eni-0c1d2e3f405162738",
        "Status": "available",
        "AvailabilityZone": "eu-west-1a",
        "SubnetId": "subnet-0a1b2c3d4e5f60718",
        "VpcId": "vpc-0a1b2c3d4e5f60718",
        "InterfaceType": "interface",
        "PrivateIpAddress": "10.20.1.20",
        "PrivateIpAddresses": [{"PrivateIpAddress": "10.20.1.20", "Primary": True}],
        "Groups": [{"GroupId": "sg-08f7e6d5c4b3a2910", "GroupName": "web"}],
        "Attachment": {"AttachmentId": "eni-attach-0a1b2c3d", "InstanceId": "i-0b1f4c2e9d7a63f10", "DeviceIndex": 1},
        "SourceDestCheck": True,
        "Description": "appliance",
        "TagSet": [{"Key": "Name", "Value": "appliance"}],
    },
)


def check_free(form: forms.Form, field: str, subnet: Item | None, wanted: Iterable[str]) -> None:
    """Adds an error for each address that a subnet can't give: it lies elsewhere, or AWS keeps it for itself."""
    if subnet is None or not subnet.attrs.get("CidrBlock"):
        return
    network = ipaddress.ip_network(str(subnet.attrs["CidrBlock"]))
    kept = {network[0], network[1], network[2], network[3], network[-1]}
    for text in wanted:
        ip = ipaddress.ip_address(text)
        said = {"ip": text, "subnet": subnet.title, "cidr": str(network)}
        if ip not in network:
            form.add_error(field, _("%(ip)s is not in %(subnet)s, which has %(cidr)s.") % said)
        elif ip in kept:
            form.add_error(
                field, _("AWS keeps the first four addresses of %(cidr)s and the last; %(ip)s is one.") % said
            )


def check_groups(form: forms.Form, scope: Scope | None, ids: Iterable[str], vpc: Any) -> None:
    """Adds an error for each security group of another VPC."""
    for group in filter(None, (scope.get("ec2.security-group", id) for id in ids) if scope else ()):
        if vpc and group.attrs.get("VpcId") != vpc:
            form.add_error("groups", _("%(group)s is not in %(vpc)s.") % {"group": group.title, "vpc": vpc})


def check_own(form: forms.Form) -> None:
    """Adds an error for what a service of AWS's made for itself: it alone may change that."""
    for item in getattr(form, "items", ()):
        if item.attrs.get("RequesterManaged"):
            form.add_error(
                None,
                _("%(name)s belongs to a service of AWS's (%(kind)s), which alone can change it.")
                % {"name": item.title, "kind": item.attrs.get("InterfaceType", "")},
            )


class CreateForm(forms.Form):
    """Amazon EC2 API Reference, CreateNetworkInterface."""

    name = forms.CharField(label=_("Name"), max_length=255, required=False, help_text=_("Becomes the tag Name."))
    tags = tag_rows(tags=True)
    subnet = Ref("ec2.subnet", label=_("Subnet"), help_text=_("It can be attached to instances of the same zone only."))
    description = forms.CharField(label=_("Description"), max_length=255, required=False)
    private_address = forms.GenericIPAddressField(
        label=_("Private IPv4 address"),
        protocol="ipv4",
        required=False,
        help_text=_("A free one of the subnet. Empty: AWS chooses."),
    )
    secondary = forms.IntegerField(
        label=_("Secondary private addresses"),
        min_value=0,
        max_value=MOST_ADDRESSES - 1,
        initial=0,
        required=False,
        help_text=_("How many more AWS chooses. Each can have a public address of its own."),
    )
    groups = Refs(
        "ec2.security-group",
        most=MOST_GROUPS,
        label=_("Security groups"),
        required=False,
        help_text=_("None: the VPC's default group."),
    )

    def clean_tags(self) -> list[dict[str, str]]:
        tags: list[dict[str, str]] = self.cleaned_data["tags"]
        check_unique(tags)
        if any(row["key"] == "Name" for row in tags) and self.cleaned_data.get("name"):
            raise forms.ValidationError(_("The name is given above; leave out the tag Name."))
        return tags

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        scope: Scope | None = getattr(self, "scope", None)
        subnet = scope.get("ec2.subnet", values["subnet"]) if scope and values.get("subnet") else None
        check_free(self, "private_address", subnet, filter(None, [values.get("private_address")]))
        check_groups(self, scope, values.get("groups") or (), subnet.attrs.get("VpcId") if subnet else None)
        free, wanted = (
            (subnet.attrs.get("AvailableIpAddressCount") if subnet else None),
            (values.get("secondary") or 0) + 1,
        )
        if free is not None and wanted > free:
            self.add_error(
                "secondary",
                _("%(subnet)s has %(free)d free addresses; this needs %(wanted)d.")
                % {"subnet": subnet.title if subnet else "", "free": free, "wanted": wanted},
            )
        return values


@interface.wizard(
    _("Create network interface"),
    verb="create",
    form=CreateForm,
    title=lambda values: _now("Create a network interface in %(subnet)s") % {"subnet": values["subnet"]},
    submit=_("Create"),
    iam=("ec2:CreateNetworkInterface", "ec2:CreateTags", "ec2:DeleteNetworkInterface"),
    sections=(
        Section("name", _("Name and tags"), ("name", "tags", "description")),
        Section("network", _("Where it lies"), ("subnet", "private_address", "secondary")),
        Section("groups", _("Security groups"), ("groups",)),
    ),
    example={"name": "appliance", "subnet": "subnet-0a1b2c3d4e5f60718", "groups": ["sg-08f7e6d5c4b3a2910"]},
)
def create(scope: Scope, values: Mapping[str, Any]) -> Steps:
    made = yield Step(
        "ec2.create_network_interface",
        title=_("Create the network interface"),
        undo=lambda out: Step(
            "ec2.delete_network_interface",
            title=_("Delete the network interface"),
            already=("InvalidNetworkInterfaceID.NotFound",),
            touches=[(interface.kind, out["NetworkInterface.NetworkInterfaceId"])],
            NetworkInterfaceId=out["NetworkInterface.NetworkInterfaceId"],
        ),
        until=lambda out: reaches(
            interface.kind, [out["NetworkInterface.NetworkInterfaceId"]], "available", timeout=120
        ),
        SubnetId=values["subnet"],
        Description=values["description"] or None,
        PrivateIpAddress=values["private_address"] or None,
        SecondaryPrivateIpAddressCount=values["secondary"] or None,
        Groups=values["groups"] or None,
        TagSpecifications=[specification("network-interface", as_aws(values["tags"], values["name"]))],
    )
    return {"kind": interface.kind, "ids": [made["NetworkInterface.NetworkInterfaceId"]]}


@ec2.as_terraform("ec2.create_network_interface", "aws_network_interface")
def aws_network_interface(params: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "subnet_id": params["SubnetId"],
        "description": params.get("Description"),
        "private_ips": [params["PrivateIpAddress"]] if params.get("PrivateIpAddress") else None,
        "private_ips_count": params.get("SecondaryPrivateIpAddressCount"),
        "security_groups": params.get("Groups"),
        "tags": told_tags(params),
    }


taggable(interface)


def freed(item: Item) -> list[Text]:
    """What deleting gives back."""
    public = [(row.get("Association") or {}).get("PublicIp") for row in item.attrs.get("PrivateIpAddresses") or ()]
    said: list[Text] = [
        _("Its private address %(ip)s and its MAC address can't be had again for sure.")
        % {"ip": item.attrs.get("PrivateIpAddress", "")}
    ]
    if held := ", ".join(ip for ip in public if ip):
        said.append(_("%(ips)s stays yours, idle, and goes on to cost.") % {"ips": held})
    return said


class DeleteForm(forms.Form):
    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        check_own(self)
        return values


@interface.action(
    _("Delete"),
    icon="trash-2",
    form=DeleteForm,
    when={"available"},
    risk=Risk.DESTROYS,
    warn=freed,
    iam="ec2:DeleteNetworkInterface",
)
def delete(item: Item, values: Mapping[str, Any]) -> Steps:
    yield Step(
        "ec2.delete_network_interface",
        title=_("Delete %(name)s") % {"name": item.title},
        already=("InvalidNetworkInterfaceID.NotFound",),
        until=reaches(item.kind, [item.id], gone=True, timeout=120),
        NetworkInterfaceId=item.id,
    )
