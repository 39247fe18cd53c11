"""Load balancers: what is shown of them, their settings, and deleting them."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.cards import Sheet, Shown
from apps.catalog.costs import HOURS, Book, CostPart
from apps.catalog.idle import Idle, Mention
from apps.catalog.items import Item
from apps.catalog.metrics import Metric
from apps.catalog.plans import Step, Steps, reaches
from apps.catalog.resources import Call, Column, Part, Related, Resource, Risk, State
from apps.catalog.text import Text
from apps.services.elbv2 import BALANCING
from apps.services.elbv2.listener_rules import PROTOCOLS
from apps.services.elbv2.naming import attribute, tag_part, taggable
from apps.services.elbv2.target_groups import EXAMPLE as EXAMPLE_GROUP
from apps.services.elbv2.target_groups import USED_BY as EXAMPLE

SETTINGS = Sheet("settings", _("Settings"), rank=20)
PROTECTED, IDLE, ZONES = (
    "deletion_protection.enabled",
    "idle_timeout.timeout_seconds",
    "load_balancing.cross_zone.enabled",
)
LABELS: Mapping[str, Text] = {
    "application": _("Application Load Balancer"),
    "network": _("Network Load Balancer"),
    "gateway": _("Gateway Load Balancer"),
}


def hourly(book: Book, type: str, zones: int, public: bool) -> tuple[CostPart, ...]:
    """What it costs whatever passes through it: its hours, and an address in each zone where it is public."""
    hour = book.entry("load_balancer", type)
    label = _("%(type)s, hours without capacity units") % {"type": LABELS.get(type, type)}
    parts = [CostPart(label, None if hour is None else hour * HOURS)]
    if public and zones:
        each = book.public_ipv4()
        label = _("Public IPv4 addresses, %(count)d zones") % {"count": zones}
        parts.append(CostPart(label, None if each is None else each * HOURS * zones))
    return tuple(parts)


def cost(item: Item, book: Book) -> tuple[CostPart, ...]:
    attrs = item.attrs
    public = attrs.get("Scheme") == "internet-facing"
    return hourly(book, attrs.get("Type", ""), len(attrs.get("AvailabilityZones") or ()), public)


def ports(item: Item) -> list[str]:
    """Such as `HTTPS 443`."""
    return [f"{each.get('Protocol', '')} {each.get('Port', '')}".strip() for each in item.attrs.get("Listeners") or ()]


def protected(item: Item) -> bool:
    return attribute(item, PROTECTED) == "true"


def metric(name: str, label: Text, namespace: str = "AWS/ApplicationELB", **more: Any) -> Metric:
    """CloudWatch names a load balancer by what follows `loadbalancer/` in its ARN."""
    return Metric(name, label, namespace, "LoadBalancer", said=lambda id: id.partition(":loadbalancer/")[2], **more)


load_balancer = Resource(
    kind="elbv2.load-balancer",
    label=_("Load balancer"),
    plural=_("Load balancers"),
    group=BALANCING,
    icon="waypoints",
    rank=0,
    fresh=120,
    about=_(
        "A load balancer spreads requests over several targets. You pay for its hours and for what passes through."
    ),
    read=Call(
        "describe_load_balancers", "LoadBalancers[]", by_id="LoadBalancerArns", missing=("LoadBalancerNotFound",)
    ),
    id="LoadBalancerArn",
    name="LoadBalancerName",
    created="CreatedTime",
    arn="LoadBalancerArn",
    state=State("State.Code", ok={"active"}, busy={"provisioning"}, bad={"active_impaired", "failed"}),
    parts=(
        Part("Listeners", "describe_listeners", lambda obj: {"LoadBalancerArn": obj["LoadBalancerArn"]}, "Listeners"),
        Part(
            "Attributes",
            "describe_load_balancer_attributes",
            lambda obj: {"LoadBalancerArn": obj["LoadBalancerArn"]},
            "Attributes",
        ),
        Part(
            "Rules",
            "describe_rules",
            lambda listener: (
                {"ListenerArn": listener["ListenerArn"]} if listener["Protocol"] in PROTOCOLS["application"] else None
            ),
            "Rules",
            each="Listeners",
            asked=True,
        ),
        tag_part("LoadBalancerArn"),
    ),
    columns=(
        Column(_("Type"), "Type", facet=True),
        Column(_("DNS name"), "DNSName", key="dns_name", copy=True, wide=True),
        Column(_("Scheme"), "Scheme", facet=True),
        Column(_("Listeners"), ports, key="listeners", part="Listeners"),
        Column(_("VPC"), "VpcId", key="vpc", ref="ec2.vpc", hidden=True, facet=True),
        Column(_("Zones"), "AvailabilityZones[].ZoneName", key="zones", hidden=True),
        Column(_("Subnets"), "AvailabilityZones[].SubnetId", key="subnets", ref="ec2.subnet", hidden=True),
        Column(_("Security groups"), "SecurityGroups", key="groups", ref="ec2.security-group", hidden=True),
        Column(_("Address type"), "IpAddressType", key="address_type", hidden=True, facet=True),
        Column(_("Deletion protection"), protected, key="protected", part="Attributes", hidden=True, facet=True),
        Column(_("Created"), "CreatedTime", key="created", time=True, hidden=True),
        Column("ARN", "LoadBalancerArn", key="arn", copy=True, hidden=True),
    ),
    monthly_cost=cost,
    idle=(
        Idle(
            _("It forwards to no target group."),
            fix="delete",
            states=frozenset({"active"}),
            days=1,
            unless_in=(Mention("elbv2.target-group", "LoadBalancerArns"),),
        ),
    ),
    related=(
        Related("ec2.vpc", "VpcId"),
        Related("ec2.subnet", "AvailabilityZones[].SubnetId"),
        Related("ec2.security-group", "SecurityGroups"),
    ),
    metrics=(
        metric("RequestCount", _("Requests"), stat="Sum"),
        metric("TargetResponseTime", _("Response time of the targets"), unit="s"),
        metric("HTTPCode_ELB_5XX_Count", _("Errors of the load balancer itself (5xx)"), stat="Sum"),
        metric("HTTPCode_Target_5XX_Count", _("Errors of the targets (5xx)"), stat="Sum"),
        metric("ActiveFlowCount", _("Open flows (network)"), "AWS/NetworkELB"),
    ),
    example={
        "LoadBalancerArn": EXAMPLE,
        "LoadBalancerName": "web",
        "DNSName": "web-1234567890.eu-west-1.elb.amazonaws.com",
        "Type": "application",
        "Scheme": "internet-facing",
        "VpcId": "vpc-0a1b2c3d4e5f60718",
        "State": {"Code": "active"},
        "IpAddressType": "ipv4",
        "SecurityGroups": ["sg-08f7e6d5c4b3a2910"],
        "AvailabilityZones": [{"ZoneName": "eu-west-1a", "SubnetId": "subnet-0a1b2c3d4e5f60718"}],
        "Attributes": [{"Key": PROTECTED, "Value": "false"}, {"Key": IDLE, "Value": "60"}],
        "Listeners": [
            {
                "ListenerArn": EXAMPLE.replace("loadbalancer", "listener") + "/f2f7dc8efc522ab2",
                "LoadBalancerArn": EXAMPLE,
                "Port": 80,
                "Protocol": "HTTP",
                "DefaultActions": [{"Type": "forward", "TargetGroupArn": EXAMPLE_GROUP}],
            }
        ],
    },
)
taggable(load_balancer)


class SettingsForm(forms.Form):
    protected = forms.BooleanField(
        label=_("Deletion protection"), required=False, help_text=_("It can't be deleted while this is on.")
    )
    idle = forms.IntegerField(
        label=_("Idle timeout, seconds"),
        required=False,
        min_value=1,
        max_value=4000,
        help_text=_("Application Load Balancers only: an open connection without traffic ends after that."),
    )
    cross_zone = forms.BooleanField(
        label=_("Spread over all zones"),
        required=False,
        help_text=_("Network Load Balancers only: traffic between zones is billed. Others always do."),
    )

    items: tuple[Item, ...] = ()

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        for item in self.items:
            if item.attrs.get("Type") == "application" and values.get("idle") is None and "idle" not in self.errors:
                self.add_error("idle", _now("%(name)s needs an idle timeout, 1 to 4000.") % {"name": item.title})
        return values


def settings_now(item: Item) -> dict[str, Any]:
    idle = attribute(item, IDLE)
    return {
        "protected": protected(item),
        "idle": int(idle) if idle.isdecimal() else None,
        "cross_zone": attribute(item, ZONES) == "true",
    }


def settings_wanted(item: Item, values: Mapping[str, Any]) -> dict[str, str]:
    """The settings that differ from what is, by AWS's keys; a type has only its own."""
    wanted = {PROTECTED: str(values["protected"]).lower()}
    if item.attrs.get("Type") == "application":
        wanted[IDLE] = str(values["idle"])
    elif item.attrs.get("Type") == "network":
        wanted[ZONES] = str(values["cross_zone"]).lower()
    return {key: value for key, value in wanted.items() if attribute(item, key) != value}


@load_balancer.action(
    _("Edit settings"),
    verb="edit-settings",
    submit=_("Save"),
    icon="sliders-horizontal",
    form=SettingsForm,
    facts=("Attributes",),
    like=settings_now,
    iam="elasticloadbalancing:ModifyLoadBalancerAttributes",
    example={"protected": True, "idle": 120},
)
def edit_settings(item: Item, values: Mapping[str, Any]) -> Steps:
    wanted = settings_wanted(item, values)
    before = {key: attribute(item, key) for key in wanted if attribute(item, key)}

    def written(settings: Mapping[str, str], title: Text) -> Step:
        return Step(
            "elbv2.modify_load_balancer_attributes",
            title=title,
            touches=[(item.kind, [item.id])],
            LoadBalancerArn=item.id,
            Attributes=[{"Key": key, "Value": value} for key, value in settings.items()],
        )

    if wanted:
        step = written(wanted, _("Change the settings of %(name)s") % {"name": item.title})
        step.undo = written(before, _("Write the settings back")) if before else None
        yield step


@load_balancer.card(SETTINGS, _("Settings"), part="Attributes", verbs=("edit-settings",), rank=20)
def settings_card(item: Item) -> Shown:
    now = settings_now(item)
    facts: list[tuple[Text, Any]] = [(_now("Deletion protection"), now["protected"])]
    if now["idle"] is not None:
        facts.append((_now("Idle timeout"), _now("%(seconds)d s") % {"seconds": now["idle"]}))
    if item.attrs.get("Type") == "network":
        facts.append((_now("Spreads over all zones"), now["cross_zone"]))
    if value := attribute(item, "routing.http2.enabled"):
        facts.append(("HTTP/2", value == "true"))
    if attribute(item, "access_logs.s3.enabled") == "true":
        at = "/".join(
            filter(None, (attribute(item, "access_logs.s3.bucket"), attribute(item, "access_logs.s3.prefix")))
        )
        facts.append((_now("Access logs go to"), f"s3://{at}"))
    else:
        facts.append((_now("Access logs"), _now("Off")))
    return Shown(facts=facts)


class DeleteForm(forms.Form):
    items: tuple[Item, ...] = ()

    def clean(self) -> dict[str, Any]:
        for item in self.items:
            if protected(item):
                said = _now("%(name)s has deletion protection. Switch that off in its settings first.")
                self.add_error(None, said % {"name": item.title})
        return self.cleaned_data


def consequences(item: Item) -> Iterable[Text]:
    words = {"name": item.attrs.get("DNSName", ""), "ports": ", ".join(ports(item))}
    if words["ports"]:
        yield _now("%(name)s answers no more (%(ports)s). Its target groups and targets stay.") % words


@load_balancer.action(
    _("Delete"),
    icon="trash-2",
    risk=Risk.DESTROYS,
    form=DeleteForm,
    facts=("Attributes",),
    iam="elasticloadbalancing:DeleteLoadBalancer",
    warn=consequences,
)
def delete(item: Item, values: dict[str, Any]) -> Steps:
    yield Step(
        "elbv2.delete_load_balancer",
        title=_("Delete %(name)s") % {"name": item.title},
        LoadBalancerArn=item.id,
        until=reaches(item.kind, [item.id], gone=True),
        touches=[("elbv2.target-group", None)],
    )
