"""Creating a subnet: its place, its blocks, and where its traffic goes."""

from collections.abc import Mapping, Sequence
from ipaddress import IPv6Network
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.fields import Ref
from apps.catalog.items import Item
from apps.catalog.plans import Steps
from apps.catalog.resources import Section
from apps.catalog.scope import Scope
from apps.services.ec2 import cidr, vpc_steps
from apps.services.ec2.subnets import subnet
from apps.services.ec2.tags import as_aws, check_unique, tag_rows
from apps.services.ec2.vpcs import blocks, blocks6


class CreateForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=256, required=False)
    vpc = Ref("ec2.vpc", label=_("VPC"))
    zone = forms.CharField(
        label=_("Availability Zone"),
        max_length=60,
        required=False,
        help_text=_("Such as eu-west-1a. Empty: AWS chooses."),
    )
    block = forms.CharField(
        label=_("IPv4 block"),
        max_length=18,
        required=False,
        help_text=_("Within the VPC's, /16 to /28. Empty: the next /24 that is free, or what is left."),
    )
    six = forms.ChoiceField(
        label=_("IPv6 block"),
        choices=[
            ("none", _("No IPv6 block")),
            ("next", _("The next /64 of the VPC's that is free")),
            ("typed", _("Another one")),
        ],
        initial="none",
        widget=forms.RadioSelect,
    )
    block6 = forms.CharField(
        label=_("Which IPv6 block"),
        max_length=43,
        required=False,
        help_text=_("Within the VPC's, /44 to /64 in steps of 4."),
    )
    public = forms.BooleanField(label=_("Assign public IPv4 addresses to new instances"), required=False)
    assign_six = forms.BooleanField(label=_("Assign IPv6 addresses to new instances"), required=False)
    table = Ref(
        "ec2.route-table", label=_("Route table"), required=False, help_text=_("Empty: the VPC's main route table.")
    )
    tags = tag_rows(tags=True)

    scope: Scope | None = None
    shows = {"block6": "six=typed", "assign_six": "six=next,typed"}

    def clean_tags(self) -> list[dict[str, str]]:
        check_unique(self.cleaned_data["tags"])
        return list(self.cleaned_data["tags"])

    def clean_zone(self) -> str:
        zone: str = self.cleaned_data["zone"].strip()
        if zone and self.scope and not zone.startswith(self.scope.region):
            said = _now("%(value)s is not in %(region)s.")
            raise forms.ValidationError(said % {"value": zone, "region": self.scope.region})
        return zone

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        holder = self.scope.get("ec2.vpc", values["vpc"]) if self.scope and values.get("vpc") else None
        if holder is None or self.scope is None or "block" in self.errors:
            return values
        others = self.scope.find("ec2.subnet", VpcId=holder.id)
        table = self.scope.get("ec2.route-table", values["table"]) if values.get("table") else None
        if table and table.attrs.get("VpcId") != holder.id:
            said = _now("%(table)s belongs to another VPC.")
            self.add_error("table", said % {"table": table.title})
        try:
            taken = [str(one.attrs.get("CidrBlock")) for one in others]
            values["block"] = fitting(values.get("block", ""), blocks(holder), taken)
        except forms.ValidationError as error:
            self.add_error("block", error)
        try:
            values["block6"] = self._block6(values, holder, others)
        except forms.ValidationError as error:
            self.add_error("block6" if values["six"] == "typed" else "six", error)
        return values

    def _block6(self, values: dict[str, Any], holder: Item, others: Sequence[Item]) -> str:
        """Raises ValidationError."""
        if values.get("six") in (None, "none"):
            return ""
        whole, taken = blocks6(holder), [block for one in others for block in blocks6(one)]
        if not whole:
            raise forms.ValidationError(_now("%(vpc)s has no IPv6 block.") % {"vpc": holder.title})
        if values["six"] == "next":
            return _free6(whole, taken)
        return fitting6(values.get("block6", "").strip(), whole, taken)


def fitting(text: str, whole: list[str], taken: list[str]) -> str:
    """A block for a subnet: what was typed where it fits, else the next one that is free. Raises ValidationError."""
    if not text:
        return _free(whole, taken)
    wanted = cidr.block(text)
    within = [one for each in whole if (one := cidr.parse(each))]
    if not any(wanted.subnet_of(each) for each in within):
        said = _now("%(value)s is not within the VPC's block, %(blocks)s.")
        raise forms.ValidationError(said % {"value": text, "blocks": ", ".join(whole)})
    for mine, theirs in cidr.overlaps([text], taken):
        said = _now("%(value)s overlaps the block %(other)s of another subnet.")
        raise forms.ValidationError(said % {"value": mine, "other": theirs})
    return str(wanted)


def _free(whole: list[str], taken: list[str]) -> str:
    used = [one for each in taken if (one := cidr.parse(each))]
    for length in (24, 26, cidr.SMALLEST):
        for each in whole:
            parsed = cidr.parse(each)
            for one in parsed.subnets(new_prefix=length) if parsed and parsed.prefixlen <= length else ():
                if not any(one.overlaps(other) for other in used):
                    return str(one)
    raise forms.ValidationError(_now("The VPC has no free block of /28 or more."))


def fitting6(text: str, whole: list[str], taken: list[str]) -> str:
    """An IPv6 block for a subnet, as it was typed. Raises ValidationError."""
    wanted = cidr.block6(text)
    if not any(wanted.subnet_of(IPv6Network(each)) for each in whole):
        said = _now("%(value)s is not within the VPC's IPv6 block, %(blocks)s.")
        raise forms.ValidationError(said % {"value": text, "blocks": ", ".join(whole)})
    for other in taken:
        if wanted.overlaps(IPv6Network(other)):
            said = _now("%(value)s overlaps the block %(other)s of another subnet.")
            raise forms.ValidationError(said % {"value": text, "other": other})
    return str(wanted)


def _free6(whole: list[str], taken: list[str]) -> str:
    used = [IPv6Network(each) for each in taken]
    for each in whole:
        for one in IPv6Network(each).subnets(new_prefix=vpc_steps.SHARE6):
            if not any(one.overlaps(other) for other in used):
                return str(one)
    raise forms.ValidationError(
        _now("The VPC's IPv6 block, %(blocks)s, has no free /64.") % {"blocks": ", ".join(whole)}
    )


@subnet.wizard(
    _("Create subnet"),
    form=CreateForm,
    icon="plus",
    submit=_("Create"),
    sections=(
        Section("name", _("Name and tags"), ("name", "tags")),
        Section("place", _("Place"), ("vpc", "zone", "block", "six", "block6")),
        Section("traffic", _("Traffic"), ("public", "assign_six", "table")),
    ),
    title=lambda values: _("Create subnet %(block)s") % {"block": values["block"]},
    initial=lambda scope: {"vpc": next((each.id for each in scope.find("ec2.vpc", IsDefault=True)), "")},
    iam=("ec2:CreateSubnet", "ec2:CreateTags", "ec2:ModifySubnetAttribute", "ec2:AssociateRouteTable"),
    example={"name": "web-a", "vpc": "vpc-0a1b2c3d4e5f60718", "zone": "eu-west-1a", "block": "10.20.16.0/20"},
)
def create(scope: Scope, values: Mapping[str, Any]) -> Steps:
    made = yield vpc_steps.create_subnet(
        values["vpc"], values["block"], values["zone"], as_aws(values["tags"], values["name"]), values["block6"]
    )
    if values["public"]:
        yield vpc_steps.assign_public(made["Subnet.SubnetId"], values["block"])
    if values["block6"] and values["assign_six"]:
        yield vpc_steps.assign_six(made["Subnet.SubnetId"], values["block6"])
    if values["table"]:
        yield vpc_steps.route_by(made["Subnet.SubnetId"], values["table"], values["block"])
    return {"kind": subnet.kind, "ids": [made["Subnet.SubnetId"]]}
