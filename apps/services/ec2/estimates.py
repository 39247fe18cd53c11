"""What EC2's calls cost and count against, and how they are said in Terraform."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.catalog.costs import HOURS, Book, CostPart
from apps.catalog.scope import Scope
from apps.catalog.service import Quota
from apps.services.ec2 import ec2
from apps.services.ec2.types import vcpus
from apps.services.ec2.volume_types import volume_parts

# Families that the quota "Running On-Demand Standard instances" counts.
STANDARD = ("a", "c", "d", "h", "i", "m", "r", "t", "z")


@ec2.priced("ec2.run_instances")
def run_instances(params: Mapping[str, Any], scope: Scope, book: Book) -> list[CostPart]:
    count, size = params["MaxCount"], params.get("InstanceType")
    if not size:
        return [CostPart(_("Compute, as the launch template says"), None)]
    spot = (params.get("InstanceMarketOptions") or {}).get("MarketType") == "spot"
    hour = book.spot(size) if spot else book.instance(size)
    label = _("Compute, %(count)d × 730 h, Spot") if spot else _("Compute, %(count)d × 730 h")
    parts = [CostPart(label % {"count": count}, None if hour is None else hour * HOURS * count)]
    for disk in params.get("BlockDeviceMappings") or ():
        parts += _disk(disk.get("Ebs") or {}, count, book)
    if addresses := _addresses(params, scope) * count:
        each = book.public_ipv4()
        parts.append(
            CostPart(
                ngettext("%(count)d public IPv4 address", "%(count)d public IPv4 addresses", addresses)
                % {"count": addresses},
                None if each is None else each * HOURS * addresses,
            )
        )
    return parts


def _disk(ebs: Mapping[str, Any], count: int, book: Book) -> list[CostPart]:
    size = (ebs.get("VolumeSize") or 8) * count
    iops, throughput = ebs.get("Iops"), ebs.get("Throughput")
    parts = volume_parts(book, ebs.get("VolumeType", "gp2"), size, None, None)
    for part in volume_parts(book, ebs.get("VolumeType", "gp2"), 0, iops, throughput)[1:]:
        parts.append(CostPart(part.label, None if part.amount is None else part.amount * count))
    return parts


def _addresses(params: Mapping[str, Any], scope: Scope) -> int:
    """Public IPv4 addresses per instance: what the request says, or else what its subnet does."""
    interfaces = params.get("NetworkInterfaces") or [{}]
    asked = interfaces[0].get("AssociatePublicIpAddress")
    if asked is not None:
        return int(asked)
    if len(interfaces) > 1:
        return 0
    subnet = interfaces[0].get("SubnetId") or params.get("SubnetId")
    found = scope.get("ec2.subnet", subnet) if isinstance(subnet, str) else None
    if found is None:  # the default VPC: its subnets assign one
        return int(not subnet)
    return int(bool(found.attrs.get("MapPublicIpOnLaunch")))


@ec2.counted("ec2.run_instances")
def standard_vcpus(params: Mapping[str, Any], scope: Scope) -> Iterable[Quota]:
    """vCPU of running standard On-Demand or Spot instances, before and after."""
    size = scope.get("ec2.instance-type", params.get("InstanceType") or "")
    if size is None or not size.id.startswith(STANDARD):
        return ()
    spot = (params.get("InstanceMarketOptions") or {}).get("MarketType") == "spot"
    running = [
        item
        for item in scope.search("ec2.instance", "", 10000)
        if item.state in {"running", "pending"}
        and (item.attrs.get("InstanceLifecycle") == "spot") == spot
        and str(item.attrs.get("InstanceType", "")).startswith(STANDARD)
    ]
    used = sum(_vcpus(scope, item.attrs) for item in running)
    code = "L-34B43A08" if spot else "L-1216C47A"
    return (Quota("ec2", code, _("vCPU of standard instances"), vcpus(size) * params["MaxCount"], used),)


def _vcpus(scope: Scope, attrs: Mapping[str, Any]) -> int:
    """An instance tells its cores itself; where it does not, its type does."""
    options = attrs.get("CpuOptions") or {}
    if options.get("CoreCount"):
        return int(options["CoreCount"]) * int(options.get("ThreadsPerCore") or 1)
    size = scope.get("ec2.instance-type", attrs.get("InstanceType", ""))
    return vcpus(size) if size else 0


def tags_of(params: Mapping[str, Any], kind: str) -> dict[str, str]:
    for specification in params.get("TagSpecifications") or ():
        if specification["ResourceType"] == kind:
            return {tag["Key"]: tag["Value"] for tag in specification["Tags"]}
    return {}


@ec2.as_terraform("ec2.import_key_pair", "aws_key_pair", answers={"KeyName": "key_name"})
def key_pair(params: Mapping[str, Any]) -> dict[str, Any]:
    return {"key_name": params["KeyName"], "public_key": params["PublicKeyMaterial"]}


@ec2.as_terraform("ec2.run_instances", "aws_instance")
def aws_instance(params: Mapping[str, Any]) -> dict[str, Any]:
    interface = (params.get("NetworkInterfaces") or [{}])[0]
    disks = [(disk["DeviceName"], disk.get("Ebs") or {}) for disk in params.get("BlockDeviceMappings") or ()]
    spot = params.get("InstanceMarketOptions")
    count = params["MaxCount"]
    return {
        "count": count if count > 1 else None,
        "ami": params.get("ImageId"),
        "instance_type": params.get("InstanceType"),
        "{launch_template}": {
            "id": params["LaunchTemplate"]["LaunchTemplateId"],
            "version": params["LaunchTemplate"]["Version"],
        }
        if params.get("LaunchTemplate")
        else None,
        "key_name": params.get("KeyName"),
        "subnet_id": params.get("SubnetId") or interface.get("SubnetId"),
        "vpc_security_group_ids": params.get("SecurityGroupIds") or interface.get("Groups"),
        "associate_public_ip_address": interface.get("AssociatePublicIpAddress"),
        "iam_instance_profile": (params.get("IamInstanceProfile") or {}).get("Name"),
        "tenancy": (params.get("Placement") or {}).get("Tenancy"),
        "placement_group": (params.get("Placement") or {}).get("GroupName"),
        "disable_api_termination": params.get("DisableApiTermination"),
        "disable_api_stop": params.get("DisableApiStop"),
        "hibernation": (params.get("HibernationOptions") or {}).get("Configured"),
        "monitoring": (params.get("Monitoring") or {}).get("Enabled"),
        "instance_initiated_shutdown_behavior": params.get("InstanceInitiatedShutdownBehavior"),
        "user_data": params.get("UserData"),
        "{credit_specification}": {"cpu_credits": params["CreditSpecification"]["CpuCredits"]}
        if params.get("CreditSpecification")
        else None,
        "{instance_market_options}": {
            "market_type": "spot",
            "{spot_options}": {"max_price": spot["SpotOptions"]["MaxPrice"]}
            if (spot.get("SpotOptions") or {}).get("MaxPrice")
            else None,
        }
        if spot
        else None,
        "{metadata_options}": {
            "http_tokens": params["MetadataOptions"]["HttpTokens"],
            "http_put_response_hop_limit": params["MetadataOptions"]["HttpPutResponseHopLimit"],
        }
        if params.get("MetadataOptions")
        else None,
        "{root_block_device}": _terraform_disk(disks[0][1]) if disks else None,
        "{ebs_block_device}": [{"device_name": device} | _terraform_disk(ebs) for device, ebs in disks[1:]],
        "tags": tags_of(params, "instance"),
    }


def _terraform_disk(ebs: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "volume_size": ebs.get("VolumeSize"),
        "volume_type": ebs.get("VolumeType"),
        "iops": ebs.get("Iops"),
        "throughput": ebs.get("Throughput"),
        "encrypted": ebs.get("Encrypted"),
        "kms_key_id": ebs.get("KmsKeyId"),
        "snapshot_id": ebs.get("SnapshotId"),
        "delete_on_termination": ebs.get("DeleteOnTermination"),
    }
