"""The record's chain: what is sealed, in which order, and that nothing slips in or is left out."""

import threading
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from django.db import DatabaseError, connection, connections

from apps.audit import canonical, sealing, signing
from apps.audit.models import AuditEvent, AuditSeal
from apps.audit.sealing import seal
from apps.tenancy.context import tenant_tx
from tests.audit.records import anchors_of, seal_all, superuser, verdict, write
from tests.people import make_people


@pytest.fixture
def tenant(panel_env):
    return make_people().tenant_id


@pytest.fixture
def root(postgres):
    with superuser(postgres) as found:
        yield found


def sealed(tenant) -> list[int]:
    with tenant_tx(tenant):
        seals = AuditSeal.objects.filter(tenant_id=tenant).order_by("number")
        return [id for each in seals for id in each.ids]


def rows(tenant) -> list[int]:
    with tenant_tx(tenant):
        return list(AuditEvent.objects.filter(tenant_id=tenant).order_by("xid", "id").values_list("id", flat=True))


def test_every_row_is_sealed_once_and_in_order(tenant, root):
    write(tenant, 120)
    made = seal_all(tenant)
    assert sealed(tenant) == rows(tenant)
    assert [each.number for each in made] == list(range(1, len(made) + 1))
    assert made[-1].total == len(rows(tenant))
    found = verdict(root, tenant, anchors_of(made))
    assert (found.findings, found.rows, found.pending, found.anchors) == ([], made[-1].total, 0, len(made))
    assert seal_all(tenant) == []


def test_the_chain_goes_on_where_it_ended(tenant, root):
    first = seal_all(tenant)
    write(tenant, 10)
    (second,) = seal_all(tenant)
    assert (second.number, second.previous) == (first[-1].number + 1, first[-1].head)
    assert verdict(root, tenant).findings == []


def test_no_row_is_passed_by_that_commits_later(tenant, root):
    """A transaction draws its number and its ids, and commits after others that came behind it."""
    drawn, go = threading.Event(), threading.Event()

    def slow():
        try:
            with tenant_tx(tenant):
                write_one(tenant, "s3.slow.first")
                drawn.set()
                go.wait(30)
                write_one(tenant, "s3.slow.second")
        finally:
            connections.close_all()

    thread = threading.Thread(target=slow)
    thread.start()
    assert drawn.wait(30)
    write(tenant, 10)
    made = seal_all(tenant)
    assert not set(sealed(tenant)) & {event.id for event in events(tenant, "ec2.instance.stop")}
    go.set()
    thread.join()
    assert seal_all(tenant)
    assert sealed(tenant) == rows(tenant)
    assert len(events(tenant, "s3.slow.*")) == 2
    assert verdict(root, tenant, anchors_of(made)).findings == []


def write_one(tenant, act):
    from apps.audit import record

    record.write(tenant_id=tenant, act=act, result="ok", actor=record.Who("user", "u", "Ada"))


def events(tenant, act):
    with tenant_tx(tenant):
        return list(AuditEvent.objects.filter(tenant_id=tenant, act__regex=act.replace("*", ".*")))


def test_two_at_once_make_one_chain(tenant, root):
    write(tenant, 200)
    key = signing.private_key()

    def one(_n):
        try:
            with tenant_tx(tenant):
                return seal(tenant, key, most=10)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(one, range(40)))
    seal_all(tenant)
    assert sealed(tenant) == rows(tenant)
    assert verdict(root, tenant).findings == []


def test_a_restored_database_goes_on(tenant, root, monkeypatch):
    """On another server transactions are counted from the beginning: rows seem to come from the future."""
    write(tenant, 30)
    root.execute("UPDATE audit_event SET xid = xid + 1000000000 WHERE tenant_id = %s", [tenant])
    with monkeypatch.context() as there:
        there.setattr(sealing, "_FINAL", "true")  # what that server would have said of its own rows
        key = signing.private_key()
        with tenant_tx(tenant):
            made = [seal(tenant, key, most=10)]
    old = set(rows(tenant))
    write(tenant, 12)
    made += seal_all(tenant, most=10)
    write(tenant, 3)
    made += seal_all(tenant)
    assert sorted(sealed(tenant)) == sorted(rows(tenant))
    assert [each.above for each in made[-3:]] == [max(old)] * 3
    found = verdict(root, tenant, anchors_of(made))
    assert (found.findings, found.pending) == ([], 0)
    with root.transaction(force_rollback=True):
        root.execute("UPDATE audit_event SET reason = 'x' WHERE id = %s", [max(old)])
        assert [finding.row for finding in verdict(root, tenant).findings] == [max(old)]
    with root.transaction(force_rollback=True):
        root.execute("UPDATE audit_event SET xid = xid + 9 WHERE id = %s", [max(old)])
        assert max(old) in {finding.row for finding in verdict(root, tenant).findings}


def test_one_organization_knows_nothing_of_anothers_seals(tenant):
    other = make_people().tenant_id
    seal_all(tenant)
    with tenant_tx(other):
        assert not AuditSeal.objects.filter(tenant_id=tenant).exists()
    with pytest.raises(DatabaseError, match="row-level security"), tenant_tx(other):
        seal_like(tenant)


def seal_like(tenant):
    numbers = dict.fromkeys(("number", "last_xid", "last_id", "until", "top", "total"), 99)
    AuditSeal.objects.create(tenant_id=tenant, at="2026-01-01T00:00:00Z", ids=[], hashes=b"", **numbers)


@pytest.mark.parametrize("table", ["audit_seal", "audit_anchor"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET number = 1", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_application_can_neither_change_nor_delete_seals(tenant, table, statement):
    denied = pytest.raises(DatabaseError, match="permission denied")
    with denied, tenant_tx(tenant), connection.cursor() as cursor:
        cursor.execute(statement.format(table))


def test_outside_a_transaction_it_refuses(tenant):
    with pytest.raises(RuntimeError):
        seal(tenant, signing.private_key())


def test_every_column_of_the_record_is_in_the_form(panel_env):
    assert set(canonical.COLUMNS) == {field.column for field in AuditEvent._meta.concrete_fields}


def test_writer_and_reader_describe_a_row_alike(tenant, root):
    """The documented form, worked out by hand for one row."""
    import hashlib

    seal_all(tenant)
    with tenant_tx(tenant):
        event = AuditEvent.objects.filter(tenant_id=tenant).order_by("xid", "id").first()
        first = AuditSeal.objects.get(tenant_id=tenant, number=1)
    with psycopg.ClientCursor(root) as cursor:
        cursor.execute("SELECT params::text, before::text, after::text FROM audit_event WHERE id = %s", [event.id])
        params, before, after = cursor.fetchone()
    micros = int(event.at.timestamp()) * 1_000_000 + event.at.microsecond
    parts = [event.id, tenant, micros, event.xid, event.act, event.result]
    parts += [getattr(event, f"who_{name}") for name in ("kind", "id", "name", "address", "session")]
    names = ("kind", "id", "name", "account", "account_name", "region", "arn")
    parts += [getattr(event, f"target_{name}") for name in names]
    parts += [params, before, after, event.operation, event.step, event.plan_hash]
    form = b"northgate-audit-row-1\n"
    for part in parts:
        text = str(part).encode()
        form += b"-," if part is None else b"%d:%s," % (len(text), text)
    inner = b"".join(b"%d:%s," % (len(each.encode()), each.encode()) for each in event.request_ids)
    form += b"%d:%s," % (len(inner), inner)
    form += b"%d:%s," % (len(event.reason.encode()), event.reason.encode())
    assert bytes(first.hashes)[:32] == hashlib.sha256(form).digest()
