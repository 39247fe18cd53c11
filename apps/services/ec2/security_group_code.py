"""What rules of security groups count against, and how groups and rules are said in Terraform."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.catalog.scope import Scope
from apps.catalog.service import Quota
from apps.services.ec2 import ec2
from apps.services.ec2.security_group_edit import WAYS
from apps.services.ec2.security_groups import rules_now, security_group

_LABELS = {"ingress": _("inbound rules of the group"), "egress": _("outbound rules of the group")}
_SOURCES = (
    ("IpRanges", "CidrIp", "cidr_ipv4"),
    ("Ipv6Ranges", "CidrIpv6", "cidr_ipv6"),
    ("UserIdGroupPairs", "GroupId", "referenced_security_group_id"),
    ("PrefixListIds", "PrefixListId", "prefix_list_id"),
)


def _counted(part: str, way: str) -> Callable[..., Iterable[Quota]]:
    def count(params: Mapping[str, Any], scope: Scope) -> Iterable[Quota]:
        """Rules of the group in that direction, before and after."""
        id = params["GroupId"]
        item = scope.get(security_group.kind, id) if isinstance(id, str) else None
        wants = sum(len(one.get(name, ())) for one in params["IpPermissions"] for name, _key, _argument in _SOURCES)
        used = len(rules_now(item, part)) if item else 0
        return (Quota("vpc", "L-0EA8095F", _LABELS[way], wants, used),)

    return count


def _said(params: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One Terraform resource per rule."""
    return [
        {
            "security_group_id": params["GroupId"],
            "description": each.get("Description"),
            "ip_protocol": one["IpProtocol"],
            "from_port": one.get("FromPort"),
            "to_port": one.get("ToPort"),
            argument: each[key],
        }
        for one in params["IpPermissions"]
        for name, key, argument in _SOURCES
        for each in one.get(name, ())
    ]


@ec2.as_terraform("ec2.create_security_group", "aws_security_group", name="GroupName")
def group(params: Mapping[str, Any]) -> dict[str, Any]:
    tags = params.get("TagSpecifications") or [{"Tags": []}]
    return {
        "name": params["GroupName"],
        "description": params["Description"],
        "vpc_id": params.get("VpcId"),
        "tags": {tag["Key"]: tag["Value"] for tag in tags[0]["Tags"]},
    }


@ec2.as_terraform("ec2.create_security_group", "aws_vpc_security_group_egress_rule")
def way_out(params: Mapping[str, Any]) -> dict[str, Any]:
    """A new group lets everything out, which Terraform takes from it."""
    return {"security_group_id": params["GroupName"], "ip_protocol": "-1", "cidr_ipv4": "0.0.0.0/0"}


for _part, _way in WAYS.items():
    ec2.counted(f"ec2.authorize_security_group_{_way}")(_counted(_part, _way))
    _rule = f"aws_vpc_security_group_{_way}_rule"
    ec2.as_terraform(f"ec2.authorize_security_group_{_way}", _rule)(_said)
    ec2.as_terraform(f"ec2.revoke_security_group_{_way}", _rule, gone=True)(_said)
    ec2.as_terraform(f"ec2.update_security_group_rule_descriptions_{_way}", _rule, part="GroupId")(_said)
