"""The browser of objects: without AWS at first, one call for its rows, every state, and whose it is."""

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import override_settings

from apps.audit.models import AuditEvent
from apps.cloud import clients
from apps.cloud.accounts import create_account
from apps.cloud.calls import call
from apps.inventory.sync import sync
from apps.objects.names import Ref
from apps.tenancy import members
from apps.tenancy.context import tenant_tx
from tests.buckets import KEYS, REGION, bucket_account, make_bucket, put
from tests.cloud.helpers import keys_draft
from tests.console.buckets import at, base
from tests.console.world import client, fragment
from tests.people import _person, make_people, make_user
from tests.proxy import Proxy


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
    """A bucket with an object under each of KEYS."""
    return make_bucket(stack, keys=KEYS)


@pytest.fixture(scope="module")
def kept(stack):
    """A bucket with versions."""
    name = make_bucket(stack, versioned=True)
    put(stack, name, "a.txt", b"first")
    put(stack, name, "a.txt", b"second", ContentType="text/plain", Metadata={"by": "me"}, Tagging="t=1")
    put(stack, name, "gone.txt", b"x")
    call(stack, REGION, "s3.delete_object", {"Bucket": name, "Key": "gone.txt"})
    return name


@pytest.fixture(scope="module", autouse=True)
def known(stack, bucket, kept):
    sync(stack, "global", "s3.bucket")


@pytest.fixture(scope="module")
def viewer(people):
    return client(people.viewer)


def text(answer, status=200):
    assert answer.status_code == status, answer.content
    return answer.content.decode()


def refs(html):
    return [unescape(found) for found in re.findall(r'name="id" value="([^"]+)"', html)]


def recorded(people, **which):
    """The rows of the record, oldest first."""
    with tenant_tx(people.tenant_id):
        return list(AuditEvent.objects.filter(tenant_id=people.tenant_id, **which).order_by("id"))


# The list


def test_the_page_asks_aws_nothing_and_its_rows_ask_once(people, stack, bucket, viewer, monkeypatch):
    asked = []
    monkeypatch.setattr("apps.cloud.objects.call", lambda *a, real=call: asked.append(a[2]) or real(*a))
    page = text(viewer.get(base(stack, bucket)))
    assert asked == []
    assert 'aria-busy="true"' in page
    assert "skel-later" in page
    assert 'hx-trigger="reload from:#list, load"' in page
    rows = text(fragment(viewer, base(stack, bucket)))
    assert asked == ["s3.list_objects_v2"]
    assert "<html" not in rows
    assert len(refs(rows)) == 19


def test_every_key_is_reached_by_folders_and_nothing_acts(stack, bucket, viewer):
    found, left = set(), [""]
    while left:
        prefix = left.pop()
        html = text(fragment(viewer, at(base(stack, bucket), **({"prefix": prefix} if prefix else {}))))
        assert "<script>" not in html
        assert "\u202e" not in html
        for ref in map(Ref.parse, refs(html)):
            left += [ref.key] if ref.below else []
            found |= set() if ref.below else {ref.key}
    assert found == set(KEYS)


def test_the_filter_is_the_address(stack, bucket, viewer):
    html = text(fragment(viewer, at(base(stack, bucket), q="tr")))
    assert refs(html) == ["trailing."]
    html = text(fragment(viewer, at(base(stack, bucket), q="LINE", **{"in": "1"})))
    assert refs(html) == [str(Ref("new\nline"))]
    assert "18 rows of this page are hidden." in html
    html = text(fragment(viewer, at(base(stack, bucket), q="nothing such")))
    assert "No matches" in html
    assert "Upper and lower case differ" in html


def test_pages_lead_on_and_back(stack, viewer):
    name = make_bucket(stack, keys=[f"k{n:03}" for n in range(130)])
    sync(stack, "global", "s3.bucket")
    first = text(fragment(viewer, at(base(stack, name), size="50")))
    assert "Page 1" in first
    urls = lambda html, label: [unescape(u) for u in re.findall(f'aria-label="{label} page" href="([^"]+)"', html)]  # noqa: E731
    second = text(fragment(viewer, urls(first, "Next")[0]))
    assert "Page 2" in second
    assert refs(second)[0] == "k050"
    third = text(fragment(viewer, urls(second, "Next")[0]))
    assert (refs(third)[-1], urls(third, "Next")) == ("k129", [])
    assert "Page 3" in third
    assert refs(text(fragment(viewer, urls(third, "Previous")[0])))[0] == "k050"
    assert refs(text(fragment(viewer, urls(second, "Previous")[0])))[0] == "k000"
    ordered = text(fragment(viewer, urls(first, "Next")[0] + "&sort=-size"))
    assert "Sorted by size within this page" in ordered
    assert len(refs(ordered)) == 50


def test_a_place_in_the_list_that_aws_does_not_know(stack, kept, viewer):
    html = text(fragment(viewer, at(base(stack, kept), versions="1", after="nonsense")))
    assert "There is no such page" in html
    assert "First page" in html


def test_versions_and_markers_are_rows_on_request(stack, kept, viewer):
    assert refs(text(fragment(viewer, base(stack, kept)))) == ["a.txt"]
    html = text(fragment(viewer, at(base(stack, kept), versions="1")))
    keys = [Ref.parse(ref).key for ref in refs(html)]
    assert keys == ["a.txt", "a.txt", "gone.txt", "gone.txt"]
    assert html.count("Latest") == 1
    assert html.count("Delete marker<") == 1
    assert 'aria-checked="true"' in html


def test_empty_ones(stack, bucket, viewer):
    name = make_bucket(stack)
    sync(stack, "global", "s3.bucket")
    assert "No objects yet" in text(fragment(viewer, base(stack, name)))
    html = text(fragment(viewer, at(base(stack, bucket), prefix="not/there/")))
    assert "Nothing lies here" in html
    assert at(base(stack, bucket), prefix="not/").replace("%2F", "/") in unescape(html)


def test_nonsense_in_the_address_is_dropped_and_impossible_keys_are_not_there(stack, bucket, viewer):
    html = text(fragment(viewer, at(base(stack, bucket), sort="drop table", size="7", versions="x", open="*")))
    assert len(refs(html)) == 19
    for query in ({"prefix": "a\0"}, {"prefix": "x" * 1025}, {"key": "\0"}, {"key": "x" * 1025}):
        assert viewer.get(at(base(stack, bucket), **query)).status_code in (400, 404)


# Who may, and what AWS says


def test_not_of_another_organization_nor_of_what_holds_nothing(people, stack, bucket, viewer):
    outsider = client(people.outsider)
    for words in ("", "panel/?key=a", "tab/preview/?key=a", "content/?key=a", "share/?key=a", "action/delete/?id=a"):
        assert outsider.get(base(stack, bucket) + words).status_code == 404
    assert outsider.post(base(stack, bucket) + "pack/", {"id": "*"}).status_code == 404
    assert viewer.get("/ec2/instances/i-1/objects/").status_code == 404
    assert viewer.get(f"/s3/buckets/no-such@{stack.id}:{REGION}/objects/").status_code == 404


def test_who_sees_the_bucket_and_may_not_look_in_learns_why(people, stack, bucket):
    user = make_user("narrow")
    with tenant_tx(people.tenant_id):
        role = members.create_role(people.owner.actor, f"Buckets {user.email}", ["s3.bucket.read"])
        members.bind(people.owner.actor, role, members.add_member(people.owner.actor, user))
    person = client(_person(people.tenant, user))
    html = text(person.get(base(stack, bucket)))
    assert "You cannot see objects here" in html
    assert "s3.object.read" in html
    assert text(fragment(person, base(stack, bucket))).count("You cannot see") == 1
    panel = text(fragment(person, base(stack, bucket) + "tab/overview/?key=plain.txt"))
    assert "You may not see this" in panel
    assert person.get(base(stack, bucket) + "content/?key=plain.txt").status_code == 403
    assert recorded(people, act="s3.object.read", result="denied", target_name="plain.txt")


def test_aws_refuses_and_the_page_says_what_it_takes(people, stack, ministack, bucket, viewer):
    user = "reader-of-lists"
    call(stack, "us-east-1", "iam.create_user", {"UserName": user})
    policy = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*", "Action": "s3:ListAll*"}]}'
    call(stack, "us-east-1", "iam.put_user_policy", {"UserName": user, "PolicyName": "p", "PolicyDocument": policy})
    key = call(stack, "us-east-1", "iam.create_access_key", {"UserName": user}).data["AccessKey"]
    draft = keys_draft(ministack, key["AccessKeyId"], number=stack.number, secret_key=key["SecretAccessKey"])
    narrow = create_account(people.owner.actor, draft, check=False)
    sync(narrow, "global", "s3.bucket")
    html = text(fragment(viewer, base(narrow, bucket)))
    for words in ("s3:ListBucket", f"arn:aws:s3:::{bucket}", "AccessDenied", "access key that ends in", "Try again"):
        assert words in html
    html = text(fragment(viewer, base(narrow, bucket) + "tab/overview/?key=plain.txt"))
    assert "s3:GetObject" in html


def test_aws_asks_to_slow_down_and_does_not_answer_at_all(people, stack, bucket, viewer, ministack):
    proxy = Proxy(ministack)
    with override_settings(NORTHGATE_ENDPOINTS=[proxy.url, ministack]):
        through = bucket_account(people.owner.actor, proxy.url, access_key=stack.number, number=stack.number)
        sync(through, "global", "s3.bucket")
        proxy.rule("", code="SlowDown", times=3)
        html = text(fragment(viewer, base(through, bucket)))
        assert "AWS asks to slow down" in html
        assert "Try again" in html
        assert len(refs(text(fragment(viewer, base(through, bucket))))) == 19
        proxy.close()
        clients.forget(through)  # its open connections
        html = text(fragment(viewer, base(through, bucket)))
    assert "AWS doesn’t answer" in html
    assert "Try again" in html


# One object


def test_the_panel_tells_htmx_the_address_with_the_row_open(stack, kept, viewer):
    answer = fragment(
        viewer,
        at(base(stack, kept) + "panel/", key="a.txt"),
        **{"HX-Current-URL": f"http://testserver{base(stack, kept)}?versions=1&open=x"},
    )
    html = text(answer)
    assert answer["HX-Replace-Url"] == f"{base(stack, kept)}?versions=1&open=a.txt"
    assert 'data-ref="a.txt"' in html
    page = text(viewer.get(at(base(stack, kept), open="a.txt")))
    assert 'data-panel="side"' in page
    assert 'data-ref="a.txt"' in page


def test_what_aws_knows_of_an_object(stack, kept, viewer):
    tab = lambda name, **more: text(fragment(viewer, at(base(stack, kept) + f"tab/{name}/", key="a.txt", **more)))  # noqa: E731
    overview = tab("overview")
    for words in ("6 B", "text/plain", "STANDARD", "CRC32", "by", "me", f"arn:aws:s3:::{kept}/a.txt"):
        assert words in overview
    assert "<bdi>t</bdi>" in tab("tags")
    versions = tab("versions")
    assert versions.count("Latest") == 1
    old = re.findall(r"version=([\w-]+)", unescape(versions))
    assert "first" in tab("preview", version=old[-1])
    assert "second" in tab("preview")
    assert "FULL_CONTROL" in tab("permissions")
    assert viewer.get(base(stack, kept) + "tab/nothing/?key=a.txt").status_code == 404


@pytest.mark.parametrize("key", KEYS)
def test_every_key_has_a_page_a_preview_and_a_download(people, stack, bucket, viewer, key):
    page = text(viewer.get(at(base(stack, bucket), key=key)))
    assert "<script>alert" not in page
    shown = text(fragment(viewer, at(base(stack, bucket) + "tab/preview/", key=key)))
    assert "<script>alert" not in shown
    assert len(recorded(people, act="s3.object.preview", target_name=key)) == 1
    answer = viewer.get(at(base(stack, bucket) + "content/", key=key))
    assert answer["Cache-Control"] == "no-store"
    if {".", ".."} & set(key.split("/")):
        assert b"".join(answer.streaming_content) == key.encode()
        assert answer["Content-Disposition"].startswith("attachment")
        assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer["Content-Type"] == "application/octet-stream"
    else:
        assert answer.status_code == 302
        query = parse_qs(urlsplit(answer["Location"]).query)
        assert query["response-content-disposition"][0].startswith("attachment")
        assert query["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
        assert query["X-Amz-Expires"] == ["300"]


def test_only_these_pages_may_show_the_containers_pictures(stack, bucket, viewer):
    origin = f"{stack.endpoints['*']}/{bucket}/"
    assert origin in viewer.get(base(stack, bucket))["Content-Security-Policy"]
    assert origin in viewer.get(base(stack, bucket) + "?key=a")["Content-Security-Policy"]
    for path in ("/s3/buckets/", base(stack, bucket) + "tab/tags/?key=plain.txt", "/"):
        assert stack.endpoints["*"] not in viewer.get(path)["Content-Security-Policy"]


def test_a_shared_link_stands_in_the_answer_alone(people, stack, kept, viewer):
    url = at(base(stack, kept) + "share/", key="a.txt")
    assert "Holds for" in text(fragment(viewer, url))
    answer = viewer.post(url, {"seconds": "86400", "reason": "audit"}, headers={"HX-Request": "true"})
    html = unescape(text(answer))
    link = re.search(r'<code id="link">([^<]+)</code>', html)[1]
    signature = parse_qs(urlsplit(link).query)["X-Amz-Signature"][0]
    assert parse_qs(urlsplit(link).query)["X-Amz-Expires"] == ["86400"]
    assert answer["Cache-Control"] == "no-store"
    row = recorded(people, act="s3.object.share")[-1]
    assert (row.reason, row.params["seconds"]) == ("audit", 86400)
    assert signature not in str(vars(row))
    assert '<code id="link">' not in text(viewer.post(url, {"seconds": "999999999"}))


def test_an_archive_says_its_size_first(people, stack, bucket, viewer):
    url = base(stack, bucket) + "pack/"
    html = text(
        viewer.post(url, {"id": ["a/*", "plain.txt"]}, headers={"HX-Request": "true", "HX-Request-Type": "partial"})
    )
    assert '<strong class="num">2</strong>' in html
    assert "1,000 objects and 2.0 GiB" in html
    sent = unescape(re.search(r'name="id" value="([^"]+)"', html)[1])
    answer = viewer.post(url, {"id": sent, "go": "1"})
    assert answer["Content-Disposition"] == f"attachment; filename=\"{bucket}.zip\"; filename*=UTF-8''{bucket}.zip"
    assert b"".join(answer.streaming_content)[:4] == b"PK\x03\x04"
    row = recorded(people, act="s3.object.archive")[-1]
    assert row.params["objects"] == 2
    assert viewer.post(url, {"id": "%ff"}).status_code == 404
    assert viewer.post(url, {}).status_code == 404


def test_the_containers_panel_and_page_lead_to_its_objects(stack, kept, viewer):
    link = f'href="{base(stack, kept)}"'
    assert link in text(viewer.get(f"/s3/buckets/{kept}/"))
    assert link in text(fragment(viewer, f"/s3/buckets/{kept}/panel/"))
    assert "/objects/" not in text(viewer.get("/ec2/instances/"))


def test_a_delete_marker_offers_what_it_can(people, stack, kept, viewer):
    rows = unescape(text(fragment(viewer, at(base(stack, kept), versions="1"))))
    panel = re.search(r'hx-get="([^"]+marker=1)"', rows)[1]
    html = text(fragment(client(people.operator), panel))
    assert "/action/undelete/" in html
    assert "/content/" not in html
    version = re.search(r"version=([\w-]+)", panel)[1]
    shown = text(fragment(viewer, at(base(stack, kept) + "tab/overview/", key="gone.txt", version=version)))
    assert "This is a delete marker" in shown
