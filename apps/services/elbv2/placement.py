"""Where a load balancer stands: the rules of its subnets, and changing these and its security groups."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.cards import Named, Sheet, Shown
from apps.catalog.fields import Refs
from apps.catalog.items import Item
from apps.catalog.plans import Step, Steps
from apps.catalog.scope import Scope
from apps.catalog.text import Text
from apps.services.elbv2.load_balancers import load_balancer

NETWORK = Sheet("network", _("Network"), rank=10)
FREE = 8  # addresses that AWS wants free in each subnet of an Application Load Balancer
MOST_SUBNETS, MOST_GROUPS = 20, 5
# What the address in a zone may be set by, in AWS's answer and in a subnet's mapping.
_FIXED = ("AllocationId", "PrivateIPv4Address", "IPv6Address")


def found(scope: Scope | None, kind: str, ids: Iterable[str]) -> list[Item]:
    """Those that the panel knows."""
    return [one for id in ids if (one := scope.get(kind, id))] if scope else []


def check_subnets(form: forms.Form, type: str, subnets: Sequence[Item], there: Sequence[str] = ()) -> None:
    """One VPC, one subnet of each zone, two zones for an Application Load Balancer, room in each that isn't `there`."""
    if not subnets:
        return
    zones = [subnet.zone for subnet in subnets]
    if len({subnet.attrs.get("VpcId") for subnet in subnets}) > 1:
        form.add_error("subnets", _now("The subnets lie in several VPCs: choose those of one."))
    for zone in sorted({zone for zone in zones if zones.count(zone) > 1}):
        form.add_error("subnets", _now("Two subnets are in %(zone)s: choose one of each zone.") % {"zone": zone})
    if type == "application" and len(set(zones)) < 2:
        said = _now("An Application Load Balancer needs subnets in two zones at least; there is %(zone)s alone.")
        form.add_error("subnets", said % {"zone": zones[0]})
    for subnet in subnets if type == "application" else ():
        free = subnet.attrs.get("AvailableIpAddressCount")
        if isinstance(free, int) and free < FREE and subnet.id not in there:
            words = {"name": subnet.title, "free": free, "limit": FREE}
            said = _now("%(name)s has %(free)d free addresses; a load balancer needs %(limit)d.")
            form.add_error("subnets", said % words)


def check_groups(form: forms.Form, groups: Sequence[Item], vpc: str) -> None:
    for group in groups:
        if vpc and group.attrs.get("VpcId") != vpc:
            words = {"name": group.title, "its": group.attrs.get("VpcId"), "vpc": vpc}
            form.add_error("groups", _now("%(name)s is in %(its)s, the subnets are in %(vpc)s.") % words)


def subnets_of(item: Item) -> list[str]:
    return [each["SubnetId"] for each in item.attrs.get("AvailabilityZones") or () if each.get("SubnetId")]


def groups_of(item: Item) -> list[str]:
    return list(item.attrs.get("SecurityGroups") or ())


class NetworkForm(forms.Form):
    subnets = Refs(
        "ec2.subnet",
        same="VpcId",
        label=_("Subnets"),
        most=MOST_SUBNETS,
        help_text=_("One in each Availability Zone; an Application Load Balancer needs two zones."),
    )
    groups = Refs("ec2.security-group", same="VpcId", label=_("Security groups"), required=False, most=MOST_GROUPS)

    items: tuple[Item, ...] = ()
    scope: Scope | None = None

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if len(self.items) > 1:
            self.add_error(None, _now("Edit one load balancer at a time: each has subnets of its own."))
        for item in self.items if not self.errors else ():
            self._check(item, values)
        return values

    def _check(self, item: Item, values: Mapping[str, Any]) -> None:
        type, name = str(item.attrs.get("Type")), {"name": item.title}
        check_subnets(self, type, found(self.scope, "ec2.subnet", values["subnets"]), subnets_of(item))
        if type == "gateway" and (gone := set(subnets_of(item)) - set(values["subnets"])):
            said = _now("%(name)s is a Gateway Load Balancer, which keeps its subnets; %(gone)s is left out.")
            self.add_error("subnets", said % (name | {"gone": ", ".join(sorted(gone))}))
        if type == "application" and groups_of(item) and not values["groups"]:
            self.add_error("groups", _now("%(name)s needs a security group.") % name)
        if type == "network" and bool(values["groups"]) != bool(groups_of(item)):
            said = _now("%(name)s was made without security groups, and gets none later.")
            if groups_of(item):
                said = _now("%(name)s was made with security groups, and keeps one at least.")
            self.add_error("groups", said % name)
        if type == "gateway" and values["groups"]:
            self.add_error("groups", _now("A Gateway Load Balancer has no security groups."))


def _zones_gone(item: Item, wanted: Sequence[str]) -> list[str]:
    return [each["ZoneName"] for each in item.attrs.get("AvailabilityZones") or () if each["SubnetId"] not in wanted]


def means(item: Item, values: Mapping[str, Any]) -> Iterator[Text]:
    if new := [id for id in values["subnets"] if id not in subnets_of(item)]:
        yield _now("%(name)s comes to stand in %(subnets)s.") % {"name": item.title, "subnets": ", ".join(new)}
    if set(values["groups"]) != set(groups_of(item)):
        said = _now("What reaches %(name)s is said by %(groups)s from now on.")
        yield said % {"name": item.title, "groups": ", ".join(values["groups"]) or "–"}


def risks(item: Item, values: Mapping[str, Any]) -> Iterator[Text]:
    for zone in _zones_gone(item, values["subnets"]):
        said = _now(
            "%(name)s leaves its subnet in %(zone)s: its address there answers no more, open connections break."
        )
        yield said % {"name": item.title, "zone": zone}
    if gone := set(groups_of(item)) - set(values["groups"]):
        said = _now("What only %(groups)s let in, reaches %(name)s no more.")
        yield said % {"name": item.title, "groups": ", ".join(sorted(gone))}


@load_balancer.action(
    _("Edit network"),
    verb="edit-network",
    submit=_("Save"),
    icon="network",
    form=NetworkForm,
    facts=("AvailabilityZones", "SecurityGroups"),
    like=lambda item: {"subnets": subnets_of(item), "groups": groups_of(item)},
    means=means,
    risks=risks,
    iam=("elasticloadbalancing:SetSubnets", "elasticloadbalancing:SetSecurityGroups"),
    example={"subnets": ["subnet-0a1b2c3d4e5f60718"], "groups": ["sg-08f7e6d5c4b3a2910"]},
    on={
        "Type": "network",
        "AvailabilityZones": [{"ZoneName": "eu-west-1b", "SubnetId": "subnet-0b1b2c3d4e5f60718"}],
    },
)
def edit_network(item: Item, values: Mapping[str, Any]) -> Steps:
    if set(values["subnets"]) != set(subnets_of(item)):
        yield _stand(item, values["subnets"], _("Change the subnets of %(name)s"), undo=True)
    if set(values["groups"]) != set(groups_of(item)):
        yield _guard(item, values["groups"], _("Change the security groups of %(name)s"), undo=True)


def _stand(item: Item, subnets: Sequence[str], title: Text, undo: bool = False) -> Step:
    fixed = {each["SubnetId"]: each for each in map(_mapping, item.attrs.get("AvailabilityZones") or ())}
    where: dict[str, Any] = {"Subnets": list(subnets)}
    if any(len(each) > 1 for each in fixed.values()):  # what has addresses of its own keeps them
        where = {"SubnetMappings": [fixed.get(id, {"SubnetId": id}) for id in subnets]}
    return Step(
        "elbv2.set_subnets",
        title=title % {"name": item.title},
        repeat="safe",
        touches=[(item.kind, [item.id])],
        undo=_stand(item, subnets_of(item), _("Give %(name)s its subnets back")) if undo else None,
        LoadBalancerArn=item.id,
        **where,
    )


def _mapping(zone: Mapping[str, Any]) -> dict[str, str]:
    """A subnet with the addresses that were chosen for it."""
    address: Mapping[str, str] = next(iter(zone.get("LoadBalancerAddresses") or ()), {})
    return {"SubnetId": zone["SubnetId"]} | {key: address[key] for key in _FIXED if address.get(key)}


def _guard(item: Item, groups: Sequence[str], title: Text, undo: bool = False) -> Step:
    return Step(
        "elbv2.set_security_groups",
        title=title % {"name": item.title},
        repeat="safe",
        touches=[(item.kind, [item.id])],
        undo=_guard(item, groups_of(item), _("Give %(name)s its security groups back")) if undo else None,
        LoadBalancerArn=item.id,
        SecurityGroups=list(groups),
    )


@load_balancer.card(NETWORK, _("Zones and security groups"), verbs=("edit-network",), rank=10)
def card(item: Item) -> Shown:
    groups = [(_now("Security group"), Named("ec2.security-group", id), "") for id in groups_of(item)]
    zones = [
        (_now("Subnet"), Named("ec2.subnet", each["SubnetId"]), each.get("ZoneName", ""))
        for each in item.attrs.get("AvailabilityZones") or ()
    ]
    return Shown(heads=[_now("What"), _now("Which"), _now("Zone")], rows=[*zones, *groups])
