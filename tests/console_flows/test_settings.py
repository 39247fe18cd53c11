"""Settings in the browser's words: the form shows what is set now, and refuses what was opened before a change."""

import pytest

from apps.cloud.calls import call
from apps.inventory.sync import sync
from tests.buckets import REGION, bucket_account, make_bucket
from tests.console.world import client, fragment
from tests.console_flows.forms import values
from tests.console_flows.test_object_changes import _database, people, submitted, text  # noqa: F401  fixtures

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}
ON = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)


@pytest.fixture(scope="module")
def stack(people, ministack):  # noqa: F811
    return bucket_account(people.owner.actor, ministack)


@pytest.fixture
def bucket(stack):
    """A bucket as the inventory has it, and a change of which it doesn't know."""
    name = make_bucket(stack)
    sync(stack, "global", "s3.bucket")
    call(stack, REGION, "s3.put_public_access_block", {"Bucket": name, "PublicAccessBlockConfiguration": ON})
    return name


@pytest.fixture
def ask(stack, bucket):
    def opened(person, verb="edit-public-access-block"):
        path = f"/s3/buckets/action/{verb}/?id={bucket}@{stack.id}:{REGION}"
        return fragment(client(person), path)

    return opened


def send(person, form, verb="edit-public-access-block"):
    return client(person).post(f"/s3/buckets/action/{verb}/", form, headers=HTMX)


def test_the_form_shows_what_is_set_now(people, ask):  # noqa: F811
    form = values(ask(people.operator), "dlg act")
    assert {"block_new_acls", "ignore_acls", "block_new_policies", "restrict_policies"} <= form.keys()
    assert form["_seen"]


def test_what_was_changed_since_it_was_opened_is_not_written_over(people, stack, bucket, ask):  # noqa: F811
    form = values(ask(people.operator), "dlg act")
    form.pop("ignore_acls")
    off = ON | {"BlockPublicPolicy": False}
    call(stack, REGION, "s3.put_public_access_block", {"Bucket": bucket, "PublicAccessBlockConfiguration": off})
    before = submitted(people)
    html = text(send(people.operator, form | {"public": "on", "confirm": bucket}))
    assert "It was changed since this form was opened." in html
    assert values_of(html, "_seen") == form["_seen"], "to send it again is refused again"
    assert submitted(people) == before


def values_of(html, name):
    return html.split(f'name="{name}" value="')[1].split('"')[0]


def test_a_risk_is_said_and_typed(people, bucket, ask):  # noqa: F811
    page = ask(people.operator)
    assert "data-expect" not in text(page)
    form = values(page, "dlg act") | {"public": "on"}
    form.pop("restrict_policies")
    form.pop("block_new_policies")
    html = text(send(people.operator, form))
    assert "From then on a policy may make the bucket public." in html
    assert f'data-expect="{bucket}"' in html
    done = send(people.operator, form | {"confirm": bucket})
    assert done.headers["HX-Trigger"] == "acted"
    assert submitted(people).act == "s3.bucket.edit-public-access-block"


def test_what_can_not_be_read_is_explained_instead_of_a_form(people, stack, bucket, ask):  # noqa: F811
    call(stack, REGION, "s3.delete_bucket", {"Bucket": bucket})
    html = text(ask(people.operator))
    assert "What is set now could not be read." in html
    assert "NoSuchBucket" in html
    assert "<form" not in html


def test_who_may_not_is_told_so_and_refused(people, ask):  # noqa: F811
    page = ask(people.viewer)
    assert "s3.bucket.edit-public-access-block" in text(page)
    assert send(people.viewer, values(page, "dlg act")).status_code == 403
    assert ask(people.outsider).status_code == 404


def test_scripts_get_the_same(people, stack, bucket):  # noqa: F811
    path = f"/api/v1/s3/buckets/{bucket}/edit-public-access-block/"
    api = client(people.operator)
    api.logout()
    closed = dict.fromkeys(("block_new_acls", "ignore_acls", "block_new_policies", "restrict_policies"), True)
    plan = api.post(f"{path}?plan=1", closed, content_type="application/json", headers=people.operator.bearer)
    assert plan.status_code == 422 or plan.json()["plan"]["steps"] == [], "it is so already"
    opened = closed | {"ignore_acls": False, "public": True}
    plan = api.post(f"{path}?plan=1", opened, content_type="application/json", headers=people.operator.bearer)
    (step,) = plan.json()["plan"]["steps"]
    assert step["same"]["value"] == ON
    refused = api.post(path, opened, content_type="application/json", headers=people.viewer.bearer)
    assert refused.status_code == 403
    call(stack, REGION, "s3.delete_bucket", {"Bucket": bucket})
    gone = api.post(path, opened, content_type="application/json", headers=people.operator.bearer)
    assert gone.status_code >= 400
    assert "NoSuchBucket" in gone.content.decode()


def card(people, stack, bucket, sheet, label, person=None):  # noqa: F811
    path = f"/s3/buckets/{bucket}@{stack.id}:{REGION}/tab/{sheet}/"
    html = text(fragment(client(person or people.operator), path))
    return html.split(f"<h3>{label}</h3>")[1].split("</section>")[0]


def test_cards_say_what_is_set_and_lead_to_changing_it(people, stack, bucket):  # noqa: F811
    sync(stack, "global", "s3.bucket")
    html = card(people, stack, bucket, "permissions", "Block Public Access")
    assert "All four are on" in html
    assert "/s3/buckets/action/edit-public-access-block/?id=" in html
    assert "No versions are kept" in card(people, stack, bucket, "properties", "Versioning")
    mine = card(people, stack, bucket, "permissions", "Block Public Access", people.viewer)
    assert 'aria-disabled="true"' in mine
    assert "/action/" not in mine


def test_a_card_of_what_may_not_be_read_says_so(people, stack, bucket):  # noqa: F811
    from apps.inventory.models import Entry
    from apps.tenancy.context import tenant_tx

    with tenant_tx(people.tenant_id):
        row = Entry.objects.get(account_id=stack.id, resource_id=bucket)
        Entry.objects.filter(id=row.id).update(attrs=row.attrs | {"Unread": {"Versioning": "AccessDenied"}})
    html = card(people, stack, bucket, "properties", "Versioning")
    assert "The account may not read this (AccessDenied)." in html
    assert "No versions are kept" not in html


def test_as_many_rules_as_aws_takes_go_through_the_form(people, stack, bucket, ask):  # noqa: F811
    rules = [
        {
            "ID": f"r{n}",
            "AllowedOrigins": [f"https://{n}.example.com"],
            "AllowedMethods": ["POST", "GET", "PUT", "HEAD", "DELETE"],
            "AllowedHeaders": ["*"],
            "ExposeHeaders": ["ETag"],
        }
        for n in range(100)
    ]
    call(stack, REGION, "s3.put_bucket_cors", {"Bucket": bucket, "CORSConfiguration": {"CORSRules": rules}})
    form = values(ask(people.operator, "edit-cors"), "dlg act")
    form["rules-99-max_age"] = "60"
    done = send(people.operator, form, "edit-cors")
    assert done.headers.get("HX-Trigger") == "acted", text(done)
    (step,) = submitted(people).plan["steps"]
    written = step["params"]["CORSConfiguration"]["CORSRules"]
    assert len(written) == 100
    assert written[:99] == rules[:99], "in AWS's own words, to the order of the methods"
    assert written[99]["MaxAgeSeconds"] == 60
