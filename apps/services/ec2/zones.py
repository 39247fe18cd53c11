"""Availability Zones: where volumes and subnets lie."""

from django.utils.translation import gettext_lazy as _

from apps.catalog.resources import Call, Column, Resource, State
from apps.services.ec2 import NETWORK

zone = Resource(
    kind="ec2.zone",
    label=_("Availability Zone"),
    plural=_("Availability Zones"),
    group=NETWORK,
    icon="map-pin",
    rank=90,
    fresh=24 * 3600,
    about=_("An Availability Zone is one or more data centers of a Region with power and network of their own."),
    read=Call("describe_availability_zones", "AvailabilityZones[]", by_id="ZoneNames"),
    id="ZoneName",
    name="ZoneName",
    tags="",
    state=State("State", ok={"available"}, busy={"information"}, idle={"constrained"}, bad={"impaired", "unavailable"}),
    columns=(
        Column("ID", "ZoneId", key="zone_id", copy=True),
        Column(_("Type"), "ZoneType", key="type", facet=True),
        Column(_("Group"), "GroupName", key="group", hidden=True),
        Column(_("Opted in"), "OptInStatus", key="opted_in", facet=True, hidden=True),
    ),
    example={
        "ZoneName": "eu-west-1a",
        "ZoneId": "euw1-az1",
        "ZoneType": "availability-zone",
        "State": "available",
        "RegionName": "eu-west-1",
    },
)
