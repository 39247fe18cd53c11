"""An instance's own tabs in the browser's words, for those who may look and those who may not."""

import pytest

from tests.console.world import World, client, fragment, instance, make_world, stock

ID = "i-0a1b2c3d4e5f60718"


@pytest.fixture
def world(people) -> World:
    made = make_world(people)
    stock(
        made.production,
        "eu-west-1",
        "ec2.instance",
        [instance("api", id=ID) | {"PublicDnsName": "host.example", "KeyName": "ops"}],
    )
    return made


def tab(world, person, name):
    return fragment(client(person), f"/ec2/instances/{ID}/tab/{name}/")


def test_the_ways_in_are_told_to_whoever_may_look(world):
    text = tab(world, world.people.viewer, "connect").content.decode()
    assert 'data-copy="ssh -i ops.pem ec2-user@host.example"' in text
    assert "aws ssm start-session --region eu-west-1" in text
    assert "The image does not tell its user." in text
    assert tab(world, world.people.outsider, "connect").status_code == 404
