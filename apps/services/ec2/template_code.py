"""How launch templates are said in Terraform."""

from collections.abc import Mapping
from typing import Any

from apps.catalog.resources import snake
from apps.services.ec2 import ec2
from apps.services.ec2.network_code import Params, said
from apps.services.ec2.tags import told_tags


def _inner(found: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """A structure of plain values as a block."""
    return {snake(key): value for key, value in found.items()} if found else None


def _version(params: Params) -> dict[str, Any]:
    known = params["LaunchTemplateData"]
    return {
        "description": params.get("VersionDescription"),
        **said(known, "ImageId", "InstanceType", "KeyName", "UserData", "DisableApiTermination"),
        "vpc_security_group_ids": known.get("SecurityGroupIds"),
        "{iam_instance_profile}": _inner(known.get("IamInstanceProfile")),
        "{block_device_mappings}": [
            {"device_name": each["DeviceName"], "{ebs}": _inner(each.get("Ebs"))}
            for each in known.get("BlockDeviceMappings") or ()
        ],
        "{instance_market_options}": _inner(known.get("InstanceMarketOptions")),
        "{monitoring}": _inner(known.get("Monitoring")),
        "{metadata_options}": _inner(known.get("MetadataOptions")),
        "{tag_specifications}": [
            {
                "resource_type": each["ResourceType"],
                "tags": {tag["Key"]: tag["Value"] for tag in each.get("Tags") or ()},
            }
            for each in known.get("TagSpecifications") or ()
        ],
    }


@ec2.as_terraform("ec2.create_launch_template", "aws_launch_template")
def launch_template(params: Params) -> dict[str, Any]:
    return {"name": params["LaunchTemplateName"], **_version(params), "tags": told_tags(params)}


@ec2.as_terraform("ec2.create_launch_template_version", "aws_launch_template", part="LaunchTemplateId")
def launch_template_version(params: Params) -> dict[str, Any]:
    return _version(params)


@ec2.as_terraform("ec2.modify_launch_template", "aws_launch_template", part="LaunchTemplateId")
def default_version(params: Params) -> dict[str, Any]:
    return said(params, "DefaultVersion")
