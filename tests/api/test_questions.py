"""Questions about a resource at both doors: the answer, what is wrong in the query, and who may ask."""

import pytest
from django.http import QueryDict
from django.test import Client

from apps.catalog import registry
from apps.console import posted
from tests.api.world import fill, instances

PATH = "/ec2/instances/i-00000000000000001/reach/"


@pytest.fixture
def asked(world):
    (_idle, instance) = instances(2, "eu-west-1")
    instance |= {"PublicIpAddress": "203.0.113.9"}
    fill(world.production, "ec2.instance", "eu-west-1", [instance])
    rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    group = {"GroupId": instance["SecurityGroups"][0]["GroupId"], "GroupName": "web", "IpPermissions": [rule]}
    fill(world.production, "ec2.security-group", "eu-west-1", [group])
    return world


def test_the_answer_names_what_it_was_read_from(asked):
    found = asked.client(asked.people.viewer).get(PATH)
    assert found.status_code == 200, found.content
    body = found.json()
    assert body["question"] == "Can this instance be reached from the internet?"
    assert body["tone"] == "ok", body
    assert {"kind": "ec2.route-table", "id": "rtb-0a1b2c3d4e5f60718"} in body["findings"][2]["about"]
    shut = asked.client(asked.people.viewer).get(f"{PATH}?port=22").json()
    assert shut["tone"] == "bad"


def test_a_query_that_is_wrong_names_its_field(asked):
    api = asked.client(asked.people.viewer)
    wrong = api.get(f"{PATH}?port=70000&source=here")
    assert wrong.status_code == 400
    assert set(wrong.json()["errors"]) == {"port", "source"}
    assert set(api.get(f"{PATH}?prot=443").json()["errors"]) == {"prot"}


def test_another_organization_finds_nothing(asked):
    assert asked.client(asked.people.outsider).get(PATH).status_code == 404
    assert asked.client(asked.people.auditor).get(PATH).status_code in {200, 403}


def test_the_page_says_it_and_leads_to_what_mends_it(asked):
    person = asked.people.operator
    browser = Client()
    browser.force_login(person.user)
    base = "/ec2/instances/i-00000000000000001/"
    page = browser.get(f"{base}?tab=reach&port=22").content.decode()
    assert f"{base}tab/reach/?port=22" in page
    shown = browser.get(f"{base}tab/reach/?port=22").content.decode()
    assert "No: TCP 22 from anywhere does not reach it" in shown
    assert 'value="22"' in shown
    assert "/ec2/route-tables/rtb-0a1b2c3d4e5f60718/" in shown


def test_a_fix_adds_its_row_to_those_that_are_there():
    form_class = registry.action("ec2.route-table.edit-routes").form
    there = QueryDict("routes-0-destination=10.0.0.0/8&routes-0-target=pcx-1", mutable=True)
    given = QueryDict("id=rtb-1&routes-add-0-destination=0.0.0.0/0&routes-add-0-target=igw-1&routes-add-0-evil=1")
    found = posted.filled(there, form_class, given)
    assert found["routes-1-destination"] == "0.0.0.0/0"
    assert found["routes-1-target"] == "igw-1"
    assert not any("evil" in key for key in found)


def test_the_map_of_a_vpc_is_drawn_and_said(world):
    browser = Client()
    browser.force_login(world.people.viewer.user)
    shown = browser.get("/ec2/vpcs/vpc-0a1b2c3d4e5f60718/tab/map/").content.decode()
    assert 'aria-hidden="true"' in shown
    assert shown.count("<rect") == 7, "a zone, its subnet, the table, four ways out"
    assert "10.20.1.0/24" in shown
    assert 'href="/ec2/subnets/subnet-0a1b2c3d4e5f60718/"' in shown
