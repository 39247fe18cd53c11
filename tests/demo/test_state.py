"""The state folder: secrets that stay, one start at a time, one clear sentence when something is wrong."""

import base64
import json
import os
import socket
import stat
import subprocess
import sys

import pytest

from apps.demo import privileges, state
from apps.demo.state import StateFailed, peek, started_at, take

pytestmark = pytest.mark.pure


def test_secrets_are_made_once_and_closed(tmp_path):
    first = take(tmp_path / "state")
    first.lock.close()
    second = take(tmp_path / "state")
    assert first.secrets == second.secrets
    assert stat.S_IMODE((tmp_path / "state/secrets.json").stat().st_mode) == 0o600
    assert len(set(first.secrets["sign_ins"].values())) == 5


def test_seals_are_signed_by_the_same_key_after_each_start(tmp_path):
    first = take(tmp_path)
    first.lock.close()
    assert len(base64.b64decode(first.seal_key)) == 32
    assert take(tmp_path).seal_key == first.seal_key != first.secrets["NORTHGATE_KEY"]


def test_second_start_is_refused(tmp_path):
    held = take(tmp_path)
    with pytest.raises(StateFailed, match="already running"):
        take(tmp_path)
    held.lock.close()
    take(tmp_path)


def test_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StateFailed, match="can't be written"):
        take(tmp_path / "file")


@pytest.mark.parametrize("broken", ["", "{", "{}", '{"SECRET_KEY": "x"}'])
def test_broken_secrets(tmp_path, broken):
    (tmp_path / "secrets.json").write_text(broken)
    with pytest.raises(StateFailed, match=r"secrets\.json"):
        take(tmp_path)


def test_secrets_are_not_made_anew_beside_data(tmp_path, monkeypatch):
    data = tmp_path / "data"
    data.mkdir()
    monkeypatch.setattr(privileges, "place", lambda *_: tmp_path)
    with pytest.raises(StateFailed, match="holds data"):
        take(tmp_path)


def test_nothing_started_yet(tmp_path):
    with pytest.raises(StateFailed, match="make up"):
        peek(tmp_path)


def test_leftovers_are_ended_and_nothing_else(tmp_path):
    opened = take(tmp_path)
    sleeper = [sys.executable, "-c", "import time; time.sleep(60)"]
    with subprocess.Popen(sleeper) as ours, subprocess.Popen(sleeper) as stranger:
        try:
            processes = {"web": [ours.pid, started_at(ours.pid)], "worker": [stranger.pid, 1.0]}
            opened.note_running({"environment": {}, "processes": processes})
            assert state.end_leftovers(opened) == ["web"]
            assert started_at(ours.pid) is None
            # The same pid, but begun at another time: somebody else's by now.
            assert stranger.poll() is None
        finally:
            stranger.kill()
    assert not opened.running()


def test_note_is_closed(tmp_path):
    opened = take(tmp_path)
    opened.note_running({"environment": {"DATABASE_URL": "secret"}, "processes": {}})
    assert stat.S_IMODE(os.stat(tmp_path / "running.json").st_mode) == 0o600
    assert json.loads((tmp_path / "running.json").read_text()) == opened.running()


def test_a_second_start_takes_the_ports_of_the_first_where_they_are_free(tmp_path):
    held = take(tmp_path)
    held.lock.close()
    first = held.ports("ec2", "aws")
    assert held.ports("ec2", "aws") == first
    with socket.create_server(("127.0.0.1", first["aws"])):
        second = held.ports("ec2", "aws")
    assert second["ec2"] == first["ec2"]
    assert second["aws"] not in first.values()
    (tmp_path / "ports.json").write_text('{"ec2": 99999999, "aws": "x"}')
    assert all(0 < port < 65536 for port in held.ports("ec2", "aws").values())
