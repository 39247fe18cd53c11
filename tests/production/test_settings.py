"""The settings as production has them."""

import base64
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
    "NORTHGATE_SEAL_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
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
    found = _check(DEBUG="1", NORTHGATE_SEAL_KEY="").stderr
    assert "security.W018" in found
    assert "witness.W001" in found
    found = _check(NORTHGATE_ORIGIN="http://panel.example.com", NORTHGATE_SEAL_KEY="short")
    assert found.returncode != 0
    assert "witness.E001" in found.stderr
