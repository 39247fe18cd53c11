"""Buttons that lead to another kind's wizard with fields filled in, and what makes no sense for a resource."""

import re
from html import unescape

import pytest

from apps.catalog import registry
from tests.console.world import client, stock
from tests.console_flows.forms import values


@pytest.fixture
def stored(world):
    """The examples of what stores, in eu-west-1 of production."""
    for kind in ("ec2.snapshot", "ec2.zone", "ec2.image", "ec2.volume"):
        stock(world.production, "eu-west-1", kind, [dict(registry.resource(kind).example)])
    return world


def page_of(world, kind, person=None):
    resource = registry.resource(kind)
    id = resource.example[resource.id]
    return client(person or world.people.operator).get(f"/ec2/{resource.slug}/{id}/").content.decode()


def led_to(text, wizard):
    """The address that leads to a wizard, and the words around it."""
    (found,) = {unescape(one) for one in re.findall(rf'href="(/ec2/{wizard}/[^"]*)"', text)}
    return found


def test_a_snapshot_leads_to_a_volume_of_it(stored):
    address = led_to(page_of(stored, "ec2.snapshot"), "volumes/create/create")
    page = client(stored.people.operator).get(address)
    form = values(page)
    assert (form["snapshot"], form["size"], form["zone"]) == ("snap-0a1b2c3d4e5f60718", "20", "eu-west-1a")
    assert "eu-west-1" in page.content.decode()
    assert "aws ec2 create-volume" in page.content.decode()


def test_an_image_leads_to_the_launch_wizard_whatever_draft_there_is(stored):
    browser = client(stored.people.operator)
    address = led_to(page_of(stored, "ec2.image"), "instances/create/launch")
    form = values(browser.get(address))
    assert form["image"] == "ami-0d5f1c3e7b9a24680"
    browser.post(address.replace("/launch/", "/launch/summary/"), form | {"image": "", "name": "kept"})
    assert values(browser.get(address))["image"] == "ami-0d5f1c3e7b9a24680"


def test_who_may_not_reads_why(stored):
    text = page_of(stored, "ec2.snapshot", stored.people.viewer)
    assert "/ec2/volumes/create/create/" not in text
    assert "ec2.volume.create" in text
    assert client(stored.people.outsider).get("/ec2/snapshots/snap-0a1b2c3d4e5f60718/").status_code == 404


def test_what_makes_no_sense_says_why(stored):
    theirs = dict(registry.resource("ec2.image").example, OwnerId="137112412989", ImageOwnerAlias="amazon")
    stock(stored.production, "eu-west-1", "ec2.image", [theirs])
    assert "It belongs to amazon; only its owner can change it." in page_of(stored, "ec2.image")
    address = "/ec2/images/action/deregister/?id=ami-0d5f1c3e7b9a24680"
    assert "It belongs to amazon" in client(stored.people.operator).get(address).content.decode()
