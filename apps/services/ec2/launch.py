"""Launching instances: one plan that makes the key pair and the security group where asked, then the instances."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.catalog.items import Item
from apps.catalog.plans import OPERATION_TAG, Find, Output, Step, Steps, minted, reaches
from apps.catalog.resources import Section
from apps.catalog.scope import Scope
from apps.catalog.text import Text
from apps.services.ec2 import keys, launch_request
from apps.services.ec2.instances import instance
from apps.services.ec2.launch_form import LaunchForm
from apps.services.ec2.tags import as_aws, by_operation, specification

SECTIONS = (
    Section("name", _("Name and tags"), ("name", "count", "tags")),
    Section("image", _("Image"), ("image",)),
    Section("type", _("Instance type"), ("type",)),
    Section("access", _("Key pair"), ("access", "key_pair", "new_key_name", "new_key_type", "new_key_format")),
    Section(
        "network",
        _("Network"),
        ("vpc", "subnet", "public_ip", "group_choice", "groups", "new_group_name", "new_group_description", "rules"),
    ),
    Section(
        "storage",
        _("Storage"),
        (
            "root_size",
            "root_type",
            "root_iops",
            "root_throughput",
            "root_encrypted",
            "root_kms_key",
            "root_keep",
            "volumes",
        ),
    ),
    Section("purchase", _("Purchase option"), ("market", "max_price")),
    Section(
        "advanced",
        _("Advanced"),
        (
            "profile",
            "shutdown",
            "termination_protection",
            "stop_protection",
            "hibernation",
            "monitoring",
            "credits",
            "tenancy",
            "placement_group",
            "imds_required",
            "hop_limit",
            "interfaces",
            "count_min",
            "user_data",
        ),
        advanced=True,
    ),
)
IAM = (
    "ec2:RunInstances",
    "ec2:CreateTags",
    "ec2:ImportKeyPair",
    "ec2:CreateSecurityGroup",
    "ec2:AuthorizeSecurityGroupIngress",
    "iam:PassRole",
)


def defaults(scope: Scope) -> dict[str, Any]:
    """The newest Amazon Linux, the default VPC, and a free name for a new security group."""
    images = [
        image
        for image in scope.search("ec2.image", "al2023-ami-2023", 200)
        if image.attrs.get("Architecture") == "x86_64"
    ]
    newest = max(images, key=lambda image: (str(image.attrs.get("CreationDate")), image.name), default=None)
    vpcs = scope.find("ec2.vpc", IsDefault=True)
    taken = {group.name for group in scope.search("ec2.security-group", "launch-wizard-", 500)}
    number = next(n for n in range(1, len(taken) + 2) if f"launch-wizard-{n}" not in taken)
    return {
        "image": newest.id if newest else "",
        "vpc": vpcs[0].id if vpcs else "",
        "new_group_name": f"launch-wizard-{number}",
    }


def like(item: Item) -> dict[str, Any]:
    """The choices that made an instance, as far as it still tells them."""
    attrs = item.attrs
    return {
        "name": item.name,
        "tags": [
            {"key": key, "value": value}
            for key, value in item.tags.items()
            if key not in {"Name", OPERATION_TAG["Key"]}
        ],
        "image": attrs.get("ImageId", ""),
        "type": attrs.get("InstanceType", ""),
        "access": "existing" if attrs.get("KeyName") else "none",
        "key_pair": attrs.get("KeyName", ""),
        "vpc": attrs.get("VpcId", ""),
        "subnet": attrs.get("SubnetId", ""),
        "groups": [group["GroupId"] for group in attrs.get("SecurityGroups") or ()],
        "profile": str((attrs.get("IamInstanceProfile") or {}).get("Arn", "")).rpartition("/")[2],
        "market": "spot" if attrs.get("InstanceLifecycle") == "spot" else "on-demand",
        "tenancy": (attrs.get("Placement") or {}).get("Tenancy") or "default",
        "imds_required": (attrs.get("MetadataOptions") or {}).get("HttpTokens", "required") == "required",
    }


def title(values: Mapping[str, Any]) -> Text:
    """What the operation is called."""
    text = _("Launch %(name)s: %(count)d × %(type)s") if values["name"] else _("Launch %(count)d × %(type)s")
    return text % {"count": values["count"], "type": values["type"], "name": values["name"]}


@instance.wizard(
    _("Launch instances"),
    form=LaunchForm,
    icon="plus",
    submit=_("Launch"),
    title=title,
    sections=SECTIONS,
    initial=defaults,
    like=like,
    mint=keys.mint,
    iam=IAM,
    sight="read-user-data",
    help=_("Checked and priced before anything is made; a launch that fails half-way takes back what it made."),
    example={
        "name": "api-prod",
        "tags": [{"key": "env", "value": "prod"}],
        "image": "ami-0d5f1c3e7b9a24680",
        "type": "t3.micro",
        "access": "new",
        "new_key_name": "api-prod",
        "group_choice": "new",
        "new_group_name": "api-prod",
        "rules": [{"type": "https", "source": "0.0.0.0/0"}],
        "volumes": [{"device": "/dev/sdf", "size": 100, "type": "gp3"}],
        "count": 2,
    },
)
def launch(scope: Scope, values: dict[str, Any]) -> Steps:
    tags = as_aws(values["tags"], values["name"])
    key: Any = values["key_pair"] if values["access"] == "existing" else None
    if values["access"] == "new":
        imported = yield _import_key(
            values["new_key_name"], values.get("public_key") or minted(_("made when you launch"))
        )
        key = imported["KeyName"]
    groups: list[Any] = list(values["groups"]) if values["group_choice"] == "existing" else []
    if values["group_choice"] == "new":
        made = yield _create_group(scope, values)
        groups = [made["GroupId"]]
        if values["rules"]:
            yield _open_ports(made, values["rules"])
    image = scope.get("ec2.image", values["image"])
    started = yield Step(
        "ec2.run_instances",
        title=_("Launch %(count)d × %(type)s") % {"count": values["count"], "type": values["type"]},
        find=Find("ec2.describe_instances", "Reservations[0]", {"Filters": [*by_operation(), *_alive()]}),
        until=lambda out: reaches(
            instance.kind, out["Instances[].InstanceId"], "running", bad={"terminated", "shutting-down"}
        ),
        undo=lambda out: Step(
            "ec2.terminate_instances",
            title=_("Terminate what was launched"),
            InstanceIds=out["Instances[].InstanceId"],
            until=reaches(instance.kind, out["Instances[].InstanceId"], "terminated", gone=True),
        ),
        touches=lambda out: [(instance.kind, out["Instances[].InstanceId"]), ("ec2.volume", None)],
        ImageId=values["image"],
        InstanceType=values["type"],
        MinCount=values["count_min"] or values["count"],
        MaxCount=values["count"],
        KeyName=key,
        **launch_request.network(scope, values, groups),
        BlockDeviceMappings=launch_request.disks(image, values) or None,
        **launch_request.options(values),
        TagSpecifications=[specification(kind, tags) for kind in _tagged(values)],
    )
    return {"kind": instance.kind, "ids": started["Instances[].InstanceId"]}


def _import_key(name: str, public: Any) -> Step:
    find = Find("ec2.describe_key_pairs", "KeyPairs[0]", {"Filters": by_operation()})
    return Step(
        "ec2.import_key_pair",
        title=_("Import key pair %(name)s") % {"name": name},
        find=find,
        undo=Step("ec2.delete_key_pair", title=_("Delete key pair %(name)s") % {"name": name}, KeyName=name),
        touches=[("ec2.key-pair", [name])],
        KeyName=name,
        PublicKeyMaterial=public,
        TagSpecifications=[specification("key-pair", [])],
    )


def _create_group(scope: Scope, values: Mapping[str, Any]) -> Step:
    name = values["new_group_name"]
    subnet = scope.get("ec2.subnet", values["subnet"]) if values["subnet"] else None
    return Step(
        "ec2.create_security_group",
        title=_("Create security group %(name)s") % {"name": name},
        find=Find("ec2.describe_security_groups", "SecurityGroups[0]", {"Filters": by_operation()}),
        undo=lambda out: Step(
            "ec2.delete_security_group",
            title=_("Delete security group %(name)s") % {"name": name},
            GroupId=out["GroupId"],
        ),
        touches=lambda out: [("ec2.security-group", out["GroupId"])],
        GroupName=name,
        Description=values["new_group_description"] or name,
        VpcId=values["vpc"] or (subnet.attrs.get("VpcId") if subnet else None),
        TagSpecifications=[specification("security-group", [])],
    )


def _open_ports(group: Output, rules: list[dict[str, Any]]) -> Step:
    return Step(
        "ec2.authorize_security_group_ingress",
        title=ngettext("Allow %(count)d inbound rule", "Allow %(count)d inbound rules", len(rules))
        % {"count": len(rules)},
        already=("InvalidPermission.Duplicate",),
        covered=True,
        touches=[("ec2.security-group", group["GroupId"])],
        GroupId=group["GroupId"],
        IpPermissions=[_permission(rule) for rule in rules],
    )


def _permission(rule: Mapping[str, Any]) -> dict[str, Any]:
    protocol = {"udp": "udp", "icmp": "icmp", "all": "-1"}.get(rule["type"], "tcp")
    ports: dict[str, Any] = {}
    if protocol in {"tcp", "udp"}:
        ports = {"FromPort": rule["port_from"], "ToPort": rule["port_to"]}
    elif protocol == "icmp":
        ports = {"FromPort": -1, "ToPort": -1}
    v6 = ":" in rule["source"]
    source = {"CidrIpv6" if v6 else "CidrIp": rule["source"], "Description": rule["description"] or None}
    return {"IpProtocol": protocol, **ports, "Ipv6Ranges" if v6 else "IpRanges": [source]}


def _alive() -> list[dict[str, Any]]:
    """Not what an earlier try made and took back."""
    return [{"Name": "instance-state-name", "Values": ["pending", "running", "stopping", "stopped"]}]


def _tagged(values: Mapping[str, Any]) -> list[str]:
    kinds = ["instance", "volume", "network-interface"]
    return [*kinds, "spot-instances-request"] if values["market"] == "spot" else kinds
