"""Which route table and which network ACL a subnet has: naming one, or its VPC's own where none is named."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.catalog.items import Item
from apps.catalog.plans import Find, Step
from apps.catalog.scope import Scope
from apps.services.ec2.vpcs import is_main


def table_of(scope: Scope, subnet: Item) -> tuple[Item | None, str]:
    """A subnet's route table, and the id of the association that names it: empty where it is the VPC's main one."""
    tables = scope.find("ec2.route-table", VpcId=subnet.attrs.get("VpcId"))
    for table in tables:
        for each in table.attrs.get("Associations") or ():
            if each.get("SubnetId") == subnet.id:
                return table, str(each.get("RouteTableAssociationId") or "")
    return next((table for table in tables if is_main(table)), None), ""


def acl_of(scope: Scope, subnet: Item) -> tuple[Item | None, str]:
    """A subnet's network ACL, and the id of the association that names it."""
    acls = scope.find("ec2.network-acl", VpcId=subnet.attrs.get("VpcId"))
    for acl in acls:
        for each in acl.attrs.get("Associations") or ():
            if each.get("SubnetId") == subnet.id:
                return acl, str(each.get("NetworkAclAssociationId") or "")
    return next((acl for acl in acls if acl.attrs.get("IsDefault")), None), ""


def associate(subnet: str, table: Any, was: str = "", association: str = "", name: str = "") -> Step:
    """Gives a subnet a route table in place of `was`, which `association` names where it isn't the VPC's main one."""
    said = {"subnet": subnet, "table": name or (table if isinstance(table, str) else _("the new route table"))}
    touches = [("ec2.route-table", [each for each in (table, was) if each])]
    if association:
        return Step(
            "ec2.replace_route_table_association",
            title=_("Route %(subnet)s by %(table)s") % said,
            repeat="safe",
            touches=touches,
            undo=lambda out: Step(
                "ec2.replace_route_table_association",
                title=_("Route %(subnet)s by %(table)s again") % {"subnet": subnet, "table": was},
                repeat="safe",
                touches=touches,
                AssociationId=out["NewAssociationId"],
                RouteTableId=was,
            ),
            AssociationId=association,
            RouteTableId=table,
        )
    path = f"RouteTables[0].Associations[?SubnetId=='{subnet}'] | [0].{{AssociationId: RouteTableAssociationId}}"
    return Step(
        "ec2.associate_route_table",
        title=_("Route %(subnet)s by %(table)s") % said,
        find=Find("ec2.describe_route_tables", path, {"RouteTableIds": [table]}),
        touches=touches,
        undo=lambda out: Step(
            "ec2.disassociate_route_table",
            title=_("Route %(subnet)s by its VPC's main route table again") % {"subnet": subnet},
            already=("InvalidAssociationID.NotFound",),
            touches=touches,
            AssociationId=out["AssociationId"],
        ),
        RouteTableId=table,
        SubnetId=subnet,
    )


def release(subnet: str, table: str, association: str) -> Step:
    """Gives a subnet its VPC's main route table back."""
    return Step(
        "ec2.disassociate_route_table",
        title=_("Route %(subnet)s by its VPC's main route table") % {"subnet": subnet},
        already=("InvalidAssociationID.NotFound",),
        touches=[("ec2.route-table", [table])],
        undo=Step(
            "ec2.associate_route_table",
            title=_("Route %(subnet)s by %(table)s again") % {"subnet": subnet, "table": table},
            already=("Resource.AlreadyAssociated",),
            RouteTableId=table,
            SubnetId=subnet,
        ),
        AssociationId=association,
    )


def guard(subnet: str, acl: str, was: str, association: str, name: str = "") -> Step:
    """Gives a subnet a network ACL in place of `was`."""
    touches = [("ec2.network-acl", [acl, was])]
    return Step(
        "ec2.replace_network_acl_association",
        title=_("Guard %(subnet)s by %(acl)s") % {"subnet": subnet, "acl": name or acl},
        repeat="safe",
        touches=touches,
        undo=lambda out: Step(
            "ec2.replace_network_acl_association",
            title=_("Guard %(subnet)s by %(acl)s again") % {"subnet": subnet, "acl": was},
            repeat="safe",
            touches=touches,
            AssociationId=out["NewAssociationId"],
            NetworkAclId=was,
        ),
        AssociationId=association,
        NetworkAclId=acl,
    )
