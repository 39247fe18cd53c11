"""Instances: what is shown of them and what can be done to one that exists. Launching is in launch.py."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.catalog.costs import HOURS, Book, CostPart
from apps.catalog.fields import Ref
from apps.catalog.items import Item
from apps.catalog.plans import Step, Steps, reaches
from apps.catalog.resources import Call, Column, Measure, Metric, Related, Resource, Risk, State, tag
from apps.catalog.text import Text
from apps.services.ec2 import INSTANCES
from apps.services.ec2.attributes import CHECKED, PARTS, checks
from apps.services.ec2.instance_tabs import GROUPS, TABS
from apps.services.ec2.tags import taggable


def cost(item: Item, book: Book) -> tuple[CostPart, ...]:
    """Compute while it runs, and a public IPv4 address that AWS gave it; volumes and Elastic IP addresses are kinds of
    their own."""
    if item.state not in {"running", "pending", "stopping", "shutting-down"}:
        return ()
    size = item.attrs.get("InstanceType", "")
    spot = item.attrs.get("InstanceLifecycle") == "spot"
    hour = book.spot(size) if spot else book.instance(size)
    parts = [CostPart(_("Compute, %(size)s") % {"size": size}, None if hour is None else hour * HOURS)]
    if given_address(item):
        address = book.public_ipv4()
        parts.append(CostPart(_("Public IPv4 address"), None if address is None else address * HOURS))
    return tuple(parts)


def given_address(item: Item) -> str:
    """The public IPv4 address that it has of AWS's, for as long as it runs; nothing where that is an Elastic IP."""
    found = [each.get("Association") or {} for each in item.attrs.get("NetworkInterfaces") or ()]
    own = {each.get("PublicIp") for each in found if each.get("IpOwnerId") != "amazon"}
    public = str(item.attrs.get("PublicIpAddress") or "")
    return "" if public in own else public


def metric(name: str, label: Text, **more: Any) -> Metric:
    return Metric(name, label, namespace="AWS/EC2", dimension="InstanceId", **more)


CPU = metric("CPUUtilization", _("CPU utilization"), unit="%", top=100.0)

instance = Resource(
    kind="ec2.instance",
    label=_("Instance"),
    plural=_("Instances"),
    group=INSTANCES,
    icon="server",
    rank=0,
    about=_("An instance is a virtual server. You pay for it while it runs."),
    fresh=60,
    read=Call(
        "describe_instances",
        "Reservations[].Instances[]",
        by_id="InstanceIds",
        missing=("InvalidInstanceID.NotFound", "InvalidInstanceID.Malformed"),
    ),
    id="InstanceId",
    name=tag("Name"),
    zone="Placement.AvailabilityZone",
    created="LaunchTime",
    arn="arn:aws:ec2:{region}:{account}:instance/{id}",
    state=State(
        "State.Name",
        ok={"running"},
        busy={"pending", "stopping", "shutting-down"},
        idle={"stopped", "terminated"},
    ),
    columns=(
        Column(_("Type"), "InstanceType", key="type", facet=True),
        Column(_("Status check"), checks, key="checks", facet=True, wide=True, part=CHECKED),
        Column(_("Public IPv4"), "PublicIpAddress", key="public_ip", wide=True, copy=True),
        Column(_("Private IPv4"), "PrivateIpAddress", key="private_ip", hidden=True, copy=True),
        Column(_("Image"), "ImageId", key="image", ref="ec2.image", hidden=True),
        Column(_("Key pair"), "KeyName", key="key", ref="ec2.key-pair", hidden=True),
        Column(_("VPC"), "VpcId", key="vpc", ref="ec2.vpc", hidden=True, facet=True),
        Column(_("Subnet"), "SubnetId", key="subnet", ref="ec2.subnet", hidden=True),
        Column(_("Security groups"), "SecurityGroups[].GroupId", key="groups", ref="ec2.security-group", hidden=True),
        Column(_("Instance profile"), "IamInstanceProfile.Arn", key="profile", hidden=True),
        Column(_("Architecture"), "Architecture", hidden=True, facet=True),
        Column(_("Purchase option"), "InstanceLifecycle", key="lifecycle", hidden=True, facet=True),
        Column(_("Metadata tokens"), "MetadataOptions.HttpTokens", key="imds", hidden=True, facet=True),
        Column(_("Launched"), "LaunchTime", key="launched", time=True, hidden=True),
    ),
    monthly_cost=cost,
    parts=PARTS,
    related=(
        Related("ec2.volume", "BlockDeviceMappings[].Ebs.VolumeId"),
        Related("ec2.security-group", "SecurityGroups[].GroupId"),
        Related("ec2.subnet", "SubnetId"),
        Related("ec2.vpc", "VpcId"),
        Related("ec2.image", "ImageId"),
        Related("ec2.key-pair", "KeyName"),
    ),
    tabs=TABS,
    groups=GROUPS,
    metrics=(
        CPU,
        metric("NetworkIn", _("Network in"), unit="bytes"),
        metric("NetworkOut", _("Network out"), unit="bytes"),
        metric("DiskReadBytes", _("Disk reads"), unit="bytes"),
        metric("DiskWriteBytes", _("Disk writes"), unit="bytes"),
        metric("StatusCheckFailed", _("Failed status checks"), stat="Maximum"),
    ),
    measures=(Measure("cpu", _("CPU 1 h"), CPU, when={"running"}),),
    example={
        "InstanceId": "i-0b1f4c2e9d7a63f10",
        "ImageId": "ami-0d5f1c3e7b9a24680",
        "InstanceType": "t3.micro",
        "State": {"Name": "stopped", "Code": 80},
        "Placement": {"AvailabilityZone": "eu-west-1a", "Tenancy": "default"},
        "SubnetId": "subnet-0a1b2c3d4e5f60718",
        "VpcId": "vpc-0a1b2c3d4e5f60718",
        "Architecture": "x86_64",
        "KeyName": "ops",
        "SecurityGroups": [{"GroupId": "sg-08f7e6d5c4b3a2910", "GroupName": "web"}],
        "Tags": [{"Key": "Name", "Value": "api-1"}, {"Key": "env", "Value": "prod"}],
    },
)


@instance.action(_("Start"), icon="play", when={"stopped"}, iam="ec2:StartInstances", main=True)
def start(item: Item, values: dict[str, Any]) -> Steps:
    yield Step(
        "ec2.start_instances",
        title=_("Start %(name)s") % {"name": item.title},
        InstanceIds=[item.id],
        until=reaches(item.kind, [item.id], "running", bad={"terminated", "shutting-down"}),
    )


class StopForm(forms.Form):
    force = forms.BooleanField(
        label=_("Force stop"),
        required=False,
        help_text=_("Cuts the power. File systems may need a repair; only when a normal stop hangs."),
    )


@instance.action(
    _("Stop"), icon="square", when={"running"}, risk=Risk.INTERRUPTS, iam="ec2:StopInstances", form=StopForm, main=True
)
def stop(item: Item, values: dict[str, Any]) -> Steps:
    yield Step(
        "ec2.stop_instances",
        title=_("Stop %(name)s") % {"name": item.title},
        InstanceIds=[item.id],
        Force=values.get("force") or None,
        until=reaches(item.kind, [item.id], "stopped", bad={"terminated"}),
    )


@instance.action(
    _("Reboot"), icon="rotate-cw", when={"running"}, risk=Risk.INTERRUPTS, iam="ec2:RebootInstances", main=True
)
def reboot(item: Item, values: dict[str, Any]) -> Steps:
    yield Step("ec2.reboot_instances", title=_("Reboot %(name)s") % {"name": item.title}, InstanceIds=[item.id])


class ChangeTypeForm(forms.Form):
    type = Ref("ec2.instance-type", label=_("New instance type"))
    stop = forms.BooleanField(
        label=_("Stop a running instance, change it, and start it again"),
        required=False,
        help_text=_(
            "The type can only be changed while the instance is stopped. "
            "A public IPv4 address that is not an Elastic IP changes."
        ),
    )

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        running = [item.title for item in getattr(self, "items", ()) if item.state == "running"]
        if running and not values.get("stop"):
            self.add_error(
                "stop", _("%(names)s: running. Agree to the stop, or stop it first.") % {"names": ", ".join(running)}
            )
        self._same_architecture(values.get("type"))
        return values

    def _same_architecture(self, wanted: str | None) -> None:
        scope = getattr(self, "scope", None)
        found = scope.get("ec2.instance-type", wanted) if scope and wanted else None
        offered = (found.attrs.get("ProcessorInfo") or {}).get("SupportedArchitectures") if found else None
        for item in getattr(self, "items", ()) if offered else ():
            if (has := item.attrs.get("Architecture")) and has not in (offered or ()):
                self.add_error(
                    "type",
                    _("%(type)s runs %(offered)s; %(name)s is %(has)s.")
                    % {"type": wanted, "offered": ", ".join(offered or ()), "name": item.title, "has": has},
                )


@instance.action(
    _("Change type"),
    icon="gauge",
    when={"stopped", "running"},
    risk=Risk.INTERRUPTS,
    form=ChangeTypeForm,
    iam=("ec2:ModifyInstanceAttribute", "ec2:StopInstances", "ec2:StartInstances"),
    example={"type": "t3.small", "stop": True},
)
def change_type(item: Item, values: dict[str, Any]) -> Steps:
    was = item.attrs.get("InstanceType", "")
    running = item.state == "running"
    if running:
        yield Step(
            "ec2.stop_instances",
            title=_("Stop %(name)s") % {"name": item.title},
            InstanceIds=[item.id],
            until=reaches(item.kind, [item.id], "stopped", bad={"terminated"}),
            undo=Step(
                "ec2.start_instances", title=_("Start %(name)s again") % {"name": item.title}, InstanceIds=[item.id]
            ),
        )
    yield Step(
        "ec2.modify_instance_attribute",
        title=_("Change %(was)s to %(type)s") % {"was": was, "type": values["type"]},
        InstanceId=item.id,
        InstanceType={"Value": values["type"]},
        touches=[(item.kind, [item.id])],
        undo=Step(
            "ec2.modify_instance_attribute",
            title=_("Change back to %(was)s") % {"was": was},
            InstanceId=item.id,
            InstanceType={"Value": was},
        ),
    )
    if running:
        yield Step(
            "ec2.start_instances",
            title=_("Start %(name)s") % {"name": item.title},
            InstanceIds=[item.id],
            until=reaches(item.kind, [item.id], "running", bad={"terminated", "shutting-down"}),
        )


taggable(instance)
