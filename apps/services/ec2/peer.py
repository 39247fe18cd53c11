"""Peering two VPCs as one plan: ask, accept where the other one lies, and a route on both sides. The other may lie in
another Region, and in another account of the organization. Amazon VPC Peering Guide, "How VPC peering works"."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.fields import Ref
from apps.catalog.items import Item
from apps.catalog.plans import Find, Step, Steps, reaches
from apps.catalog.resources import Section
from apps.catalog.scope import Scope
from apps.catalog.text import Text
from apps.services.ec2 import cidr, vpc_steps
from apps.services.ec2.peerings import peering
from apps.services.ec2.route_tables import destination, route_table, target
from apps.services.ec2.tags import as_aws, check_unique, specification, tag_rows
from apps.services.ec2.vpcs import blocks, is_main, vpc

ALIVE = {"initiating-request", "pending-acceptance", "provisioning", "active"}
LOST = {"failed", "rejected", "expired", "deleted"}


class PeerForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=256, required=False)
    tags = tag_rows(tags=True)
    vpc = Ref("ec2.vpc", label=_("This VPC"))
    peer = Ref(
        "ec2.vpc",
        anywhere=True,
        label=_("The other VPC"),
        help_text=_("In any Region and any account of the organization. Their blocks must not overlap."),
    )
    routes = forms.ChoiceField(
        label=_("Routes to each other"),
        choices=[
            ("all", _("In all route tables of both")),
            ("main", _("In their main route tables")),
            ("none", _("None\nThey don't reach each other until you add some")),
        ],
        initial="all",
        widget=forms.RadioSelect,
        help_text=_("Security groups and network ACLs still have to let the traffic in."),
    )

    scope: Scope | None = None

    def clean_tags(self) -> list[dict[str, str]]:
        check_unique(self.cleaned_data["tags"])
        return list(self.cleaned_data["tags"])

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if self.errors or self.scope is None:
            return values
        mine, theirs = self.scope.get(vpc.kind, values["vpc"]), self._peer(values["peer"])
        if mine is None or theirs is None:
            return values
        for text in _refusals(self.scope, mine, theirs):
            self.add_error("peer", str(text))
        if not self.errors:
            values["sides"] = self._sides(mine, theirs, values["routes"])
            values["other"] = theirs
        return values

    def _peer(self, id: str) -> Item | None:
        field = self.fields["peer"]
        return field.chosen(id) if isinstance(field, Ref) else None

    def _sides(self, mine: Item, theirs: Item, which: str) -> list[tuple[Item, list[str]]]:
        """(table, blocks of the other VPC) for each table that gets routes."""
        assert self.scope is not None
        found: list[tuple[Item, list[str]]] = []
        there = self.scope.at(theirs.region, theirs.account)
        for scope, side, other in ((self.scope, mine, theirs), (there, theirs, mine)):
            tables = scope.find(route_table.kind, VpcId=side.id) if which != "none" else ()
            if not tables and which != "none":
                said = _now("The route tables of %(vpc)s aren't known, or you may not see them. Refresh their list.")
                self.add_error("routes", said % {"vpc": side.title})
            for table in tables:
                if which == "all" or is_main(table):
                    found.append((table, blocks(other)))
        for table, wanted in found:
            for text in _taken(table, wanted):
                self.add_error("routes", str(text))
        return found


def _refusals(scope: Scope, mine: Item, theirs: Item) -> Iterator[Text]:
    if mine.id == theirs.id:
        yield _now("A VPC can't be peered with itself.")
        return
    for one, other in cidr.overlaps(blocks(mine), blocks(theirs)):
        said = _now("%(one)s of %(mine)s overlaps %(other)s of %(theirs)s, so that they can't be peered.")
        yield said % {"one": one, "mine": mine.title, "other": other, "theirs": theirs.title}
    if theirs.account != mine.account and not theirs.attrs.get("OwnerId"):
        yield _now("The number of the account of %(vpc)s isn't known. Refresh its list.") % {"vpc": theirs.title}
    for each in scope.find(peering.kind):
        ends = {(each.attrs.get(side) or {}).get("VpcId") for side in ("RequesterVpcInfo", "AccepterVpcInfo")}
        if ends == {mine.id, theirs.id} and each.state in ALIVE:
            said = _now("The two are peered already, by %(id)s, which is %(state)s.")
            yield said % {"id": each.id, "state": each.state}


def _taken(table: Item, wanted: Iterable[str]) -> Iterator[Text]:
    for route in table.attrs.get("Routes") or ():
        if destination(route) in wanted:
            said = _now("%(table)s has a route to %(to)s already, by %(target)s.")
            gone = _now("a target that is gone")
            yield said % {"table": table.title, "to": destination(route), "target": target(route)[1] or gone}


@peering.wizard(
    _("Peer two VPCs"),
    form=PeerForm,
    icon="plus",
    submit=_("Create"),
    sections=(
        Section("name", _("Name and tags"), ("name", "tags")),
        Section("vpcs", _("VPCs"), ("vpc", "peer")),
        Section("routes", _("Routes"), ("routes",)),
    ),
    title=lambda values: _("Peer %(vpc)s with %(peer)s") % {"vpc": values["vpc"], "peer": values["peer"]},
    iam=("ec2:CreateVpcPeeringConnection", "ec2:AcceptVpcPeeringConnection", "ec2:CreateRoute", "ec2:CreateTags"),
    help=_("Asked for here, accepted there, with routes on both sides; if a step fails, what was made is taken back."),
    example={"name": "a-c", "vpc": "vpc-0a1b2c3d4e5f60718", "peer": "vpc-0c1b2c3d4e5f60718", "routes": "none"},
)
def create(scope: Scope, values: Mapping[str, Any]) -> Steps:
    other: Item = values["other"]
    far: dict[str, Any] = {"account": other.account, "region": other.region}
    made = yield Step(
        "ec2.create_vpc_peering_connection",
        title=_("Ask for the peering of %(vpc)s with %(peer)s") % {"vpc": values["vpc"], "peer": other.id},
        find=Find(
            "ec2.describe_vpc_peering_connections",
            "VpcPeeringConnections[0].{VpcPeeringConnection: @}",
            {"Filters": vpc_steps.BY_OPERATION},
        ),
        until=lambda out: reaches(peering.kind, [_id(out)], "pending-acceptance", "active", bad=LOST),
        undo=lambda out: Step(
            "ec2.delete_vpc_peering_connection",
            title=_("Delete the peering connection"),
            VpcPeeringConnectionId=_id(out),
        ),
        touches=lambda out: [(peering.kind, [_id(out)])],
        VpcId=values["vpc"],
        PeerVpcId=other.id,
        PeerOwnerId=other.attrs.get("OwnerId") if other.account != scope.account else None,
        PeerRegion=other.region if other.region != scope.region else None,
        TagSpecifications=[specification("vpc-peering-connection", as_aws(values["tags"], values["name"]))],
    )
    yield Step(
        "ec2.accept_vpc_peering_connection",
        title=_("Accept it for %(vpc)s") % {"vpc": other.id},
        repeat="safe",
        covered=True,
        until=reaches(peering.kind, [_id(made)], "active", bad=LOST),
        touches=[(peering.kind, [_id(made)])],
        VpcPeeringConnectionId=_id(made),
        **far,
    )
    for table, to in values["sides"]:
        for block in to:
            yield vpc_steps.create_route(
                table.id,
                block,
                _("Route %(block)s to the other VPC in %(table)s") % {"block": block, "table": table.title},
                account=table.account,
                region=table.region,
                VpcPeeringConnectionId=_id(made),
            )
    return {"kind": peering.kind, "ids": [_id(made)]}


def _id(made: Any) -> Any:
    return made["VpcPeeringConnection.VpcPeeringConnectionId"]


@vpc.lead(_("Peer with another VPC"), to="ec2.peering-connection.create", icon="git-compare")
def peer_with(item: Item) -> dict[str, Any]:
    return {"vpc": item.id}
