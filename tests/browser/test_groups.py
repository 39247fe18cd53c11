"""The table of a security group's rules as a person uses it: what differs is seen before it is saved."""

from __future__ import annotations

import re
from dataclasses import replace

from playwright.sync_api import expect

from apps.cloud.calls import call
from apps.operations.models import Operation
from apps.tenancy.context import tenant_tx
from tests.operations.conftest import REGION
from tests.services.ec2.doing import small  # noqa: F401  a fixture
from tests.services.ec2.test_group_edits import rules


def test_rules_are_edited_in_the_table(page, enter, axe, small):  # noqa: F811
    world = replace(small, mark="table")
    vpc = world.aws.describe_vpcs()["Vpcs"][0]["VpcId"]
    made = {"GroupName": "table", "Description": "A test's", "VpcId": vpc}
    id = call(world.account, REGION, "ec2.create_security_group", made).data["GroupId"]
    http = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    world.aws.authorize_security_group_ingress(GroupId=id, IpPermissions=[http])
    world.sync("ec2.security-group")
    enter(world.people.operator)
    page.goto(f"{page.site}/ec2/security-groups/{id}@{world.account.id}:{REGION}/")
    page.get_by_role("tab", name="Rules").click()
    page.locator("#cards").get_by_role("link", name="Edit inbound rules").click()
    dialog, means = page.locator("#dialog"), page.locator("#act-means")
    expect(dialog.locator("[data-row]")).to_have_count(1)

    dialog.get_by_role("button", name="HTTPS").click()
    dialog.get_by_role("button", name=re.compile("SSH from my address")).click()
    expect(means).to_contain_text("New: TCP 22 (SSH) from 127.0.0.1/32")
    expect(means).to_contain_text("New: TCP 443 (HTTPS) from 0.0.0.0/0")
    dialog.locator("[data-remove-row]").first.click()
    expect(means).to_contain_text("Gone: TCP 80 (HTTP) from 0.0.0.0/0")

    source = dialog.locator("[data-row] input[name$=-source]").last
    source.fill("10.0.0.5/24")
    expect(means).to_contain_text("the block is 10.0.0.0/24")
    source.fill("0.0.0.0/0")
    expect(means).to_contain_text("anybody on the internet may reach 22 (SSH)")
    expect(dialog.get_by_label(re.compile("Type table to confirm"))).to_be_visible()
    assert axe("#dialog") == []
    source.fill("10.0.0.0/24")
    expect(dialog.get_by_label(re.compile("to confirm"))).to_have_count(0)

    protocol = dialog.locator("[data-row] select").first
    number = dialog.locator("[data-row] input[name$=-number]").first
    expect(number).to_be_hidden()
    protocol.select_option("number")
    expect(number).to_be_visible()
    protocol.select_option("tcp")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_text("has begun")).to_be_visible()
    with tenant_tx(world.people.tenant_id):
        operation = Operation.objects.get(tenant_id=world.people.tenant_id, act="ec2.security-group.edit-inbound-rules")
    assert world.run(operation).state == "succeeded"
    assert rules(world, id) == [("tcp", 22, "10.0.0.0/24", "SSH"), ("tcp", 443, "0.0.0.0/0", "HTTPS")]
