"""Load balancers and target groups: what is refused in which words, and each change on the real protocol."""

import pytest
from botocore.exceptions import ClientError

from apps.catalog import registry
from apps.cloud import prices
from apps.services.elbv2.listener_rules import row_of
from apps.services.elbv2.targets import REASONS, STATES, reason
from tests.services.place import REGION

LB, TG = "elbv2.load-balancer", "elbv2.target-group"
CERTIFICATE = f"arn:aws:acm:{REGION}:111122223333:certificate/5f1f6f0e-0000-4c3c-9c3a-0d3f0a6c1f11"


def attributes(place, arn):
    found = place.aws("elbv2").describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
    return {each["Key"]: each["Value"] for each in found}


def listeners(place, arn):
    return {each["Port"]: each for each in place.aws("elbv2").describe_listeners(LoadBalancerArn=arn)["Listeners"]}


def test_one_plan_makes_group_balancer_and_listener(place, wanted, instances):
    values = wanted | {"instances": instances, "new_port": 8080, "tags": [{"key": "env", "value": "prod"}]}
    assert place.calls(f"{LB}.create", values=values) == [
        "elbv2.create_target_group",
        "elbv2.register_targets",
        "elbv2.create_load_balancer",
        "elbv2.create_listener",
    ]
    place.do(f"{LB}.create", values=values)
    made = place.item(LB, wanted["name"])
    assert made.state == "active"
    assert made.tags["env"] == "prod"
    (group,) = place.aws("elbv2").describe_target_groups(LoadBalancerArn=made.id)["TargetGroups"]
    assert (group["Port"], group["Protocol"], group["TargetGroupName"]) == (8080, "HTTP", wanted["name"])
    assert listeners(place, made.id)[80]["DefaultActions"][0]["TargetGroupArn"] == group["TargetGroupArn"]
    health = place.aws("elbv2").describe_target_health(TargetGroupArn=group["TargetGroupArn"])
    assert {each["Target"]["Id"] for each in health["TargetHealthDescriptions"]} == set(instances)

    kind, shown = registry.resource(LB), place.item(LB, wanted["name"])
    assert kind.column("listeners").value(shown) == ["HTTP 80"]
    hours, addresses = kind.monthly_cost(shown, prices.book(REGION))
    assert (float(hours.amount), float(addresses.amount)) == (pytest.approx(18.396), 7.3)
    assert "without capacity units" in str(hours.label)
    assert registry.resource(TG).column("healthy").value(place.item(TG, wanted["name"])) == "2 of 2"


def test_what_fails_midway_is_taken_back(place, wanted):
    """A subnet goes between the plan and its run."""
    ec2, (vpc,) = place.aws("ec2"), [item.id for item in place.items("ec2.vpc") if item.attrs["IsDefault"]]
    made = ec2.create_subnet(VpcId=vpc, CidrBlock="172.31.200.0/24", AvailabilityZone=f"{REGION}c")["Subnet"][
        "SubnetId"
    ]
    place.sync("ec2.subnet")
    operation = place.submit(f"{LB}.create", values=wanted | {"subnets": [wanted["subnets"][0], made]})
    ec2.delete_subnet(SubnetId=made)
    ended = place.run(operation)
    assert ended.state == "failed"
    assert [row.state for row in ended.journal] == ["undone", "failed", "skipped"]
    with pytest.raises(ClientError, match="TargetGroupNotFound"):
        place.aws("elbv2").describe_target_groups(Names=[wanted["name"]])


@pytest.mark.parametrize(
    ("values", "field", "said"),
    [
        ({"name": "x" * 33}, "name", "at most 32 characters; xxx"),
        ({"name": "web_1"}, "name", "Only letters, digits and hyphens"),
        ({"name": "-web"}, "name", "can't begin or end with a hyphen; this one is -web"),
        ({"name": "web-"}, "name", "can't begin or end with a hyphen"),
        ({"name": "internal-web"}, "name", "can't begin with internal-; this one is internal-web"),
        ({"new_name": "w" * 33}, "new_name", "has 33"),
        ({"new_name": ""}, "new_name", "Name the new target group"),
        ({"target_choice": "existing"}, "target_group", "Choose a target group"),
        ({"listener_protocol": "TCP"}, "listener_protocol", "no TCP listener: choose one of HTTP, HTTPS"),
        ({"type": "network"}, "listener_protocol", "no HTTP listener: choose one of TCP, TLS, UDP, TCP_UDP"),
        ({"listener_port": 65536}, "listener_port", "65535"),
        ({"listener_protocol": "HTTPS"}, "certificate", "HTTPS needs a certificate"),
        ({"certificate": CERTIFICATE}, "certificate", "HTTP has no certificate"),
        ({"listener_protocol": "HTTPS", "certificate": "web"}, "certificate", "web is not the ARN of a certificate"),
        (
            {"listener_protocol": "HTTPS", "certificate": CERTIFICATE.replace(REGION, "us-east-1")},
            "certificate",
            f"lies in us-east-1, the load balancer in {REGION}",
        ),
        ({"new_protocol": "TCP"}, "new_protocol", "sends to groups that speak HTTP, HTTPS, not TCP"),
        ({"health_path": "health"}, "health_path", "begins with a slash; this one is health"),
    ],
)
def test_a_rule_names_the_limit_and_the_value(place, wanted, values, field, said):
    found = place.refused(f"{LB}.create", values=wanted | values)
    assert said in found[field]


def test_subnets_are_of_one_vpc_and_one_for_each_zone(place, wanted):
    ec2 = place.aws("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.99.0.0/16")["Vpc"]["VpcId"]
    other = ec2.create_subnet(VpcId=vpc, CidrBlock="10.99.0.0/28", AvailabilityZone=f"{REGION}b")["Subnet"]["SubnetId"]
    twin = ec2.create_subnet(VpcId=vpc, CidrBlock="10.99.1.0/28", AvailabilityZone=f"{REGION}b")["Subnet"]["SubnetId"]
    place.sync("ec2.subnet")
    one = wanted["subnets"][:1]
    refused = lambda subnets, **more: place.refused(f"{LB}.create", values=wanted | {"subnets": subnets} | more)  # noqa: E731
    assert f"two zones at least; there is {REGION}a alone" in refused(one)["subnets"]
    assert "several VPCs" in refused([*one, other])["subnets"]
    assert f"Two subnets are in {REGION}b" in refused([other, twin])["subnets"]
    groups = [item.id for item in place.items("ec2.security-group")][:1]
    assert "the subnets are in" in refused([other], groups=groups, type="network", listener_protocol="TCP")["groups"]


def test_a_name_that_is_taken_is_refused(place, wanted, balancer):
    found = place.refused(f"{LB}.create", values=wanted)
    assert found["name"] == found["new_name"] == f"{wanted['name']} exists already in this account and Region."
    taken = place.refused(
        f"{LB}.create", values=wanted | {"name": "other", "target_choice": "existing", "target_group": balancer[1]}
    )
    assert f"is used by {wanted['name']}: a target group belongs to one load balancer" in taken["target_group"]


def test_listeners_are_one_table_and_the_plan_is_what_differs(place, wanted, balancer):
    arn, group = balancer
    edit = f"{LB}.edit-listeners"
    (row,) = place.prepared(edit, [arn]).form.initial["listeners"]
    assert (row["port"], row["action"], row["target_group"]) == (80, "forward", group)
    assert place.calls(edit, [arn], {"listeners": [row]}) == [], "nothing differs"

    fixed = {"protocol": "HTTP", "port": 8080, "action": "fixed", "status": "503", "text": "closed"}
    both = {"listeners": [row | {"action": "redirect"}, fixed]}
    assert place.calls(edit, [arn], both) == ["elbv2.modify_listener", "elbv2.create_listener"]
    place.do(edit, [arn], both)
    now = listeners(place, arn)
    assert now[80]["DefaultActions"][0]["RedirectConfig"]["StatusCode"] == "HTTP_301"
    assert now[8080]["DefaultActions"][0]["FixedResponseConfig"]["StatusCode"] == "503"
    assert row_of(now[80])["action"] == "redirect"

    _means, risks = place.told(edit, [arn], {"listeners": [fixed]})
    assert risks == (f"{wanted['name']} answers no more on HTTP 80. The listener's further rules go with it.",)
    place.do(edit, [arn], {"listeners": [fixed]})
    assert list(listeners(place, arn)) == [8080]
    wrong = place.refused(edit, [arn], {"listeners": [fixed, fixed | {"protocol": "TCP"}]})
    assert wrong["listeners"] == "Two listeners have the port 8080."
    wrong = place.refused(edit, [arn], {"listeners": [fixed | {"protocol": "TCP"}]})
    assert "TCP 8080: An Application Load Balancer has no TCP listener" in wrong["listeners"]


def test_a_listener_that_somebody_changed_meanwhile_is_left(place, balancer):
    arn, _group = balancer
    row = place.prepared(f"{LB}.edit-listeners", [arn]).form.initial["listeners"][0]
    operation = place.submit(f"{LB}.edit-listeners", [arn], {"listeners": [row | {"action": "redirect"}]})
    theirs = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "418"}}]
    place.aws("elbv2").modify_listener(ListenerArn=listeners(place, arn)[80]["ListenerArn"], DefaultActions=theirs)
    ended = place.run(operation)
    assert (ended.state, ended.error["code"]) == ("failed", "ChangedMeanwhile")
    assert listeners(place, arn)[80]["DefaultActions"][0]["Type"] == "fixed-response"


def test_what_a_row_cannot_say_stays_as_it_is():
    weighted = {"TargetGroups": [{"TargetGroupArn": "a/b/c", "Weight": 1}, {"TargetGroupArn": "a/d/e", "Weight": 9}]}
    to = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301", "Host": "www.example.com"}
    for action in (
        {"Type": "forward", "ForwardConfig": weighted},
        {"Type": "redirect", "RedirectConfig": to},
        {"Type": "authenticate-oidc"},
    ):
        assert row_of({"Protocol": "HTTP", "Port": 80, "DefaultActions": [action]})["action"] == "keep"
    usual = {"Type": "redirect", "RedirectConfig": to | {"Host": "#{host}", "Path": "/#{path}", "Query": "#{query}"}}
    assert row_of({"Protocol": "HTTP", "Port": 80, "DefaultActions": [usual]})["action"] == "redirect"


def test_settings_are_changed_one_by_one_and_protection_forbids_deleting(place, wanted, balancer):
    arn, _group = balancer
    place.do(f"{LB}.edit-settings", [arn], {"protected": True, "idle": 120})
    assert attributes(place, arn)["deletion_protection.enabled"] == "true"
    assert attributes(place, arn)["idle_timeout.timeout_seconds"] == "120"
    assert place.calls(f"{LB}.edit-settings", [arn], {"protected": True, "idle": 120}) == []
    assert "4000" in place.refused(f"{LB}.edit-settings", [arn], {"idle": 4001})["idle"]
    assert "has deletion protection" in place.refused(f"{LB}.delete", [arn])["__all__"]
    place.do(f"{LB}.edit-settings", [arn], {"protected": False, "idle": 120})
    place.do(f"{LB}.delete", [arn])
    assert wanted["name"] not in [item.name for item in place.items(LB)]
    place.do(f"{TG}.delete", [place.item(TG, wanted["name"]).id])
    assert wanted["name"] not in [item.name for item in place.items(TG)]


def test_a_group_that_is_used_is_not_deleted(place, wanted, balancer):
    said = f"{wanted['name']} is used by a listener of {wanted['name']}. Take it out there first."
    assert place.refused(f"{TG}.delete", [balancer[1]])["__all__"] == said


def test_targets_come_and_go(place, balancer, instances):
    group, (one, two) = balancer[1], instances
    place.do(f"{TG}.register", [group], {"instances": [one, two]})
    assert place.calls(f"{TG}.register", [group], {"instances": [one]}) == [], "it is there already"
    chosen = place.prepared(f"{TG}.deregister", [group]).form.fields["targets"].choices
    assert {value for value, _label in chosen} == {f"{one}:80", f"{two}:80"}
    _means, risks = place.told(f"{TG}.deregister", [group], {"targets": [f"{one}:80", f"{two}:80"]})
    assert "No healthy target is left" in risks[0]
    place.do(f"{TG}.deregister", [group], {"targets": [f"{one}:80"]})
    left = place.aws("elbv2").describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    assert [each["Target"]["Id"] for each in left] == [two]
    assert "not one of the available" in place.refused(f"{TG}.deregister", [group], {"targets": ["i-1:80"]})["targets"]
    assert "takes instances" in place.refused(f"{TG}.register", [group], {"addresses": "10.0.0.1"})["addresses"]
    assert "is a public address" in place.refused(f"{TG}.register", [group], {"addresses": "8.8.8.8"})["addresses"]
    assert "at least one" in place.refused(f"{TG}.register", [group])["instances"]


def test_a_group_of_addresses_and_its_health_check(place, name):
    (vpc,) = [item.id for item in place.items("ec2.vpc") if item.attrs["IsDefault"]]
    values = {"name": name, "type": "ip", "vpc": vpc, "protocol": "TCP", "health_protocol": "TCP"}
    place.do(f"{TG}.create", values=values)
    group = place.item(TG, name).id
    place.do(f"{TG}.register", [group], {"addresses": "10.0.0.1, 10.0.0.2", "port": 9000})
    place.do(f"{TG}.edit-health-check", [group], {"health_protocol": "HTTP", "health_path": "/up", "interval": 10})
    (now,) = place.aws("elbv2").describe_target_groups(TargetGroupArns=[group])["TargetGroups"]
    assert (now["HealthCheckPath"], now["HealthCheckIntervalSeconds"]) == ("/up", 10)
    edit = lambda **values: place.refused(f"{TG}.edit-health-check", [group], values)  # noqa: E731
    assert "the timeout, 10 s, must be below the interval, 10 s" in edit(interval=10, timeout=10)["timeout"].lower()
    assert "10" in edit(healthy=11)["healthy"]
    assert "200 to 499, not 500" in edit(matcher="200,500")["matcher"]
    place.do(f"{TG}.tag", [group], {"tags": [{"key": "env", "value": "test"}], "replace": False})
    assert place.item(TG, name).tags["env"] == "test"


def test_every_state_and_reason_of_aws_has_words():
    from apps.catalog import model

    answer = model.operation("elbv2.describe_target_health").output_shape
    shape = answer.members["TargetHealthDescriptions"].member.members["TargetHealth"]
    assert set(STATES) == set(shape.members["State"].enum)
    assert set(REASONS) == set(shape.members["Reason"].enum)
    said = {"Reason": "Target.ResponseCodeMismatch", "Description": "Health checks failed with these codes: [502]"}
    assert reason(said).endswith("than is expected. (Health checks failed with these codes: [502])")
    assert reason({"State": "healthy"}) == ""
