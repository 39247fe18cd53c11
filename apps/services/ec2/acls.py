"""Network ACLs: what may enter and leave a subnet, in both directions. Their rules are edited in acl_rules.py."""

from collections.abc import Mapping
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
from apps.services.ec2 import NETWORK
from apps.services.ec2.tags import as_aws, check_unique, specification, tag_rows, taggable

LAST = 32767  # the rule that every network ACL ends with: deny


def rules(item: Item, egress: bool) -> list[Mapping[str, Any]]:
    """The rules of one direction in the order in which they count, without the last one."""
    found = [each for each in item.attrs.get("Entries") or () if bool(each.get("Egress")) == egress]
    return sorted((each for each in found if each["RuleNumber"] < LAST), key=lambda each: each["RuleNumber"])


def subnets_of(item: Item) -> list[str]:
    return [each["SubnetId"] for each in item.attrs.get("Associations") or () if each.get("SubnetId")]


def inbound(item: Item) -> int:
    return len(rules(item, False))


def outbound(item: Item) -> int:
    return len(rules(item, True))


acl = Resource(
    kind="ec2.network-acl",
    label=_("Network ACL"),
    plural=_("Network ACLs"),
    group=NETWORK,
    icon="shield",
    rank=16,
    fresh=300,
    about=_("A network ACL says what may enter and leave a subnet. It keeps no state: answers need a rule, too."),
    read=Call(
        "describe_network_acls", "NetworkAcls[]", by_id="NetworkAclIds", missing=("InvalidNetworkAclID.NotFound",)
    ),
    id="NetworkAclId",
    name=tag("Name"),
    arn="arn:aws:ec2:{region}:{account}:network-acl/{id}",
    columns=(
        Column(_("VPC"), "VpcId", key="vpc", ref="ec2.vpc"),
        Column(_("Default"), "IsDefault", key="default", facet=True),
        Column(_("Subnets"), subnets_of, key="subnets", ref="ec2.subnet"),
        Column(_("Inbound rules"), inbound, key="inbound", number=True, wide=True),
        Column(_("Outbound rules"), outbound, key="outbound", number=True, wide=True),
    ),
    related=(Related("ec2.vpc", "VpcId"), Related("ec2.subnet", "Associations[].SubnetId")),
    example={
        "NetworkAclId": "acl-0a1b2c3d4e5f60718",
        "VpcId": "vpc-0a1b2c3d4e5f60718",
        "IsDefault": False,
        "Associations": [
            {"NetworkAclAssociationId": "aclassoc-0a1b2c3d4e5f60718", "SubnetId": "subnet-0a1b2c3d4e5f60718"}
        ],
        "Entries": [
            {"RuleNumber": 100, "Protocol": "-1", "RuleAction": "allow", "Egress": False, "CidrBlock": "0.0.0.0/0"},
            {"RuleNumber": 100, "Protocol": "-1", "RuleAction": "allow", "Egress": True, "CidrBlock": "0.0.0.0/0"},
        ],
    },
)


class CreateForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=256, required=False)
    vpc = Ref("ec2.vpc", label=_("VPC"))
    tags = tag_rows(tags=True)

    def clean_tags(self) -> list[dict[str, str]]:
        check_unique(self.cleaned_data["tags"])
        return list(self.cleaned_data["tags"])


@acl.wizard(
    _("Create network ACL"),
    form=CreateForm,
    icon="plus",
    submit=_("Create"),
    sections=(Section("name", _("Name and tags"), ("name", "vpc", "tags")),),
    iam=("ec2:CreateNetworkAcl", "ec2:CreateTags"),
    help=_("It denies everything until you add rules, and guards nothing until a subnet is given it."),
    example={"name": "web", "vpc": "vpc-0a1b2c3d4e5f60718"},
)
def create(scope: Scope, values: Mapping[str, Any]) -> Steps:
    made = yield Step(
        "ec2.create_network_acl",
        title=_("Create network ACL %(name)s") % {"name": values["name"] or values["vpc"]},
        undo=lambda out: Step(
            "ec2.delete_network_acl", title=_("Delete the network ACL"), NetworkAclId=out["NetworkAcl.NetworkAclId"]
        ),
        touches=lambda out: [(acl.kind, [out["NetworkAcl.NetworkAclId"]])],
        VpcId=values["vpc"],
        TagSpecifications=[specification("network-acl", as_aws(values["tags"], values["name"]))],
    )
    return {"kind": acl.kind, "ids": [made["NetworkAcl.NetworkAclId"]]}


def _used(item: Item) -> Text:
    if item.attrs.get("IsDefault"):
        return _now("%(name)s is its VPC's default network ACL, which goes only with the VPC.") % {"name": item.title}
    if used := subnets_of(item):
        said = _now("%(name)s guards %(subnets)s. Give these another network ACL first.")
        return said % {"name": item.title, "subnets": ", ".join(used[:5])}
    return ""


@acl.action(
    _("Delete"),
    icon="trash-2",
    unless=_used,
    risk=Risk.DESTROYS,
    iam="ec2:DeleteNetworkAcl",
    on={"Associations": []},
)
def delete(item: Item, values: Mapping[str, Any]) -> Steps:
    yield Step(
        "ec2.delete_network_acl",
        title=_("Delete %(name)s") % {"name": item.title},
        NetworkAclId=item.id,
        until=reaches(item.kind, [item.id], gone=True),
    )


taggable(acl)
