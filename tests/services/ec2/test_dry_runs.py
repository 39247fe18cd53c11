"""What is asked of AWS before a plan is submitted changes nothing, and what can't be asked yet is no refusal."""

import pytest
from botocore.exceptions import ClientError

from apps.operations import preview
from tests.services.ec2.stand import make_stand

PEER, KINDS = "ec2.peering-connection.create", ("ec2.vpc", "ec2.route-table")


def pair(stand, *blocks):
    found = [stand.aws.create_vpc(CidrBlock=block)["Vpc"]["VpcId"] for block in blocks]
    stand.sync(*KINDS)
    return dict(zip(("vpc", "peer"), found, strict=True))


def test_the_demo_carries_out_no_dry_run(panel_env, brisk_ec2):
    stand = make_stand(brisk_ec2, "444455556666", key="444455556666")
    values = pair(stand, "10.71.0.0/16", "10.72.0.0/16")
    table = stand.item("ec2.vpc", values["vpc"]) and stand.aws.describe_route_tables()["RouteTables"]
    (own,) = [each["RouteTableId"] for each in table if each["VpcId"] == values["vpc"]]
    with pytest.raises(ClientError, match="DryRunOperation"):
        stand.aws.create_route(RouteTableId=own, DestinationCidrBlock="10.72.0.0/16", DryRun=True)
    with pytest.raises(ClientError, match="DryRunOperation"):
        stand.aws.create_vpc(CidrBlock="10.73.0.0/16", DryRun=True)
    preview.probes(stand.people.owner.actor, stand.prepared(PEER, values).plan)
    assert stand.done(PEER, values)


def test_what_waits_for_an_earlier_answer_is_not_refused_for_the_want_of_it(panel_env, proxy):
    proxy.reset()
    stand = make_stand(proxy.url)
    values = pair(stand, "10.74.0.0/16", "10.75.0.0/16")
    plan = stand.prepared(PEER, values).plan
    said = {"status": 400, "times": 9}
    proxy.rule("CreateRoute", code="MissingParameter", **said)
    proxy.rule("CreateVpcPeeringConnection", code="DryRunOperation", **said)
    assert [check.tone for check in preview.probes(stand.people.owner.actor, plan)] == ["ok"]
    proxy.reset()
    proxy.rule("CreateRoute", code="UnauthorizedOperation", **said)
    proxy.rule("CreateVpcPeeringConnection", code="DryRunOperation", **said)
    tones = {check.tone for check in preview.probes(stand.people.owner.actor, plan)}
    proxy.reset()
    assert tones == {"bad"}
