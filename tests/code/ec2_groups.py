"""Security groups and key pairs."""

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from tests.code.cases import case, example, unlike
from tests.code.ways import Way

KEY = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32))).public_key()
LINE = KEY.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
HTTPS = {"protocol": "tcp", "ports": "443", "source": "0.0.0.0/0", "description": "$HOME {a}; !* [web] #1"}


def group(way: Way, name: str) -> str:
    """A group that lets SSH in from two networks."""
    ec2 = way.aws("ec2")
    vpc = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"]
    id = ec2.create_security_group(GroupName=name, Description="A test's", VpcId=vpc)["GroupId"]
    ssh = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22}
    ranges = [{"CidrIp": "10.0.0.0/8", "Description": "old"}, {"CidrIp": "192.0.2.0/24"}]
    ec2.authorize_security_group_ingress(GroupId=id, IpPermissions=[ssh | {"IpRanges": ranges}])
    way.know("ec2.security-group", id)
    return str(id)


@case("ec2.security-group.edit-inbound-rules")
def edit_inbound(way):
    stays = {"protocol": "tcp", "ports": "22", "source": "10.0.0.0/8", "description": "the new words"}
    return group(way, "inbound"), {"rules": [stays, HTTPS, {"protocol": "icmp", "source": "192.0.2.0/24"}]}


@case("ec2.security-group.edit-outbound-rules")
def edit_outbound(way):
    return group(way, "outbound"), {"rules": [HTTPS]}


@case("ec2.security-group.create")
def create(way):
    way.sync(["ec2.vpc", "ec2.security-group"])
    return "", example("ec2.security-group.create", outbound=[HTTPS])


@case("ec2.security-group.tag")
def tag(way):
    return group(way, "tagged"), {"tags": [{"key": "team", "value": "web"}], "replace": True}


@case("ec2.security-group.delete")
def delete(way):
    return group(way, "deleted"), {}


@case("ec2.security-group.remove-stale-rules")
def remove_stale(way):
    """Its rule names a group in a VPC that is peered no more."""
    ec2, id = way.aws("ec2"), group(way, "stale")
    there = ec2.create_vpc(CidrBlock="10.30.0.0/16")["Vpc"]["VpcId"]
    here = ec2.describe_security_groups(GroupIds=[id])["SecurityGroups"][0]["VpcId"]
    peering = ec2.create_vpc_peering_connection(VpcId=here, PeerVpcId=there)["VpcPeeringConnection"]
    peering_id = peering["VpcPeeringConnectionId"]
    ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering_id)
    other = ec2.create_security_group(GroupName="gone", Description="A test's", VpcId=there)["GroupId"]
    postgres = {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "UserIdGroupPairs": [{"GroupId": other}]}
    ec2.authorize_security_group_ingress(GroupId=id, IpPermissions=[postgres])
    assert ec2.describe_stale_security_groups(VpcId=here)["StaleSecurityGroupSet"] == []
    ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=peering_id)
    way.know("ec2.security-group", id)
    return id, {}


def pair(way: Way, name: str) -> str:
    way.aws("ec2").import_key_pair(KeyName=name, PublicKeyMaterial=LINE)
    way.know("ec2.key-pair", name)
    return name


@case("ec2.key-pair.tag")
def tag_pair(way):
    return pair(way, "tagged"), {"tags": [{"key": "team", "value": "web"}], "replace": True}


@case("ec2.key-pair.delete")
def delete_pair(way):
    return pair(way, "deleted"), {}


unlike("ec2.key-pair.create", "The key pair is made when it is submitted: before that there is no public key to show.")


@case("ec2.key-pair.import")
def import_pair(way):
    (way.folder / "laptop.pub").write_bytes(LINE)  # which is where the AWS CLI's text expects it
    return "", example("ec2.key-pair.import", name="laptop", public_key=LINE.decode())
