"""Languages: the catalogues, the choice, and what stays English whoever looks."""

import re

import pytest
from babel.messages import mofile, pofile
from django.conf import settings
from django.utils import translation

from apps.catalog import registry
from apps.catalog.checks import example_plan
from tests.console.world import client

CATALOGUES = ["zh_Hans", "zh_Hant"]
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%s|\{\w+\}|</?[a-z]+[^>]*>")


def folder(name):
    return settings.BASE_DIR / "locale" / name / "LC_MESSAGES"


def messages(name):
    with open(folder(name) / "django.po", "rb") as file:
        return [message for message in pofile.read_po(file, locale=name) if message.id]


@pytest.mark.pure
@pytest.mark.parametrize("name", CATALOGUES)
def test_what_is_filled_in_stays_what_it_is(name):
    for message in messages(name):
        assert not message.fuzzy, message.id
        said = message.string if isinstance(message.string, str) else message.string[0]
        asked = message.id if isinstance(message.id, str) else message.id[1]
        if said:
            assert sorted(PLACEHOLDER.findall(said)) == sorted(PLACEHOLDER.findall(asked)), asked


@pytest.mark.pure
@pytest.mark.parametrize("name", CATALOGUES)
def test_what_is_compiled_is_what_is_written(name):
    with open(folder(name) / "django.mo", "rb") as file:
        compiled = {_first(message.id): _first(message.string) for message in mofile.read_mo(file) if message.id}
    written = {_first(message.id): _first(message.string) for message in messages(name) if _first(message.string)}
    assert compiled == written, "run `make messages`"


def _first(text):
    """The singular, of a message that has a plural."""
    return text if isinstance(text, str) else text[0]


def test_a_page_speaks_the_language_that_was_chosen(world):
    browser = client(world.people.operator)
    assert '<html lang="en"' in browser.get("/operations/").content.decode()
    answer = browser.post("/language/", {"language": "zh-hans", "next": "/operations/?mine=1"})
    assert answer["Location"] == "/operations/?mine=1"
    text = browser.get("/operations/").content.decode()
    assert '<html lang="zh-hans"' in text
    assert "<h1>操作</h1>" in text
    browser.post("/language/", {"language": "zh-hant", "next": "https://evil.example/"})
    assert "<h1>操作</h1>" in browser.get("/operations/").content.decode()
    browser.post("/language/", {"language": "tlh"})
    assert '<html lang="zh-hant"' in browser.get("/operations/").content.decode()


def test_before_signing_in_the_browser_is_asked():
    from django.test import Client

    text = Client(headers={"Accept-Language": "zh-TW,zh;q=0.9"}).get("/sign-in/").content.decode()
    assert '<html lang="zh-hant"' in text
    assert '<html lang="en"' in Client(headers={"Accept-Language": "fr"}).get("/sign-in/").content.decode()


def test_rest_is_english(world):
    from django.test import Client

    browser = Client(headers={**world.people.viewer.bearer, "Accept-Language": "zh-CN"})
    answer = browser.get("/api/v1/nonesuch/")
    assert answer.json()["title"] == "Not found"


@pytest.mark.pure
@pytest.mark.parametrize("act", ["ec2.instance.launch", "ec2.instance.stop", "s3.bucket.empty"])
def test_a_plan_does_not_depend_on_who_looks(act):
    plain = example_plan(registry.action(act))
    with translation.override("zh-hans"):
        other = example_plan(registry.action(act))
    assert other.to_json() == plain.to_json()
    assert other.hash == plain.hash
