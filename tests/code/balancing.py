"""Load balancers, target groups and Auto Scaling groups."""

from tests.code.cases import case, declared, example
from tests.code.ec2_things import IMAGE, default_subnet, subnet, vpc, vpc_of
from tests.code.ec2_things import group as group_of
from tests.code.ways import REGION, Way


def target_group(way: Way, within: str = "", **more) -> str:
    found = way.aws("elbv2").create_target_group(
        **{"Name": f"web-{next(way.numbers)}", "Protocol": "HTTP", "Port": 80, "VpcId": within or vpc(way), **more}
    )
    id = found["TargetGroups"][0]["TargetGroupArn"]
    way.know("elbv2.target-group", id)
    return id


def load_balancer(way: Way) -> str:
    """With a listener for HTTP."""
    within, elb = vpc(way), way.aws("elbv2")
    subnets = [subnet(way, within), subnet(way, within, "10.20.2.0/24", f"{REGION}b")]
    made = elb.create_load_balancer(Name=f"web-{next(way.numbers)}", Subnets=subnets)["LoadBalancers"][0]
    id = made["LoadBalancerArn"]
    forward = {"Type": "forward", "TargetGroupArn": target_group(way, within)}
    elb.create_listener(LoadBalancerArn=id, Protocol="HTTP", Port=80, DefaultActions=[forward])
    way.know("elbv2.load-balancer", id)
    return id


def by_address(way: Way) -> str:
    """A target group of addresses, with one."""
    id = target_group(way, TargetType="ip")
    way.aws("elbv2").register_targets(TargetGroupArn=id, Targets=[{"Id": "10.20.1.7", "Port": 80}])
    way.know("elbv2.target-group", id)
    return id


def health(way: Way, id: str) -> list[str]:
    found = way.aws("elbv2").describe_target_health(TargetGroupArn=id)["TargetHealthDescriptions"]
    return sorted(f"{each['Target']['Id']}:{each['Target']['Port']}" for each in found)


def listeners(way: Way, id: str) -> list[tuple[str, int, str]]:
    found = way.aws("elbv2").describe_listeners(LoadBalancerArn=id)["Listeners"]
    return sorted((each["Protocol"], each["Port"], each["DefaultActions"][0]["Type"]) for each in found)


def attributes(way: Way, id: str) -> list[tuple[str, str]]:
    found = way.aws("elbv2").describe_load_balancer_attributes(LoadBalancerArn=id)["Attributes"]
    return sorted((each["Key"], each["Value"]) for each in found)


declared("elbv2.load-balancer.tag", load_balancer)
declared("elbv2.load-balancer.edit-settings", load_balancer, sees=attributes)
declared("elbv2.load-balancer.delete", load_balancer)
declared("elbv2.target-group.tag", target_group)
declared("elbv2.target-group.delete", target_group)
declared("elbv2.target-group.edit-health-check", target_group)
declared("elbv2.target-group.register", by_address, sees=health)
declared("elbv2.target-group.deregister", by_address, sees=health)
declared(
    "elbv2.load-balancer.edit-listeners",
    load_balancer,
    sees=listeners,
    listeners=[{"protocol": "HTTP", "port": 80, "action": "redirect"}],
)


def rules(way: Way, id: str) -> list[tuple[str, str, str]]:
    elb = way.aws("elbv2")
    (listener,) = elb.describe_listeners(LoadBalancerArn=id)["Listeners"]
    found = elb.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]
    return sorted((each["Priority"], str(each["Conditions"]), each["Actions"][0]["Type"]) for each in found)


declared(
    "elbv2.load-balancer.edit-rules",
    load_balancer,
    sees=rules,
    rules=[{"port": 80, "priority": 10, "path": "/old/*", "action": "redirect", "to": "https://www.example.com/new"}],
)


@case("elbv2.load-balancer.edit-network")
def edit_network(way):
    id = load_balancer(way)
    found = way.aws("elbv2").describe_load_balancers(LoadBalancerArns=[id])["LoadBalancers"][0]
    kept = [each["SubnetId"] for each in found["AvailabilityZones"]]
    third = subnet(way, found["VpcId"], "10.20.3.0/24", f"{REGION}c")
    way.know("ec2.subnet", *kept)
    own = group_of(way, found["VpcId"])
    return id, {"subnets": [*kept, third], "groups": [own]}


@case("elbv2.load-balancer.create", "elbv2.target-group")
def create_balancer(way):
    within = default_subnet(way)
    vpc_of(way, within)
    return "", example("elbv2.load-balancer.create", subnets=[within])


@case("elbv2.target-group.create")
def create_group(way):
    return "", example("elbv2.target-group.create", vpc=vpc(way), name="made")


# Auto Scaling


def template(way: Way) -> str:
    ec2 = way.aws("ec2")
    image = ec2.describe_images(Filters=[{"Name": "name", "Values": [IMAGE]}])["Images"][0]["ImageId"]
    data = {"ImageId": image, "InstanceType": "t3.micro"}
    name = f"template-{next(way.numbers)}"
    made = ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData=data)
    return made["LaunchTemplate"]["LaunchTemplateId"]


def group(way: Way, **more) -> str:
    name, auto = f"group-{next(way.numbers)}", way.aws("autoscaling")
    auto.create_auto_scaling_group(
        **{
            "AutoScalingGroupName": name,
            "LaunchTemplate": {"LaunchTemplateId": template(way), "Version": "1"},
            "MinSize": 1,
            "MaxSize": 4,
            "DesiredCapacity": 1,
            "VPCZoneIdentifier": default_subnet(way),
            **more,
        }
    )
    way.know("autoscaling.group", name)
    return name


def suspended(way: Way) -> str:
    name = group(way)
    way.aws("autoscaling").suspend_processes(AutoScalingGroupName=name, ScalingProcesses=["AZRebalance"])
    way.know("autoscaling.group", name)
    return name


def tracked(way: Way) -> str:
    name = group(way)
    way.aws("autoscaling").put_scaling_policy(
        AutoScalingGroupName=name,
        PolicyName="cpu",
        PolicyType="TargetTrackingScaling",
        TargetTrackingConfiguration={
            "PredefinedMetricSpecification": {"PredefinedMetricType": "ASGAverageCPUUtilization"},
            "TargetValue": 50.0,
        },
    )
    way.know("autoscaling.group", name)
    return name


def refreshed(way: Way) -> str:
    name = group(way)
    way.aws("autoscaling").start_instance_refresh(AutoScalingGroupName=name)
    return name


def policies(way: Way, name: str) -> list[str]:
    found = way.aws("autoscaling").describe_policies(AutoScalingGroupName=name)["ScalingPolicies"]
    return sorted(each["PolicyName"] for each in found)


def refreshes(way: Way, name: str) -> list[str]:
    found = way.aws("autoscaling").describe_instance_refreshes(AutoScalingGroupName=name)["InstanceRefreshes"]
    return sorted(each["Status"] for each in found)


declared("autoscaling.group.tag", group)
declared("autoscaling.group.delete", group)
declared("autoscaling.group.scale", group)
declared("autoscaling.group.edit-limits", group)
declared("autoscaling.group.suspend", group)
declared("autoscaling.group.resume", suspended)
declared("autoscaling.group.track-cpu", group, sees=policies)
declared("autoscaling.group.remove-policies", tracked, sees=policies)
declared("autoscaling.group.start-refresh", group, sees=refreshes)
declared("autoscaling.group.cancel-refresh", refreshed, sees=refreshes)


@case("autoscaling.group.create")
def create(way):
    id = template(way)
    way.know("ec2.launch-template", id)
    return "", example(
        "autoscaling.group.create", name="made", launch_template=id, version="1", subnets=[default_subnet(way)]
    )


@case("autoscaling.group.edit-template")
def edit_template(way):
    name, other = group(way), template(way)
    way.know("ec2.launch-template", other)
    return name, {"launch_template": other, "version": "$Latest"}
