"""Somebody who owns the database server does what they like to the record, and the verifier tells."""

import io
import random
from collections import Counter

import pytest
from django.core.management import call_command

from apps.audit import signing, verifier
from tests.audit.records import anchors_of, seal_all, superuser, verdict, write
from tests.people import make_people

SEED = 20261121


@pytest.fixture(scope="module")
def world(panel_env, postgres, django_db_blocker):
    """A sealed record with its anchors, another organization's beside it, and the superuser."""
    with django_db_blocker.unblock():
        tenant, other = make_people().tenant_id, make_people().tenant_id
        for each in (tenant, other):
            write(each, 210)
        seals = {each: seal_all(each, most=40) for each in (tenant, other)}
        lines = [line for each in seals.values() for line in anchors_of(each)]
        with superuser(postgres) as root:
            ids = {
                each: [row[0] for row in root.execute("SELECT id FROM audit_event WHERE tenant_id = %s", [each])]
                for each in (tenant, other)
            }
            yield tenant, other, seals, lines, ids, root


def edit(root, tenant, ids, seals, pick):
    column, value = pick.choice(
        [
            ("act", "act || 'x'"),
            ("who_name", "'Mallory'"),
            ("who_id", "'u-2'"),
            ("result", "CASE result WHEN 'ok' THEN 'failed' ELSE 'ok' END"),
            ("params", "'{}'::jsonb"),
            ("params", "params || '{\"x\": 1}'"),
            ("before", "CASE WHEN before IS NULL THEN 'null'::jsonb ELSE NULL END"),
            ("at", "at + interval '1 microsecond'"),
            ("reason", "reason || ' '"),
            ("request_ids", "array_append(request_ids, '')"),
            ("operation", "gen_random_uuid()"),
            ("target_name", "target_name || target_id"),
            ("xid", "xid + 1"),
            ("id", "-id"),
        ]
    )
    row = pick.choice(ids)
    root.execute(f"UPDATE audit_event SET {column} = {value} WHERE id = %s", [row])
    return {row, -row}


def remove(root, tenant, ids, seals, pick):
    rows = pick.sample(ids, pick.randint(1, 3))
    root.execute("DELETE FROM audit_event WHERE id = ANY(%s)", [rows])
    return set(rows)


def swap(root, tenant, ids, seals, pick):
    """Two rows change places: by their contents, or by their ids."""
    first, second = pick.sample(ids, 2)
    if pick.random() < 0.5:
        root.execute("UPDATE audit_event SET id = -1 WHERE id = %s", [first])
        root.execute("UPDATE audit_event SET id = %s WHERE id = %s", [first, second])
        root.execute("UPDATE audit_event SET id = %s WHERE id = -1", [second])
    else:
        root.execute(
            """UPDATE audit_event a SET at = b.at, target_id = b.target_id, params = b.params
               FROM audit_event b WHERE (a.id, b.id) IN ((%(a)s, %(b)s), (%(b)s, %(a)s))""",
            {"a": first, "b": second},
        )
    return {first, second}


def insert(root, tenant, ids, seals, pick):
    like = pick.choice(ids)
    (made,) = root.execute(
        """INSERT INTO audit_event SELECT (jsonb_populate_record(e, jsonb_build_object('id', nextval(
               pg_get_serial_sequence('audit_event', 'id')), 'target_id', 'forged'))).* FROM audit_event e
           WHERE id = %s AND tenant_id = %s RETURNING id""",
        [like, tenant],
    ).fetchone()
    return {made}


def cut(root, tenant, ids, seals, pick):
    """The last seals and all that they hold, as if it had never been."""
    number = pick.randint(1, len(seals))
    gone = [id for seal in seals if seal.number >= number for id in seal.ids]
    root.execute("DELETE FROM audit_event WHERE id = ANY(%s)", [gone])
    root.execute("DELETE FROM audit_seal WHERE tenant_id = %s AND number >= %s", [tenant, number])
    return


def reseal(root, tenant, ids, seals, pick):
    """A row is changed and its seal with it, as well as one can without the key."""
    seal = pick.choice(seals)
    place = pick.randrange(len(seal.ids))
    root.execute("DELETE FROM audit_event WHERE id = %s", [seal.ids[place]])
    kept = seal.ids[:place] + seal.ids[place + 1 :]
    hashes = bytes(seal.hashes)
    hashes = hashes[: place * 32] + hashes[place * 32 + 32 :]
    root.execute("UPDATE audit_seal SET ids = %s, hashes = %s WHERE id = %s", [kept, hashes, seal.id])
    return


def drop_seal(root, tenant, ids, seals, pick):
    root.execute("DELETE FROM audit_seal WHERE id = %s", [pick.choice(seals).id])
    return


def move(root, tenant, ids, seals, pick):
    """To another organization."""
    row = pick.choice(ids)
    root.execute("UPDATE audit_event SET tenant_id = gen_random_uuid() WHERE id = %s", [row])
    return {row}


WAYS = (edit, edit, remove, swap, insert, cut, reseal, drop_seal, move)


def test_200_of_200_are_found_and_named(world):
    tenant, other, seals, lines, ids, root = world
    pick, told = random.Random(SEED), Counter()
    missed, unnamed = [], []
    for number in range(200):
        way = WAYS[number % len(WAYS)]
        with root.transaction(force_rollback=True):
            rows = way(root, tenant, ids[tenant], seals[tenant], pick)
            found = verdict(root, tenant, lines)
            if number < len(WAYS):
                assert verdict(root, other, lines).findings == [], way.__name__
        told[way.__name__] += bool(found.findings)
        if not found.findings:
            missed.append((number, way.__name__))
        elif rows is not None and not rows & {finding.row for finding in found.findings}:
            unnamed.append((number, way.__name__, found.findings))
    assert missed == []
    assert unnamed == []
    assert sum(told.values()) == 200
    assert verdict(root, tenant, lines).findings == []


def test_a_row_put_behind_the_last_seal_is_found(world):
    """It says that it belongs to a transaction that had ended when the seal was made."""
    tenant, _other, seals, _lines, _ids, root = world
    with root.transaction(force_rollback=True):
        made = insert(root, tenant, [seals[tenant][-1].last_id], seals[tenant], random.Random(1))
        assert {(each.kind, each.row) for each in verdict(root, tenant).findings} == {("inserted", *made)}


def test_without_the_anchor_a_cut_tail_is_not_seen(world):
    """Which is why there is one."""
    tenant, _other, seals, lines, ids, root = world
    with root.transaction(force_rollback=True):
        cut(root, tenant, ids[tenant], seals[tenant], random.Random(1))
        assert verdict(root, tenant).findings == []
        assert {finding.kind for finding in verdict(root, tenant, lines).findings} == {"cut"}


def test_an_organization_that_vanished_whole_is_missed(world):
    tenant, _other, _seals, lines, _ids, root = world
    with root.transaction(force_rollback=True):
        for table in ("audit_event", "audit_seal"):
            root.execute(f"DELETE FROM {table} WHERE tenant_id = %s", [tenant])
        assert tenant in verifier.tenants(root, lines)
        assert verdict(root, tenant, lines).findings


def test_a_chain_signed_by_another_key_counts_for_nothing(world, settings):
    import base64
    import secrets

    tenant, _other, _seals, _lines, _ids, root = world
    trusted = signing.trusted()
    with root.transaction(force_rollback=True):
        settings.NORTHGATE_SEAL_KEY = base64.b64encode(secrets.token_bytes(32)).decode()
        found = verdict(root, tenant)
        assert {finding.kind for finding in found.findings} == {"signature"}
        settings.NORTHGATE_SEAL_FORMER = trusted
        assert verdict(root, tenant).findings == []


def test_a_forged_anchor_is_told_apart(world):
    tenant, _other, _seals, lines, _ids, root = world
    last = [line for line in lines if line["tenant"] == str(tenant)][-1]
    forged = {**last, "number": last["number"] + 5}
    assert [finding.kind for finding in verdict(root, tenant, [forged]).findings] == ["signature"]


def command(**options):
    out, code = io.StringIO(), 0
    try:
        call_command("verify_audit", stdout=out, stderr=out, **options)
    except SystemExit as end:
        code = end.code
    return code, out.getvalue()


def test_the_command_says_which_row_and_ends_with_1(world, tmp_path, postgres, django_db_blocker):
    import json

    tenant, other, seals, lines, ids, root = world
    path = tmp_path / "anchors.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines) + '{"tenant": "cut sh')
    with django_db_blocker.unblock():
        assert command(tenant=[tenant, other], anchor=[path])[0] == 0
        row = ids[tenant][17]
        root.execute("UPDATE audit_event SET reason = reason || '!' WHERE id = %s", [row])
        try:
            code, text = command(tenant=[tenant, other], anchor=[path])
            assert (code, f"changed: Row {row} of seal" in text) == (1, True)
            assert text.count("changed:") == 1
        finally:
            root.execute("UPDATE audit_event SET reason = left(reason, -1) WHERE id = %s", [row])
        assert command(tenant=[tenant], anchor=[path])[0] == 0
        assert command(tenant=[tenant], anchor=[tmp_path / "none"])[0] == 2
        assert command(tenant=[tenant], database="postgresql://nobody@/none?host=/nowhere")[0] == 2


@pytest.mark.pure
def test_it_reads_by_itself():
    """The reader imports nothing of the panel."""
    import ast
    from pathlib import Path

    tree = ast.parse(Path(verifier.__file__).read_text())
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not {name for name in names if name.startswith(("apps", "controlpanel", "django"))}
