"""The settings as production has them."""

import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PRODUCTION = {
    "PATH": os.environ["PATH"],
    "SECRET_KEY": secrets.token_urlsafe(48),
    "NORTHGATE_KEY": "unused",
    "NORTHGATE_ORIGIN": "https://panel.example.com",
    "ALLOWED_HOSTS": "panel.example.com",
}


def _check(**more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    return subprocess.run(command, cwd=ROOT, env=PRODUCTION | more, capture_output=True, text=True, timeout=60)


@pytest.mark.pure
def test_check_deploy_is_clean():
    done = _check()
    assert done.returncode == 0, done.stderr


@pytest.mark.pure
def test_check_deploy_sees_what_is_wrong():
    assert "security.W018" in _check(DEBUG="1").stderr
    assert _check(NORTHGATE_ORIGIN="http://panel.example.com").returncode != 0
