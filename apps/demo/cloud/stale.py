"""Rules of security groups that refer to a group that is gone, or in a VPC that is no longer peered: AWS tells them,
moto doesn't."""

from collections.abc import Iterable
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.responses.security_groups import SecurityGroups


def install() -> None:
    response: Any = SecurityGroups
    response.describe_stale_security_groups = describe


def describe(self: Any) -> ActionResult:
    backend, vpc = self.ec2_backend, self._get_param("VpcId")
    backend.get_vpc(vpc)
    reached = {vpc} | _peers(backend, vpc)
    found = []
    for group in backend.groups[vpc].copy().values():
        gone = {
            "StaleIpPermissions": _stale(backend, group.ingress_rules, reached),
            "StaleIpPermissionsEgress": _stale(backend, group.egress_rules, reached),
        }
        if any(gone.values()):
            about = {"Description": group.description, "VpcId": vpc}
            found.append({"GroupId": group.id, "GroupName": group.name, **about, **gone})
    return ActionResult({"StaleSecurityGroupSet": found})


def _peers(backend: Any, vpc: str) -> set[str]:
    """The VPCs that are peered with it."""
    ends = [(one.vpc.id, one.peer_vpc.id) for one in backend.vpc_pcxs.values() if one._status.code == "active"]
    return {other for pair in ends if vpc in pair for other in pair} - {vpc}


def _stale(backend: Any, rules: Iterable[Any], reached: set[str]) -> list[dict[str, Any]]:
    found = []
    for rule in rules:
        id = rule.source_group.get("GroupId")
        other = backend.get_security_group_from_id(id) if id else None
        if not id or (other and other.vpc_id in reached):
            continue
        pair = {"GroupId": id, "UserId": rule.source_group.get("OwnerId") or backend.account_id}
        told = {"IpProtocol": rule.ip_protocol, "IpRanges": [], "PrefixListIds": [], "UserIdGroupPairs": [pair]}
        if rule.from_port is not None:
            told |= {"FromPort": rule.from_port, "ToPort": rule.to_port}
        found.append(told)
    return found
