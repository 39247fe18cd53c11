"""What stands before and beside production's instances: a load balancer with its targets, and a group that scales."""

import base64
from collections.abc import Callable
from typing import Any

from .fleet import COST_CENTERS, Site
from .machines import AMAZON_LINUX, Launched
from .network import Network

Client = Callable[[str], Any]
INDEX = "#!/bin/sh\nexport INDEX=harbour-2026\ndnf -y install search-indexer\n"


def build(client: Client, site: Site, network: Network, launched: list[Launched]) -> None:
    """`client(service)` is one of the site's account and Region."""
    _balancer(client("elbv2"), site, network, launched)
    _group(client("ec2"), client("autoscaling"), site, network)


def _tags(site: Site, owner: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in _own(site, owner).items()]


def _own(site: Site, owner: str) -> dict[str, str]:
    return {"env": site.env, "owner": owner, "cost-center": COST_CENTERS[owner]}


def _balancer(elbv2: Any, site: Site, network: Network, launched: list[Launched]) -> None:
    tags = _tags(site, "storefront")
    groups = {}
    for name, port, path in (("storefront-web", 80, "/healthz"), ("storefront-canary", 8080, "/healthz")):
        made = elbv2.create_target_group(
            Name=name,
            Protocol="HTTP",
            Port=port,
            VpcId=network.vpc,
            HealthCheckPath=path,
            TargetType="instance",
            Tags=tags,
        )
        groups[name] = made["TargetGroups"][0]["TargetGroupArn"]
    targets = [{"Id": one.id} for one in launched if one.machine.name.startswith("web-")]
    elbv2.register_targets(TargetGroupArn=groups["storefront-web"], Targets=targets)
    balancer = elbv2.create_load_balancer(
        Name="storefront",
        Type="application",
        Scheme="internet-facing",
        Subnets=[network.subnets["public-a"], network.subnets["public-b"]],
        SecurityGroups=[network.groups["web"]],
        Tags=tags,
    )["LoadBalancers"][0]["LoadBalancerArn"]
    forward = [{"Type": "forward", "TargetGroupArn": groups["storefront-web"]}]
    elbv2.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=forward)
    attributes = {"deletion_protection.enabled": "true", "idle_timeout.timeout_seconds": "60"}
    elbv2.modify_load_balancer_attributes(
        LoadBalancerArn=balancer, Attributes=[{"Key": key, "Value": value} for key, value in attributes.items()]
    )


def _group(ec2: Any, autoscaling: Any, site: Site, network: Network) -> None:
    wanted = [{"Name": "name", "Values": [AMAZON_LINUX.format("x86_64")]}]
    image = max(ec2.describe_images(Owners=["amazon"], Filters=wanted)["Images"], key=lambda each: each["Name"])
    data = {"ImageId": image["ImageId"], "InstanceType": "c7i.large", "SecurityGroupIds": [network.groups["internal"]]}
    template = ec2.create_launch_template(LaunchTemplateName="search-indexer", LaunchTemplateData=data)
    for script in (INDEX, INDEX + "systemctl enable --now search-indexer\n"):
        written = {"UserData": base64.b64encode(script.encode()).decode()}
        template_id = template["LaunchTemplate"]["LaunchTemplateId"]
        ec2.create_launch_template_version(LaunchTemplateId=template_id, LaunchTemplateData=data | written)
    name, own = "search-indexer", {"ResourceId": "search-indexer", "ResourceType": "auto-scaling-group"}
    tags = {"Name": "search-indexer", **_own(site, "data")}
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName=name,
        LaunchTemplate={"LaunchTemplateId": template["LaunchTemplate"]["LaunchTemplateId"], "Version": "1"},
        MinSize=1,
        MaxSize=6,
        DesiredCapacity=2,
        VPCZoneIdentifier=",".join([network.subnets["private-a"], network.subnets["private-b"]]),
        HealthCheckGracePeriod=300,
        Tags=[{"Key": key, "Value": value, "PropagateAtLaunch": True, **own} for key, value in tags.items()],
    )
    autoscaling.put_scaling_policy(
        AutoScalingGroupName=name,
        PolicyName="cpu-60",
        PolicyType="TargetTrackingScaling",
        TargetTrackingConfiguration={
            "PredefinedMetricSpecification": {"PredefinedMetricType": "ASGAverageCPUUtilization"},
            "TargetValue": 60.0,
        },
    )
