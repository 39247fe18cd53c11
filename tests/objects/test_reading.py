"""Listing, links and archives through the real protocol, for every key that trips programs."""

import io
import tracemalloc
import urllib.error
import urllib.request
import zipfile
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from apps.audit.models import AuditEvent
from apps.catalog import registry
from apps.cloud import objects
from apps.cloud.accounts import create_account
from apps.cloud.calls import call
from apps.cloud.explain import CallFailed
from apps.objects import archive, containers, links, listing, names
from apps.objects.listing import Query
from apps.objects.names import Ref
from apps.tenancy.access import Denied
from apps.tenancy.context import tenant_tx
from tests.buckets import KEYS, REGION, make_bucket, put
from tests.cloud.helpers import role_draft


@pytest.fixture(scope="module")
def container(people, stack, bucket):
    with tenant_tx(people.tenant_id):
        return containers.find(people.owner.actor, registry.resource("s3.bucket"), bucket)


@pytest.fixture
def box(container, stack):
    """box(keys, **more): another bucket's container, found as the first was."""

    def make(keys=(), **more):
        name = make_bucket(stack, keys=keys, **more)
        return replace(container, item=replace(container.item, id=name, name=name))

    return make


def refs(page):
    return [each.ref for each in page.entries]


# Listing


def test_folders_come_first_and_lead_to_every_key(container):
    found, left = set(), [""]
    while left:
        prefix = left.pop()
        page = listing.page(container, Query(prefix=prefix))
        kinds = [each.folder for each in page.entries]
        assert kinds == sorted(kinds, reverse=True)
        for each in page.entries:
            assert each.label
            if each.folder:
                assert each.ref.below
                left.append(each.ref.key)
            else:
                assert each.item.id == each.ref.key
                found.add(each.ref.key)
    assert found == set(KEYS)


def test_the_text_narrows_by_what_follows_the_prefix_or_by_what_the_page_has(container):
    page = listing.page(container, Query(text="tr"))
    assert refs(page) == [Ref("trailing.")]
    page = listing.page(container, Query(text="LINE", inside=True))
    assert refs(page) == [Ref("new\nline")]
    assert page.hidden > 5
    assert refs(listing.page(container, Query(prefix="double/"))) == [Ref("double//", below=True)]
    assert refs(listing.page(container, Query(prefix="double//"))) == [Ref("double//slash")]
    assert listing.page(container, Query(prefix="folder/")).entries[0].label == "folder/"


def test_pages_go_on_where_the_one_before_ended(box):
    found = box([f"k{n:03}" for n in range(120)])
    first = listing.page(found, Query(size=50))
    second = listing.page(found, Query(size=50, cursor=first.next))
    third = listing.page(found, Query(size=50, cursor=second.next))
    assert [len(page.entries) for page in (first, second, third)] == [50, 50, 20]
    assert not third.next
    keys = [each.ref.key for page in (first, second, third) for each in page.entries]
    assert keys == sorted(keys)


def test_a_page_is_ordered_by_what_its_kind_declares(box, stack):
    found = box()
    for key, size in (("a", 3), ("b", 1), ("c/d", 9), ("e", 2)):
        put(stack, found.name, key, b"x" * size)
    keys = lambda sort: [each.ref.key for each in listing.page(found, Query(sort=sort)).entries]  # noqa: E731
    assert keys("size") == ["c/", "b", "e", "a"]
    assert keys("-size") == ["c/", "a", "e", "b"]
    assert keys("-name") == ["c/", "e", "b", "a"]
    assert keys("nonsense") == keys("") == ["c/", "a", "b", "e"]


def test_versions_and_delete_markers_are_rows(box, stack):
    found = box(["a", "b"], versioned=True)
    put(stack, found.name, "a", b"second")
    call(stack, REGION, "s3.delete_object", {"Bucket": found.name, "Key": "b"})
    assert refs(listing.page(found, Query())) == [Ref("a")]
    page = listing.page(found, Query(versions=True))
    assert [(each.ref.key, each.latest, each.marker) for each in page.entries] == [
        ("a", True, False),
        ("a", False, False),
        ("b", True, True),
        ("b", False, False),
    ]
    assert len(set(refs(page))) == 4


# Links


@pytest.mark.parametrize("key", KEYS)
def test_a_download_is_saved_under_its_name_and_recorded(people, container, key):
    url = links.download(people.viewer.actor, container, key)
    with urllib.request.urlopen(url) as answer:
        assert answer.read() == key.encode()
        assert answer.headers["Content-Disposition"] == names.disposition(key)
    with tenant_tx(people.tenant_id):
        rows = AuditEvent.objects.filter(tenant_id=people.tenant_id, act="s3.object.download", target_name=key)
        row = rows.latest("id")
    assert (row.target_id, row.result) == (f"{container.name}/{key}", "ok")
    assert "Signature" not in f"{row.params}{row.after}{row.reason}"


def test_a_picture_is_of_the_type_that_its_bytes_are_and_no_page(container):
    url = links.picture(container, "<script>alert(1)</script>.html", "", "image/png")
    with urllib.request.urlopen(url) as answer:
        assert answer.headers["Content-Type"] == "image/png"
        assert answer.headers["Content-Disposition"].startswith("attachment")


def test_a_shared_link_is_recorded_without_what_makes_it_work(people, container):
    link = links.share(people.viewer.actor, container, "plain.txt", seconds=120, reason="for the auditors")
    signature = parse_qs(urlsplit(link.url).query)["X-Amz-Signature"][0]
    with urllib.request.urlopen(link.url) as answer:
        assert answer.read() == b"plain.txt"
    with tenant_tx(people.tenant_id):
        row = AuditEvent.objects.filter(tenant_id=people.tenant_id, act="s3.object.share").latest("id")
    assert row.reason == "for the auditors"
    assert row.params["seconds"] == 120
    assert signature not in str([getattr(row, field.name) for field in row._meta.fields])


def test_a_link_holds_for_a_week_at_most_and_says_so(people, container):
    with pytest.raises(links.TooLong, match="7 days"):
        links.share(people.viewer.actor, container, "plain.txt", seconds=8 * 24 * 3600)
    assert objects.longest(container.account) == 7 * 24 * 3600


def test_a_role_signs_no_longer_than_its_session_lasts(people, stack, ministack, container):
    trust = (
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": "*"}]}'
    )
    call(stack, "us-east-1", "iam.create_role", {"RoleName": "northgate", "AssumeRolePolicyDocument": trust})
    policy = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
    call(
        stack,
        "us-east-1",
        "iam.put_role_policy",
        {"RoleName": "northgate", "PolicyName": "p", "PolicyDocument": policy},
    )
    draft = role_draft(ministack, stack, stack.number, regions=(REGION,))
    account = create_account(people.owner.actor, draft, check=False)
    found = replace(container, account=account)
    assert 3000 < objects.longest(account) <= 3600
    link = links.share(people.viewer.actor, found, "plain.txt", seconds=300)
    with urllib.request.urlopen(link.url) as answer:
        assert answer.read() == b"plain.txt"
    with pytest.raises(links.TooLong, match=r"the role's session: in (5\d|60) minutes"):
        links.share(people.viewer.actor, found, "plain.txt", seconds=7 * 24 * 3600)


def test_nobody_gets_a_link_without_the_permission(people, container):
    with pytest.raises(containers.Unknown):
        links.share(people.outsider.actor, container, "plain.txt")
    nobody = replace(people.viewer.actor, grants=())
    with pytest.raises(Denied) as denied:
        links.share(nobody, container, "plain.txt")
    assert denied.value.decision.permission == "s3.object.read"


# Archives


def unzipped(pieces):
    return zipfile.ZipFile(io.BytesIO(b"".join(pieces)))


def test_an_archive_holds_every_key_under_a_safe_path(container):
    held = archive.contents(container, [Ref("", below=True)])
    assert held.fits
    assert {member.key for member in held.members} == set(KEYS)
    with unzipped(archive.stream(container, held.members)) as found:
        assert found.testzip() is None
        assert len(found.namelist()) == len(set(found.namelist())) == len(held.members)
        for member, path in zip(held.members, found.namelist(), strict=True):
            assert found.read(path) == member.key.encode()
            assert not path.startswith("/")
            assert not {"", ".", ".."} & set(path.split("/"))


def test_what_is_chosen_twice_is_there_once_and_folders_own_objects_are_left_out(box, stack):
    found = box(["p/a", "p/b/c", "q"])
    put(stack, found.name, "p/b/", b"")
    held = archive.contents(found, [Ref("p/a"), Ref("p/", below=True)])
    assert [member.key for member in held.members] == ["p/a", "p/b/c"]
    with unzipped(archive.stream(found, held.members, "p/")) as zipped:
        assert zipped.namelist() == ["a", "b/c"]


def test_a_selection_beyond_the_limits_does_not_fit(box, monkeypatch):
    found = box([f"{n}" for n in range(12)])
    monkeypatch.setattr(archive, "MOST_OBJECTS", 10)
    held = archive.contents(found, [Ref("", below=True)])
    assert (len(held.members), held.more, held.fits) == (10, True, False)
    monkeypatch.setattr(archive, "MOST_OBJECTS", 100)
    monkeypatch.setattr(archive, "MOST_BYTES", 3)
    assert not archive.contents(found, [Ref("", below=True)]).fits


def test_what_changed_or_went_meanwhile_is_named_in_the_archive(box, stack):
    found = box(["a", "b", "c"])
    held = archive.contents(found, [Ref("", below=True)])
    put(stack, found.name, "a", b"another")
    call(stack, REGION, "s3.delete_object", {"Bucket": found.name, "Key": "b"})
    with unzipped(archive.stream(found, held.members)) as zipped:
        assert zipped.namelist() == ["c", "NOT-COMPLETE.txt"]
        told = zipped.read("NOT-COMPLETE.txt").decode()
    assert "a: " in told
    assert "b: " in told


def test_an_archive_is_not_held_in_memory_and_stops_when_nobody_takes_it(box, stack):
    found, size = box(), 24 * 1024 * 1024
    put(stack, found.name, "large", bytes(size))
    held = archive.contents(found, [Ref("large")])
    pieces = archive.stream(found, held.members)
    next(pieces)
    tracemalloc.start()
    taken = sum(len(next(pieces)) for _ in range(60))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert taken > 10 * 1024 * 1024
    assert peak < 4 * 1024 * 1024
    pieces.close()
    assert next(pieces, None) is None


def test_what_does_not_exist_is_no_archive(container):
    with pytest.raises(CallFailed):
        archive.contents(container, [Ref("no such key")])
