"""An answer that never comes: what was made is found by the operation's tag, and nothing is made twice."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from apps.operations import run as running
from apps.operations.models import Operation, OperationStep
from apps.tenancy.context import tenant_tx
from tests.services.place import REGION, make_place


@pytest.fixture(scope="module")
def lossy(panel_env, proxy, django_db_blocker):
    with django_db_blocker.unblock():
        proxy.reset()
        yield make_place(proxy.url, "ec2.vpc", "ec2.subnet", "elbv2.load-balancer", "elbv2.target-group")
        proxy.reset()


@pytest.mark.parametrize("lost", ["CreateTargetGroup", "CreateLoadBalancer", "CreateListener"])
def test_each_is_made_once(lossy, proxy, name, lost):
    proxy.reset()
    zones = {item.zone: item.id for item in lossy.items("ec2.subnet") if item.attrs["DefaultForAz"]}
    values = {"name": name, "new_name": name, "subnets": [zones[f"{REGION}a"], zones[f"{REGION}b"]]}
    operation = lossy.submit("elbv2.load-balancer.create", values=values)
    proxy.rule(lost, lose=True)
    for _ in range(6):
        with tenant_tx(lossy.people.tenant_id):
            Operation.objects.filter(id=operation.id).update(due_at="2020-01-01T00:00:00Z")
            # Instead of waiting out that the lost call may still take effect.
            OperationStep.objects.filter(operation_id=operation.id, state="started").update(
                sent_at=now() - timedelta(minutes=5)
            )
        running.run(lossy.people.tenant_id, operation.id)
    with tenant_tx(lossy.people.tenant_id):
        ended = Operation.objects.get(id=operation.id)
    assert ended.state == "succeeded", ended.error
    assert proxy.calls[lost] == 1
    aws = lossy.aws("elbv2")
    (balancer,) = aws.describe_load_balancers(Names=[name])["LoadBalancers"]
    (listener,) = aws.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    (group,) = aws.describe_target_groups(Names=[name])["TargetGroups"]
    assert listener["DefaultActions"][0]["TargetGroupArn"] == group["TargetGroupArn"]
