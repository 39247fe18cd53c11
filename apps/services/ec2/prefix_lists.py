"""Managed prefix lists: blocks of addresses under one id, which rules of security groups and routes refer to."""

from django.utils.translation import gettext_lazy as _

from apps.catalog.resources import Call, Column, Resource, State
from apps.services.ec2 import NETWORK

prefix_list = Resource(
    kind="ec2.prefix-list",
    label=_("Prefix list"),
    plural=_("Prefix lists"),
    group=NETWORK,
    icon="list",
    rank=80,
    fresh=3600,
    about=_("A prefix list is a set of CIDR blocks for rules and routes. AWS keeps some for its own services."),
    read=Call(
        "describe_managed_prefix_lists",
        "PrefixLists[]",
        by_id="PrefixListIds",
        missing=("InvalidPrefixListID.NotFound", "InvalidPrefixListId.NotFound"),
    ),
    id="PrefixListId",
    name="PrefixListName",
    arn="PrefixListArn",
    state=State(
        "State",
        ok={"create-complete", "modify-complete", "restore-complete"},
        busy={"create-in-progress", "modify-in-progress", "restore-in-progress", "delete-in-progress"},
        idle={"delete-complete"},
        bad={"create-failed", "modify-failed", "restore-failed", "delete-failed"},
    ),
    columns=(
        Column(_("Address family"), "AddressFamily", key="family", facet=True),
        Column(_("Counts as rules"), "MaxEntries", key="max_entries", number=True),
        Column(_("Owner"), "OwnerId", key="owner", facet=True, wide=True),
        Column(_("Version"), "Version", number=True, hidden=True),
    ),
    example={
        "PrefixListId": "pl-0a1b2c3d4e5f60718",
        "PrefixListName": "com.amazonaws.eu-west-1.s3",
        "AddressFamily": "IPv4",
        "MaxEntries": 20,
        "OwnerId": "AWS",
        "State": "create-complete",
    },
)
