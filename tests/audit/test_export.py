"""Taking the record out, by both doors: the filters hold, the export is itself on the record, and it is streamed."""

import csv
import io
import json

import pytest
from django.db import connection
from django.test import Client

from apps.audit.models import AuditEvent
from apps.tenancy.context import tenant_tx
from apps.witness import export
from tests.audit.records import write
from tests.console.world import client

DOORS = {"browser": "/audit/export/", "script": "/api/v1/audit/export/"}


@pytest.fixture(params=DOORS)
def door(request, people):
    """get(person, query) by a browser or by a script."""

    def get(person, query=""):
        if request.param == "browser":
            return client(person).get(DOORS["browser"] + query)
        return Client(headers=person.bearer).get(DOORS["script"] + query)

    return get


def body(answer) -> str:
    assert answer.streaming
    return b"".join(answer.streaming_content).decode()


def exports(people):
    with tenant_tx(people.tenant_id):
        return list(AuditEvent.objects.filter(tenant_id=people.tenant_id, act=export.PERMISSION).order_by("id"))


def test_csv_has_every_row_and_the_record_says_who_took_it(people, door, monkeypatch):
    monkeypatch.setattr(export, "PAGE", 7)
    write(people.tenant_id, 40)
    answer = door(people.auditor)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"].startswith('attachment; filename="audit-acme-')
    assert answer["Cache-Control"] == "no-store"
    rows = list(csv.DictReader(io.StringIO(body(answer))))
    intent, outcome = exports(people)
    with tenant_tx(people.tenant_id):
        ids = AuditEvent.objects.filter(tenant_id=people.tenant_id, id__lt=intent.id).order_by("-id")
        assert [row["id"] for row in rows] == [str(event.id) for event in ids]
    assert (intent.result, outcome.result, outcome.after) == ("intent", "ok", {"rows": len(rows)})
    assert intent.who_name.startswith("Auditor")
    assert intent.target_id == outcome.target_id


def test_ocsf_with_filters(people, door):
    write(people.tenant_id, 12)
    answer = door(people.owner, "?format=ocsf&act=s3.object.read&result=ok")
    assert answer["Content-Type"] == "application/x-ndjson"
    found = [json.loads(line) for line in body(answer).splitlines()]
    assert found
    assert {(each["api"]["operation"], each["status_code"]) for each in found} == {("s3.object.read", "ok")}
    assert exports(people)[0].params == {
        "format": "ocsf",
        "filters": {"act": "s3.object.read", "result": "ok"},
    }


def test_nothing_of_another_organization(people, door):
    write(people.tenant_id, 3)
    text = body(door(people.outsider))
    assert str(people.tenant_id) not in text
    assert people.owner.email not in text


@pytest.mark.parametrize("role", ["operator", "viewer"])
def test_who_may_not_is_told_which_permission_is_missing(people, door, role):
    answer = door(getattr(people, role))
    assert answer.status_code == 403
    assert "audit.event.export" in answer.content.decode()
    with tenant_tx(people.tenant_id):
        denied = AuditEvent.objects.filter(tenant_id=people.tenant_id, result="denied", act=export.PERMISSION)
        assert denied.count() == 1


def test_a_download_that_breaks_off_is_recorded_so(people, door, monkeypatch):
    monkeypatch.setattr(export, "PAGE", 2)
    write(people.tenant_id, 20)
    answer = door(people.auditor)
    pieces = iter(answer.streaming_content)
    next(pieces), next(pieces)
    assert not connection.in_atomic_block
    answer.close()
    _intent, outcome = exports(people)
    assert (outcome.result, outcome.after, outcome.reason) == ("failed", {"rows": 2}, "The download broke off.")


def test_rows_of_meanwhile_are_not_in_it(people, door, monkeypatch):
    """A busy record would else never end."""
    monkeypatch.setattr(export, "PAGE", 3)
    write(people.tenant_id, 6)
    answer = door(people.auditor)
    pieces = iter(answer.streaming_content)
    text = next(pieces)
    write(people.tenant_id, 6)
    text += b"".join(pieces)
    with tenant_tx(people.tenant_id):
        whole = AuditEvent.objects.filter(tenant_id=people.tenant_id).count()
    assert len(list(csv.DictReader(io.StringIO(text.decode())))) == whole - 6 - 2  # and its own two


def test_no_row_no_bytes(people, monkeypatch):
    from apps.audit import record

    def full(**_values):
        raise OSError("no space")

    monkeypatch.setattr(record, "write", full)
    answer = Client(headers=people.auditor.bearer, raise_request_exception=False).get(DOORS["script"])
    assert (answer.status_code, answer.streaming) == (500, False)


def test_what_is_not_understood(people):
    script = Client(headers=people.auditor.bearer)
    for query in ("format=xml", "cursor=1", "limit=5", "colour=red", "result=good"):
        answer = script.get(f"{DOORS['script']}?{query}")
        assert (answer.status_code, list(answer.json()["errors"])) == (400, [query.partition("=")[0]])
    assert client(people.auditor).get(DOORS["browser"] + "?format=xml").status_code == 404
    assert exports(people) == []


@pytest.mark.parametrize("address", DOORS.values())
def test_a_look_at_the_head_takes_nothing(people, address):
    browser = client(people.auditor)
    assert browser.head(address).status_code == 200
    assert exports(people) == []
