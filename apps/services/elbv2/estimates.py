"""What Elastic Load Balancing's calls cost and count against, and how they are said in Terraform."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.catalog.costs import Book, CostPart
from apps.catalog.resources import snake
from apps.catalog.scope import Scope
from apps.catalog.service import Quota
from apps.services.elbv2 import elbv2
from apps.services.elbv2.load_balancers import hourly

_QUOTAS = {"application": "L-53DA6B97", "network": "L-69A177A2"}


@elbv2.priced("elbv2.create_load_balancer")
def create_load_balancer(params: Mapping[str, Any], scope: Scope, book: Book) -> Iterable[CostPart]:
    return hourly(book, params["Type"], len(params["Subnets"]), params["Scheme"] == "internet-facing")


@elbv2.counted("elbv2.create_load_balancer")
def load_balancers(params: Mapping[str, Any], scope: Scope) -> Iterable[Quota]:
    used = sum(item.attrs.get("Type") == params["Type"] for item in scope.search("elbv2.load-balancer", "", 1000))
    yield Quota("elasticloadbalancing", _QUOTAS[params["Type"]], _("Load balancers of this type"), 1, used)


@elbv2.counted("elbv2.create_target_group")
def target_groups(params: Mapping[str, Any], scope: Scope) -> Iterable[Quota]:
    used = len(scope.search("elbv2.target-group", "", 10000))
    yield Quota("elasticloadbalancing", "L-B22855CB", _("Target groups"), 1, used)


def _tags(params: Mapping[str, Any]) -> dict[str, Any]:
    return {tag["Key"]: tag["Value"] for tag in params.get("Tags") or () if isinstance(tag["Value"], str)}


@elbv2.as_terraform("elbv2.create_load_balancer", "aws_lb", answers={"LoadBalancerArn": "arn"})
def aws_lb(params: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": params["Name"],
        "load_balancer_type": params["Type"],
        "internal": params["Scheme"] == "internal",
        "subnets": params["Subnets"],
        "security_groups": params.get("SecurityGroups"),
        "tags": _tags(params),
    }


@elbv2.as_terraform("elbv2.create_target_group", "aws_lb_target_group", answers={"TargetGroupArn": "arn"})
def aws_lb_target_group(params: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": params["Name"],
        "protocol": params["Protocol"],
        "port": params["Port"],
        "vpc_id": params["VpcId"],
        "target_type": params["TargetType"],
        "{health_check}": health_check(params),
        "tags": _tags(params),
    }


def health_check(params: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "protocol": params.get("HealthCheckProtocol"),
        "path": params.get("HealthCheckPath"),
        "interval": params.get("HealthCheckIntervalSeconds"),
        "timeout": params.get("HealthCheckTimeoutSeconds"),
        "healthy_threshold": params.get("HealthyThresholdCount"),
        "unhealthy_threshold": params.get("UnhealthyThresholdCount"),
        "matcher": (params.get("Matcher") or {}).get("HttpCode"),
    }


@elbv2.as_terraform("elbv2.create_listener", "aws_lb_listener", answers={"ListenerArn": "arn"})
def aws_lb_listener(params: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "load_balancer_arn": params["LoadBalancerArn"],
        "port": params["Port"],
        "protocol": params["Protocol"],
        "ssl_policy": params.get("SslPolicy"),
        "certificate_arn": (params.get("Certificates") or [{}])[0].get("CertificateArn"),
        "{default_action}": action(params["DefaultActions"][0]),
    }


def action(said: Mapping[str, Any]) -> dict[str, Any]:
    redirect, fixed = said.get("RedirectConfig"), said.get("FixedResponseConfig")
    forward = None if said.get("TargetGroupArn") else said.get("ForwardConfig")
    return {
        "type": said["Type"],
        "target_group_arn": said.get("TargetGroupArn"),
        "{forward}": forward and _forward(forward),
        "{redirect}": redirect and {snake(key): value for key, value in redirect.items()},
        "{fixed_response}": fixed
        and {
            "content_type": fixed["ContentType"],
            "message_body": fixed.get("MessageBody"),
            "status_code": fixed["StatusCode"],
        },
    }


def _forward(config: Mapping[str, Any]) -> dict[str, Any]:
    sticky = config.get("TargetGroupStickinessConfig")
    return {
        "{target_group}": [
            {"arn": each["TargetGroupArn"], "weight": each.get("Weight")} for each in config.get("TargetGroups") or ()
        ],
        "{stickiness}": sticky and {"enabled": sticky.get("Enabled"), "duration": sticky.get("DurationSeconds")},
    }


@elbv2.as_terraform("elbv2.create_rule", "aws_lb_listener_rule")
def aws_lb_listener_rule(params: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "listener_arn": params["ListenerArn"],
        "priority": params["Priority"],
        "{action}": [action(each) for each in params["Actions"]],
        "{condition}": [condition(each) for each in params["Conditions"]],
    }


def condition(each: Mapping[str, Any]) -> dict[str, Any]:
    config: Mapping[str, Any] = next(value for key, value in each.items() if key.endswith("Config"))
    if each["Field"] == "query-string":
        return {"{query_string}": [{snake(key): value for key, value in pair.items()} for pair in config["Values"]]}
    return {f"{{{each['Field'].replace('-', '_')}}}": {snake(key): value for key, value in config.items()}}


@elbv2.as_terraform("elbv2.register_targets", "aws_lb_target_group_attachment")
@elbv2.as_terraform("elbv2.deregister_targets", "aws_lb_target_group_attachment", gone=True)
def attachments(params: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One Terraform resource per target."""
    return [
        {"target_group_arn": params["TargetGroupArn"], "target_id": each["Id"], "port": each.get("Port")}
        for each in params["Targets"]
    ]
