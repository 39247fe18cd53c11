"""The browsable documentation, for anybody and in the panel's frame."""

import re

import pytest
from django.test import Client

from apps.api.docs import entries
from tests.api.world import Api, World


@pytest.fixture
def browser(world: World) -> Client:
    client = Client()
    client.force_login(world.people.viewer.user)
    session = client.session
    session["tenant"] = str(world.people.tenant_id)
    session.save()
    return client


@pytest.mark.parametrize("group", ["", *entries()])
def test_every_group_has_its_page(world: World, stranger: Api, browser: Client, group: str) -> None:
    path = f"/api/v1/docs/{group}/" if group else "/api/v1/docs/"
    for client in (stranger.client, browser):
        answer = client.get(path)
        assert answer.status_code == 200
        text = answer.content.decode()
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", text)
        for entry in entries().get(group, ()):
            assert f'id="{entry.id}"' in text
            assert entry.path.replace("{", "{") in text
    assert world.people.tenant.name in browser.get(path).content.decode()


def test_the_calls_name_the_reader_s_own_origin(stranger: Api) -> None:
    page = stranger.client.get("/api/v1/docs/ec2/", headers={"host": "localhost"}).content.decode()
    assert "http://localhost/api/v1/ec2/instances/" in page
    assert "testserver" not in page


def test_every_link_of_the_introduction_leads_somewhere(stranger: Api) -> None:
    page = stranger.client.get("/api/v1/docs/").content.decode()
    links = set(re.findall(r'href="(/api/[^"]+)"', page))
    assert len(links) > 15
    for link in links:
        assert stranger.client.get(link).status_code == 200, link


def test_fields_are_described(stranger: Api) -> None:
    page = stranger.client.get("/api/v1/docs/ec2/").content.decode()
    for words in ("volumes[].size", "Needs <code", "ec2:RunInstances", "Idempotency-Key"):
        assert words in page
