"""The routes of a table, edited as rows: what is new, changed and gone becomes a plan."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.cards import Named, Sheet, Shown
from apps.catalog.edits import Changes, changes, doubles, guarded
from apps.catalog.fields import Ref, Rows
from apps.catalog.items import Item
from apps.catalog.plans import Same, Step, Steps
from apps.catalog.resources import Risk
from apps.catalog.scope import Scope
from apps.catalog.text import Text
from apps.services.ec2 import cidr
from apps.services.ec2.route_tables import destination, route_table, target

ROUTES = Sheet("routes", _("Routes"), 10)
MOST = 1000  # routes of a table after an increase of the quota; 500 without
# What a target's id begins with, and the parameter that takes it.
_PARAMETERS = {
    "igw-": "GatewayId",
    "vgw-": "GatewayId",
    "nat-": "NatGatewayId",
    "pcx-": "VpcPeeringConnectionId",
    "i-": "InstanceId",
    "eni-": "NetworkInterfaceId",
    "tgw-": "TransitGatewayId",
    "eigw-": "EgressOnlyInternetGatewayId",
    "lgw-": "LocalGatewayId",
    "cagw-": "CarrierGatewayId",
}
# What the panel knows of them: the kind, by how its ids begin.
_KINDS = {
    "igw-": "ec2.internet-gateway",
    "nat-": "ec2.nat-gateway",
    "pcx-": "ec2.peering-connection",
    "eigw-": "ec2.egress-only-internet-gateway",
    "i-": "ec2.instance",
}


def _begins(id: str) -> str:
    return id.partition("-")[0] + "-"


class RouteForm(forms.Form):
    destination = forms.CharField(label=_("Destination"), max_length=60)
    target = Ref(
        "ec2.internet-gateway",
        also=("ec2.nat-gateway", "ec2.peering-connection", "ec2.egress-only-internet-gateway", "ec2.instance"),
        label=_("Target"),
        required=False,
    )
    other = forms.CharField(label=_("Or another target's id"), max_length=60, required=False)

    scope: Scope | None = None

    def clean_destination(self) -> str:
        text: str = self.cleaned_data["destination"].strip()
        return text if text.startswith("pl-") else str(cidr.network(text))

    def clean_other(self) -> str:
        text: str = self.cleaned_data["other"].strip()
        if text and _begins(text) not in _PARAMETERS:
            said = _now("%(value)s is no target of a route. Its id begins with one of %(known)s.")
            raise forms.ValidationError(said % {"value": text, "known": ", ".join(_PARAMETERS)})
        return text

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if values.get("target") and values.get("other"):
            self.add_error("other", _now("Choose a target or enter an id, not both."))
        elif not self.errors and not values.get("target") and not values.get("other"):
            self.add_error("target", _now("Choose where this traffic goes."))
        return values


class RoutesForm(forms.Form):
    routes = Rows(
        RouteForm,
        most=MOST,
        required=False,
        label=_("Routes"),
        add=_("Add route"),
        help_text=_("Of several that fit, the one with the longest prefix counts."),
    )

    scope: Scope | None = None
    items: tuple[Item, ...] = ()

    def clean_routes(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.cleaned_data["routes"] or []
        wanted = [row["destination"] for row in rows]
        for each in doubles(wanted):
            raise forms.ValidationError(_now("%(value)s stands twice.") % {"value": each})
        for item in self.items:
            kept = {destination(route) for route in item.attrs.get("Routes") or () if not editable(route)}
            if stays := kept.intersection(wanted):
                said = _now("%(table)s has a route to %(value)s that can't be changed here.")
                raise forms.ValidationError(said % {"table": item.title, "value": ", ".join(sorted(stays))})
            for row in rows:
                if text := self._strange(item, row["target"] or row["other"]):
                    raise forms.ValidationError(text)
        return rows

    def _strange(self, table: Item, id: str) -> str:
        """Why a target can't be one of the table's."""
        kind = _KINDS.get(_begins(id))
        found = self.scope.get(kind, id) if self.scope and kind else None
        vpc = table.attrs.get("VpcId")
        if found is None or vpc in belongs(found):
            return ""
        said = _now("%(target)s does not belong to the VPC of %(table)s, %(vpc)s.")
        return said % {"target": found.title, "table": table.title, "vpc": vpc}


def belongs(item: Item) -> list[str]:
    """The VPCs that a route's target is of."""
    attrs = item.attrs
    found = [attrs.get("VpcId"), *(each.get("VpcId") for each in attrs.get("Attachments") or ())]
    found += [(attrs.get(side) or {}).get("VpcId") for side in ("RequesterVpcInfo", "AccepterVpcInfo")]
    return [each for each in found if each]


def editable(route: Mapping[str, Any]) -> bool:
    """Not the local route, nor what a virtual private gateway or an endpoint has entered."""
    if route.get("Origin") not in (None, "CreateRoute"):
        return False
    return target(route)[1] != "local" and not target(route)[1].startswith("vpce-")


def _now_set(item: Item) -> dict[str, str]:
    return {destination(each): target(each)[1] for each in item.attrs.get("Routes") or () if editable(each)}


def _like(item: Item) -> dict[str, Any]:
    def row(to: str, id: str) -> dict[str, str]:
        known = _begins(id) in _KINDS
        return {"destination": to, "target": id if known else "", "other": "" if known else id}

    return {"routes": [row(*each) for each in _now_set(item).items()]}


def differences(item: Item, rows: Iterable[Mapping[str, Any]]) -> Changes[str, str]:
    """Targets by destination: what is new, what leads elsewhere now, and what is gone."""
    return changes(_now_set(item), {row["destination"]: row["target"] or row["other"] for row in rows})


def _means(item: Item, values: Mapping[str, Any]) -> Iterator[Text]:
    found = differences(item, values["routes"])
    for to, id in found.new.items():
        yield _now("New: %(to)s goes to %(target)s.") % {"to": to, "target": id}
    for to, (before, id) in found.changed.items():
        said = _now("Changed: %(to)s goes to %(target)s instead of %(before)s.")
        yield said % {"to": to, "target": id, "before": before or _now("a target that is gone")}
    for to, id in found.gone.items():
        said = _now("Gone: %(to)s no longer goes to %(target)s.")
        yield said % {"to": to, "target": id or _now("a target that is gone")}


def _risks(item: Item, values: Mapping[str, Any]) -> Iterator[Text]:
    found = differences(item, values["routes"])
    for to in (*found.changed, *found.gone):
        yield _now("Connections to %(to)s by this route break.") % {"to": to}
    for to, id in (*found.new.items(), *((to, id) for to, (_before, id) in found.changed.items())):
        if id.startswith("igw-"):
            said = _now("%(to)s through an internet gateway makes the table's subnets public.")
            yield said % {"to": to}


def parameter(to: str) -> dict[str, Any]:
    """A destination as the calls take it."""
    if to.startswith("pl-"):
        return {"DestinationPrefixListId": to}
    return {"DestinationIpv6CidrBlock" if ":" in to else "DestinationCidrBlock": to}


def leads(id: str) -> dict[str, Any]:
    """A target as the calls take it."""
    return {_PARAMETERS[_begins(id)]: id}


@route_table.action(
    _("Edit routes"),
    verb="edit-routes",
    submit=_("Save"),
    icon="route",
    form=RoutesForm,
    facts=("Routes",),
    like=_like,
    means=_means,
    risks=_risks,
    risk=Risk.SAFE,
    iam=("ec2:CreateRoute", "ec2:ReplaceRoute", "ec2:DeleteRoute"),
    help=_("The route within the VPC, and what AWS enters itself, stay as they are."),
    example={"routes": [{"destination": "10.30.0.0/16", "target": "pcx-0a1b2c3d4e5f60718"}]},
    main=True,
)
def edit_routes(item: Item, values: Mapping[str, Any]) -> Steps:
    yield from guarded(_changes(item, values["routes"]), _same(item))


def _changes(item: Item, rows: Iterable[Mapping[str, Any]]) -> Iterator[Step]:
    found = differences(item, rows)
    for to, id in found.gone.items():
        yield _step("delete_route", item, to, "", id)
    for to, (was, id) in found.changed.items():
        yield _step("replace_route", item, to, id, was)
    for to, id in found.new.items():
        yield _step("create_route", item, to, id, "")


def _same(item: Item) -> Same:
    return Same(
        "ec2.describe_route_tables",
        {"RouteTableIds": [item.id]},
        "RouteTables[0].Routes",
        value=item.attrs.get("Routes"),
        unordered=True,
        what=_("The routes"),
    )


_BACK = {"create_route": "delete_route", "replace_route": "replace_route", "delete_route": "create_route"}
_TITLES = {
    "create_route": _("Route %(to)s to %(target)s"),
    "replace_route": _("Route %(to)s to %(target)s instead"),
    "delete_route": _("Delete the route to %(to)s"),
}
_ALREADY = {"create_route": ("RouteAlreadyExists",), "delete_route": ("InvalidRoute.NotFound",)}


def _step(call: str, item: Item, to: str, id: str, was: str) -> Step:
    """A call that changes one route; `was` is where it led before, empty where nowhere."""
    back = _BACK[call]
    undo = None
    if back == "delete_route" or (was and _begins(was) in _PARAMETERS):
        undo = _bare(back, item, to, was)
    return _bare(call, item, to, id, undo=undo)


def _bare(call: str, item: Item, to: str, id: str, **more: Any) -> Step:
    return Step(
        f"ec2.{call}",
        title=_TITLES[call] % {"to": to, "target": id},
        # Only this plan could have made it: it was looked for just before.
        already=_ALREADY.get(call, ()),
        repeat="safe",
        touches=[(item.kind, [item.id])],
        RouteTableId=item.id,
        **parameter(to),
        **(leads(id) if call != "delete_route" else {}),
        **more,
    )


def _named(id: str) -> Named | str:
    kind = _KINDS.get(_begins(id))
    return Named(kind, id) if kind else id


@route_table.card(ROUTES, _("Routes"), verbs=("edit-routes",), empty=_("No routes."), rank=10)
def card(item: Item) -> Shown:
    heads = [_now("Destination"), _now("Target"), _now("State"), _now("Entered by")]
    by = {"CreateRouteTable": _now("AWS"), "EnableVgwRoutePropagation": _now("A virtual private gateway")}
    rows = [
        (
            destination(each),
            _named(target(each)[1]),
            _now("Target is gone") if each.get("State") == "blackhole" else _now("Active"),
            by.get(str(each.get("Origin")), _now("Somebody")),
        )
        for each in item.attrs.get("Routes") or ()
    ]
    return Shown(heads=heads, rows=rows)
