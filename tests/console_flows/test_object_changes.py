"""Changing objects in the browser's words: what the dialog says and asks for, what it refuses, what it submits."""

import re
from html import unescape

import pytest

from apps.cloud.calls import call
from apps.cloud.models import Account
from apps.inventory.sync import sync
from apps.objects import bookmarks
from apps.objects.models import Bookmark
from apps.objects.names import Ref
from apps.operations.models import Operation
from apps.tenancy.context import tenant_tx
from tests.buckets import KEYS, REGION, bucket_account, make_bucket, put
from tests.console.buckets import at, base
from tests.console.world import client, fragment
from tests.people import make_people

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture(scope="module")
def people(panel_env, django_db_blocker):
    with django_db_blocker.unblock():
        yield make_people()


@pytest.fixture(autouse=True)
def _database(django_db_blocker):
    with django_db_blocker.unblock():
        yield


@pytest.fixture(scope="module")
def stack(people, ministack):
    return bucket_account(people.owner.actor, ministack)


@pytest.fixture(scope="module")
def bucket(stack):
    return make_bucket(stack, keys=[*KEYS, "to/plain.txt"])


@pytest.fixture(scope="module")
def kept(stack):
    name = make_bucket(stack, keys=["a.txt"], versioned=True)
    put(stack, name, "b.txt", b"x", Tagging="owner=web")
    call(stack, REGION, "s3.delete_object", {"Bucket": name, "Key": "a.txt"})
    return name


@pytest.fixture(scope="module")
def secret(stack):
    """A bucket that is made after the inventory looked."""
    return lambda: make_bucket(stack, keys=["team/a.txt"])


@pytest.fixture(scope="module", autouse=True)
def known(stack, bucket, kept):
    sync(stack, "global", "s3.bucket")


@pytest.fixture(scope="module")
def operator(people):
    return client(people.operator)


def text(answer, status=200):
    assert answer.status_code == status, answer.content
    return unescape(answer.content.decode())


def opened(browser, stack, bucket, verb, *refs):
    return text(browser.post(f"{base(stack, bucket)}action/{verb}/", {"id": refs, "_open": "1"}, headers=HTMX))


def sent(browser, stack, bucket, verb, *refs, **data):
    return browser.post(f"{base(stack, bucket)}action/{verb}/", {"id": " ".join(refs), **data}, headers=HTMX)


def submitted(people):
    with tenant_tx(people.tenant_id):
        return Operation.objects.filter(tenant_id=people.tenant_id).order_by("-created_at").first()


def test_deleting_for_good_is_typed(people, stack, bucket, operator):
    html = opened(operator, stack, bucket, "delete", "plain.txt")
    assert "This cannot be undone" in html
    assert 'data-expect="plain.txt"' in html
    before = submitted(people)
    assert "Type plain.txt to confirm." in text(sent(operator, stack, bucket, "delete", "plain.txt"))
    assert submitted(people) == before
    answer = sent(operator, stack, bucket, "delete", "plain.txt", confirm="plain.txt")
    assert answer["HX-Trigger"] == "acted"
    operation = submitted(people)
    assert (operation.act, operation.plan["targets"][0]["within"]) == ("s3.object.delete", bucket)
    assert operation.plan["steps"][0]["params"] == {"Bucket": bucket, "Key": "plain.txt"}


@pytest.mark.parametrize("key", KEYS)
def test_every_key_is_named_and_sent_as_it_is(people, stack, bucket, operator, key):
    ref = str(Ref(key))
    html = operator.post(f"{base(stack, bucket)}action/delete/", {"id": ref, "_open": "1"}, headers=HTMX)
    assert "<script>alert" not in html.content.decode()
    word = unescape(re.search(r'data-expect="([^"]+)"', html.content.decode())[1])
    assert word.isprintable()
    assert len(word) <= 64
    again = unescape(re.search(r'name="id" value="([^"]+)"', html.content.decode())[1])
    assert sent(operator, stack, bucket, "delete", again, confirm=word)["HX-Trigger"] == "acted"
    assert submitted(people).plan["steps"][0]["params"]["Key"] == key


def test_many_are_confirmed_by_their_number(stack, bucket, operator):
    html = opened(operator, stack, bucket, "delete", "a/*", "trailing.", "plain.txt")
    assert 'data-expect="3"' in html
    assert "and all below" in html


def test_with_versions_a_delete_is_no_goodbye(stack, kept, operator):
    html = opened(operator, stack, kept, "delete", "b.txt")
    assert "a delete marker is put" in html
    assert "data-expect" not in html
    assert "This cannot be undone" not in html


def test_a_marker_is_restored_and_a_version_is_not(people, stack, kept, operator):
    page = text(fragment(operator, at(base(stack, kept), versions="1")))
    refs = {row: ref for ref, row in re.findall(r'value="(a\.txt@[^"]+)" data-state="(\w+)"', page)}
    assert set(refs) == {"marker", "version"}
    assert "is no delete marker" in text(sent(operator, stack, kept, "undelete", refs["version"]))
    assert "Not possible for what is selected." in opened(operator, stack, kept, "undelete", refs["version"])
    assert sent(operator, stack, kept, "undelete", refs["marker"])["HX-Trigger"] == "acted"
    assert submitted(people).plan["steps"][0]["params"]["VersionId"] == refs["marker"].partition("@")[2]


def test_what_is_there_is_refused_until_it_may_be_replaced(people, stack, bucket, operator):
    data = {"folder": "to"}
    assert f"{bucket}/to/plain.txt exists already." in text(sent(operator, stack, bucket, "copy", "plain.txt", **data))
    answer = sent(operator, stack, bucket, "copy", "plain.txt", overwrite="on", **data)
    assert answer["HX-Trigger"] == "acted"
    assert submitted(people).plan["steps"][0]["params"]["Key"] == "to/plain.txt"


def test_the_plan_is_shown_as_it_is_typed(stack, bucket, operator):
    html = text(sent(operator, stack, bucket, "rename", "plain.txt", name="new é", _preview="1"))
    assert "s3.copy_object" in html
    assert "s3.delete_object" in html
    assert "new é" in html
    folder = text(sent(operator, stack, bucket, "move", "a/*", folder="to", _preview="1"))
    assert "list_objects_v2" in folder


def test_forms_start_with_what_is_set_and_rows_are_added(stack, kept, operator):
    html = opened(operator, stack, kept, "tag", "b.txt")
    assert 'value="owner"' in html
    more = text(
        sent(operator, stack, kept, "tag", "b.txt", _add="tags", **{"tags-0-key": "owner", "tags-0-value": "x"})
    )
    assert "tags-1-key" in more


def test_a_folder_is_made_where_one_is(people, stack, bucket, operator):
    page = text(fragment(operator, at(base(stack, bucket), prefix="a/")))
    url = re.search(r'hx-get="([^"]+create-folder/[^"]+)"', page)[1]
    assert "Folder name" in text(fragment(operator, url))
    assert sent(operator, stack, bucket, "create-folder", "a/*", name="x")["HX-Trigger"] == "acted"
    assert submitted(people).plan["steps"][0]["params"]["Key"] == "a/x/"
    assert "exists already" in text(sent(operator, stack, bucket, "create-folder", "*", name="folder"))


def test_who_may_not_learns_why_and_is_refused(people, stack, bucket):
    viewer = client(people.viewer)
    html = opened(viewer, stack, bucket, "delete", "plain.txt")
    assert "lacks s3.object.write" in html
    assert sent(viewer, stack, bucket, "delete", "plain.txt", confirm="plain.txt").status_code == 403
    page = text(fragment(viewer, base(stack, bucket)))
    assert "lacks s3.object.write" in page
    outsider = client(people.outsider)
    assert sent(outsider, stack, bucket, "delete", "plain.txt", confirm="plain.txt").status_code == 404


def test_what_aws_can_not_be_asked_about_is_said_in_the_dialog(stack, bucket, operator):
    html = opened(operator, stack, bucket, "copy", "no-such-object")
    assert "Nothing was changed." in html
    assert sent(operator, stack, bucket, "no-such-verb", "a").status_code == 404
    assert sent(operator, stack, bucket, "delete").status_code == 404


def test_a_page_without_scripts_does_the_same(people, stack, bucket, operator):
    html = text(operator.get(at(f"{base(stack, bucket)}action/rename/", id="plain.txt")))
    assert "<html" in html
    answer = operator.post(f"{base(stack, bucket)}action/rename/", {"id": "plain.txt", "name": "x"})
    assert answer.status_code == 302
    assert answer["Location"] == f"/operations/{submitted(people).id}/"


# Bookmarks


def marks(person, shared=None):
    from apps.catalog import registry

    with tenant_tx(person.actor.tenant_id):
        return bookmarks.visible(person.actor, registry.resource("s3.object"))


def test_a_bucket_is_opened_by_its_name_and_found_again(people, stack, secret, operator):
    name = secret()
    assert operator.get(base(stack, name)).status_code == 404
    page = text(operator.get("/s3/buckets/"))
    assert "/s3/buckets/-/bookmarks/" in page
    assert "Open by name" in text(fragment(operator, "/s3/buckets/-/bookmarks/"))
    data = {"name": f"s3://{name}/team/", "account": str(stack.id), "region": ""}
    answer = operator.post("/s3/buckets/-/bookmarks/", data, headers=HTMX)
    assert answer["HX-Redirect"] == at(base(stack, name), prefix="team/").replace("%2F", "/")
    assert "a.txt" in text(fragment(operator, answer["HX-Redirect"]))
    (mark,) = [one for one in marks(people.operator) if one.container == name]
    assert (mark.prefix, mark.region, mark.membership_id) == ("team/", REGION, people.operator.actor.membership_id)
    assert f"{name}/team/" in text(fragment(operator, "/palette/?q=team"))
    assert f"{name}/team/" in text(fragment(operator, "/s3/buckets/-/bookmarks/"))
    again = operator.post("/s3/buckets/-/bookmarks/", data, headers=HTMX)
    assert "exists already" in text(again)
    gone = operator.post(f"/s3/buckets/-/bookmarks/{mark.id}/remove/", headers=HTMX)
    assert name not in text(gone)
    assert operator.get(base(stack, name)).status_code == 404


def test_a_shared_one_is_everybodys_in_the_organization(people, stack, secret):
    name = secret()
    data = {"name": name, "account": str(stack.id), "region": REGION, "shared": "on"}
    assert client(people.owner).post("/s3/buckets/-/bookmarks/", data).status_code == 302
    assert client(people.viewer).get(base(stack, name)).status_code == 200
    outsider = client(people.outsider)
    assert outsider.get(base(stack, name)).status_code == 404
    assert name not in text(fragment(outsider, "/s3/buckets/-/bookmarks/"))
    (mark,) = [one for one in marks(people.viewer) if one.container == name]
    assert outsider.post(f"/s3/buckets/-/bookmarks/{mark.id}/remove/").status_code == 404


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"name": "no-such-bucket-anywhere"}, "NoSuchBucket"),
        ({"name": "x", "region": "nowhere"}, "written as eu-west-1"),
        ({"name": ""}, "required"),
        ({"name": "ok", "account": "00000000-0000-0000-0000-000000000000"}, "valid choice"),
        ({"name": "s3://ok/" + "x" * 1025}, "No object can have such a key"),
    ],
)
def test_what_can_not_be_listed_is_not_kept(people, stack, operator, data, words):
    before = len(marks(people.operator))
    answer = operator.post(
        "/s3/buckets/-/bookmarks/", {"account": str(stack.id), "region": REGION, **data}, headers=HTMX
    )
    assert words in text(answer)
    assert len(marks(people.operator)) == before
    with tenant_tx(people.tenant_id):
        assert Account.objects.count()
        assert not Bookmark.objects.filter(container="no-such-bucket-anywhere").exists()


def test_no_bookmarks_of_what_holds_nothing(operator):
    assert operator.get("/ec2/instances/-/bookmarks/").status_code == 404
    assert "/bookmarks/" not in text(operator.get("/ec2/instances/"))
