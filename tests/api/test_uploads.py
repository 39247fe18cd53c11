"""Uploads by script: begin, send to AWS by the requests that were signed, complete. On the real protocol."""

import json
import re
import urllib.error
import urllib.request
from urllib.parse import quote, urlencode

import psycopg
import pytest
from django.db import connection

from apps.audit.models import AuditEvent
from apps.catalog import registry
from apps.cloud import multipart, objects
from apps.cloud.calls import call
from apps.cloud.models import Account
from apps.inventory.sync import sync
from apps.objects import containers, uploads
from apps.objects.models import Upload, UploadPart
from apps.tenancy.access import Denied
from apps.tenancy.context import tenant_tx
from tests.api.world import Api
from tests.buckets import KEYS, REGION, bucket_account, make_bucket, put
from tests.objects.test_containers import limited
from tests.people import make_people

MIB = 1024**2
BIG = b"".join(n.to_bytes(4, "big") for n in range(5 * MIB))  # 20 MiB: two parts


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
    name = make_bucket(stack)
    sync(stack, "global", "s3.bucket")
    return name


@pytest.fixture(scope="module")
def operator(people):
    return Api(people.operator)


def at(bucket, path="", **query):
    text = f"?{urlencode(query, quote_via=quote)}" if query else ""
    return f"/s3/buckets/{bucket}/objects/uploads/{path}{text}"


def file(key, body, **more):
    small = {} if len(body) > multipart.ONE_PUT else {"crc32": multipart.crc32_of(body)}
    return {"key": key, "size": len(body), **small, **more}


def send(request, body):
    """Makes the request that was signed; answers the status, the code of AWS's error, the ETag."""
    asked = urllib.request.Request(request["url"], body, request["headers"], method=request["method"])
    try:
        with urllib.request.urlopen(asked) as answer:
            return answer.status, "", answer.headers["ETag"]
    except urllib.error.HTTPError as error:
        text = error.read().decode()
        return error.code, text.partition("<Code>")[2].partition("</Code>")[0], ""


def begin(api, bucket, *files, **more):
    answer = api.post(at(bucket), {"objects": list(files), **more})
    assert answer.status_code == 201, answer.content
    return answer.json()["results"]


def piece(number, size=16 * MIB):
    return BIG[(number - 1) * size : number * size]


def sign(api, bucket, upload, *numbers, sent=()):
    parts = [{"number": n, "crc32": multipart.crc32_of(piece(n))} for n in numbers]
    return api.post(at(bucket, f"{upload}/parts/"), {"parts": parts, "sent": list(sent)})


def complete(api, bucket, *ids, replace=False):
    answer = api.post(at(bucket, "complete/"), {"uploads": [{"upload": id, "replace": replace} for id in ids]})
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


def rows(people, act="s3.object.upload", **about):
    with tenant_tx(people.tenant_id):
        found = AuditEvent.objects.filter(act=act, **about).order_by("id")
        return [(row.result, row.target_id, row.who_name) for row in found]


def test_whatever_the_keys_are_they_arrive(operator, people, stack, bucket):
    bodies = {key: f"of {key}".encode() for key in KEYS if objects.reachable(key)}
    begun = begin(operator, bucket, *(file(key, body, content_type="text/plain") for key, body in bodies.items()))
    assert [each["key"] for each in begun] == list(bodies)
    for each in begun:
        assert send(each["request"], bodies[each["key"]])[0] == 200
    ended = complete(operator, bucket, *(each["id"] for each in begun))
    assert {each["state"] for each in ended} == {"done"}
    for key, body in bodies.items():
        got = objects.first(stack, REGION, bucket, key, limit=2000)
        assert got.body == body
        assert got.head["ContentType"] == "text/plain"
    target = f"{bucket}/quote\"'`.txt"
    who = people.operator.actor.who.name
    assert [row[0] for row in rows(people, target_id=target)] == ["intent", "ok"]
    assert rows(people, target_id=target)[0][2].startswith(who[:5])


def test_an_address_takes_these_bytes_and_no_others(operator, stack, bucket):
    [begun] = begin(operator, bucket, file("exact", b"right"))
    assert send(begun["request"], b"wrong")[:2] == (400, "BadDigest")
    assert send(begun["request"], b"too long")[0] == 403
    [ended] = complete(operator, bucket, begun["id"])
    assert (ended["state"], ended["error"]["code"]) == ("open", "404")
    assert send(begun["request"], b"right")[0] == 200
    assert complete(operator, bucket, begun["id"])[0]["state"] == "done"


def test_what_is_there_is_not_replaced_unless_asked(operator, stack, bucket):
    put(stack, bucket, "mine", b"old")
    put(stack, bucket, "mine in parts", b"old")
    small, big = begin(operator, bucket, file("mine", b"new"), file("mine in parts", BIG))
    assert send(small["request"], b"new")[:2] == (412, "PreconditionFailed")
    assert complete(operator, bucket, small["id"])[0]["error"]["code"] == "Incomplete"
    assert (big["state"], big["error"]) == ("taken", None)
    assert objects.first(stack, REGION, bucket, "mine", limit=10).body == b"old"
    [small] = begin(operator, bucket, file("mine", b"new"), replace=True)
    assert send(small["request"], b"new")[0] == 200
    assert complete(operator, bucket, small["id"])[0]["state"] == "done"
    assert objects.first(stack, REGION, bucket, "mine", limit=10).body == b"new"


def test_parts_go_on_where_they_stopped_and_are_ended_once(operator, people, stack, bucket):
    [begun] = begin(operator, bucket, file("dir/big", BIG, mark="1700000000"))
    assert (begun["part_size"], begun["request"], begun["parts"]) == (16 * MIB, None, [])
    [first] = sign(operator, bucket, begun["id"], 1).json()["results"]
    assert send(first, piece(2))[0] in {400, 403}
    status, _code, etag = send(first, piece(1))
    assert status == 200
    [ended] = complete(operator, bucket, begun["id"])
    assert (ended["state"], ended["error"]["code"]) == ("open", "Incomplete")
    assert "Part 2 is missing" in ended["error"]["text"]
    # The page is gone and comes again: nothing was told to the panel, AWS knows.
    [again] = begin(operator, bucket, file("dir/big", BIG, mark="1700000000"))
    assert (again["id"], [part["number"] for part in again["parts"]]) == (begun["id"], [1])
    assert again["parts"][0]["crc32"] == multipart.crc32_of(piece(1))
    [other] = begin(operator, bucket, file("dir/big", BIG, mark="another"))
    assert other["id"] != begun["id"]
    [listed] = [each for each in operator.get(at(bucket)).json()["results"] if each["id"] == begun["id"]]
    assert (listed["key"], listed["size"]) == ("dir/big", len(BIG))
    [second] = sign(operator, bucket, begun["id"], 2).json()["results"]
    status, _code, etag = send(second, piece(2))
    told = [{"number": 2, "etag": etag, "crc32": multipart.crc32_of(piece(2))}]
    assert sign(operator, bucket, begun["id"], sent=told).json() == {"results": []}
    [ended] = complete(operator, bucket, begun["id"])
    assert ended["state"] == "done"
    assert complete(operator, bucket, begun["id"]) == [ended]
    with urllib.request.urlopen(
        objects.presign(stack, REGION, "get_object", {"Bucket": bucket, "Key": "dir/big"}, seconds=60)
    ) as answer:
        assert answer.read() == BIG
    assert [row[0] for row in rows(people, params__upload=begun["id"])] == [
        "intent",
        *("intent", "failed"),
        *("intent", "ok"),
    ]
    with tenant_tx(people.tenant_id):
        assert not UploadPart.objects.filter(upload_id=begun["id"]).exists()
    assert operator.send("DELETE", at(bucket, f"{other['id']}/")).status_code == 204
    assert operator.get(at(bucket, prefix="dir/")).json()["results"] == []
    assert [row[0] for row in rows(people, "s3.object.abort-upload")] == ["intent", "ok"]
    assert operator.send("DELETE", at(bucket, f"{other['id']}/")).status_code == 204


def test_an_answer_that_was_lost_is_found_again(operator, people, storage_proxy, ministack):
    """CompleteMultipartUpload took effect, and nobody heard of it."""
    storage_proxy.reset()
    account = bucket_account(people.owner.actor, storage_proxy.url, name="lossy")
    name = make_bucket(account)
    sync(account, "global", "s3.bucket")
    [begun] = begin(operator, name, file("big", BIG))
    for one in sign(operator, name, begun["id"], 1, 2).json()["results"]:
        assert send(one, piece(one["number"]))[0] == 200
    storage_proxy.rule("CompleteMultipartUpload", lose=True, times=1)
    [ended] = complete(operator, name, begun["id"])
    assert (ended["state"], ended["error"]) == ("done", None)
    storage_proxy.reset()


def test_nothing_begins_or_ends_while_the_record_cannot_be_written(people, postgres, storage_proxy):
    storage_proxy.reset()
    account = bucket_account(people.owner.actor, storage_proxy.url, name="no record")
    name = make_bucket(account)
    sync(account, "global", "s3.bucket")
    operator = Api(people.operator)
    [begun] = begin(operator, name, file("big", BIG))
    for one in sign(operator, name, begun["id"], 1, 2).json()["results"]:
        send(one, piece(one["number"]))
    storage_proxy.reset()
    app, database = connection.settings_dict["USER"], connection.settings_dict["NAME"]
    with psycopg.connect(postgres, dbname=database, autocommit=True) as superuser:
        superuser.execute(f"REVOKE INSERT ON audit_event FROM {app}")
        try:
            answers = [operator.post(at(name), {"objects": [file("another", BIG)]})]
            answers.append(operator.post(at(name, "complete/"), {"uploads": [{"upload": begun["id"]}]}))
            answers.append(operator.send("DELETE", at(name, f"{begun['id']}/")))
        finally:
            superuser.execute(f"GRANT INSERT ON audit_event TO {app}")
    assert [answer.status_code for answer in answers] == [500] * 3
    changes = {"CreateMultipartUpload", "CompleteMultipartUpload", "AbortMultipartUpload", "PutObject"}
    assert not changes & storage_proxy.calls.keys()
    assert complete(operator, name, begun["id"])[0]["state"] == "done"


def test_an_error_within_a_200_is_an_error(operator, people, storage_proxy):
    storage_proxy.reset()
    account = bucket_account(people.owner.actor, storage_proxy.url, name="false 200")
    name = make_bucket(account)
    sync(account, "global", "s3.bucket")
    [begun] = begin(operator, name, file("big", BIG))
    for one in sign(operator, name, begun["id"], 1, 2).json()["results"]:
        send(one, piece(one["number"]))
    body = b"<Error><Code>InternalError</Code><Message>later</Message><RequestId>r-9</RequestId></Error>"
    storage_proxy.rule("CompleteMultipartUpload", body=body, status=200, times=9)
    [ended] = complete(operator, name, begun["id"])
    assert (ended["state"], ended["error"]["code"]) == ("open", "InternalError")
    storage_proxy.reset()
    assert complete(operator, name, begun["id"])[0]["state"] == "done"


def test_who_may_not_write_there_begins_nothing(people, bucket):
    refused = Api(people.viewer).post(at(bucket), {"objects": [file("a", b"a")]})
    assert (refused.status_code, refused.json()["permission"]) == (403, "s3.object.write")
    assert Api(people.outsider).post(at(bucket), {"objects": [file("a", b"a")]}).status_code == 404
    assert Api(people.viewer).get(at(bucket)).status_code == 200


def test_one_key_that_is_not_theirs_stops_all(people, stack, bucket):
    actor = limited(people, stack, f"{bucket}/team/*")
    with tenant_tx(people.tenant_id):
        found = containers.find(people.owner.actor, registry.resource("s3.bucket"), bucket)

    def begun(*keys):
        files = [{"key": key, "size": 1, "crc32": "JQFi2w==", "content_type": "", "mark": ""} for key in keys]
        return uploads.begin(actor, found, files, storage_class="STANDARD", replace=False)

    with pytest.raises(Denied, match=re.escape("s3.object.write")):
        begun("team/a", "other/a")
    with tenant_tx(people.tenant_id):
        assert not Upload.objects.filter(container=bucket, key__in=["team/a", "other/a"]).exists()
    assert [each.upload.key for each in begun("team/a")] == ["team/a"]


def test_where_everything_needs_approval_an_upload_says_so(people, ministack):
    account = bucket_account(people.owner.actor, ministack, name="approved")
    name = make_bucket(account)
    sync(account, "global", "s3.bucket")
    operator = Api(people.operator)
    for approval, replace, status in (("all", False, 409), ("destroys", True, 409), ("destroys", False, 201)):
        with tenant_tx(people.tenant_id):
            Account.objects.filter(id=account.id).update(approval=approval)
        answer = operator.post(at(name), {"objects": [file("a", b"a")], "replace": replace})
        assert answer.status_code == status, (approval, replace)


@pytest.mark.parametrize(
    ("one", "field", "words"),
    [
        ({"key": "", "size": 1, "crc32": "JQFi2w=="}, "objects[0].key", "required"),
        ({"key": "ü" * 513, "size": 1, "crc32": "JQFi2w=="}, "objects[0].key", "this has 1026"),
        ({"key": "a", "size": -1, "crc32": "JQFi2w=="}, "objects[0].size", "0"),
        ({"key": "a", "size": multipart.LARGEST + 1}, "objects[0].size", str(multipart.LARGEST)),
        ({"key": "a", "size": 5}, "objects[0].crc32", "needs its checksum"),
        ({"key": "a", "size": 5, "crc32": "xyz"}, "objects[0].crc32", "base64 of four bytes"),
        ({"key": "a", "size": 5, "crc32": "JQFi2w==", "content_type": "a\nb"}, "objects[0].content_type", "header"),
    ],
)
def test_what_is_wrong_is_named(operator, bucket, one, field, words):
    answer = operator.post(at(bucket), {"objects": [one]})
    assert answer.status_code == 422, answer.content
    assert words in " ".join(answer.json()["errors"][field])


def test_no_secret_stays(operator, people, bucket):
    [begun] = begin(operator, bucket, file("secretly", b"x"))
    signature = begun["request"]["url"].rpartition("X-Amz-Signature=")[2]
    assert len(signature) == 64
    with tenant_tx(people.tenant_id):
        assert signature not in json.dumps(list(AuditEvent.objects.values_list("params", flat=True)))
        assert signature not in str(list(Upload.objects.values()))


def test_an_upload_that_ended_elsewhere_begins_anew(operator, stack, bucket):
    [begun] = begin(operator, bucket, file("gone", BIG, mark="m"))
    [listed] = operator.get(at(bucket, prefix="gone")).json()["results"]
    call(stack, REGION, "s3.abort_multipart_upload", {"Bucket": bucket, "Key": "gone", "UploadId": listed["upload_id"]})
    [again] = begin(operator, bucket, file("gone", BIG, mark="m"))
    assert (again["id"], again["parts"], again["state"]) == (begun["id"], [], "open")
    assert sign(operator, bucket, again["id"], 3).status_code == 409
    operator.send("DELETE", at(bucket, f"{again['id']}/"))
    assert sign(operator, bucket, again["id"], 1).status_code == 409


def test_what_others_began_is_aborted_in_bulk_too(operator, people, stack, bucket):
    params = {"Bucket": bucket, "Key": "strange/x"}
    strange = call(stack, REGION, "s3.create_multipart_upload", params).data["UploadId"]
    [own] = begin(operator, bucket, file("strange/own", BIG))
    listed = operator.get(at(bucket, prefix="strange/")).json()["results"]
    assert [(each["key"], bool(each["id"]), bool(each["by"])) for each in listed] == [
        ("strange/own", True, True),
        ("strange/x", False, False),
    ]
    wanted = [{"key": each["key"], "upload_id": each["upload_id"]} for each in listed]
    assert Api(people.viewer).post(at(bucket, "abort/"), {"uploads": wanted}).status_code == 403
    answer = operator.post(at(bucket, "abort/"), {"uploads": [*wanted, {"key": "strange/x", "upload_id": "no"}]})
    assert [each["error"] for each in answer.json()["results"]] == [None, None, None]
    assert operator.get(at(bucket, prefix="strange/")).json()["results"] == []
    assert operator.get(at(bucket, f"{own['id']}/")).json()["state"] == "aborted"
    found = rows(people, "s3.object.abort-upload", params__upload=strange)
    assert [row[:2] for row in found] == [("intent", f"{bucket}/strange/x"), ("ok", f"{bucket}/strange/x")]
