"""A call that answers nothing has taken effect all the same: what it made is taken back when the wait for it fails."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from apps.operations.models import OperationStep
from apps.tenancy.context import tenant_tx
from tests.services.autoscaling.conftest import make_template
from tests.services.autoscaling.test_groups import GROUP, read
from tests.services.place import make_place


@pytest.fixture
def slow(panel_env, proxy, _database):
    """An account behind the proxy, which refuses what plain moto has not got."""
    proxy.reset()
    place = make_place(proxy.url, "ec2.subnet")
    proxy.rule("DescribeInstanceRefreshes", times=1000, code="AccessDenied", status=403)
    yield place, proxy
    proxy.reset()


def test_what_never_comes_to_its_size_is_taken_back(slow, name):
    """The making call answers nothing at all, and its instances don't come: the group goes again."""
    place, proxy = slow
    subnet = next(item.id for item in place.items("ec2.subnet") if item.attrs["DefaultForAz"])
    values = {"name": name, "launch_template": make_template(place, name), "subnets": [subnet]}
    looks = proxy.rule("DescribeAutoScalingGroups", times=1000, code="Throttling", status=400)
    operation = place.submit(f"{GROUP}.create", values=values)
    with pytest.raises(AssertionError, match="waiting"):
        place.run(operation, goes=1)
    proxy.rules.remove(looks)
    aws = place.aws("autoscaling")
    (one,) = [each["InstanceId"] for each in read(place, name)["Instances"]]
    aws.enter_standby(AutoScalingGroupName=name, InstanceIds=[one], ShouldDecrementDesiredCapacity=True)
    with tenant_tx(place.people.tenant_id):
        OperationStep.objects.filter(operation_id=operation.id).update(sent_at=now() - timedelta(hours=1))
    ended = place.run(operation)
    assert (ended.state, ended.error["code"]) == ("failed", "TimedOut")
    assert [row.state for row in ended.journal] == ["undone"]
    assert read(place, name) is None
