"""Objects for scripts: listed by cursor, read, linked and changed, whatever their keys hold."""

import urllib.request
from urllib.parse import quote, urlencode, urlsplit

import pytest

from apps.audit.models import AuditEvent
from apps.cloud.accounts import delete_account
from apps.cloud.calls import call
from apps.inventory.sync import sync
from apps.operations.models import Operation
from apps.tenancy.context import tenant_tx
from tests.api.world import Api
from tests.buckets import KEYS, REGION, bucket_account, make_bucket, put
from tests.people import make_people


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
    return make_bucket(stack, keys=KEYS)


@pytest.fixture(scope="module")
def kept(stack):
    name = make_bucket(stack, versioned=True)
    put(stack, name, "a", b"first")
    put(stack, name, "a", b"second", ContentType="text/plain", Metadata={"by": "me"})
    call(stack, REGION, "s3.delete_object", {"Bucket": name, "Key": "a"})
    put(stack, name, "b", b"x", Tagging="t=1")
    return name


@pytest.fixture(scope="module", autouse=True)
def known(stack, bucket, kept):
    sync(stack, "global", "s3.bucket")


@pytest.fixture(scope="module")
def viewer(people):
    return Api(people.viewer)


@pytest.fixture(scope="module")
def operator(people):
    return Api(people.operator)


def at(bucket, path="", **query):
    text = f"?{urlencode(query, quote_via=quote)}" if query else ""
    return f"/s3/buckets/{bucket}/objects/{path}{text}"


def follow(api, answer):
    parts = urlsplit(answer.json()["next"])
    return api.get(f"{parts.path.removeprefix('/api/v1')}?{parts.query}")


def test_every_key_is_listed_page_by_page(viewer, bucket):
    found, answer = [], viewer.get(at(bucket, delimiter="", limit=4))
    while True:
        assert answer.status_code == 200
        found += [each["key"] for each in answer.json()["results"]]
        if answer.json()["next"] is None:
            break
        answer = follow(viewer, answer)
    assert found == sorted(KEYS, key=str.encode)


def test_folders_are_prefixes(viewer, bucket):
    answer = viewer.get(at(bucket)).json()
    assert "double/" in answer["prefixes"]
    assert all("/" not in each["key"] for each in answer["results"])
    below = viewer.get(at(bucket, prefix="double//")).json()
    assert [each["key"] for each in below["results"]] == ["double//slash"]
    assert set(below["results"][0]) == {"key", "size", "last_modified", "etag", "storage_class"}


@pytest.mark.parametrize("key", KEYS)
def test_every_key_is_read_and_linked(viewer, people, bucket, key):
    answer = viewer.get(at(bucket, key=key))
    assert answer.status_code == 200, answer.content
    assert (answer.json()["key"], answer.json()["size"]) == (key, len(key.encode()))
    link = viewer.post(at(bucket, "links/"), {"key": key, "seconds": 60, "reason": "test"})
    assert link.status_code == 201
    with urllib.request.urlopen(link.json()["url"]) as content:
        assert content.read() == key.encode()
    with tenant_tx(people.tenant_id):
        row = AuditEvent.objects.filter(tenant_id=people.tenant_id, act="s3.object.share").latest("id")
    assert (row.target_name, row.reason, row.who_kind) == (key, "test", "token")


def test_versions_tags_and_metadata(viewer, kept):
    listed = viewer.get(at(kept, versions=1)).json()["results"]
    assert [(one["key"], one["latest"], one["delete_marker"]) for one in listed] == [
        ("a", True, True),
        ("a", False, False),
        ("a", False, False),
        ("b", True, False),
    ]
    first = viewer.get(at(kept, "versions/", key="a", limit=2))
    assert [one["delete_marker"] for one in first.json()["results"]] == [True, False]
    (older,) = follow(viewer, first).json()["results"]
    second = first.json()["results"][1]["version"]
    one = viewer.get(at(kept, key="a", version=second)).json()
    assert (one["metadata"], one["content_type"], one["version"]) == ({"by": "me"}, "text/plain", second)
    assert viewer.get(at(kept, "tags/", key="b")).json() == {"tags": {"t": "1"}}
    assert older["latest"] is False
    gone = viewer.get(at(kept, key="a"))
    assert (gone.status_code, gone.json()["type"]) == (502, "/api/v1/problems/aws")


@pytest.mark.parametrize("key", KEYS)
def test_every_key_is_deleted_by_an_operation(people, operator, bucket, key):
    body = {"targets": [{"key": key}]}
    plan = operator.post(at(bucket, "actions/delete/", plan=1), body)
    assert plan.status_code == 200, plan.content
    assert plan.json()["plan"]["steps"][0]["params"] == {"Bucket": bucket, "Key": key}
    answer = operator.post(at(bucket, "actions/delete/"), body)
    assert answer.status_code == 202
    with tenant_tx(people.tenant_id):
        assert Operation.objects.get(id=answer.json()["id"]).plan["targets"][0]["id"] == key


def test_a_key_makes_a_request_once(operator, bucket):
    body = {"targets": [{"key": "plain.txt"}], "name": "other.txt"}
    headers = {"Idempotency-Key": "rename-once"}
    first = operator.post(at(bucket, "actions/rename/"), body, **headers)
    assert first.status_code == 202, first.content
    again = operator.post(at(bucket, "actions/rename/"), body, **headers)
    assert again.status_code == 202, again.content
    assert again.json()["id"] == first.json()["id"]
    other = operator.post(at(bucket, "actions/rename/"), {**body, "name": "third.txt"}, **headers)
    assert other.json()["type"].endswith("key-reused")


@pytest.mark.parametrize(
    ("verb", "body", "status", "words"),
    [
        ("delete", {}, 422, "targets"),
        ("delete", {"targets": []}, 422, "targets"),
        ("delete", {"targets": [{"key": ""}]}, 422, "targets"),
        ("delete", {"targets": [{"key": "a", "version": "x", "below": True}]}, 422, "targets"),
        ("delete", {"targets": [{"key": "x" * 1025}]}, 422, "1,024 bytes"),
        ("delete", {"targets": [{"key": "a\0"}]}, 422, "1,024 bytes"),
        ("delete", {"targets": [{"key": "a", "more": 1}]}, 422, "targets"),
        ("delete", {"targets": [{"key": f"{n}"} for n in range(901)]}, 422, "At most 900"),
        ("delete", {"targets": [{"key": "a", "version": "v"}]}, 409, "is not for what this is"),
        ("tag", {"targets": [{"key": "plain.txt"}], "tags": [{"key": "aws:"}]}, 422, "reserved"),
        ("copy", {"targets": [{"key": "plain.txt"}], "folder": "double/"}, 202, ""),
        ("copy", {"targets": [{"key": "folder/"}], "folder": ""}, 422, "there already"),
        ("copy", {"targets": [{"key": "not there"}], "folder": ""}, 502, "no longer exists"),
        ("nothing", {"targets": [{"key": "a"}]}, 404, ""),
    ],
)
def test_what_is_refused(operator, bucket, verb, body, status, words):
    answer = operator.post(at(bucket, f"actions/{verb}/"), body)
    assert answer.status_code == status, answer.content
    assert words in answer.content.decode()


def test_what_is_in_the_way(operator, stack):
    name = make_bucket(stack, keys=["a", "to/a"])
    sync(stack, "global", "s3.bucket")
    body = {"targets": [{"key": "a"}], "folder": "to/"}
    answer = operator.post(at(name, "actions/copy/"), body)
    assert (answer.status_code, answer.json()["detail"]) == (409, f"{name}/to/a exists already.")
    assert operator.post(at(name, "actions/copy/"), {**body, "overwrite": True}).status_code == 202


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "1001"},
        {"versions": "2"},
        {"delimiter": "//"},
        {"prefix": "x" * 1025},
        {"key": ""},
        {"key": "x" * 1025},
        {"versions": "1", "cursor": "nonsense"},
        {"account": "no-uuid"},
    ],
)
def test_what_can_not_be_asked(viewer, bucket, query):
    answer = viewer.get(at(bucket, **query))
    assert (answer.status_code, answer.json()["type"]) == (400, "/api/v1/problems/query")


def test_who_may(people, viewer, operator, bucket):
    outsider, nobody = Api(people.outsider), Api()
    for path in ("", "tags/", "versions/"):
        assert outsider.get(at(bucket, path, key="plain.txt")).status_code == 404
        assert nobody.get(at(bucket, path, key="plain.txt")).status_code == 401
    assert outsider.post(at(bucket, "links/"), {"key": "plain.txt"}).status_code == 404
    body = {"targets": [{"key": "plain.txt"}]}
    assert outsider.post(at(bucket, "actions/delete/"), body).status_code == 404
    denied = viewer.post(at(bucket, "actions/delete/"), body)
    assert (denied.status_code, denied.json()["permission"]) == (403, "s3.object.write")
    assert viewer.get("/ec2/instances/i-1/objects/").status_code == 404
    link = viewer.post(at(bucket, "links/"), {"key": "plain.txt", "seconds": 8 * 24 * 3600})
    assert link.status_code == 422


def test_one_account_of_several(people, viewer, stack, ministack, bucket):
    other = bucket_account(people.owner.actor, ministack, access_key=stack.number, number=stack.number)
    sync(other, "global", "s3.bucket")
    answer = viewer.get(at(bucket))
    assert answer.json()["type"] == "/api/v1/problems/ambiguous"
    assert len(answer.json()["candidates"]) == 2
    parts = urlsplit(answer.json()["candidates"][0])
    assert viewer.get(f"{parts.path.removeprefix('/api/v1')}?{parts.query}").status_code == 200
    delete_account(people.owner.actor, other.id)


def test_bookmarks(people, viewer, operator, stack):
    name = make_bucket(stack, keys=["team/a"])
    assert viewer.get(at(name)).status_code == 404
    body = {"kind": "s3.bucket", "container": name, "account": str(stack.id), "prefix": "team/"}
    made = viewer.post("/bookmarks/", body)
    assert made.status_code == 201, made.content
    assert made.json()["region"] == REGION
    assert made["Location"] == made.json()["url"]
    parts = urlsplit(made.json()["objects"])
    assert viewer.get(f"{parts.path.removeprefix('/api/v1')}?{parts.query}&prefix=team/").status_code == 200
    assert [one["container"] for one in viewer.get("/bookmarks/").json()["results"]] == [name]
    assert operator.get("/bookmarks/").json()["results"] == []
    assert viewer.post("/bookmarks/", body).status_code == 409
    assert viewer.post("/bookmarks/", {**body, "shared": True}).status_code == 403
    for wrong in ({"kind": "ec2.instance"}, {"account": "x"}, {"container": ""}, {"shared": "yes"}, {"more": 1}):
        assert viewer.post("/bookmarks/", body | wrong).status_code == 422
    assert viewer.post("/bookmarks/", body | {"container": "no-such-bucket-there"}).status_code in (409, 502)
    assert operator.send("DELETE", f"/bookmarks/{made.json()['id']}/").status_code == 404
    assert viewer.send("DELETE", f"/bookmarks/{made.json()['id']}/").status_code == 204
    assert viewer.get(at(name)).status_code == 404
