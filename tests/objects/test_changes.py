"""Changes of objects through the worker and the real protocol: what they do, refuse and may do."""

from dataclasses import replace

import pytest

from apps.audit.models import AuditEvent
from apps.catalog import registry
from apps.cloud import objects
from apps.cloud.calls import call
from apps.cloud.explain import CallFailed
from apps.inventory.sync import sync
from apps.objects import changes, containers
from apps.objects.names import Ref
from apps.operations import run as running
from apps.operations import sweep
from apps.operations.models import Operation
from apps.operations.prepare import prepare_inside
from apps.operations.submit import submit
from apps.tenancy.access import Denied
from apps.tenancy.context import tenant_tx
from tests.buckets import KEYS, REGION, make_bucket, put
from tests.objects.test_containers import limited


@pytest.fixture(scope="module")
def known(people, stack, bucket):
    with tenant_tx(people.tenant_id):
        return containers.find(people.owner.actor, registry.resource("s3.bucket"), bucket)


@pytest.fixture
def box(people, stack, known):
    """box(keys, **more): a bucket as a container; with `listed` the inventory knows it."""

    def make(keys=(), *, listed=False, versioned=False):
        name = make_bucket(stack, keys=keys, versioned=versioned)
        if listed:
            sync(stack, "global", "s3.bucket")
        attrs = {"Versioning": {"Status": "Enabled"}} if versioned else {}
        return replace(known, item=replace(known.item, id=name, name=name, attrs=attrs))

    return make


def prepared(actor, found, verb, refs, data):
    action = registry.action(f"s3.object.{verb}")
    attrs = changes.known(found, action, [Ref.parse(ref) if isinstance(ref, str) else ref for ref in refs])
    with tenant_tx(actor.tenant_id):
        return prepare_inside(actor, action, found.item, list(attrs), data, attrs=attrs)


def errors(person, found, verb, refs, data):
    made = prepared(person.actor, found, verb, refs, data)
    assert made.plan is None
    return " ".join(str(text) for texts in made.form.errors.values() for text in texts)


def do(person, found, verb, refs, data=None, state="succeeded"):
    """Plans, submits and runs it to its end; answers the operation."""
    actor = getattr(person, "actor", person)
    made = prepared(actor, found, verb, refs, data or {})
    assert made.plan, made.form.errors.as_json()
    with tenant_tx(actor.tenant_id):
        operation = submit(actor, made)
    for _turn in range(20):
        with tenant_tx(actor.tenant_id):
            Operation.objects.filter(id=operation.id).update(due_at="2020-01-01T00:00:00Z")
        running.run(actor.tenant_id, operation.id)
        with tenant_tx(actor.tenant_id):
            operation = Operation.objects.get(id=operation.id)
        if operation.ended:
            break
    assert operation.state == state, operation.error
    return operation


def keys(found):
    return [each["Key"] for each in objects.listing(found.account, REGION, found.name, delimiter="").objects]


def versions(found, key):
    return objects.versions_of(found.account, REGION, found.name, key).objects


def body(found, key):
    return objects.first(found.account, REGION, found.name, key, limit=5000).body.decode()


@pytest.mark.parametrize("key", KEYS)
def test_every_key_is_deleted_and_nothing_else(people, box, key):
    found = box(KEYS)
    do(people.operator, found, "delete", [Ref(key)])
    assert set(keys(found)) == set(KEYS) - {key}


@pytest.mark.parametrize("key", [*KEYS[:4], *KEYS[5:-2]])
def test_every_key_is_copied_and_moved_and_renamed(people, box, key):
    found = box([key])
    do(people.operator, found, "copy", [Ref(key)], {"folder": "to <&>"})
    last = key[key.rstrip("/").rfind("/") + 1 :]
    assert set(keys(found)) == {key, f"to <&>/{last}"}
    do(people.operator, found, "rename", [Ref(key)], {"name": "renamed é"})
    do(people.operator, found, "move", [Ref(f"to <&>/{last}")], {"folder": "moved"})
    ending = "/" if key.endswith("/") else ""
    before = key[: len(key) - len(last)]
    assert set(keys(found)) == {f"{before}renamed é{ending}", f"moved/{last}"}
    assert body(found, f"moved/{last}") == key


def test_many_are_deleted_at_once_and_folders_wholly(people, box):
    found = box(["a/1", "a/2", "a/b/3", "ab", "c", "d"])
    operation = do(people.operator, found, "delete", ["a/*", "c"])
    assert keys(found) == ["ab", "d"]
    with tenant_tx(people.tenant_id):
        rows = AuditEvent.objects.filter(tenant_id=people.tenant_id, operation=operation.id, result="intent")
        assert {row.target_id for row in rows} >= {f"{found.name}/a/", f"{found.name}/c"}
        assert set(rows.values_list("act", flat=True)) >= {"s3.object.delete"}


def test_in_a_bucket_that_keeps_versions_a_marker_is_put_and_taken_away(people, box):
    found = box(["a"], versioned=True)
    action = registry.action("s3.object.delete")
    item = action.resource.inside(found.item, "a", {"Holder": found.item.attrs})
    assert action.reversible(item)
    assert "delete marker" in " ".join(map(str, action.warn(item)))
    do(people.operator, found, "delete", ["a"])
    marker, version = versions(found, "a")
    assert (keys(found), marker["DeleteMarker"]) == ([], True)
    assert "is no delete marker" in errors(people.operator, found, "undelete", [Ref("a", version["VersionId"])], {})
    do(people.operator, found, "undelete", [Ref("a", marker["VersionId"])])
    assert keys(found) == ["a"]
    assert len(versions(found, "a")) == 1


def test_a_version_is_restored_and_another_goes_for_good(people, box, stack):
    found = box(versioned=True)
    put(stack, found.name, "a", b"first", Metadata={"n": "1"})
    put(stack, found.name, "a", b"second")
    second, first = versions(found, "a")
    do(people.operator, found, "restore-version", [Ref("a", first["VersionId"])])
    assert body(found, "a") == "first"
    assert len(versions(found, "a")) == 3
    do(people.operator, found, "delete-versions", [Ref("a", second["VersionId"]), Ref("a", first["VersionId"])])
    (kept,) = versions(found, "a")
    assert kept["VersionId"] not in (first["VersionId"], second["VersionId"])
    call(stack, REGION, "s3.delete_object", {"Bucket": found.name, "Key": "a"})
    marker = versions(found, "a")[0]
    assert "that has content" in errors(people.operator, found, "restore-version", [Ref("a", marker["VersionId"])], {})


def test_all_versions_below_a_folder_go(people, box, stack):
    found = box(["p/a", "p/b", "q"], versioned=True)
    put(stack, found.name, "p/a", b"again")
    call(stack, REGION, "s3.delete_object", {"Bucket": found.name, "Key": "p/b"})
    do(people.operator, found, "delete-versions", ["p/*"])
    left = objects.listing(found.account, REGION, found.name, delimiter="", versions=True).objects
    assert [each["Key"] for each in left] == ["q"]


def test_a_folder_is_renamed_and_keeps_what_its_objects_have(people, box, stack):
    found = box(["old/a", "old/b/c", "older"])
    put(stack, found.name, "old/tagged", b"x", Metadata={"m": "1"}, Tagging="t=1", StorageClass="STANDARD_IA")
    do(people.operator, found, "rename", ["old/*"], {"name": "new"})
    assert keys(found) == ["new/a", "new/b/c", "new/tagged", "older"]
    head = objects.head(found.account, REGION, found.name, "new/tagged")
    assert (head["Metadata"], head["StorageClass"]) == ({"m": "1"}, "STANDARD_IA")
    assert objects.tags(found.account, REGION, found.name, "new/tagged") == {"t": "1"}


def test_what_has_no_copy_is_not_deleted_by_a_move(people, box, stack, monkeypatch):
    """Somebody puts an object into the folder while it is moved, where one of its name lies already: it comes along."""
    found = box(["old/a", "in/old/late"])
    real, late = sweep.call, []

    def call(account, region, name, params):
        if name == "s3.delete_object" and not late:
            late.append(put(stack, found.name, "old/late", b"late"))
        return real(account, region, name, params)

    monkeypatch.setattr(sweep, "call", call)
    do(people.operator, found, "move", ["old/*"], {"folder": "in", "overwrite": True})
    assert keys(found) == ["in/old/a", "in/old/late"]
    assert body(found, "in/old/late") == "late"


@pytest.mark.parametrize(
    ("verb", "refs", "data", "words"),
    [
        ("copy", ["a"], {"folder": ""}, "is there already"),
        ("copy", ["p/*"], {"folder": "p/"}, "within itself"),
        ("move", ["p/a", "q/a"], {"folder": "in"}, "would become"),
        ("rename", ["p/a"], {"name": "x/y"}, "use Move"),
        ("rename", ["p/a", "q/a"], {"name": "x"}, "Only one"),
        ("rename", ["p/a"], {"name": "é" * 520}, "1042 bytes; the most is 1024"),
        ("create-folder", ["*"], {"name": "//"}, "Enter a name"),
        ("create-folder", ["*"], {"name": "x" * 1024}, "at most 1023"),
        ("copy", ["a"], {"folder": "x", "bucket": "no-such-bucket"}, "is not known"),
    ],
)
def test_what_is_refused_before_anything_is_asked_of_aws(people, box, verb, refs, data, words):
    found = box(["a", "p/a", "q/a"])
    assert words in errors(people.operator, found, verb, refs, data)


def test_more_than_5_gb_is_refused(people, box):
    found = box(["a"])
    action = registry.action("s3.object.copy")
    attrs = changes.known(found, action, [Ref("a")])
    attrs["a"]["Head"]["ContentLength"] = 5 * 1024**3 + 1
    with tenant_tx(people.tenant_id):
        made = prepare_inside(people.operator.actor, action, found.item, ["a"], {"folder": "x"}, attrs=attrs)
    assert "larger than 5 GB" in made.form.errors.as_json()


def test_what_is_there_is_in_the_way_unless_it_may_be_replaced(people, box):
    found = box(["a", "to/a", "dir/x", "to/dir/y"])
    for refs in (["a"], ["dir/*"]):
        made = prepared(people.operator.actor, found, "copy", refs, {"folder": "to"})
        (text,) = changes.in_the_way(found, made.action, made.items, made.form.cleaned_data)
        assert text.endswith("exists already.")
        made = prepared(people.operator.actor, found, "copy", refs, {"folder": "to", "overwrite": True})
        assert changes.in_the_way(found, made.action, made.items, made.form.cleaned_data) == []
    made = prepared(people.operator.actor, found, "copy", ["a"], {"folder": "t"})
    assert made.plan.steps[0]["params"]["IfNoneMatch"] == "*", "AWS refuses too what came there meanwhile"
    assert changes.in_the_way(found, made.action, made.items, made.form.cleaned_data) == []


def test_tags_metadata_and_storage_class(people, box, stack):
    found = box()
    put(stack, found.name, "a", b"x", Metadata={"keep": "no"}, Tagging="old=1", StorageClass="STANDARD_IA")
    do(people.operator, found, "tag", ["a"], {"tags": [{"key": "owner", "value": "é web"}]})
    assert objects.tags(found.account, REGION, found.name, "a") == {"owner": "é web"}
    data = {
        "content_type": "text/csv",
        "cache_control": "no-store",
        "metadata": [{"name": "X-Amz-Meta-By", "value": "me"}],
    }
    do(people.operator, found, "describe", ["a"], data)
    head = objects.head(found.account, REGION, found.name, "a")
    assert (head["Metadata"], head["ContentType"], head["CacheControl"]) == ({"by": "me"}, "text/csv", "no-store")
    assert head["StorageClass"] == "STANDARD_IA"
    assert objects.tags(found.account, REGION, found.name, "a") == {"owner": "é web"}
    do(people.operator, found, "store", ["a"], {"storage_class": "STANDARD"})
    assert objects.head(found.account, REGION, found.name, "a").get("StorageClass", "STANDARD") == "STANDARD"
    do(people.operator, found, "tag", ["a"], {"tags": []})
    assert objects.tags(found.account, REGION, found.name, "a") == {}


@pytest.mark.parametrize(
    ("verb", "data", "words"),
    [
        ("tag", {"tags": [{"key": "a"}, {"key": "a"}]}, "stands twice"),
        ("tag", {"tags": [{"key": "aws:x"}]}, "reserved"),
        ("tag", {"tags": [{"key": "a<b"}]}, "Use letters"),
        ("tag", {"tags": [{"key": f"k{n}"} for n in range(11)]}, "At most 10"),
        ("describe", {"content_type": "é"}, "English alphabet"),
        ("describe", {"metadata": [{"name": "a b", "value": ""}]}, "name of a header"),
        ("describe", {"metadata": [{"name": "a", "value": "x" * 2048}]}, "2049 bytes"),
        ("store", {"storage_class": "NONSENSE"}, "valid choice"),
    ],
)
def test_what_aws_would_refuse_is_refused_in_the_form(people, box, verb, data, words):
    assert words in errors(people.operator, box(["a"]), verb, ["a"], data)


def test_the_forms_start_with_what_is_set(people, box, stack):
    found = box()
    put(stack, found.name, "a/b.txt", b"x", Metadata={"by": "me"}, Tagging="t=1", ContentType="text/plain")
    initial = lambda verb: prepared(people.operator.actor, found, verb, ["a/b.txt"], None).form.initial  # noqa: E731
    assert initial("tag") == {"tags": [{"key": "t", "value": "1"}]}
    assert initial("describe")["metadata"] == [{"name": "by", "value": "me"}]
    assert initial("describe")["content_type"] == "text/plain"
    assert initial("rename") == {"name": "b.txt"}
    assert initial("store") == {"storage_class": "STANDARD"}


def test_a_folder_is_made(people, box):
    found = box(["a/x"])
    do(people.operator, found, "create-folder", ["a/*"], {"name": "b/c"})
    do(people.operator, found, "create-folder", ["*"], {"name": "top/"})
    assert keys(found) == ["a/b/c/", "a/x", "top/"]


def test_it_takes_write_here_and_where_a_copy_goes(people, stack, box):
    found, other = box(["team/a", "else/b"]), box(listed=True)
    with pytest.raises(Denied):
        do(people.viewer, found, "delete", ["team/a"])
    actor = limited(people, stack, f"{found.name}/team/*")
    holder = replace(found, listed=False)
    do(actor, holder, "copy", ["team/a"], {"folder": "team/copy"})
    for refs, data in (
        (["else/b"], {"folder": "team"}),
        (["team/a"], {"folder": "else"}),
        (["team/a"], {"folder": ""}),
    ):
        with pytest.raises(Denied) as denied:
            do(actor, holder, "copy", refs, data)
        assert denied.value.decision.permission == "s3.object.write"
    with pytest.raises(Denied):
        do(actor, holder, "delete", ["*"])
    do(people.operator, found, "copy", ["team/a"], {"folder": "in", "bucket": other.name})
    assert keys(other) == ["in/a"]


def test_nothing_of_another_organization(people, box):
    found = box(["a"])
    outsider = people.outsider.actor
    with pytest.raises(LookupError), tenant_tx(outsider.tenant_id):
        prepare_inside(outsider, registry.action("s3.object.delete"), found.item, ["a"], {})


def test_what_is_not_there_can_not_be_copied_and_too_many_are_too_many(people, box):
    found = box()
    with pytest.raises(CallFailed):
        prepared(people.operator.actor, found, "copy", ["nothing"], {"folder": "x"})
    with pytest.raises(changes.TooMany):
        changes.known(found, registry.action("s3.object.delete"), [Ref(f"{n}") for n in range(901)])
