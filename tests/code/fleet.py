"""Launch templates, Spot requests, instance profiles and alarms."""

from tests.code.cases import case, declared, example
from tests.code.ec2_things import image, instance
from tests.code.ways import Way


def template(way: Way) -> str:
    """With two versions, the first of which is the default."""
    ec2, data = way.aws("ec2"), {"ImageId": image(way), "InstanceType": "t3.micro"}
    made = ec2.create_launch_template(LaunchTemplateName=f"template-{next(way.numbers)}", LaunchTemplateData=data)
    id = made["LaunchTemplate"]["LaunchTemplateId"]
    ec2.create_launch_template_version(LaunchTemplateId=id, LaunchTemplateData=data)
    way.know("ec2.launch-template", id)
    way.know("ec2.instance-type", "t3.micro", "t3.large")
    return id


def versions(way: Way, id: str) -> list[tuple[int, bool, str]]:
    found = way.aws("ec2").describe_launch_template_versions(LaunchTemplateId=id)["LaunchTemplateVersions"]
    return [
        (each["VersionNumber"], each["DefaultVersion"], each["LaunchTemplateData"]["InstanceType"]) for each in found
    ]


def tags(way: Way, id: str) -> list[tuple[str, str]]:
    found = way.aws("ec2").describe_tags(Filters=[{"Name": "resource-id", "Values": [id]}])["Tags"]
    return sorted((each["Key"], each["Value"]) for each in found)


def spot_request(way: Way) -> str:
    """One whose instance runs."""
    wanted = {"ImageId": image(way), "InstanceType": "t3.micro"}
    made = way.aws("ec2").request_spot_instances(InstanceCount=1, LaunchSpecification=wanted, SpotPrice="0.01")
    id = made["SpotInstanceRequests"][0]["SpotInstanceRequestId"]
    way.know("ec2.spot-request", id)
    return str(id)


def alarm(way: Way) -> str:
    name = f"alarm-{next(way.numbers)}"
    way.aws("cloudwatch").put_metric_alarm(
        AlarmName=name,
        Namespace="AWS/EC2",
        MetricName="CPUUtilization",
        Statistic="Average",
        Period=300,
        EvaluationPeriods=1,
        Threshold=80,
        ComparisonOperator="GreaterThanThreshold",
        ActionsEnabled=True,
    )
    way.know("cloudwatch.alarm", name)
    return name


def disabled_alarm(way: Way) -> str:
    name = alarm(way)
    way.aws("cloudwatch").disable_alarm_actions(AlarmNames=[name])
    way.know("cloudwatch.alarm", name)
    return name


declared("ec2.launch-template.tag", template, sees=tags)
declared("ec2.launch-template.delete", template)
declared("ec2.launch-template.set-default", template, sees=versions)
declared("ec2.launch-template.add-version", template, sees=versions)
declared("ec2.launch-template.launch", template, kinds=("ec2.instance",))
declared("ec2.spot-request.tag", spot_request)
declared("ec2.spot-request.cancel", spot_request)
declared("cloudwatch.alarm.delete", alarm)
told = [{"does": "topic", "arn": "arn:aws:sns:us-east-1:111111111111:ops"}]
declared("cloudwatch.alarm.edit", alarm, on_ok=told)
declared("cloudwatch.alarm.disable-actions", alarm)
declared("cloudwatch.alarm.enable-actions", disabled_alarm)


@case("ec2.launch-template.create")
def create(way):
    way.know("ec2.instance-type", "t3.micro")
    return "", example("ec2.launch-template.create", image=image(way))


@case("ec2.instance.edit-profile")
def edit_profile(way):
    iam = way.aws("iam")
    name = f"profile-{next(way.numbers)}"
    iam.create_instance_profile(InstanceProfileName=name)
    way.sync(["iam.instance-profile"])
    return instance(way), {"profile": name}


@case("cloudwatch.alarm.create")
def create_alarm(way):
    return "", example("cloudwatch.alarm.create", instance=instance(way))
