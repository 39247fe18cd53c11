"""Making target groups, and their health checks: the limits, and the change of one."""

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.cards import Shown
from apps.catalog.fields import Ref, Refs
from apps.catalog.items import Item
from apps.catalog.plans import OPERATION_TAG, Step, Steps
from apps.catalog.resources import Section
from apps.catalog.scope import Scope
from apps.catalog.tags import as_aws, check_unique, tag_rows
from apps.catalog.text import Text
from apps.services.elbv2.naming import check_name, find, name_field
from apps.services.elbv2.target_groups import target_group
from apps.services.elbv2.targets import AT_ONCE, TARGETS, check_instances, register_step

GROUP_PROTOCOLS = [(name, name) for name in ("HTTP", "HTTPS", "TCP", "TLS", "UDP", "TCP_UDP")]
WEB = ("HTTP", "HTTPS")
HEALTH = (
    *("HealthCheckProtocol", "HealthCheckPath", "HealthCheckIntervalSeconds", "HealthCheckTimeoutSeconds"),
    *("HealthyThresholdCount", "UnhealthyThresholdCount", "Matcher"),
)
_MATCHER = re.compile(r"\d{3}(-\d{3})?(,\d{3}(-\d{3})?)*")


class HealthForm(forms.Form):
    """A health check. Limits: Elastic Load Balancing API Reference, ModifyTargetGroup."""

    health_protocol = forms.ChoiceField(
        label=_("Health check by"), choices=[(name, name) for name in ("HTTP", "HTTPS", "TCP")], initial="HTTP"
    )
    health_path = forms.CharField(
        label=_("Path"), max_length=1024, required=False, initial="/", help_text=_("Asked for by HTTP and HTTPS.")
    )
    matcher = forms.CharField(
        label=_("Healthy status codes"),
        max_length=64,
        required=False,
        initial="200",
        help_text=_("Such as 200, 200,204 or 200-299; 200 to 499."),
    )
    interval = forms.IntegerField(label=_("Interval, seconds"), min_value=5, max_value=300, initial=30)
    timeout = forms.IntegerField(label=_("Timeout, seconds"), min_value=2, max_value=120, initial=5)
    healthy = forms.IntegerField(label=_("Healthy after, checks"), min_value=2, max_value=10, initial=5)
    unhealthy = forms.IntegerField(label=_("Unhealthy after, checks"), min_value=2, max_value=10, initial=2)

    def clean_matcher(self) -> str:
        text: str = self.cleaned_data["matcher"].replace(" ", "")
        if text and not _MATCHER.fullmatch(text):
            raise forms.ValidationError(_now("%(text)s is no list of status codes.") % {"text": text})
        if wrong := next((code for code in re.findall(r"\d{3}", text) if not 200 <= int(code) <= 499), ""):
            raise forms.ValidationError(_now("A status code is 200 to 499, not %(code)s.") % {"code": wrong})
        return text

    def clean_health_path(self) -> str:
        path: str = self.cleaned_data["health_path"]
        if path and not path.startswith("/"):
            raise forms.ValidationError(_now("A path begins with a slash; this one is %(path)s.") % {"path": path})
        return path

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        interval, timeout = values.get("interval"), values.get("timeout")
        if interval and timeout and timeout >= interval:
            words = {"timeout": timeout, "interval": interval}
            self.add_error(
                "timeout", _now("The timeout, %(timeout)d s, must be below the interval, %(interval)d s.") % words
            )
        return values


def health_params(values: Mapping[str, Any]) -> dict[str, Any]:
    web = values["health_protocol"] in WEB
    return {
        "HealthCheckProtocol": values["health_protocol"],
        "HealthCheckPath": (values["health_path"] or "/") if web else None,
        "HealthCheckIntervalSeconds": values["interval"],
        "HealthCheckTimeoutSeconds": values["timeout"],
        "HealthyThresholdCount": values["healthy"],
        "UnhealthyThresholdCount": values["unhealthy"],
        "Matcher": {"HttpCode": values["matcher"] or "200"} if web else None,
    }


class EditHealthForm(HealthForm):
    items: tuple[Item, ...] = ()

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        for item in self.items:
            if problem := health_problem(str(item.attrs.get("Protocol") or ""), values.get("health_protocol", "")):
                self.add_error("health_protocol", problem)
            if item.attrs.get("TargetType") in {"lambda", "alb"}:
                said = _now("The health check of %(name)s is set in AWS's console.")
                self.add_error(None, said % {"name": item.title})
        return values


def health_problem(protocol: str, by: str) -> str:
    if protocol in WEB and by == "TCP":
        return _now("A group that speaks %(protocol)s is checked by HTTP or HTTPS.") % {"protocol": protocol}
    return ""


def health_now(item: Item) -> dict[str, Any]:
    attrs = item.attrs
    return {
        "health_protocol": attrs.get("HealthCheckProtocol", "HTTP"),
        "health_path": attrs.get("HealthCheckPath") or "/",
        "matcher": (attrs.get("Matcher") or {}).get("HttpCode") or "200",
        "interval": attrs.get("HealthCheckIntervalSeconds", 30),
        "timeout": attrs.get("HealthCheckTimeoutSeconds", 5),
        "healthy": attrs.get("HealthyThresholdCount", 5),
        "unhealthy": attrs.get("UnhealthyThresholdCount", 2),
    }


@target_group.action(
    _("Edit health check"),
    verb="edit-health-check",
    submit=_("Save"),
    icon="activity",
    form=EditHealthForm,
    facts=HEALTH,
    like=health_now,
    iam="elasticloadbalancing:ModifyTargetGroup",
    example={"health_path": "/health", "interval": 10, "timeout": 4},
)
def edit_health_check(item: Item, values: Mapping[str, Any]) -> Steps:
    before = health_params(health_now(item))
    changed = {key: value for key, value in health_params(values).items() if before.get(key) != value}
    if changed:
        yield Step(
            "elbv2.modify_target_group",
            title=_("Change the health check of %(name)s") % {"name": item.title},
            touches=[(item.kind, [item.id])],
            undo=Step(
                "elbv2.modify_target_group",
                title=_("Write the health check back"),
                TargetGroupArn=item.id,
                **{key: before[key] for key in changed},
            ),
            TargetGroupArn=item.id,
            **changed,
        )


@target_group.card(TARGETS, _("Health check"), verbs=("edit-health-check",), rank=60)
def health_card(item: Item) -> Shown:
    now = health_now(item)
    if item.attrs.get("HealthCheckEnabled") is False:
        return Shown(words=[_now("Off: every target counts as healthy.")], tone="warn")
    facts: list[tuple[Text, Any]] = [(_now("Checked by"), now["health_protocol"])]
    if now["health_protocol"] in WEB:
        facts += [(_now("Path"), now["health_path"]), (_now("Healthy status codes"), now["matcher"])]
    facts += [
        (_now("Port"), item.attrs.get("HealthCheckPort")),
        (_now("Interval, seconds"), now["interval"]),
        (_now("Timeout, seconds"), now["timeout"]),
        (_now("Healthy after, checks"), now["healthy"]),
        (_now("Unhealthy after, checks"), now["unhealthy"]),
    ]
    return Shown(facts=facts)


class CreateGroupForm(HealthForm):
    name = name_field(_("Name"))
    type = forms.ChoiceField(
        label=_("Targets are"),
        choices=[("instance", _("Instances")), ("ip", _("IP addresses"))],
        initial="instance",
        widget=forms.RadioSelect,
    )
    protocol = forms.ChoiceField(label=_("Protocol"), choices=GROUP_PROTOCOLS, initial="HTTP")
    port = forms.IntegerField(label=_("Port"), min_value=1, max_value=65535, initial=80)
    vpc = Ref("ec2.vpc", label=_("VPC"))
    instances = Refs("ec2.instance", label=_("Instances"), required=False, most=AT_ONCE)
    tags = tag_rows(tags=True)

    field_order = ("name", "type", "protocol", "port", "vpc", "instances", "tags")
    shows = {"instances": "type=instance"}
    scope: Scope | None = None

    def clean_name(self) -> str:
        check_name(self.cleaned_data["name"], target_group.kind, self.scope)
        return str(self.cleaned_data["name"])

    def clean_tags(self) -> list[dict[str, str]]:
        check_unique(self.cleaned_data["tags"])
        return list(self.cleaned_data["tags"])

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if problem := health_problem(values.get("protocol", ""), values.get("health_protocol", "")):
            self.add_error("health_protocol", problem)
        if values.get("type") == "ip" and values.get("instances"):
            self.add_error("instances", _now("A group of addresses takes no instances."))
        elif values.get("vpc"):
            check_instances(self, "instances", values.get("instances") or (), values["vpc"])
        return values


def create_step(
    name: str, protocol: str, port: int, vpc: Any, type: str, health: Mapping[str, Any], tags: list[dict[str, str]]
) -> Step:
    return Step(
        "elbv2.create_target_group",
        title=_("Create target group %(name)s") % {"name": name},
        find=find("targetgroup", "TargetGroups: [{TargetGroupArn: ResourceARN}]"),
        undo=lambda out: Step(
            "elbv2.delete_target_group",
            title=_("Delete target group %(name)s") % {"name": name},
            TargetGroupArn=out["TargetGroups[0].TargetGroupArn"],
        ),
        touches=lambda out: [(target_group.kind, [out["TargetGroups[0].TargetGroupArn"]])],
        Name=name,
        Protocol=protocol,
        Port=port,
        VpcId=vpc,
        TargetType=type,
        **health,
        Tags=[*tags, OPERATION_TAG],
    )


@target_group.wizard(
    _("Create target group"),
    verb="create",
    form=CreateGroupForm,
    icon="plus",
    submit=_("Create"),
    title=lambda values: _("Create target group %(name)s") % {"name": values["name"]},
    sections=(
        Section("group", _("Target group"), ("name", "type", "protocol", "port", "vpc", "tags")),
        Section(
            "health",
            _("Health check"),
            ("health_protocol", "health_path", "matcher", "interval", "timeout", "healthy", "unhealthy"),
        ),
        Section("targets", _("Targets"), ("instances",)),
    ),
    initial=lambda scope: {"vpc": next((vpc.id for vpc in scope.find("ec2.vpc", IsDefault=True)), "")},
    iam=(
        "elasticloadbalancing:CreateTargetGroup",
        "elasticloadbalancing:AddTags",
        "elasticloadbalancing:RegisterTargets",
    ),
    example={"name": "api", "vpc": "vpc-0a1b2c3d4e5f60718", "port": 8080, "health_path": "/health"},
)
def create(scope: Scope, values: Mapping[str, Any]) -> Steps:
    made = yield create_step(
        values["name"],
        values["protocol"],
        values["port"],
        values["vpc"],
        values["type"],
        health_params(values),
        as_aws(values["tags"]),
    )
    if values["instances"]:
        wanted = [{"Id": id, "Port": values["port"]} for id in values["instances"]]
        yield register_step(made["TargetGroups[0].TargetGroupArn"], values["name"], wanted, covered=True)
    return {"kind": target_group.kind, "ids": [made["TargetGroups[0].TargetGroupArn"]]}
