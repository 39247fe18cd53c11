"""Lists: what they show, what the URL may say, and what they cost."""

import re

from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.tenancy.context import tenant_tx
from tests.console.world import client, fragment, instance, make_account, stock

LIST = "/ec2/instances/"


def names(answer) -> list[str]:
    return re.findall(r'<a class="name"[^>]*>([^<]*)</a>', answer.content.decode())


def test_page_shows_rows_of_all_accounts_and_regions(world):
    answer = client(world.people.viewer).get(LIST)
    assert answer.status_code == 200
    assert len(names(answer)) == 8
    text = answer.content.decode()
    assert '(<span id="selected"></span>8)' in text
    assert "AWS is throttling requests." in text
    assert "req-4f1c9a" in text


def test_text_of_aws_is_never_markup(world):
    answer = client(world.people.viewer).get(LIST).content.decode()
    assert "<script>alert(1)" not in answer
    assert "&lt;script&gt;alert(1)" in answer


def test_the_same_failure_in_many_places_is_told_once(world):
    from tests.console.world import fail

    for region in ("us-west-2", "eu-north-1", "sa-east-1"):
        fail(world.staging, region, "ec2.instance")
    text = client(world.people.viewer).get("/ec2/instances/").content.decode()
    assert text.count('id="failed-') == 1
    assert re.search(r"<b>staging / [a-z0-9-]+</b> and \d more could not be read", text)


def test_fragment_is_the_list_alone(world):
    answer = fragment(client(world.people.viewer), LIST)
    text = answer.content.decode()
    assert "<html" not in text
    assert 'id="list"' not in text
    assert len(names(answer)) == 8


def test_a_page_takes_few_statements(world):
    browser = client(world.people.viewer)
    browser.get(LIST)
    for query in ("", "?sort=-cost&f=owner=x", "?f=state=running&sort=-name"):
        with CaptureQueriesContext(connection) as seen:
            browser.get(LIST + query)
        told = [one["sql"][:90] for one in seen if not one["sql"].startswith(("BEGIN", "COMMIT"))]
        assert len(told) <= 6, told


def test_filters_are_tokens(world):
    browser = client(world.people.viewer)
    answer = browser.get(LIST + "?f=state=stopped")
    assert names(answer) == ["batch-1"]
    assert "Remove filter State" in answer.content.decode()
    assert names(browser.get(LIST + "?f=tag:owner=platform")) == ["web"]
    assert names(browser.get(LIST + "?f=state=stopped&f=tag:owner=platform&join=or")) == ["batch-1", "web"]
    assert names(browser.get(LIST + "?q=batch")) == ["batch-1"]


def test_a_typed_condition_becomes_a_token(world):
    answer = fragment(client(world.people.viewer), LIST + "?q=state=stopped")
    assert names(answer) == ["batch-1"]
    assert answer["HX-Replace-Url"] == LIST + "?f=state%3Dstopped"


def test_what_is_not_valid_in_the_url_is_dropped(world):
    browser = client(world.people.viewer)
    query = "?f=nonsense&f=unknown=1&sort=%27;drop&page=-4&size=7&account=not-one&region=%FF&open=i-nothing&join=xor"
    answer = browser.get(LIST + query)
    assert answer.status_code == 200
    assert len(names(answer)) == 8


def test_no_match_says_how_many_are_hidden(world):
    text = client(world.people.viewer).get(LIST + "?q=zebra").content.decode()
    assert "No matches" in text
    assert "8 instances are hidden by the filters." in text


def test_sort_and_pages(world):
    browser = client(world.people.viewer)
    stock(world.production, "us-east-1", "ec2.instance", [instance(f"n-{n:02}") for n in range(30)])
    first = browser.get(LIST + "?size=25&sort=-name")
    assert len(names(first)) == 25
    assert names(first) == sorted(names(first), reverse=True)
    second = names(browser.get(LIST + "?size=25&sort=-name&page=2"))
    assert len(second) == 12
    assert not set(second) & set(names(first))


def test_scope_is_in_the_url_and_remembered(world):
    browser = client(world.people.viewer)
    assert len(names(browser.get(f"{LIST}?account={world.staging.id}"))) == 2
    again = browser.get(LIST)
    assert len(names(again)) == 2
    assert f"account={world.staging.id}" in again.content.decode()
    assert len(names(browser.get(f"{LIST}?account=&region="))) == 8
    assert len(names(browser.get(f"{LIST}?region=us-east-1"))) == 1


def test_another_organization_sees_nothing_of_it(world):
    text = client(world.people.outsider).get(LIST).content.decode()
    assert "api-1" not in text
    assert "No AWS account is connected" in text


def test_actions_that_the_role_lacks_stay_and_say_why(world):
    text = client(world.people.viewer).get(LIST).content.decode()
    assert "Your role Viewer lacks ec2.instance.stop." in text
    assert 'aria-disabled="true" title="Your role Viewer lacks' in text
    text = client(world.people.operator).get(LIST).content.decode()
    assert "lacks ec2.instance.stop" not in text
    assert text.count('class="btn primary grow"') == 1


def test_one_without_any_permission_is_told_which(world):
    from apps.tenancy.models import Binding

    with tenant_tx(world.tenant_id):
        Binding.objects.filter(membership_id=world.people.viewer.actor.membership_id).delete()
        from apps.tenancy import members
        from apps.tenancy.models import Membership

        role = members.create_role(world.people.owner.actor, "Auditors only", ["audit.event.read"])
        holder = Membership.objects.get(id=world.people.viewer.actor.membership_id)
        members.bind(world.people.owner.actor, role, holder)
    text = client(world.people.viewer).get(LIST).content.decode()
    assert "You cannot see instances here" in text
    assert "lacks ec2.instance.read" in text
    assert "api-1" not in text


def test_first_look_shows_a_skeleton_and_asks_again(people):
    make_account(people.tenant_id, "new", "333333333333", "development")
    text = client(people.viewer).get(LIST).content.decode()
    assert "loading-rows" in text
    assert "again=1" in text


def test_empty_says_where_and_offers_to_create(world):
    text = (
        client(world.people.operator).get(f"/ec2/volumes/?region=us-east-1&account={world.staging.id}").content.decode()
    )
    assert "volumes" in text
    stock(world.staging, "us-east-1", "ec2.volume", [])
    text = (
        client(world.people.operator).get(f"/ec2/volumes/?region=us-east-1&account={world.staging.id}").content.decode()
    )
    assert "No volumes yet" in text
    assert "1 account and 1 Region" in text
    assert "Look in all accounts and Regions" in text


def test_refresh_asks_for_a_sync_of_what_is_in_view(world, monkeypatch):
    from apps.inventory import freshness

    asked = []
    monkeypatch.setattr(freshness, "enqueue", lambda wanted: asked.extend(wanted))
    browser = client(world.people.viewer)
    assert browser.post(f"/ec2/instances/-/refresh/?account={world.staging.id}").status_code == 302
    assert {(place.account_id, place.region) for place in asked} == {
        (world.staging.id, "eu-west-1"),
        (world.staging.id, "us-east-1"),
    }
    asked.clear()
    browser.post("/ec2/instances/-/refresh/?account=", {"source": f"{world.staging.id}:us-east-1"})
    assert [(place.account_id, place.region) for place in asked] == [(world.staging.id, "us-east-1")]


def test_unknown_kinds_are_404(world):
    browser = client(world.people.viewer)
    assert browser.get("/ec2/unicorns/").status_code == 404
    assert browser.get("/nothing/instances/").status_code == 404
