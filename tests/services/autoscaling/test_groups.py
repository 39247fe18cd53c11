"""Auto Scaling groups: what is refused in which words, and each change on the real protocol."""

import pytest

from apps.catalog import model, registry
from apps.catalog.checks import example_item
from apps.catalog.items import Item
from apps.services.autoscaling import capacity, groups, policies, refreshes
from apps.services.autoscaling.processes import PROCESSES
from tests.services.autoscaling.conftest import make_template

GROUP = "autoscaling.group"


def read(place, name):
    found = place.aws("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[name])
    return found["AutoScalingGroups"][0] if found["AutoScalingGroups"] else None


def test_the_wizard_makes_a_group_that_follows_the_cpu(place, wanted):
    values = wanted | {"cpu_target": 60, "tags": [{"key": "env", "value": "prod"}]}
    assert place.calls(f"{GROUP}.create", values=values) == [
        "autoscaling.create_auto_scaling_group",
        "autoscaling.put_scaling_policy",
    ]
    ended = place.do(f"{GROUP}.create", values=values)
    made = read(place, wanted["name"])
    assert (made["MinSize"], made["DesiredCapacity"], made["MaxSize"]) == (1, 2, 4)
    tags = {tag["Key"]: (tag["Value"], tag["PropagateAtLaunch"]) for tag in made["Tags"]}
    assert tags["env"] == ("prod", True)
    assert tags["northgate:operation"] == (str(ended.id), False), "instances are not found by the group's operation"
    shown = place.item(GROUP, wanted["name"])
    assert shown.state == "Steady"
    columns = {column.key: column.value(shown) for column in registry.resource(GROUP).columns}
    assert (columns["healthy"], columns["unhealthy"]) == (2, 0)
    assert columns["launches"].startswith(wanted["name"])
    (row,) = policies.card(shown).rows
    assert row[1] == "Keeps Average CPU, % at 60."
    assert len(capacity.instances_card(shown).rows) == 2
    assert "exists already" in place.refused(f"{GROUP}.create", values=wanted)["name"]


@pytest.mark.parametrize(
    ("values", "field", "said"),
    [
        ({"name": "a:b"}, "name", "A name has no colon; this one is a:b"),
        ({"name": "x" * 256}, "name", "255"),
        ({"launch_template": "lt-0a1b2c3d4e5f60718"}, "launch_template", "is not known in this account and Region"),
        ({"version": "7"}, "version", "has versions up to 1, not 7"),
        ({"version": "newest"}, "version", "a number, $Default or $Latest, not newest"),
        ({"min": 5}, "max", "The maximum, 4, is below the minimum, 5"),
        ({"desired": 5}, "desired", "Desired, 5, lies between minimum, 1, and maximum, 4"),
        ({"desired": 0}, "desired", "Desired, 0"),
        ({"elb_health": True}, "elb_health", "Without a target group"),
        ({"cpu_target": 101}, "cpu_target", "100"),
        ({"grace": 7201}, "grace", "7200"),
        ({"subnets": []}, "subnets", "required"),
    ],
)
def test_a_rule_names_the_limit_and_the_value(place, wanted, values, field, said):
    assert said in place.refused(f"{GROUP}.create", values=wanted | values)[field]


def test_another_template_counts_for_what_is_launched_from_now_on(place, group, name):
    other = make_template(place, f"{name}-next")
    act, values = f"{GROUP}.edit-template", {"launch_template": other, "version": "$Latest"}
    means, _risks = place.told(act, [group], values)
    assert means == (f"What {group} launches from now on is so. Its 2 instances stay until a refresh.",)
    place.do(act, [group], values)
    now = read(place, group)["LaunchTemplate"]
    assert (now["LaunchTemplateId"], now["Version"]) == (other, "$Latest")
    assert place.calls(act, [group], values) == []
    assert "has versions up to 1, not 2" in place.refused(act, [group], values | {"version": "2"})["version"]


def test_scaling_stays_within_the_limits_and_says_what_ends(place, group):
    refused = place.refused(f"{GROUP}.scale", [group], {"desired": 5})["desired"]
    assert refused == f"{group} has 1 to 4 instances, not 5: edit its limits first."
    means, risks = place.told(f"{GROUP}.scale", [group], {"desired": 4})
    assert (means, risks) == ((f"{group} launches 2 instances.",), ())
    place.do(f"{GROUP}.scale", [group], {"desired": 4})
    assert len(read(place, group)["Instances"]) == 4
    _means, risks = place.told(f"{GROUP}.scale", [group], {"desired": 1})
    assert f"{group} ends 3 of its instances, which AWS chooses: i-" in risks[0]
    place.do(f"{GROUP}.scale", [group], {"desired": 1})
    assert len(read(place, group)["Instances"]) == 1
    assert place.calls(f"{GROUP}.scale", [group], {"desired": 1}) == []


def test_limits_move_the_desired_number_and_that_is_said(place, group):
    means, risks = place.told(f"{GROUP}.edit-limits", [group], {"min": 3, "max": 5})
    assert means == (f"AWS scales {group} from 2 to 3, as the new limits want.",)
    assert risks == ()
    assert place.told(f"{GROUP}.edit-limits", [group], {"min": 0, "max": 1})[1]
    place.do(f"{GROUP}.edit-limits", [group], {"min": 3, "max": 5})
    now = read(place, group)
    assert (now["MinSize"], now["MaxSize"], now["DesiredCapacity"]) == (3, 5, 3)
    assert "below the minimum" in place.refused(f"{GROUP}.edit-limits", [group], {"min": 3, "max": 2})["max"]


def test_processes_are_suspended_and_resumed(place, group):
    assert place.refused(f"{GROUP}.resume", [group], {"processes": []})
    place.do(f"{GROUP}.suspend", [group], {"processes": ["Launch", "AZRebalance"]})
    means, _risks = place.told(f"{GROUP}.scale", [group], {"desired": 3})
    assert "Launch is suspended" in means[1]
    offered = place.prepared(f"{GROUP}.resume", [group]).form.fields["processes"].choices
    assert [value for value, _label in offered] == ["AZRebalance", "Launch"]
    place.do(f"{GROUP}.resume", [group], {"processes": ["Launch"]})
    assert [each["ProcessName"] for each in read(place, group)["SuspendedProcesses"]] == ["AZRebalance"]
    assert (
        "one of the available choices"
        in place.refused(f"{GROUP}.suspend", [group], {"processes": ["Sleep"]})["processes"]
    )


def test_policies_come_and_go(place, group):
    place.do(f"{GROUP}.track-cpu", [group], {"name": "cpu", "target": 50, "only_grow": True})
    assert "has a policy cpu already" in place.refused(f"{GROUP}.track-cpu", [group], {"name": "cpu"})["name"]
    (found,) = place.aws("autoscaling").describe_policies(AutoScalingGroupName=group)["ScalingPolicies"]
    assert policies.does(found) == "Keeps Average CPU, % at 50, only by growing."
    place.do(f"{GROUP}.remove-policies", [group], {"policies": ["cpu"]})
    assert place.aws("autoscaling").describe_policies(AutoScalingGroupName=group)["ScalingPolicies"] == []


def test_tags_keep_whether_instances_get_them(place, group):
    own = {"ResourceId": group, "ResourceType": "auto-scaling-group"}
    place.aws("autoscaling").create_or_update_tags(
        Tags=[{"Key": "owner", "Value": "web", "PropagateAtLaunch": False, **own}]
    )
    place.sync(GROUP)
    tags = [{"key": "owner", "value": "data"}, {"key": "env", "value": "prod"}]
    place.do(f"{GROUP}.tag", [group], {"tags": tags, "replace": True})
    found = {tag["Key"]: (tag["Value"], tag["PropagateAtLaunch"]) for tag in read(place, group)["Tags"]}
    assert {key: value for key, value in found.items() if ":" not in key} == {
        "owner": ("data", False),
        "env": ("prod", True),
    }


def test_deleting_names_the_instances_that_end(place, group):
    refused = place.refused(f"{GROUP}.delete", [group])["force"]
    assert refused == f"{group} has 2 instances: agree that they end, or scale to 0 first."
    ids = [each["InstanceId"] for each in read(place, group)["Instances"]]
    (said,) = groups.consequences(place.item(GROUP, group))
    assert all(id in said for id in ids)
    place.do(f"{GROUP}.delete", [group], {"force": True})
    assert read(place, group) is None
    assert group not in [item.name for item in place.items(GROUP)]


def test_a_refresh_replaces_the_instances_and_can_be_cancelled(place, group):
    act = f"{GROUP}.start-refresh"
    assert "no refresh under way" in place.refused(f"{GROUP}.cancel-refresh", [group])["__all__"]
    wrong = place.refused(act, [group], {"min_healthy": 0, "max_healthy": 150})
    assert "At most, 150, may be 100 above at least, 0" in wrong["max_healthy"]
    assert "100" in place.refused(act, [group], {"max_healthy": 99})["max_healthy"]
    means, _risks = place.told(act, [group], {"min_healthy": 50, "skip_matching": False})
    assert means == (
        f"All 2 instances of {group} are replaced; what is on their disks is gone.",
        "At least 1 stay in service meanwhile.",
    )
    place.do(act, [group], {"min_healthy": 50, "warmup": 60})
    aws = place.aws("autoscaling")
    (found,) = aws.describe_instance_refreshes(AutoScalingGroupName=group)["InstanceRefreshes"]
    assert (found["Preferences"]["MinHealthyPercentage"], found["Preferences"]["InstanceWarmup"]) == (50, 60)
    assert "has a refresh under way" in place.refused(act, [group])["__all__"]
    place.do(f"{GROUP}.cancel-refresh", [group])
    (found,) = aws.describe_instance_refreshes(AutoScalingGroupName=group)["InstanceRefreshes"]
    assert found["Status"] == "Cancelled"


def test_a_refresh_that_somebody_else_started_is_left(place, group):
    operation = place.submit(f"{GROUP}.start-refresh", [group], {"min_healthy": 50})
    place.aws("autoscaling").start_instance_refresh(AutoScalingGroupName=group)
    ended = place.run(operation)
    assert (ended.state, ended.error["code"]) == ("failed", "ChangedMeanwhile")


REFRESH = {
    "InstanceRefreshId": "08b91cf7-8fa6-48af-b6a6-d227f40f1b9b",
    "Status": "InProgress",
    "StartTime": "2026-11-20T08:00:00Z",
    "PercentageComplete": 40,
}


def test_every_state_of_a_refresh_and_every_process_has_words():
    answer = model.operation("autoscaling.describe_instance_refreshes").output_shape
    assert set(refreshes.WORDS) == set(answer.members["InstanceRefreshes"].member.members["Status"].enum)
    assert len(PROCESSES) == 9


def test_a_group_is_steady_when_it_has_what_it_should_have():
    serving = {"InstanceId": "i-1", "LifecycleState": "InService"}
    assert groups.state({"DesiredCapacity": 1, "Instances": [serving]}) == "Steady"
    assert groups.state({"DesiredCapacity": 4, "Instances": [serving | {"WeightedCapacity": "4"}]}) == "Steady"
    assert groups.state({"DesiredCapacity": 2, "Instances": [serving]}) == "Updating capacity"
    leaving = serving | {"LifecycleState": "Terminating"}
    assert groups.state({"DesiredCapacity": 1, "Instances": [serving, leaving]}) == "Updating capacity"
    assert groups.state({"DesiredCapacity": 0, "Instances": [], "Status": "Delete in progress"}) == "Deleting"


def test_what_a_refresh_says_of_itself():
    kind = registry.resource(GROUP)
    item = example_item(kind)
    item = Item(item.kind, item.id, item.name, attrs={**item.attrs, "InstanceRefreshes": [REFRESH]})
    shown = refreshes.card(item)
    assert shown.words == ["Under way: 40 % replaced."]
    assert refreshes.active(item) == REFRESH
    assert refreshes.active(Item(item.kind, "x", attrs={"InstanceRefreshes": [REFRESH | {"Status": "Failed"}]})) is None
