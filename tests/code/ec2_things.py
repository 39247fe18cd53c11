"""Things of EC2 to do something to, made by boto3 and known to the panel."""

from typing import Any

from tests.code.ways import REGION, Way

IMAGE = "al2023-ami-2023*-kernel-6.12-x86_64"
ZONE = f"{REGION}a"
TAGS = [{"Key": "Name", "Value": "one"}, {"Key": "env", "Value": "dev"}]


def known(way: Way, kind: str, id: str) -> str:
    way.know(f"ec2.{kind}", id)
    return id


def image(way: Way) -> str:
    """A public one."""
    found = way.aws("ec2").describe_images(Filters=[{"Name": "name", "Values": [IMAGE]}])["Images"][0]["ImageId"]
    return known(way, "image", found)


def instance(way: Way, *, state: str = "running", **more: Any) -> str:
    """One that has come to rest."""
    ec2 = way.aws("ec2")
    tags = [{"ResourceType": "instance", "Tags": TAGS}]
    made = ec2.run_instances(
        ImageId=image(way), InstanceType="t3.micro", MinCount=1, MaxCount=1, TagSpecifications=tags, **more
    )
    id = made["Instances"][0]["InstanceId"]
    ec2.get_waiter("instance_running").wait(InstanceIds=[id], WaiterConfig={"Delay": 0.1})
    if state == "stopped":
        ec2.stop_instances(InstanceIds=[id])
        ec2.get_waiter("instance_stopped").wait(InstanceIds=[id], WaiterConfig={"Delay": 0.1})
    return known(way, "instance", id)


def own_image(way: Way) -> str:
    made = way.aws("ec2").create_image(InstanceId=instance(way), Name=f"golden-{next(way.numbers)}")
    return known(way, "image", made["ImageId"])


def volume(way: Way, **more: Any) -> str:
    made = way.aws("ec2").create_volume(AvailabilityZone=ZONE, Size=8, VolumeType="gp3", **more)
    return known(way, "volume", made["VolumeId"])


def snapshot(way: Way) -> str:
    return known(way, "snapshot", way.aws("ec2").create_snapshot(VolumeId=volume(way))["SnapshotId"])


def address(way: Way, on: str = "") -> str:
    ec2 = way.aws("ec2")
    id = ec2.allocate_address(Domain="vpc")["AllocationId"]
    if on:
        ec2.associate_address(AllocationId=id, InstanceId=on)
    return known(way, "address", id)


def vpc(way: Way, block: str = "10.20.0.0/16") -> str:
    return known(way, "vpc", way.aws("ec2").create_vpc(CidrBlock=block)["Vpc"]["VpcId"])


def subnet(way: Way, within: str = "", block: str = "10.20.1.0/24", zone: str = ZONE) -> str:
    made = way.aws("ec2").create_subnet(VpcId=within or vpc(way), CidrBlock=block, AvailabilityZone=zone)
    return known(way, "subnet", made["Subnet"]["SubnetId"])


def default_subnet(way: Way) -> str:
    """Where instances come to lie that nobody places."""
    filters = [{"Name": "default-for-az", "Values": ["true"]}, {"Name": "availability-zone", "Values": [ZONE]}]
    return known(way, "subnet", way.aws("ec2").describe_subnets(Filters=filters)["Subnets"][0]["SubnetId"])


def vpc_of(way: Way, subnet: str) -> str:
    found = way.aws("ec2").describe_subnets(SubnetIds=[subnet])["Subnets"][0]["VpcId"]
    return known(way, "vpc", found)


def route_table(way: Way, within: str = "") -> str:
    made = way.aws("ec2").create_route_table(VpcId=within or vpc(way))
    return known(way, "route-table", made["RouteTable"]["RouteTableId"])


def internet_gateway(way: Way, on: str = "") -> str:
    ec2 = way.aws("ec2")
    id = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    if on:
        ec2.attach_internet_gateway(InternetGatewayId=id, VpcId=on)
    return known(way, "internet-gateway", id)


def six(way: Way) -> str:
    """A VPC with an IPv6 block."""
    made = way.aws("ec2").create_vpc(CidrBlock="10.20.0.0/16", AmazonProvidedIpv6CidrBlock=True)
    return known(way, "vpc", made["Vpc"]["VpcId"])


def egress_gateway(way: Way) -> str:
    made = way.aws("ec2").create_egress_only_internet_gateway(VpcId=six(way))
    id = made["EgressOnlyInternetGateway"]["EgressOnlyInternetGatewayId"]
    return known(way, "egress-only-internet-gateway", id)


def nat_gateway(way: Way) -> str:
    made = way.aws("ec2").create_nat_gateway(SubnetId=subnet(way), AllocationId=address(way))
    way.sync(["ec2.address"])
    return known(way, "nat-gateway", made["NatGateway"]["NatGatewayId"])


def peering(way: Way) -> str:
    made = way.aws("ec2").create_vpc_peering_connection(VpcId=vpc(way), PeerVpcId=vpc(way, "10.40.0.0/16"))
    return known(way, "peering-connection", made["VpcPeeringConnection"]["VpcPeeringConnectionId"])


def accepted_peering(way: Way) -> str:
    id = peering(way)
    way.aws("ec2").accept_vpc_peering_connection(VpcPeeringConnectionId=id)
    return known(way, "peering-connection", id)


def acl(way: Way, within: str = "") -> str:
    made = way.aws("ec2").create_network_acl(VpcId=within or vpc(way))
    return known(way, "network-acl", made["NetworkAcl"]["NetworkAclId"])


def group(way: Way, within: str = "", name: str = "web") -> str:
    made = way.aws("ec2").create_security_group(GroupName=name, Description="web", VpcId=within or vpc(way))
    return known(way, "security-group", made["GroupId"])


def interface(way: Way, within: str = "") -> str:
    made = way.aws("ec2").create_network_interface(SubnetId=within or subnet(way))["NetworkInterface"]
    for each in made["Groups"]:
        known(way, "security-group", each["GroupId"])
    return known(way, "network-interface", made["NetworkInterfaceId"])


def attached_interface(way: Way) -> str:
    id = interface(way, default_subnet(way))
    way.aws("ec2").attach_network_interface(NetworkInterfaceId=id, InstanceId=instance(way), DeviceIndex=1)
    return known(way, "network-interface", id)
