"""The demo's EC2 does what unmodified moto doesn't, and what the demo needs."""

import base64
import ipaddress
import json
import time
import urllib.request
from functools import partial

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from apps.demo import cloud_venv
from apps.demo.servers import seed_demo_cloud
from tests.conftest import servers

ONCE = Config(retries={"max_attempts": 1})


@pytest.fixture
def ec2(demo_ec2):
    return client("ec2", demo_ec2, "555555555555")


@pytest.fixture
def launch(ec2):
    images = ec2.describe_images(Filters=[{"Name": "name", "Values": ["al2023-ami-2023*-kernel-6.12-x86_64"]}])
    return partial(
        ec2.run_instances, ImageId=images["Images"][0]["ImageId"], InstanceType="t3.micro", MinCount=1, MaxCount=1
    )


def client(service, address, key, secret="unchecked", **more):
    return boto3.client(
        service,
        region_name="us-east-1",
        endpoint_url=address,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        config=ONCE,
        **more,
    )


def state(ec2, instance):
    found = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
    return found["State"]["Name"]


def wait_for(ec2, instance, wanted):
    deadline = time.monotonic() + 60
    seen = []
    while time.monotonic() < deadline:
        seen.append(state(ec2, instance))
        if seen[-1] == wanted:
            return seen
        ec2.describe_vpcs()  # something to do between two looks
    raise AssertionError(f"never {wanted}: {seen}")


def test_states_take_time(ec2, launch):
    made, seen = launch()["Instances"][0], set()
    assert made["State"]["Name"] == "pending"
    for _turn in range(10):  # a state lasts 0.4 s here, in which a busy machine may not come to look at it
        id = made["InstanceId"]
        seen |= {*wait_for(ec2, id, "running")}
        ec2.stop_instances(InstanceIds=[id])
        seen |= {*wait_for(ec2, id, "stopped")}
        ec2.terminate_instances(InstanceIds=[id])
        seen |= {*wait_for(ec2, id, "terminated")}
        if seen >= {"pending", "stopping", "shutting-down"}:
            return
        made = launch()["Instances"][0]
    raise AssertionError(seen)


def test_terminated_instances_stay_terminated(ec2, launch):
    made = launch()["Instances"][0]["InstanceId"]
    wait_for(ec2, made, "running")
    ec2.terminate_instances(InstanceIds=[made])
    wait_for(ec2, made, "terminated")
    with pytest.raises(ClientError, match="IncorrectInstanceState"):
        ec2.start_instances(InstanceIds=[made])
    ec2.terminate_instances(InstanceIds=[made])
    assert state(ec2, made) == "terminated"


def test_running_instances_keep_their_type(ec2, launch):
    made = launch()["Instances"][0]["InstanceId"]
    wait_for(ec2, made, "running")
    with pytest.raises(ClientError, match="IncorrectInstanceState"):
        ec2.modify_instance_attribute(InstanceId=made, InstanceType={"Value": "t3.large"})


def test_client_token_launches_once(ec2, launch):
    first, second = launch(ClientToken="token-1", MaxCount=3), launch(ClientToken="token-1", MaxCount=3)
    assert len(first["Instances"]) == 3
    assert [one["InstanceId"] for one in first["Instances"]] == [one["InstanceId"] for one in second["Instances"]]
    with pytest.raises(ClientError, match="IdempotentParameterMismatch"):
        launch(ClientToken="token-1", MaxCount=3, InstanceType="t3.small")


def test_termination_protection_holds_from_birth(ec2, launch):
    made = launch(DisableApiTermination=True)["Instances"][0]["InstanceId"]
    with pytest.raises(ClientError, match="OperationNotPermitted"):
        ec2.terminate_instances(InstanceIds=[made])


def test_public_addresses_lead_to_this_machine(ec2, launch):
    public = launch()["Instances"][0].get("PublicIpAddress")
    elastic = ec2.allocate_address(Domain="vpc")["PublicIp"]
    for address in filter(None, (public, elastic)):
        assert ipaddress.ip_address(address).is_loopback
        assert not address.startswith("127.0.")


def test_key_decides_the_account(demo_ec2, ministack, launch):
    made = launch()["Instances"][0]["InstanceId"]
    iam = client("iam", ministack, "555555555555")
    iam.create_user(UserName="key-test")
    iam.put_user_policy(UserName="key-test", PolicyName="all", PolicyDocument=json.dumps(ALLOW_EC2))
    key = iam.create_access_key(UserName="key-test")["AccessKey"]
    same = client("ec2", demo_ec2, key["AccessKeyId"], key["SecretAccessKey"])
    assert state(same, made)
    with pytest.raises(ClientError, match=r"InvalidInstanceID.NotFound"):
        state(client("ec2", demo_ec2, "666666666666"), made)


def test_what_runs_goes_on_reporting(demo_ec2, ministack, ec2, launch):
    made = launch()["Instances"][0]["InstanceId"]
    wait_for(ec2, made, "running")
    urllib.request.urlopen(urllib.request.Request(f"{demo_ec2}/demo/report", method="POST"), timeout=10).close()
    _has_metrics(client("cloudwatch", ministack, "555555555555"), made)


ALLOW_EC2 = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}]}


def test_instance_types_are_remembered(ec2):
    first, second = (ec2.describe_instance_types(InstanceTypes=["t3.micro", "c7g.large"]) for _ in range(2))
    assert {one["InstanceType"] for one in first["InstanceTypes"]} == {"t3.micro", "c7g.large"}
    # moto gives each answer that it makes another id.
    assert first["ResponseMetadata"]["RequestId"] == second["ResponseMetadata"]["RequestId"]
    assert ec2.describe_instance_types(InstanceTypes=["t3.small"])["InstanceTypes"][0]["InstanceType"] == "t3.small"


def test_snapshots_of_public_images_are_not_ones_own(ec2):
    own, all_there = ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"], ec2.describe_snapshots()["Snapshots"]
    assert {one["OwnerId"] for one in own} <= {"555555555555"}
    assert len(own) < len(all_there)


def test_what_is_paid_for_ahead_is_listed_where_it_is(demo_ec2):
    (held,) = client("ec2", demo_ec2, "111111111111").describe_reserved_instances()["ReservedInstances"]
    assert (held["InstanceType"], held["InstanceCount"], held["State"]) == ("m7i.large", 2, "active")
    assert client("ec2", demo_ec2, "222222222222").describe_reserved_instances()["ReservedInstances"] == []


def test_seeding_makes_a_fleet_and_doors(demo_ec2, ministack):
    python = cloud_venv.ensure(servers.packages)
    seeded = seed_demo_cloud(
        servers.folder,
        python,
        ec2=demo_ec2,
        aws=ministack,
        born="2026-11-20T10:00:00+00:00",
        external_id="an-external-id",
    )
    assert seeded["instances"] >= 45
    assert seeded["objects"] > 150
    assert set(seeded["doors"]) == {"111111111111", "222222222222", "333333333333", "444444444444"}

    ec2 = client("ec2", demo_ec2, "111111111111")
    fleet = {_name(one): one for one in _instances(ec2)}
    # The same at every start: moto's random numbers are seeded.
    assert fleet["web-prod-1a"]["InstanceId"] == "i-fa270b48ac7091453"
    assert fleet["web-prod-1a"]["LaunchTime"].date().isoformat() == "2026-04-22"
    assert fleet["reporting-worker-2"]["State"]["Name"] == "stopped"

    _has_metrics(client("cloudwatch", ministack, "111111111111"), fleet["web-prod-1a"]["InstanceId"])
    _role_wants_the_external_id(ministack, seeded["doors"])


def _role_wants_the_external_id(ministack, doors):
    key = doors["111111111111"]
    sts = client("sts", ministack, key["access_key_id"], key["secret_access_key"])
    role = doors["222222222222"]["role_arn"]
    with pytest.raises(ClientError, match="AccessDenied"):
        sts.assume_role(RoleArn=role, RoleSessionName="test", ExternalId="another")
    given = sts.assume_role(RoleArn=role, RoleSessionName="test", ExternalId="an-external-id")["Credentials"]
    there = client(
        "sts", ministack, given["AccessKeyId"], given["SecretAccessKey"], aws_session_token=given["SessionToken"]
    )
    assert there.get_caller_identity()["Account"] == "222222222222"


def _has_metrics(cloudwatch, instance):
    found = cloudwatch.list_metrics(Namespace="AWS/EC2", Dimensions=[{"Name": "InstanceId", "Value": instance}])
    assert {metric["MetricName"] for metric in found["Metrics"]} >= {"CPUUtilization", "NetworkIn", "NetworkOut"}


def _instances(ec2):
    for page in ec2.get_paginator("describe_instances").paginate():
        for reservation in page["Reservations"]:
            yield from reservation["Instances"]


def _name(instance):
    return next(tag["Value"] for tag in instance["Tags"] if tag["Key"] == "Name")


def test_user_data_is_changed_while_stopped_and_monitoring_at_any_time(ec2, launch):
    id = launch(UserData="#!/bin/sh\n")["Instances"][0]["InstanceId"]
    ec2.monitor_instances(InstanceIds=[id])
    found = ec2.describe_instances(InstanceIds=[id])["Reservations"][0]["Instances"][0]
    assert found["Monitoring"]["State"] == "enabled"
    wait_for(ec2, id, "running")
    ec2.stop_instances(InstanceIds=[id])
    wait_for(ec2, id, "stopped")
    ec2.modify_instance_attribute(InstanceId=id, UserData={"Value": b"#!/bin/sh\necho new\n"})
    told = ec2.describe_instance_attribute(InstanceId=id, Attribute="userData")["UserData"]["Value"]
    assert base64.b64decode(told) == b"#!/bin/sh\necho new\n"
    assert ec2.get_console_screenshot(InstanceId=id)["ImageData"]
