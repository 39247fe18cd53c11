"""IPv6 as on AWS: a VPC's block comes a while after the VPC and its network ACL lets it pass, new interfaces get an
address where their subnet says so, and egress-only internet gateways are found by tags. moto's own blocks lie in a
range that belongs to real servers; these are of the one for documentation."""

import time
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models import elastic_network_interfaces, subnets, vpcs
from moto.ec2.responses.egress_only_internet_gateways import EgressOnlyInternetGateway
from moto.ec2.utils import generic_filter
from moto.moto_api._internal import mock_random

RULE = 101  # of a network ACL, where AWS enters what it enters for IPv6


def install(*, joining: float) -> None:
    """Seconds until a VPC has its block."""
    models: Any = vpcs
    models.random_ipv6_cidr = documented
    vpc, subnet, response = vpcs.VPC, subnets.Subnet, EgressOnlyInternetGateway
    _set(vpc, "ipv6_cidr_block_association_set", property(_joined(vpc.ipv6_cidr_block_association_set.fget, joining)))
    _set(subnet, "ipv6_cidr_block_association_set", property(_plain))
    _set(response, "describe_egress_only_internet_gateways", describe)
    _set(vpcs.VPCBackend, "create_vpc", _let_pass(vpcs.VPCBackend.create_vpc))
    interface = elastic_network_interfaces.NetworkInterface
    _set(interface, "__init__", _addressed(interface.__init__))


def _set(on: Any, name: str, value: Any) -> None:
    setattr(on, name, value)


def documented() -> str:
    return f"2001:db8:{mock_random.randint(1, 0xFFFF):x}:{mock_random.randint(1, 0xFF):x}00::/56"


def _joined(told: Any, joining: float) -> Any:
    def asked(self: Any) -> list[dict[str, Any]]:
        if not hasattr(self, "born"):
            self.born = time.monotonic()
        late = time.monotonic() < self.born + joining
        state = {"ipv6CidrBlock": "", "ipv6CidrBlockState": {"state": "associating"}}
        return [{**each, **state} if late else each for each in told(self)]

    return asked


def _plain(self: Any) -> list[dict[str, Any]]:
    """moto's own has a state within the state."""
    return [
        {key: each[key] for key in ("associationId", "ipv6CidrBlock", "ipv6CidrBlockState")}
        for each in self.ipv6_cidr_block_associations.values()
        if each["ipv6CidrBlockState"]["State"] == "associated"
    ]


def _let_pass(create: Any) -> Any:
    def created(self: Any, *args: Any, **options: Any) -> Any:
        made = create(self, *args, **options)
        if options.get("amazon_provided_ipv6_cidr_block"):
            acl = next(one for one in self.network_acls.values() if one.vpc_id == made.id and one.default)
            for egress in (False, True):
                self.create_network_acl_entry(
                    acl.id, RULE, "-1", "allow", egress, None, None, None, None, None, ipv6_cidr_block="::/0"
                )
        return made

    return created


def _addressed(init: Any) -> Any:
    def made(self: Any, *args: Any, **options: Any) -> None:
        init(self, *args, **options)
        own = getattr(self.subnet, "ipv6_cidr_block_association_set", ())
        if own and self.subnet.assign_ipv6_address_on_creation and not self.ipv6_addresses:
            block = own[0]["ipv6CidrBlock"].partition("/")[0]
            self.ipv6_addresses.append(f"{block}{mock_random.randint(0x10, 0xFFFF):x}")

    return made


def describe(self: Any) -> ActionResult:
    found = self.ec2_backend.describe_egress_only_internet_gateways(self._get_param("EgressOnlyInternetGatewayIds", []))
    return ActionResult({"EgressOnlyInternetGateways": generic_filter(self._filters_from_querystring(), found)})
