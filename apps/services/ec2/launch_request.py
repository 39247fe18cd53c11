"""What a launch asks of RunInstances: network, disks and what the advanced section says."""

from collections.abc import Mapping
from typing import Any

from apps.catalog.items import Item
from apps.catalog.scope import Scope
from apps.services.ec2.launch_rules import root_mapping


def network(scope: Scope, values: Mapping[str, Any], groups: list[Any]) -> dict[str, Any]:
    """Plain parameters where they suffice; the interface form where the address or more interfaces are asked for."""
    subnet = values["subnet"] or _default_subnet(scope, values)
    assign = {"yes": True, "no": False}.get(values["public_ip"])
    if assign is None and not values["interfaces"]:
        return {"SubnetId": subnet or None, "SecurityGroupIds": groups or None}
    first = {"DeviceIndex": 0, "SubnetId": subnet or None, "Groups": groups or None, "AssociatePublicIpAddress": assign}
    more = [
        {
            "DeviceIndex": n,
            "SubnetId": row["subnet"],
            "Description": row["description"] or None,
            "Groups": groups or None,
        }
        for n, row in enumerate(values["interfaces"], 1)
    ]
    return {"NetworkInterfaces": [first, *more]}


def _default_subnet(scope: Scope, values: Mapping[str, Any]) -> str:
    """A subnet of the chosen VPC where that is not the default one: AWS would otherwise look in the default VPC."""
    vpc = scope.get("ec2.vpc", values["vpc"]) if values["vpc"] else None
    if vpc is None or vpc.attrs.get("IsDefault"):
        return ""
    subnets = scope.find("ec2.subnet", VpcId=vpc.id)
    return subnets[0].id if subnets else ""


def disks(image: Item | None, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The root volume, and those that are added."""
    device, given = root_mapping(image)
    root = {
        "VolumeSize": values["root_size"] or given.get("VolumeSize"),
        "VolumeType": values["root_type"],
        "Iops": values["root_iops"],
        "Throughput": values["root_throughput"],
        "Encrypted": values["root_encrypted"] or None,
        "KmsKeyId": values["root_kms_key"] or None,
        "DeleteOnTermination": not values["root_keep"],
    }
    found = [{"DeviceName": device, "Ebs": root}]
    for row in values["volumes"]:
        ebs = {
            "VolumeSize": row["size"],
            "VolumeType": row["type"],
            "Iops": row["iops"],
            "Throughput": row["throughput"],
            "SnapshotId": row["snapshot"] or None,
            "Encrypted": row["encrypted"] or None,
            "DeleteOnTermination": not row["keep"],
        }
        found.append({"DeviceName": row["device"], "Ebs": ebs})
    return found


def options(values: Mapping[str, Any]) -> dict[str, Any]:
    """What the advanced section says; a default of AWS's is left unsaid, so that the request stays readable."""
    placement = {
        "Tenancy": None if values["tenancy"] == "default" else values["tenancy"],
        "GroupName": values["placement_group"] or None,
    }
    return {
        "IamInstanceProfile": {"Name": values["profile"]} if values["profile"] else None,
        "InstanceMarketOptions": _spot(values) if values["market"] == "spot" else None,
        "InstanceInitiatedShutdownBehavior": "terminate" if values["shutdown"] == "terminate" else None,
        "DisableApiTermination": values["termination_protection"] or None,
        "DisableApiStop": values["stop_protection"] or None,
        "HibernationOptions": {"Configured": True} if values["hibernation"] else None,
        "Monitoring": {"Enabled": True} if values["monitoring"] else None,
        "CreditSpecification": {"CpuCredits": values["credits"]} if values["credits"] else None,
        "Placement": placement if any(placement.values()) else None,
        "MetadataOptions": {
            "HttpTokens": "required" if values["imds_required"] else "optional",
            "HttpPutResponseHopLimit": values["hop_limit"],
        },
        # As text: boto3, the AWS CLI and Terraform each encode it themselves.
        "UserData": values["user_data"] or None,
    }


def _spot(values: Mapping[str, Any]) -> dict[str, Any]:
    price = values["max_price"]
    return {"MarketType": "spot", "SpotOptions": {"MaxPrice": str(price)} if price else None}
