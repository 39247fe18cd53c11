"""The network's wizards and tables as a person uses them: what is typed stays, what is wrong is said, it is done."""

from __future__ import annotations

import re
import secrets

import pytest
from playwright.sync_api import expect

from tests.browser.wizards import begun, choose, refused, sticks_out, submitted
from tests.chromium import inaccessible_in_any_theme
from tests.services.ec2.stand import NETWORK, REGION, make_stand

KINDS = (*NETWORK, "ec2.network-interface", "ec2.address")


@pytest.fixture(scope="module")
def stand(panel_env, brisk_ec2):
    number = str(secrets.choice(range(10**11, 10**12)))
    return make_stand(brisk_ec2, number, key=number)


@pytest.fixture
def at(page, enter, stand):
    """The address of a page of the account; an operator has come in."""
    enter(stand.people.operator)

    def address(path: str, id: str = "", query: str = "") -> str:
        if not id:
            return f"{page.site}/ec2/{path}?in-account={stand.account.id}&in-region={REGION}"
        return f"{page.site}/ec2/{path}/{id}@{stand.account.id}:{REGION}/{query}"

    return address


@pytest.fixture
def vpc(stand):
    """A VPC with two subnets, whose blocks no other test has, and a gateway to which nothing leads."""
    n = secrets.randbelow(200)
    made = stand.aws.create_vpc(CidrBlock=f"10.{n}.0.0/16")["Vpc"]["VpcId"]
    for zone in "ab":
        block = f"10.{n}.{ord(zone) - 97}.0/24"
        one = stand.aws.create_subnet(VpcId=made, CidrBlock=block, AvailabilityZone=f"{REGION}{zone}")["Subnet"]
        stand.aws.modify_subnet_attribute(SubnetId=one["SubnetId"], MapPublicIpOnLaunch={"Value": True})
    gateway = stand.aws.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    stand.aws.attach_internet_gateway(InternetGatewayId=gateway, VpcId=made)
    stand.sync(*KINDS)
    return made


def inside(stand, vpc, call, key):
    return getattr(stand.aws, call)(Filters=[{"Name": "vpc-id", "Values": [vpc]}])[key]


def machine(stand, subnet):
    image = stand.aws.describe_images(Filters=[{"Name": "name", "Values": ["amzn*"]}])["Images"][0]["ImageId"]
    made = stand.aws.run_instances(ImageId=image, MinCount=1, MaxCount=1, SubnetId=subnet)["Instances"][0]
    stand.sync("ec2.instance", "ec2.network-interface")
    return made["InstanceId"]


def test_a_vpc_is_planned_priced_and_made(page, at, stand):
    name = f"shop-{secrets.token_hex(3)}"
    page.goto(at("vpcs/create/create/"))
    called, block = page.get_by_role("textbox", name="Name").first, page.get_by_role("textbox", name="IPv4 block")
    called.fill(name)
    block.fill("10.200.0.0/15")
    refused(page, "IPv4 block", "/16 to /28, not /15")
    expect(called).to_have_value(name)
    expect(block).to_have_value("10.200.0.0/15")

    block.fill("10.200.0.0/16")
    page.get_by_text("One per zone", exact=True).click()
    out6 = page.get_by_role("checkbox", name="Let private subnets out by IPv6")
    expect(out6).to_be_hidden()
    page.get_by_text("Amazon-provided IPv6 block").click()
    expect(out6).to_be_checked()
    summary = page.locator("#summary")
    expect(summary).to_contain_text("$70.08")
    expect(summary).to_contain_text("create-nat-gateway")
    expect(summary).to_contain_text("create-egress-only-internet-gateway")
    assert inaccessible_in_any_theme(page) == []
    assert sticks_out(page) == []
    ended = stand.run(submitted(page))
    assert ended.state == "succeeded", ended.error
    (made,) = ended.result["ids"]
    subnets = inside(stand, made, "describe_subnets", "Subnets")
    blocks = [one["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"] for one in subnets]
    assert len(set(blocks)) == 4

    page.goto(at("vpcs", made, "?tab=map"))
    expect(page.locator("main")).to_contain_text(f"{name}-private-{REGION}b")
    expect(page.locator("main")).to_contain_text(f"{name}-egress")
    for block in blocks:
        expect(page.locator("main")).to_contain_text(block)
    assert inaccessible_in_any_theme(page) == []
    assert sticks_out(page) == []


def test_two_vpcs_are_peered(page, at, axe, stand, vpc):
    here = stand.item("ec2.vpc", vpc).attrs["CidrBlock"]
    twin, other = (stand.aws.create_vpc(CidrBlock=block)["Vpc"]["VpcId"] for block in (here, "10.201.0.0/16"))
    stand.sync("ec2.vpc", "ec2.route-table")
    page.goto(at("vpcs", vpc))
    page.get_by_role("button", name="Actions", exact=True).click()
    page.get_by_role("link", name="Peer with another VPC").click()
    page.get_by_role("textbox", name="Name").first.fill("joined")
    choose(page, "The other VPC", twin)
    refused(page, "The other VPC", f"{here} of {vpc} overlaps {here} of {twin}")
    expect(page.get_by_role("textbox", name="Name").first).to_have_value("joined")
    expect(page.get_by_role("combobox", name="This VPC")).to_have_value(vpc)

    choose(page, "The other VPC", other)
    expect(page.locator("#summary")).to_contain_text("accept-vpc-peering-connection")
    assert axe() == []
    assert sticks_out(page) == []
    ended = stand.run(submitted(page))
    assert ended.state == "succeeded", ended.error
    joined = {
        route["DestinationCidrBlock"]: route["VpcPeeringConnectionId"]
        for side in (vpc, other)
        for table in inside(stand, side, "describe_route_tables", "RouteTables")
        for route in table["Routes"]
        if route.get("VpcPeeringConnectionId")
    }
    assert joined == dict.fromkeys(("10.201.0.0/16", here), ended.result["ids"][0])


def test_why_it_is_not_reached_is_told_and_mended_from_there(page, at, axe, stand, vpc):
    subnet = inside(stand, vpc, "describe_subnets", "Subnets")[0]["SubnetId"]
    (table,) = inside(stand, vpc, "describe_route_tables", "RouteTables")
    id = machine(stand, subnet)
    page.goto(at("instances", id, "?tab=reach"))
    question = page.locator("#question")
    expect(question).to_contain_text("No: TCP 443 from anywhere does not reach it. What is missing: 2.")
    port = question.get_by_role("textbox", name="Port")
    port.fill("70000")
    question.get_by_role("button", name="Answer").click()
    expect(port).to_have_attribute("aria-invalid", "true")
    expect(question).to_contain_text("less than or equal to 65535")
    expect(port).to_have_value("70000")
    port.fill("22")
    question.get_by_role("button", name="Answer").click()
    expect(question).to_contain_text("No: TCP 22 from anywhere")
    assert inaccessible_in_any_theme(page) == []
    assert sticks_out(page) == []

    question.get_by_role("link", name="Add a route to 0.0.0.0/0").click()
    dialog = page.locator("#dialog")
    expect(dialog).to_contain_text("0.0.0.0/0 through an internet gateway makes the table's subnets public.")
    expect(dialog.locator("input[name$=-destination]")).to_have_value("0.0.0.0/0")
    assert axe("#dialog") == []
    dialog.get_by_label("to confirm").fill(table["RouteTableId"])
    ended = stand.run(begun(page, "Save"))
    assert ended.state == "succeeded", ended.error
    page.goto(at("instances", id, "?tab=reach&port=22"))
    expect(question).to_contain_text("What is missing: 1.")
    expect(question.get_by_role("link", name="Add a route to 0.0.0.0/0")).to_have_count(0)


def test_a_late_answer_gives_way_to_what_is_asked_since(page, at, stand, vpc):
    subnet = inside(stand, vpc, "describe_subnets", "Subnets")[0]["SubnetId"]
    page.goto(at("instances", machine(stand, subnet), "?tab=reach"))
    question = page.locator("#question")
    port = question.get_by_role("textbox", name="Port")
    held = []
    page.route(re.compile("port=8080"), lambda route: held.append(route))
    port.fill("8080")
    with page.expect_request(re.compile("port=8080")) as late:
        question.get_by_role("button", name="Answer").click()
    port.fill("22")
    question.get_by_role("button", name="Answer").click()
    expect(question).to_contain_text("No: TCP 22 from anywhere")
    expect(port).to_have_value("22")
    assert late.value.failure == "net::ERR_ABORTED"


def test_routes_are_edited_in_the_table(page, at, axe, stand, vpc):
    (table,) = inside(stand, vpc, "describe_route_tables", "RouteTables")
    id, gateway = table["RouteTableId"], inside_gateway(stand, vpc)
    page.goto(at("route-tables", id, "?tab=routes"))
    page.locator("#cards").get_by_role("link", name="Edit routes").click()
    dialog, means = page.locator("#dialog"), page.locator("#act-means")
    dialog.get_by_role("button", name="Add route").click()
    to = dialog.locator("[data-row] input[name$=-destination]")
    to.fill("198.51.100.7/24")
    expect(means).to_contain_text("the block is 198.51.100.0/24")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_contain_text("198.51.100.7/24 has bits beyond its prefix length")
    expect(to).to_have_value("198.51.100.7/24")
    to.fill("198.51.100.0/24")
    choose(dialog, "Target", gateway)
    expect(means).to_contain_text(f"New: 198.51.100.0/24 goes to {gateway}.")
    assert axe("#dialog") == []
    assert sticks_out(page) == []
    label = dialog.locator(".cell-label", has_text="Or another target's id").first
    expect(label).to_be_hidden()
    page.set_viewport_size({"width": 390, "height": 844})
    expect(label).to_be_visible()
    page.set_viewport_size({"width": 1440, "height": 900})
    dialog.get_by_label("to confirm").fill(id)
    assert stand.run(begun(page, "Save")).state == "succeeded"
    (now,) = inside(stand, vpc, "describe_route_tables", "RouteTables")
    assert "198.51.100.0/24" in [route["DestinationCidrBlock"] for route in now["Routes"]]


def inside_gateway(stand, vpc):
    wanted = [{"Name": "attachment.vpc-id", "Values": [vpc]}]
    return stand.aws.describe_internet_gateways(Filters=wanted)["InternetGateways"][0]["InternetGatewayId"]


def test_rules_of_a_network_acl_are_edited_in_the_table(page, at, axe, stand, vpc):
    (acl,) = inside(stand, vpc, "describe_network_acls", "NetworkAcls")
    id = acl["NetworkAclId"]
    page.goto(at("network-acls", id, "?tab=rules"))
    page.locator("#cards").get_by_role("link", name="Edit inbound rules").click()
    dialog, means = page.locator("#dialog"), page.locator("#act-means")
    dialog.get_by_role("button", name="Add rule").click()
    row = dialog.locator("[data-row]").last
    row.locator("input[name$=-number]").fill("100")
    row.locator("input[name$=-port_from]").fill("443")
    row.locator("input[name$=-block]").fill("0.0.0.0/0")
    expect(means).to_contain_text("The number 100 stands twice.")
    dialog.get_by_label("to confirm").fill(id)
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_contain_text("The number 100 stands twice.")
    expect(row.locator("input[name$=-port_from]")).to_have_value("443")
    row.locator("input[name$=-number]").fill("90")
    row.locator("select[name$=-action]").select_option("deny")
    expect(means).to_contain_text("New: 90: deny TCP 443, 0.0.0.0/0.")
    assert axe("#dialog") == []
    assert sticks_out(page) == []
    assert stand.run(begun(page, "Save")).state == "succeeded"
    (now,) = inside(stand, vpc, "describe_network_acls", "NetworkAcls")
    assert 90 in [each["RuleNumber"] for each in now["Entries"] if not each["Egress"]]


def test_an_interface_is_made_and_attached(page, at, axe, stand, vpc):
    subnet = inside(stand, vpc, "describe_subnets", "Subnets")[0]
    id, name = machine(stand, subnet["SubnetId"]), f"appliance-{secrets.token_hex(3)}"
    page.goto(at("network-interfaces/create/create/"))
    page.get_by_role("textbox", name="Name").first.fill(name)
    choose(page, "Subnet", subnet["SubnetId"])
    address = page.get_by_role("textbox", name="Private IPv4 address")
    address.fill("192.0.2.7")
    refused(page, "Private IPv4 address", "192.0.2.7 is not in", subnet["CidrBlock"])
    expect(address).to_have_value("192.0.2.7")
    address.fill("")
    expect(page.locator("#summary")).to_contain_text("create-network-interface")
    assert axe() == []
    assert sticks_out(page) == []
    ended = stand.run(submitted(page))
    assert ended.state == "succeeded", ended.error
    (made,) = ended.result["ids"]

    page.goto(at("network-interfaces", made))
    page.get_by_role("link", name="Attach", exact=True).click()
    dialog = page.locator("#dialog")
    choose(dialog, "Instance", id)
    index = dialog.get_by_role("textbox", name=re.compile("Device index"))
    index.fill("51")
    dialog.get_by_role("button", name="Attach", exact=True).click()
    expect(dialog.get_by_role("alert")).to_contain_text("50")
    expect(index).to_have_value("51")
    index.fill("1")
    assert axe("#dialog") == []
    assert stand.run(begun(page, "Attach")).state == "succeeded"
    (now,) = stand.aws.describe_network_interfaces(NetworkInterfaceIds=[made])["NetworkInterfaces"]
    assert (now["Attachment"]["InstanceId"], now["Attachment"]["DeviceIndex"]) == (id, 1)
