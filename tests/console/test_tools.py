"""Suggestions, saved views, table preferences, and the palette."""

import json
import re

from tests.console.world import client, fragment

LIST = "/ec2/instances/"


def test_suggestions_are_properties_then_values(world):
    browser = client(world.people.viewer)
    assert 'data-fill="state="' in fragment(browser, f"{LIST}-/hints/?q=sta").content.decode()
    text = fragment(browser, f"{LIST}-/hints/?q=state=").content.decode()
    assert 'data-fill="state=running" data-done' in text
    assert "production" in fragment(browser, f"{LIST}-/hints/?q=account=prod").content.decode()


def test_views_are_kept_per_person(world):
    browser = client(world.people.viewer)
    kept = {"name": "Stopped", "query": "f=state%3Dstopped&open=i-1&page=3&evil=1"}
    assert browser.post(f"{LIST}-/views/", kept)["Location"] == f"{LIST}?f=state%3Dstopped"
    menu = fragment(browser, f"{LIST}-/views/").content.decode()
    assert "Stopped" in menu
    assert "evil" not in menu
    assert "Stopped" not in fragment(client(world.people.operator), f"{LIST}-/views/").content.decode()
    id = re.search(r'name="delete" value="([^"]+)"', menu)[1]
    client(world.people.operator).post(f"{LIST}-/views/", {"delete": id})
    assert "Stopped" in fragment(browser, f"{LIST}-/views/").content.decode()
    browser.post(f"{LIST}-/views/", {"delete": id})
    assert "Stopped" not in fragment(browser, f"{LIST}-/views/").content.decode()


def test_preferences_choose_and_order_columns(world):
    browser = client(world.people.viewer)
    chosen = {"column": ["vpc", "type", "nonsense"], "size": "25", "wrap": "on", "density": "compact", "query": "q=api"}
    assert browser.post(f"{LIST}-/preferences/", chosen)["Location"] == f"{LIST}?q=api"
    text = browser.get(LIST).content.decode()
    head = text[text.index("<thead>") : text.index("</thead>")]
    assert head.index("VPC") < head.index("Type")
    assert "Cost/month" not in head
    assert 'data-wrap="on"' in text
    assert 'data-density="compact"' in text
    again = client(world.people.viewer).get(LIST).content.decode()
    assert "vpc-0a1b2c3d4e5f60718" in again
    browser.post(f"{LIST}-/preferences/", {"reset": "1"})
    assert "Cost/month" in browser.get(LIST).content.decode()


def test_palette_finds_resources_pages_and_wizards(world):
    browser = client(world.people.operator)
    found = fragment(browser, "/palette/?q=batch-1").content.decode()
    assert "batch-1" in found
    assert "production · us-east-1" in found
    assert "Audit" in fragment(browser, "/palette/?q=audit").content.decode()
    assert "/ec2/instances/create/" in fragment(browser, "/palette/?q=launch").content.decode()
    assert "Nothing matches" in fragment(browser, "/palette/?q=zebra-9").content.decode()
    foreign = fragment(client(world.people.outsider), "/palette/?q=batch-1").content.decode()
    assert "Nothing matches" in foreign


def test_palette_offers_actions_on_the_selection(world):
    path = "/palette/?on=i-1+i-2&kind=ec2.instance&q=stop"
    assert (
        "/ec2/instances/action/stop/?id=i-1&amp;id=i-2"
        in fragment(client(world.people.operator), path).content.decode()
    )
    assert "action/stop" not in fragment(client(world.people.viewer), path).content.decode()


def test_palette_trusts_no_memory_of_the_browser(world):
    browser = client(world.people.viewer)
    told = fragment(browser, "/palette/?q=batch-1").content.decode()
    recent = re.search(r'data-recent="([^"]+)"', told)[1]
    memory = json.dumps([recent, "ec2.instance i-gone", "no.kind x", "<b>"])
    assert "batch-1" in browser.get("/palette/", {"recent": memory}).content.decode()
    assert "batch-1" not in client(world.people.outsider).get("/palette/", {"recent": memory}).content.decode()
    assert browser.get("/palette/", {"recent": "{"}).status_code == 200
