"""Target groups: what a load balancer sends requests to, and how it finds out who is well."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.items import Item
from apps.catalog.plans import Step, Steps, reaches
from apps.catalog.resources import Call, Column, Part, Related, Resource, Risk
from apps.catalog.scope import Scope
from apps.services.elbv2 import BALANCING
from apps.services.elbv2.naming import tag_part, taggable

EXAMPLE = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/web/943f017f100becff"
USED_BY = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/web/50dc6c495c0c9188"


def health(item: Item) -> list[dict[str, Any]]:
    """The targets with their health, as AWS answers them."""
    return list(item.attrs.get("TargetHealth") or ())


def count(item: Item, *states: str) -> int:
    return sum((each.get("TargetHealth") or {}).get("State") in states for each in health(item))


def healthy(item: Item) -> str:
    """Such as `2 of 3`; nothing where there are no targets."""
    total = len(health(item))
    return _now("%(healthy)d of %(total)d") % {"healthy": count(item, "healthy"), "total": total} if total else ""


def unhealthy(item: Item) -> int:
    return count(item, "unhealthy", "unhealthy.draining", "unavailable")


target_group = Resource(
    kind="elbv2.target-group",
    label=_("Target group"),
    plural=_("Target groups"),
    group=BALANCING,
    icon="list-checks",
    rank=1,
    fresh=60,
    about=_(
        "A target group is what a load balancer sends requests to: instances or addresses, and their health check."
    ),
    read=Call("describe_target_groups", "TargetGroups[]", by_id="TargetGroupArns", missing=("TargetGroupNotFound",)),
    id="TargetGroupArn",
    name="TargetGroupName",
    arn="TargetGroupArn",
    parts=(
        Part(
            "TargetHealth",
            "describe_target_health",
            lambda obj: {"TargetGroupArn": obj["TargetGroupArn"]},
            "TargetHealthDescriptions",
        ),
        tag_part("TargetGroupArn"),
    ),
    columns=(
        Column(_("Healthy"), healthy, key="healthy", part="TargetHealth"),
        Column(_("Unhealthy"), unhealthy, key="unhealthy", part="TargetHealth", number=True),
        Column(_("Protocol"), "Protocol", facet=True),
        Column(_("Port"), lambda item: str(item.attrs.get("Port") or ""), key="port"),
        Column(_("Load balancer"), "LoadBalancerArns", key="load_balancers", ref="elbv2.load-balancer", wide=True),
        Column(_("Target type"), "TargetType", facet=True, wide=True),
        Column(_("VPC"), "VpcId", key="vpc", ref="ec2.vpc", hidden=True),
        Column(_("Health check"), "HealthCheckProtocol", key="health_check", hidden=True, facet=True),
        Column(_("Health check path"), "HealthCheckPath", key="health_path", hidden=True),
        Column("ARN", "TargetGroupArn", key="arn", copy=True, hidden=True),
    ),
    related=(
        Related("elbv2.load-balancer", "LoadBalancerArns"),
        Related("ec2.instance", "TargetHealth[].Target.Id"),
        Related("ec2.vpc", "VpcId"),
    ),
    example={
        "TargetGroupArn": EXAMPLE,
        "TargetGroupName": "web",
        "Protocol": "HTTP",
        "Port": 80,
        "VpcId": "vpc-0a1b2c3d4e5f60718",
        "TargetType": "ip",
        "HealthCheckProtocol": "HTTP",
        "HealthCheckPort": "traffic-port",
        "HealthCheckEnabled": True,
        "HealthCheckIntervalSeconds": 30,
        "HealthCheckTimeoutSeconds": 5,
        "HealthyThresholdCount": 5,
        "UnhealthyThresholdCount": 2,
        "HealthCheckPath": "/",
        "Matcher": {"HttpCode": "200"},
        "LoadBalancerArns": [],
        "TargetHealth": [
            {"Target": {"Id": "10.20.1.7", "Port": 80}, "TargetHealth": {"State": "healthy"}},
        ],
    },
)
taggable(target_group)


def used_by(item: Item, scope: Scope | None) -> dict[str, str]:
    """The load balancers that send to it, ARN and name. One that is gone may still be named by the group."""
    arns = [str(arn) for arn in item.attrs.get("LoadBalancerArns") or ()]
    return {arn: arn.split("/")[-2] for arn in arns if scope is None or scope.get("elbv2.load-balancer", arn)}


class DeleteForm(forms.Form):
    items: tuple[Item, ...] = ()
    scope: Scope | None = None

    def clean(self) -> dict[str, Any]:
        for item in self.items:
            if used := used_by(item, self.scope):
                said = _now("%(name)s is used by a listener of %(users)s. Take it out there first.")
                self.add_error(None, said % {"name": item.title, "users": ", ".join(used.values())})
        return self.cleaned_data


@target_group.action(
    _("Delete"),
    icon="trash-2",
    risk=Risk.DESTROYS,
    form=DeleteForm,
    facts=("LoadBalancerArns",),
    iam="elasticloadbalancing:DeleteTargetGroup",
    warn=lambda item: [_now("Its targets are not touched, only what is known of them here.")] if health(item) else [],
)
def delete(item: Item, values: dict[str, Any]) -> Steps:
    yield Step(
        "elbv2.delete_target_group",
        title=_("Delete %(name)s") % {"name": item.title},
        TargetGroupArn=item.id,
        until=reaches(item.kind, [item.id], gone=True),
    )
