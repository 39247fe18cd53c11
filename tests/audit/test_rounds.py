"""A round seals everybody's record and writes the heads down in a file."""

import json
from datetime import UTC, datetime

import pytest
from django.core.management import call_command

from apps.audit.models import AuditAnchor, AuditSeal
from apps.tenancy.context import tenant_tx
from apps.witness import anchors, rounds
from tests.audit.records import superuser, verdict, write
from tests.people import make_people


@pytest.fixture
def tenant(panel_env):
    return make_people().tenant_id


@pytest.fixture
def file(tmp_path, settings):
    path = tmp_path / "kept" / "anchors.jsonl"
    settings.NORTHGATE_ANCHOR_FILE = str(path)
    return path


def newest(tenant):
    with tenant_tx(tenant):
        return AuditSeal.objects.filter(tenant_id=tenant).latest("number")


def lines_of(path, tenant):
    found = [json.loads(line) for line in path.read_text().splitlines() if line.startswith("{") and line.endswith("}")]
    return [line for line in found if line["tenant"] == str(tenant)]


def test_a_round_seals_and_anchors_what_is_new_and_no_more(tenant, file, postgres):
    rounds.go()
    (first,) = lines_of(file, tenant)
    assert first["head"] == newest(tenant).head
    size = file.stat().st_size
    rounds.go()
    assert file.stat().st_size == size
    write(tenant, 5)
    rounds.go()
    assert [line["number"] for line in lines_of(file, tenant)] == [first["number"], newest(tenant).number]
    with superuser(postgres) as root:
        assert verdict(root, tenant, lines_of(file, tenant)).findings == []
    with tenant_tx(tenant):
        assert AuditAnchor.objects.filter(tenant_id=tenant, place="file", name=str(file)).count() == 2


def test_the_command_says_how_many(tenant, file, capsys):
    call_command("seal_audit")
    assert "seals made." in capsys.readouterr().out


def test_a_file_that_cannot_be_written_is_told_and_made_up_for(tenant, tmp_path, settings):
    settings.NORTHGATE_ANCHOR_FILE = str(tmp_path)  # a folder
    made, wrong = rounds.go()
    assert made
    assert [text for text in wrong if text.startswith("to_file")]
    settings.NORTHGATE_ANCHOR_FILE = str(tmp_path / "later")
    rounds.go()
    assert lines_of(tmp_path / "later", tenant)


def test_a_line_that_was_cut_short_spoils_no_other(tenant, file):
    file.parent.mkdir()
    file.write_text('{"tenant": "half')
    rounds.go()
    assert file.read_text().startswith('{"tenant": "half\n{')
    assert lines_of(file, tenant)


def test_without_a_key_nothing_is_sealed_and_that_is_told(tenant, file, settings):
    settings.NORTHGATE_SEAL_KEY = ""
    made, wrong = rounds.go()
    assert made == 0
    assert "NORTHGATE_SEAL_KEY" in wrong[0]
    with tenant_tx(tenant):
        assert not AuditSeal.objects.filter(tenant_id=tenant).exists()


def test_the_failure_of_one_is_not_anothers(tenant, file, monkeypatch):
    other = make_people().tenant_id
    real = rounds.seal_one

    def seal_one(each, *more):
        if each == tenant:
            raise OSError("its disk is gone")
        return real(each, *more)

    monkeypatch.setattr(rounds, "seal_one", seal_one)
    _made, wrong = rounds.go()
    assert any(str(tenant) in text for text in wrong)
    assert lines_of(file, other)
    assert not lines_of(file, tenant)


@pytest.mark.pure
def test_an_anchors_line_is_one_line():
    seal = AuditSeal(number=1, last_xid=1, last_id=2, until=3, total=4, previous="a", head="b", key="c", signature="d")
    seal.at = datetime(2026, 1, 1, tzinfo=UTC)
    assert anchors.line(seal).count("\n") == 1
