"""A site's network: a VPC with two public and two private subnets, and security groups named by what they protect."""

from dataclasses import dataclass
from typing import Any

from .fleet import Site

OFFICE = "203.0.113.0/24"
ANYWHERE = "0.0.0.0/0"
# name: (description, ((from port, to port, source CIDR or group, what for), …))
GROUPS: dict[str, tuple[str, tuple[tuple[int, int, str, str], ...]]] = {
    "bastion": ("SSH from the office", ((22, 22, OFFICE, "Office"),)),
    "web": ("Public web servers", ((80, 80, ANYWHERE, "Redirects to HTTPS"), (443, 443, ANYWHERE, "HTTPS"))),
    "api": ("API servers behind the web servers", ((8080, 8080, "web", "From the web servers"),)),
    "database": ("PostgreSQL", ((5432, 5432, "api", "From the API servers"),)),
    "cache": ("Redis", ((6379, 6379, "api", "From the API servers"),)),
    "internal": ("Everything that only talks inside", ((0, 65535, "10.0.0.0/8", "Own networks"),)),
    "vpn": ("VPN gateway", ((443, 443, ANYWHERE, "OpenVPN over TCP"),)),
}


@dataclass(frozen=True)
class Network:
    """Ids by short name: "public-a", "web"."""

    vpc: str
    subnets: dict[str, str]
    groups: dict[str, str]


def named(kind: str, name: str, **more: str) -> list[dict[str, Any]]:
    """TagSpecifications with a Name."""
    tags = [{"Key": key, "Value": value} for key, value in {"Name": name, **more}.items()]
    return [{"ResourceType": kind, "Tags": tags}]


def build(ec2: Any, site: Site) -> Network:
    vpc = ec2.create_vpc(CidrBlock=f"{site.cidr}.0.0/16", TagSpecifications=named("vpc", site.network, env=site.env))[
        "Vpc"
    ]["VpcId"]
    gateway = ec2.create_internet_gateway(TagSpecifications=named("internet-gateway", site.network))
    gateway_id = gateway["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway_id, VpcId=vpc)
    table = ec2.create_route_table(VpcId=vpc, TagSpecifications=named("route-table", f"{site.network}-public"))
    table_id = table["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table_id, DestinationCidrBlock=ANYWHERE, GatewayId=gateway_id)
    subnets = {}
    for number, (name, zone) in enumerate((f"{kind}-{zone}", zone) for kind in ("public", "private") for zone in "ab"):
        # Tokyo has no zone b for new accounts: a and c there.
        letter = "c" if site.region == "ap-northeast-1" and zone == "b" else zone
        made = ec2.create_subnet(
            VpcId=vpc,
            CidrBlock=f"{site.cidr}.{number * 16}.0/20",
            AvailabilityZone=site.region + letter,
            TagSpecifications=named("subnet", f"{site.network}-{name}", env=site.env),
        )
        subnets[name] = made["Subnet"]["SubnetId"]
        if name.startswith("public"):
            ec2.associate_route_table(RouteTableId=table_id, SubnetId=subnets[name])
            ec2.modify_subnet_attribute(SubnetId=subnets[name], MapPublicIpOnLaunch={"Value": True})
    return Network(vpc, subnets, _groups(ec2, site, vpc))


def _groups(ec2: Any, site: Site, vpc: str) -> dict[str, str]:
    made: dict[str, str] = {}
    for name in [group for group in GROUPS if group in {machine.group for machine in site.machines} | {"web", "api"}]:
        about, rules = GROUPS[name]
        made[name] = ec2.create_security_group(
            GroupName=f"{site.network}-{name}",
            Description=about,
            VpcId=vpc,
            TagSpecifications=named("security-group", f"{site.network}-{name}", env=site.env),
        )["GroupId"]
        ec2.authorize_security_group_ingress(GroupId=made[name], IpPermissions=[_rule(rule, made) for rule in rules])
    return made


def _rule(rule: tuple[int, int, str, str], groups: dict[str, str]) -> dict[str, Any]:
    first, last, source, about = rule
    permission: dict[str, Any] = {"IpProtocol": "tcp", "FromPort": first, "ToPort": last}
    if source in groups:
        return {**permission, "UserIdGroupPairs": [{"GroupId": groups[source], "Description": about}]}
    return {**permission, "IpRanges": [{"CidrIp": source, "Description": about}]}
