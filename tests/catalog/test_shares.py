"""A share of a block that AWS chooses: computed when the plan runs, by the printed code, and by Terraform."""

import subprocess
import sys
from dataclasses import replace

import pytest

from apps.catalog import code, registry
from apps.catalog.items import Item
from apps.catalog.plans import Share, Step, compile_targets, resolve
from apps.catalog.shares import in_terraform, share_of

pytestmark = pytest.mark.pure

BLOCK = "2001:db8:1234:1a00::/56"
CASES = [
    (BLOCK, Share(0, 64, 56), "2001:db8:1234:1a00::/64"),
    (BLOCK, Share(11, 64, 56), "2001:db8:1234:1a0b::/64"),
    (BLOCK, Share(255, 64, 56), "2001:db8:1234:1aff::/64"),
    ("2001:db8::/56", Share(2, 64, 56), "2001:db8:0:2::/64"),
    ("10.0.0.0/16", Share(3, 20, 16), "10.0.48.0/20"),
]


@pytest.mark.parametrize(("block", "share", "made"), CASES)
def test_the_nth_block_of_a_block(block, share, made):
    assert share_of(block, share.to_json()) == made


def test_there_is_no_more_than_there_is():
    with pytest.raises(ValueError, match="no /64 number 256"):
        Share(256, 64, 56)
    with pytest.raises(ValueError, match="has no /64 number 16"):
        share_of("2001:db8::/60", Share(16, 64, 56).to_json())
    assert share_of(None, Share(0, 64, 56).to_json()) is None


def steps(share):
    read = yield Step("ec2.describe_vpcs", VpcIds=["vpc-1"])
    block = read["Vpcs[0].Ipv6CidrBlockAssociationSet[0].Ipv6CidrBlock"]
    yield Step("ec2.create_subnet", VpcId="vpc-1", CidrBlock="10.0.0.0/24", Ipv6CidrBlock=block.shared(share))


@pytest.fixture
def plan():
    action = replace(registry.action("ec2.vpc.tag"), run=lambda _item, _values: steps(Share(11, 64, 56)))
    return compile_targets(action, [Item("ec2.vpc", "vpc-1", account="a", region="eu-west-1")], {})


def test_a_plan_refers_to_it_and_the_worker_computes_it(plan):
    answers = {"s1": {"Vpcs": [{"Ipv6CidrBlockAssociationSet": [{"Ipv6CidrBlock": BLOCK}]}]}}
    assert resolve(plan.steps[1]["params"], answers)["Ipv6CidrBlock"] == "2001:db8:1234:1a0b::/64"


def test_code_computes_it(plan):
    texts = {one.id: one.text for one in code.render(plan, lambda _id: "dev")}
    shell = f'aws() {{ [ "$2" = describe-vpcs ] && echo {BLOCK} || echo "$@"; }}\n{texts["cli"]}'
    done = subprocess.run(["bash", "-euc", shell], capture_output=True, text=True, check=True)
    assert "--ipv6-cidr-block 2001:db8:1234:1a0b::/64" in done.stdout
    line = next(line for line in texts["boto3"].splitlines() if "Ipv6CidrBlock=" in line)
    known = f"import ipaddress\ns1 = {{'Vpcs': [{{'Ipv6CidrBlockAssociationSet': [{{'Ipv6CidrBlock': {BLOCK!r}}}]}}]}}"
    told = [sys.executable, "-c", f"{known}\nprint(dict(\n{line}\n))"]
    assert "2001:db8:1234:1a0b::/64" in subprocess.run(told, capture_output=True, text=True, check=True).stdout
    assert texts["boto3"].startswith("import ipaddress\nimport boto3")
    assert in_terraform("aws_vpc.s1.ipv6_cidr_block", Share(11, 64, 56).to_json()) == (
        "cidrsubnet(aws_vpc.s1.ipv6_cidr_block, 8, 11)"
    )
