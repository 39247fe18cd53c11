"""How a change of an instance, a volume, an image or a network interface is said in Terraform, and what is tagged."""

from typing import Any

from apps.services.ec2 import ec2
from apps.services.ec2.network_code import Params, said

_INSTANCE = (
    "InstanceType",
    "DisableApiTermination",
    "DisableApiStop",
    "InstanceInitiatedShutdownBehavior",
    "SourceDestCheck",
    "UserData",
)


@ec2.as_terraform("ec2.modify_instance_attribute", "aws_instance", part="InstanceId")
def instance(params: Params) -> dict[str, Any]:
    if attribute := params.get("Attribute"):
        params = {attribute[0].upper() + attribute[1:]: params.get("Value")}
    return said(params, *_INSTANCE)


@ec2.as_terraform("ec2.modify_instance_metadata_options", "aws_instance", part="InstanceId")
def metadata_options(params: Params) -> dict[str, Any]:
    names = ("HttpEndpoint", "HttpTokens", "HttpPutResponseHopLimit", "InstanceMetadataTags", "HttpProtocolIpv6")
    return {"{metadata_options}": said(params, *names)}


@ec2.as_terraform("ec2.associate_iam_instance_profile", "aws_instance", part="InstanceId")
@ec2.as_terraform("ec2.replace_iam_instance_profile_association", "aws_instance", part="AssociationId")
def instance_profile(params: Params) -> dict[str, Any]:
    return {"iam_instance_profile": params["IamInstanceProfile"]["Name"]}


for _call, _on in (("monitor", True), ("unmonitor", False)):

    @ec2.as_terraform(f"ec2.{_call}_instances", "aws_instance", part="InstanceIds")
    def monitoring(params: Params, on: bool = _on) -> dict[str, Any]:
        return {"monitoring": on}


@ec2.as_terraform("ec2.modify_volume", "aws_ebs_volume", part="VolumeId")
def volume(params: Params) -> dict[str, Any]:
    return {"type": params.get("VolumeType"), **said(params, "Size", "Iops", "Throughput")}


@ec2.as_terraform("ec2.modify_image_attribute", "aws_ami", part="ImageId")
def image(params: Params) -> dict[str, Any]:
    return said(params, "Description")


@ec2.as_terraform("ec2.enable_image_deprecation", "aws_ami", part="ImageId")
def deprecation(params: Params) -> dict[str, Any]:
    return {"deprecation_time": params["DeprecateAt"]}


@ec2.as_terraform("ec2.modify_network_interface_attribute", "aws_network_interface", part="NetworkInterfaceId")
def network_interface(params: Params) -> dict[str, Any]:
    return {**said(params, "Description", "SourceDestCheck"), "security_groups": params.get("Groups")}


@ec2.as_terraform("ec2.create_tags", "aws_ec2_tag")
def tags(params: Params) -> list[dict[str, Any]]:
    return [
        {"resource_id": id, "key": tag["Key"], "value": tag["Value"]}
        for id in params["Resources"]
        for tag in params["Tags"]
    ]


ec2.not_in_terraform("ec2.create_snapshots", "which volumes it copies, AWS finds when it is called")

for _call in ("ec2.assign_private_ip_addresses", "ec2.unassign_private_ip_addresses"):
    ec2.not_in_terraform(_call, "an aws_network_interface says all of its addresses, the call some")

ec2.not_in_terraform("ec2.disable_image_deprecation", "an aws_ami says no deprecation_time then")
