"""Security groups on the real protocol: what is shown of them, and who may take one away."""

import re

import pytest

from apps.catalog import checks, registry
from apps.catalog.cards import Named
from apps.inventory import query
from apps.services.ec2 import security_group_cards as cards
from apps.services.ec2 import security_groups as groups
from apps.tenancy.access import Denied
from apps.tenancy.context import tenant_tx
from tests.console.world import client, fragment
from tests.console_flows.forms import values
from tests.operations.conftest import REGION
from tests.services.ec2.doing import done, refused, small, submitted, world  # noqa: F401  fixtures

KIND = "ec2.security-group"


@pytest.fixture
def vpc(world):  # noqa: F811
    return world.aws.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"]


@pytest.fixture
def group(world, vpc):  # noqa: F811
    """group("web", rule, …) is a new group's id, with these inbound permissions, known to the inventory."""

    def make(name, *permissions):
        made = world.aws.create_security_group(GroupName=f"{name}-{world.mark}", Description="a test's", VpcId=vpc)
        if permissions:
            world.aws.authorize_security_group_ingress(GroupId=made["GroupId"], IpPermissions=list(permissions))
        world.sync(KIND)
        return made["GroupId"]

    return make


def tcp(port, *cidrs, **more):
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": c} for c in cidrs], **more}


def item(world, id):  # noqa: F811
    with tenant_tx(world.people.tenant_id):
        return query.get_many(world.people.tenant_id, KIND, [id])[0]


def test_cards_show_rules_as_people_read_them(world, group):  # noqa: F811
    other = group("app")
    pairs = {"UserIdGroupPairs": [{"GroupId": other, "Description": "from the app"}]}
    id = group("web", tcp(443, "0.0.0.0/0"), tcp(22, "10.0.0.0/8"), tcp(5432, **pairs))
    found = item(world, id)
    shown = cards.inbound(found)
    assert shown.rows == [
        ("TCP", "22", "SSH", "10.0.0.0/8", ""),
        ("TCP", "443", "HTTPS", "anywhere (0.0.0.0/0)", ""),
        ("TCP", "5432", "PostgreSQL", Named(KIND, other), "from the app"),
    ]
    assert shown.words == []
    assert cards.outbound(found).rows == [("All traffic", "", "", "anywhere (0.0.0.0/0)", "")]
    assert (groups.open_to_all(found), groups.exposed(found)) == (["443"], False)
    path = f"/ec2/security-groups/{id}@{world.account.id}:{REGION}/tab/"
    html = fragment(client(world.people.viewer), f"{path}rules/").content.decode()
    assert f"app-{world.mark}</a>" in html, "the name, with a link"
    related = fragment(
        client(world.people.viewer), f"/ec2/security-groups/{other}@{world.account.id}:{REGION}/tab/related/"
    )
    assert f"web-{world.mark}" in related.content.decode()
    assert fragment(client(world.people.outsider), f"{path}rules/").status_code == 404


def test_a_page_leads_to_a_copy(world, group):  # noqa: F811
    id = group("model", tcp(22, "10.0.0.0/8"))
    browser, ref = client(world.people.operator), f"{id}@{world.account.id}:{REGION}"
    page = browser.get(f"/ec2/security-groups/{ref}/").content.decode()
    found = re.search(r'href="(/ec2/security-groups/create/create/\?like=[^"]+)"', page)
    assert found, "a button"
    filled = values(browser.get(found[1]))
    assert filled["name"] == f"model-{world.mark}-copy"
    assert (filled["inbound-0-ports"], filled["inbound-0-source"]) == ("22", "10.0.0.0/8")
    viewer = client(world.people.viewer).get(f"/ec2/security-groups/{ref}/").content.decode()
    assert "create/create/?like" not in viewer


def test_what_is_open_to_everybody_is_said_on_its_page():
    found = checks.example_item(registry.resource(KIND))
    found.attrs[groups.INBOUND].append(tcp(3389, "0.0.0.0/0"))
    try:
        assert "3389 (RDP)" in cards.inbound(found).words[0]
        assert groups.exposed(found)
    finally:
        found.attrs[groups.INBOUND].pop()


def test_a_group_in_use_stays_and_it_is_said_by_whom(world, group):  # noqa: F811
    id, other = group("used"), group("free")
    referring = group("referring", tcp(80, UserIdGroupPairs=[{"GroupId": id}]))
    said = refused(world, f"{KIND}.delete", [id])["__all__"]
    assert f"used-{world.mark} is in use: security groups referring-{world.mark}" in said
    done(world, f"{KIND}.delete", [other])
    done(world, f"{KIND}.delete", [id, referring]), "both at once name nobody else"
    left = {each["GroupId"] for each in world.aws.describe_security_groups()["SecurityGroups"]}
    assert not left & {id, other, referring}


def test_an_instance_keeps_its_group(world, group, vpc):  # noqa: F811
    id = group("kept")
    image = world.aws.describe_images()["Images"][0]["ImageId"]
    started = world.aws.run_instances(ImageId=image, MinCount=1, MaxCount=1, SecurityGroupIds=[id])["Instances"][0]
    world.sync("ec2.instance")
    assert started["InstanceId"] in refused(world, f"{KIND}.delete", [id])["__all__"]
    world.aws.terminate_instances(InstanceIds=[started["InstanceId"]])
    world.sync("ec2.instance")
    done(world, f"{KIND}.delete", [id])


def test_the_default_group_stays(world, vpc):  # noqa: F811
    world.sync(KIND)
    (default,) = world.aws.describe_security_groups(
        Filters=[{"Name": "vpc-id", "Values": [vpc]}, {"Name": "group-name", "Values": ["default"]}]
    )["SecurityGroups"]
    assert "goes only with its VPC" in refused(world, f"{KIND}.delete", [default["GroupId"]])["__all__"]


def test_tags_are_edited_and_a_viewer_changes_nothing(world, group):  # noqa: F811
    id = group("tagged")
    done(world, f"{KIND}.tag", [id], {"tags": [{"key": "team", "value": "web"}]})
    (now,) = world.aws.describe_security_groups(GroupIds=[id])["SecurityGroups"]
    assert {"Key": "team", "Value": "web"} in now["Tags"]
    with pytest.raises(Denied):
        submitted(world, f"{KIND}.delete", [id], person=world.people.viewer)


def test_prefix_lists_are_listed(world):  # noqa: F811
    made = world.aws.create_managed_prefix_list(PrefixListName=f"pl-{world.mark}", MaxEntries=5, AddressFamily="IPv4")
    world.sync("ec2.prefix-list")
    with tenant_tx(world.people.tenant_id):
        (found,) = query.get_many(world.people.tenant_id, "ec2.prefix-list", [made["PrefixList"]["PrefixListId"]])
    assert (found.name, found.attrs["MaxEntries"]) == (f"pl-{world.mark}", 5)
