"""The wizard of a load balancer: a new target group where one is asked for, the load balancer, its first listener."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.fields import Ref, Refs
from apps.catalog.items import Item
from apps.catalog.plans import OPERATION_TAG, Step, Steps, reaches
from apps.catalog.resources import Section
from apps.catalog.scope import Scope
from apps.catalog.tags import as_aws, check_unique, tag_rows
from apps.services.elbv2 import group_creation
from apps.services.elbv2.group_creation import WEB
from apps.services.elbv2.listener_rules import (
    CHOICES,
    FITS,
    FORWARD,
    certificate_problem,
    group_problem,
    protocol_problem,
)
from apps.services.elbv2.listeners import create_step as listen
from apps.services.elbv2.load_balancers import load_balancer
from apps.services.elbv2.naming import check_name, find, name_field
from apps.services.elbv2.placement import MOST_GROUPS, MOST_SUBNETS, check_groups, check_subnets, found
from apps.services.elbv2.target_groups import target_group
from apps.services.elbv2.targets import AT_ONCE, check_instances, register_step

EXISTING, NEW = "existing", "new"


class CreateForm(forms.Form):
    name = name_field(_("Name"))
    type = forms.ChoiceField(
        label=_("Type"),
        choices=[
            ("application", _("Application: HTTP and HTTPS")),
            ("network", _("Network: TCP, TLS and UDP")),
        ],
        initial="application",
        widget=forms.RadioSelect,
    )
    scheme = forms.ChoiceField(
        label=_("Reachable from"),
        choices=[("internet-facing", _("The internet")), ("internal", _("Inside the VPC only"))],
        initial="internet-facing",
        widget=forms.RadioSelect,
    )
    subnets = Refs(
        "ec2.subnet",
        label=_("Subnets"),
        most=MOST_SUBNETS,
        help_text=_("One in each Availability Zone; an Application Load Balancer needs two zones."),
    )
    groups = Refs(
        "ec2.security-group",
        label=_("Security groups"),
        required=False,
        most=MOST_GROUPS,
        help_text=_("Empty: the VPC's default group for an Application Load Balancer, none for a Network one."),
    )
    listener_protocol = forms.ChoiceField(label=_("Listens by"), choices=CHOICES, initial="HTTP")
    listener_port = forms.IntegerField(label=_("Port"), min_value=1, max_value=65535, initial=80)
    certificate = forms.CharField(
        label=_("Certificate (ARN)"), max_length=2048, required=False, help_text=_("For HTTPS and TLS.")
    )
    target_choice = forms.ChoiceField(
        label=_("Target group"),
        choices=[(EXISTING, _("Existing")), (NEW, _("New"))],
        initial=NEW,
        widget=forms.RadioSelect,
    )
    target_group = Ref("elbv2.target-group", label=_("Existing target group"), required=False)
    new_name = name_field(_("Name of the new group"), required=False)
    new_protocol = forms.ChoiceField(
        label=_("Protocol of the targets"),
        choices=[("", _("As the listener, unencrypted")), *group_creation.GROUP_PROTOCOLS],
        required=False,
    )
    new_port = forms.IntegerField(label=_("Port of the targets"), min_value=1, max_value=65535, initial=80)
    health_path = forms.CharField(
        label=_("Health check path"),
        max_length=1024,
        required=False,
        initial="/",
        help_text=_("Asked for by HTTP; a group that speaks neither HTTP nor HTTPS is checked by TCP."),
    )
    instances = Refs("ec2.instance", label=_("Instances"), required=False, most=AT_ONCE)
    tags = tag_rows(tags=True, help_text=_("Applied to the load balancer and the new target group."))

    needed = {"target_group", "new_name"}
    shows = {
        "target_group": "target_choice=existing",
        "new_name": "target_choice=new",
        "new_protocol": "target_choice=new",
        "new_port": "target_choice=new",
        "health_path": "target_choice=new",
        "instances": "target_choice=new",
    }
    scope: Scope | None = None

    def clean_name(self) -> str:
        check_name(self.cleaned_data["name"], load_balancer.kind, self.scope, internal=True)
        return str(self.cleaned_data["name"])

    def clean_health_path(self) -> str:
        path: str = self.cleaned_data["health_path"]
        if path and not path.startswith("/"):
            raise forms.ValidationError(_now("A path begins with a slash; this one is %(path)s.") % {"path": path})
        return path

    def clean_tags(self) -> list[dict[str, str]]:
        check_unique(self.cleaned_data["tags"])
        return list(self.cleaned_data["tags"])

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        type, protocol = values.get("type", ""), values.get("listener_protocol", "")
        if problem := protocol_problem(type, protocol) if type and protocol else "":
            self.add_error("listener_protocol", problem)
        region = self.scope.region if self.scope else ""
        if "certificate" in values and (problem := certificate_problem(protocol, values["certificate"], region)):
            self.add_error("certificate", problem)
        subnets = found(self.scope, "ec2.subnet", values.get("subnets") or ())
        check_subnets(self, type, subnets)
        vpc = subnets[0].attrs.get("VpcId", "") if subnets else ""
        check_groups(self, found(self.scope, "ec2.security-group", values.get("groups") or ()), vpc)
        if values.get("target_choice") == EXISTING:
            self._check_existing(values, protocol, vpc)
        elif values.get("target_choice") == NEW:
            self._check_new(values, protocol, vpc)
        return values

    def _check_existing(self, values: Mapping[str, Any], protocol: str, vpc: str) -> None:
        if not values.get("target_group"):
            if "target_group" not in self.errors:
                self.add_error("target_group", _now("Choose a target group."))
            return
        (group,) = found(self.scope, "elbv2.target-group", [values["target_group"]]) or (None,)
        if group and (problem := group_problem(group, protocol, vpc, "", self.scope)):
            self.add_error("target_group", problem)

    def _check_new(self, values: Mapping[str, Any], protocol: str, vpc: str) -> None:
        if not values.get("new_name"):
            if "new_name" not in self.errors:
                self.add_error("new_name", _now("Name the new target group."))
        else:
            try:
                check_name(values["new_name"], "elbv2.target-group", self.scope)
            except forms.ValidationError as error:
                self.add_error("new_name", error)
        chosen = values.get("new_protocol")
        if chosen and protocol and chosen not in FITS[protocol]:
            words = {"its": chosen, "protocol": protocol, "offered": ", ".join(FITS[protocol])}
            said = _now("A listener of %(protocol)s sends to groups that speak %(offered)s, not %(its)s.")
            self.add_error("new_protocol", said % words)
        check_instances(self, "instances", values.get("instances") or (), vpc)


def defaults(scope: Scope) -> dict[str, Any]:
    """A subnet in each of two zones of the default VPC: more cost more."""
    vpc = next((vpc.id for vpc in scope.find("ec2.vpc", IsDefault=True)), "")
    by_zone = {subnet.zone: subnet.id for subnet in scope.find("ec2.subnet", VpcId=vpc)} if vpc else {}
    return {"subnets": [by_zone[zone] for zone in sorted(by_zone)[:2]]}


@target_group.lead(_("Create load balancer"), to="elbv2.load-balancer.create", icon="waypoints")
def before(item: Item) -> dict[str, Any]:
    """A load balancer before this group."""
    protocol = str(item.attrs.get("Protocol") or "HTTP")
    listens = {"HTTPS": "HTTP"}.get(protocol, protocol)
    return {
        "type": "application" if protocol in WEB else "network",
        "listener_protocol": listens,
        "target_choice": EXISTING,
        "target_group": item.id,
    }


def plain(protocol: str) -> str:
    """What the targets speak where the load balancer ends the encryption."""
    return {"HTTPS": "HTTP", "TLS": "TCP"}.get(protocol, protocol)


@load_balancer.wizard(
    _("Create load balancer"),
    verb="create",
    form=CreateForm,
    icon="plus",
    submit=_("Create"),
    title=lambda values: _("Create load balancer %(name)s") % {"name": values["name"]},
    sections=(
        Section("balancer", _("Load balancer"), ("name", "type", "scheme", "tags")),
        Section("network", _("Network"), ("subnets", "groups")),
        Section("listener", _("Listener"), ("listener_protocol", "listener_port", "certificate")),
        Section(
            "targets",
            _("Targets"),
            (
                "target_choice",
                "target_group",
                "new_name",
                "new_protocol",
                "new_port",
                "health_path",
                "instances",
            ),
        ),
    ),
    initial=defaults,
    iam=(
        "elasticloadbalancing:CreateLoadBalancer",
        "elasticloadbalancing:CreateListener",
        "elasticloadbalancing:CreateTargetGroup",
        "elasticloadbalancing:RegisterTargets",
        "elasticloadbalancing:AddTags",
    ),
    help=_("The price is that of its hours. Capacity units, by what passes through, come on top."),
    example={
        "name": "api",
        "subnets": ["subnet-0a1b2c3d4e5f60718"],
        "type": "network",
        "listener_protocol": "TCP",
        "new_name": "api",
        "new_port": 8080,
    },
)
def create(scope: Scope, values: Mapping[str, Any]) -> Steps:
    tags, subnets = as_aws(values["tags"]), found(scope, "ec2.subnet", values["subnets"])
    group: Any = values["target_group"]
    if values["target_choice"] == NEW:
        protocol = values["new_protocol"] or plain(values["listener_protocol"])
        vpc = subnets[0].attrs.get("VpcId") if subnets else None
        health = {"HealthCheckProtocol": "HTTP" if protocol in WEB else "TCP"}
        health |= {"HealthCheckPath": values["health_path"] or "/"} if protocol in WEB else {}
        made = yield group_creation.create_step(
            values["new_name"], protocol, values["new_port"], vpc, "instance", health, tags
        )
        group = made["TargetGroups[0].TargetGroupArn"]
        if values["instances"]:
            wanted = [{"Id": id, "Port": values["new_port"]} for id in values["instances"]]
            yield register_step(group, values["new_name"], wanted, covered=True)
    balancer = yield Step(
        "elbv2.create_load_balancer",
        title=_("Create load balancer %(name)s") % {"name": values["name"]},
        find=find("loadbalancer", "LoadBalancers: [{LoadBalancerArn: ResourceARN}]"),
        until=lambda out: reaches(
            load_balancer.kind, [out["LoadBalancers[0].LoadBalancerArn"]], "active", bad={"failed"}, timeout=1200
        ),
        undo=lambda out: Step(
            "elbv2.delete_load_balancer",
            title=_("Delete load balancer %(name)s") % {"name": values["name"]},
            LoadBalancerArn=out["LoadBalancers[0].LoadBalancerArn"],
            until=reaches(load_balancer.kind, [out["LoadBalancers[0].LoadBalancerArn"]], gone=True),
        ),
        Name=values["name"],
        Type=values["type"],
        Scheme=values["scheme"],
        Subnets=values["subnets"],
        SecurityGroups=values["groups"] or None,
        Tags=[*tags, OPERATION_TAG],
    )
    row = {
        "protocol": values["listener_protocol"],
        "port": values["listener_port"],
        "certificate": values["certificate"],
        "action": FORWARD,
        "target_group": group,
    }
    arn = balancer["LoadBalancers[0].LoadBalancerArn"]
    touched = [(load_balancer.kind, arn), ("elbv2.target-group", None)]
    yield listen(arn, row, covered=True, touches=touched)
    return {"kind": load_balancer.kind, "ids": [arn]}
