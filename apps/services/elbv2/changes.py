"""How a change of a load balancer and what belongs to it is said in Terraform."""

from collections.abc import Mapping
from typing import Any

from apps.services.elbv2 import elbv2
from apps.services.elbv2.estimates import action, condition, health_check

Params = Mapping[str, Any]

_SETTINGS = {
    "deletion_protection.enabled": "enable_deletion_protection",
    "idle_timeout.timeout_seconds": "idle_timeout",
    "load_balancing.cross_zone.enabled": "enable_cross_zone_load_balancing",
    "routing.http2.enabled": "enable_http2",
}


def _plain(text: str) -> Any:
    """A setting, which AWS keeps as text, as what it is."""
    return {"true": True, "false": False}.get(text, int(text) if text.isdecimal() else text)


@elbv2.as_terraform("elbv2.modify_load_balancer_attributes", "aws_lb", part="LoadBalancerArn")
def settings(params: Params) -> dict[str, Any]:
    return {_SETTINGS[one["Key"]]: _plain(one["Value"]) for one in params["Attributes"] if one["Key"] in _SETTINGS}


@elbv2.as_terraform("elbv2.set_subnets", "aws_lb", part="LoadBalancerArn")
def subnets(params: Params) -> dict[str, Any]:
    mappings = [
        {
            "subnet_id": each["SubnetId"],
            "allocation_id": each.get("AllocationId"),
            "private_ipv4_address": each.get("PrivateIPv4Address"),
            "ipv6_address": each.get("IPv6Address"),
        }
        for each in params.get("SubnetMappings") or ()
    ]
    return {"subnets": params.get("Subnets"), "{subnet_mapping}": mappings}


@elbv2.as_terraform("elbv2.set_security_groups", "aws_lb", part="LoadBalancerArn")
def security_groups(params: Params) -> dict[str, Any]:
    return {"security_groups": params["SecurityGroups"]}


@elbv2.as_terraform("elbv2.modify_listener", "aws_lb_listener", part="ListenerArn")
def listener(params: Params) -> dict[str, Any]:
    return {
        "port": params.get("Port"),
        "protocol": params.get("Protocol"),
        "ssl_policy": params.get("SslPolicy"),
        "certificate_arn": (params.get("Certificates") or [{}])[0].get("CertificateArn"),
        "{default_action}": [action(each) for each in params.get("DefaultActions") or ()],
    }


@elbv2.as_terraform("elbv2.modify_rule", "aws_lb_listener_rule", part="RuleArn")
def rule(params: Params) -> dict[str, Any]:
    return {
        "{action}": [action(each) for each in params.get("Actions") or ()],
        "{condition}": [condition(each) for each in params.get("Conditions") or ()],
    }


@elbv2.as_terraform("elbv2.set_rule_priorities", "aws_lb_listener_rule", part="RulePriorities[].RuleArn")
def priorities(params: Params) -> list[dict[str, Any]]:
    return [{"priority": each["Priority"]} for each in params["RulePriorities"]]


@elbv2.as_terraform("elbv2.modify_target_group", "aws_lb_target_group", part="TargetGroupArn")
def target_group(params: Params) -> dict[str, Any]:
    return {"{health_check}": health_check(params)}


for _kind, _word in (("aws_lb", ":loadbalancer/"), ("aws_lb_target_group", ":targetgroup/")):

    @elbv2.as_terraform("elbv2.add_tags", _kind, part="ResourceArns")
    def tags(params: Params, word: str = _word) -> dict[str, Any] | None:
        """The kind of a resource stands in its ARN; those of one call are of one kind."""
        if word not in str(params["ResourceArns"][0]):
            return None
        return {"tags": {tag["Key"]: tag["Value"] for tag in params["Tags"]}}
