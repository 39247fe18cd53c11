"""The launch wizard as a person uses it, through Django's client: no AWS call is made."""

import pytest

from tests.console.world import client, stock
from tests.console_flows.forms import LAUNCH, launch, values


def operations(world):
    from apps.operations.models import Operation
    from apps.tenancy.context import tenant_tx

    with tenant_tx(world.tenant_id):
        return list(Operation.objects.filter(tenant_id=world.tenant_id).order_by("created_at"))


def test_defaults_are_chosen_and_priced(world):
    page = client(world.people.operator).get(launch(world))
    text = page.content.decode()
    form = values(page)
    assert page.status_code == 200
    assert (form["image"], form["type"], form["vpc"]) == (
        "ami-0a0000000000000a1",
        "t3.micro",
        "vpc-0a1b2c3d4e5f60718",
    )
    assert "per month" in text
    assert "aws ec2 run-instances" in text
    assert "access" not in form  # the one choice without a default
    assert "Security group" in text
    assert "<b>web</b>" not in text


def test_what_costs_nothing_by_itself_says_so(world):
    place = f"?in-account={world.production.id}&in-region=eu-west-1"
    text = client(world.people.operator).get(f"/s3/buckets/create/create/{place}").content.decode()
    assert "aws s3api create-bucket" in text
    assert "This adds nothing to the bill by itself." in text
    assert "$0.00" in text  # on a narrow screen, beside the button
    assert "Appears when the choices above are complete." not in text


def test_an_error_loses_nothing_and_submits_nothing(world):
    browser = client(world.people.operator)
    form = values(browser.get(launch(world))) | {
        "name": 'api "prod" <x>',
        "count": "many",
        "access": "none",
        "tags-0-key": "aws:owner",
        "tags-0-value": "me",
        "tags-4-key": "env",
        "tags-4-value": "prod",
        "user_data": "#!/bin/sh\n  echo  two  spaces\n",
    }
    page = browser.post(launch(world), form)
    again = values(page)
    text = page.content.decode()
    assert operations(world) == []
    assert (again["name"], again["count"]) == ('api "prod" <x>', "many")
    assert (again["tags-0-key"], again["tags-1-key"], again["tags-1-value"]) == ("aws:owner", "env", "prod")
    assert again["user_data"] == form["user_data"]
    assert 'href="#f_count"' in text
    assert "A tag key can&#x27;t start with aws:" in text
    assert "Nothing was submitted." in text


def test_a_draft_saves_itself_and_is_taken_up_again(world):
    browser = client(world.people.operator)
    form = values(browser.get(launch(world))) | {"name": "half-done", "count": "x"}
    saved = browser.post(launch(world, "summary/"), form)
    assert saved.headers["HX-Trigger"] == "draft-saved"
    assert 'hx-swap-oob="innerMorph"' in saved.content.decode()
    back = client(world.people.operator).get(LAUNCH)
    assert (values(back)["name"], values(back)["count"]) == ("half-done", "x")
    assert "Enter a whole number" not in back.content.decode()  # nobody submitted it yet
    assert values(client(world.people.owner).get(LAUNCH))["name"] == ""
    browser.post(launch(world, "draft/"))
    assert values(browser.get(launch(world)))["name"] == ""


def test_a_summary_that_comes_after_the_submission_brings_no_draft_back(world):
    browser = client(world.people.operator)
    form = values(browser.get(launch(world))) | {"name": "api", "access": "existing", "key_pair": "ops"}
    assert browser.post(launch(world), form).status_code == 302
    late = browser.post(launch(world, "summary/"), form)
    assert "HX-Trigger" not in late.headers
    again = browser.get(launch(world))
    assert values(again)["name"] == ""
    assert "Draft taken up again" not in again.content.decode()


def test_another_place_keeps_the_draft_without_what_is_not_there(world):
    stock(world.staging, "eu-west-1", "ec2.image", [])
    browser = client(world.people.operator)
    form = values(browser.get(launch(world))) | {"name": "mover", "access": "existing", "key_pair": "ops"}
    moved = browser.post(launch(world), form | {"_place": f"{world.staging.id}:eu-west-1"})
    assert moved.status_code == 302
    page = browser.get(moved.headers["Location"])
    assert values(page)["name"] == "mover"
    assert values(page).get("key_pair", "") == ""
    assert "Not there in staging, eu-west-1" in page.content.decode()
    view = browser.get("/ec2/instances/").content.decode()
    assert "2 accounts" in view  # a wizard does not narrow the person's lists


def test_submitting_twice_makes_one_operation(world):
    browser = client(world.people.operator)
    form = values(browser.get(launch(world))) | {"name": "api", "access": "existing", "key_pair": "ops"}
    first = browser.post(launch(world), form)
    second = browser.post(launch(world), form)
    assert first.status_code == second.status_code == 302
    assert first.headers["Location"] == second.headers["Location"]
    (operation,) = operations(world)
    assert operation.act == "ec2.instance.launch"
    assert values(browser.get(launch(world)))["name"] == ""  # the draft is gone
    assert browser.get(first.headers["Location"]).status_code == 200


def test_a_new_private_key_is_shown_once_and_kept_nowhere(world):
    from django.db import connection

    from apps.tenancy.context import tenant_tx

    browser = client(world.people.operator)
    form = values(browser.get(launch(world))) | {"access": "new", "new_key_name": "fresh"}
    shown = browser.post(launch(world), form)
    text = shown.content.decode()
    assert shown.headers["Cache-Control"] == "no-store"
    secret = text.partition("PRIVATE KEY-----")[2].strip().split("\n")[1]
    assert "can&#x27;t show it again" in text or "can't show it again" in text
    again = browser.post(launch(world), form)
    assert again.status_code == 302
    (operation,) = operations(world)
    assert secret not in browser.get(f"/operations/{operation.id}/").content.decode()
    with tenant_tx(world.tenant_id), connection.cursor() as cursor:
        for table in ("operations_operation", "operations_step", "operations_draft", "audit_event"):
            cursor.execute(f"SELECT count(*) FROM {table} t WHERE t::text LIKE %s", [f"%{secret}%"])
            assert cursor.fetchone()[0] == 0, table


def test_who_may_not_launch_sees_why_and_is_refused(world):
    browser = client(world.people.viewer)
    page = browser.get(launch(world))
    text = page.content.decode()
    assert page.status_code == 200
    assert "ec2.instance.launch" in text
    assert 'id="submit"' in text.partition('aria-disabled="true"')[2]
    refused = browser.post(launch(world), values(page) | {"access": "none"})
    assert refused.status_code == 403
    assert "ec2.instance.launch" in refused.content.decode()
    assert operations(world) == []


def test_foreign_things_are_not_there(world):
    outsider = client(world.people.outsider)
    assert outsider.get(launch(world)).status_code in {200, 404}
    assert "production" not in outsider.get(LAUNCH).content.decode()
    operator = client(world.people.operator)
    assert operator.get(f"{LAUNCH}?like=i-0123456789abcdef0").status_code == 404
    assert operator.get(f"{LAUNCH}?in-account=11111111-1111-4111-8111-111111111111").status_code == 404
    assert operator.get("/ec2/instances/create/levitate/").status_code == 404


def test_more_like_this_fills_the_form(world):
    from apps.inventory import query
    from apps.tenancy.context import tenant_tx

    with tenant_tx(world.tenant_id):
        from apps.catalog import registry

        found = query.listing(
            world.people.operator.actor, registry.resource("ec2.instance"), query.Query(text="batch-1")
        )
    page = client(world.people.operator).get(f"{LAUNCH}?like={found.items[0].id}")
    assert page.status_code == 200
    assert "in-region=us-east-1" in page.content.decode()
    assert "batch-1" in page.content.decode()


def test_one_field_is_checked_by_itself(world):
    browser = client(world.people.operator)
    form = values(browser.get(launch(world))) | {
        "root_size": "4",
        "tags-2-key": "ok",
        "tags-5-key": "aws:no",
        "tags-5-value": "x",
    }

    def messages(name):
        return browser.post(launch(world, "field/"), form | {"_field": name}).content.decode()

    assert "at least 8 GiB" in messages("root_size")
    assert "reserved" in messages("tags-5-key")
    assert "<p>" not in messages("tags-2-key")
    assert "<p>" not in messages("name")


def test_rows_can_be_added_and_removed_without_scripts(world):
    browser = client(world.people.operator)
    form = values(browser.get(launch(world)))
    added = values(browser.post(launch(world), form | {"_add": "rules?type=https&source=0.0.0.0/0"}))
    assert (added["rules-0-type"], added["rules-0-source"]) == ("https", "0.0.0.0/0")
    more = values(browser.post(launch(world), added | {"_add": "tags"}))
    assert more["rules-0-source"] == "0.0.0.0/0"
    assert more["tags-0-key"] == ""
    gone = values(browser.post(launch(world), more | {"_remove": "rules-0"}))
    assert "rules-0-source" not in gone


@pytest.mark.parametrize(
    ("query", "there", "not_there"),
    [
        ("field=type&q=4+vCPU,+8+GiB", ["c5.xlarge"], ["m5.xlarge", "t3.micro"]),
        ("field=type&match=architecture=arm64", ["t4g.micro"], ["t3.micro"]),
        ("field=type&match=architecture=arm64&chosen=t3.micro", ["As large as t3.micro"], ["m5.xlarge"]),
        ("field=image&q=golden", ["own-golden-image"], ["al2023"]),
        ("field=key_pair&q=op", ['value="ops"'], []),
    ],
)
def test_choices_are_searched(world, query, there, not_there):
    answer = client(world.people.operator).get(f"{launch(world, 'options/')}&{query}")
    text = answer.content.decode()
    assert answer.status_code == 200
    assert all(each in text for each in there), text
    assert not any(each in text for each in not_there), text


def test_a_field_that_has_no_choices_is_a_404(world):
    assert client(world.people.operator).get(f"{launch(world, 'options/')}&field=name").status_code == 404


def test_a_wizard_needs_no_template_of_its_own(world, monkeypatch):
    from apps.console import wizard_page

    browser = client(world.people.operator)
    own = values(browser.get(launch(world)))
    monkeypatch.setattr(wizard_page, "template", lambda action: ["wizard/page.html"])
    page = browser.get(launch(world))
    text = page.content.decode()
    assert {name: value for name, value in values(page).items() if name != "_key"} == {
        name: value for name, value in own.items() if name != "_key"
    }
    assert 'id="s-advanced"' in text
    assert "m5.xlarge" in text
