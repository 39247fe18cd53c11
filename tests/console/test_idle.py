"""The page of what costs and buys nothing."""

from tests.console.world import client, fragment, stock

SPARE = {"AllocationId": "eipalloc-0a1b2c3d4e5f60718", "PublicIp": "203.0.113.7", "Tags": []}
NAMED = {"Tags": [{"Key": "Name", "Value": "<b>failover</b>"}]}


def test_it_tells_why_and_what_ends_it(world):
    stock(world.production, "eu-west-1", "ec2.address", [SPARE | NAMED])
    text = client(world.people.owner).get("/idle/").content.decode()
    assert "&lt;b&gt;failover&lt;/b&gt;" in text
    assert "<b>failover</b>" not in text
    assert "It is associated with nothing." in text
    assert "$3.65" in text
    assert "/ec2/addresses/action/release/?id=eipalloc-0a1b2c3d4e5f60718" in text
    kind = client(world.people.owner).get("/idle/?kind=ec2.volume").content.decode()
    assert "failover" not in kind


def test_as_a_fragment_it_is_its_rows_alone(world):
    text = fragment(client(world.people.owner), "/idle/").content.decode()
    assert "<main" not in text
    assert "<h1>" in text


def test_who_may_not_end_it_is_told_why(world):
    stock(world.production, "eu-west-1", "ec2.address", [SPARE])
    text = client(world.people.viewer).get("/idle/").content.decode()
    assert "203.0.113.7" in text
    assert "action/release" not in text
    assert "ec2.address.release" in text


def test_an_outsider_sees_nothing_of_it(world):
    stock(world.production, "eu-west-1", "ec2.address", [SPARE])
    answer = client(world.people.outsider).get("/idle/")
    assert answer.status_code == 200
    assert "203.0.113.7" not in answer.content.decode()


def test_a_cursor_of_nobodys_is_a_page_that_is_not_there(world):
    assert client(world.people.owner).get("/idle/?after=x").status_code == 404


def test_it_is_marked_where_it_stands(world):
    """In its list and on its page; what is used is not."""
    used = {"AllocationId": "eipalloc-0a1b2c3d4e5f60719", "PublicIp": "203.0.113.8", "AssociationId": "eipassoc-1"}
    stock(world.production, "eu-west-1", "ec2.address", [SPARE, used])
    browser = client(world.people.viewer)
    assert browser.get("/ec2/addresses/").content.decode().count("$3.65 a month for nothing") == 1
    page = browser.get(f"/ec2/addresses/{SPARE['AllocationId']}/").content.decode()
    assert "$3.65 a month for nothing." in page
    assert "It is associated with nothing." in page
    assert "for nothing" not in browser.get(f"/ec2/addresses/{used['AllocationId']}/").content.decode()
