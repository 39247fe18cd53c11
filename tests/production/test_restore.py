"""docs/operations.md's dump and restore, as they stand there, into a PostgreSQL that has never seen the panel."""

import json
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from apps.cloud import accounts
from apps.demo import database
from apps.demo import postgres as servers
from tests.cloud.helpers import keys_draft
from tests.people import make_people
from tests.servers import ROOT, SUPERUSER_PASSWORD


@pytest.fixture
def fresh():
    folder = Path(tempfile.mkdtemp(prefix="northgate-restored-"))
    folder.chmod(0o711)
    running = servers.start_postgres(folder, password="other", sink=folder / "log", durable=False)
    yield running.url
    running.stop()
    shutil.rmtree(folder, ignore_errors=True)


def command(program: str) -> list[str]:
    """The words that the page says after `exec -T postgres`."""
    found = re.search(rf"exec -T postgres ({program} .*?) [<>]", (ROOT / "docs" / "operations.md").read_text())
    return shlex.split(found[1])


def run(program: str, url: str, password: str, **more) -> None:
    words = command(program)
    words[0] = str(servers._postgres_binaries(Path("/nonexistent")) / "bin" / program)
    env = {"PGHOST": parse_qs(urlsplit(url).query)["host"][0], "PGPASSWORD": password, "PATH": "/usr/bin:/bin"}
    done = subprocess.run(words, env=env, stderr=subprocess.PIPE, check=False, **more)
    assert done.returncode == 0, done.stderr.decode()[-2000:]


def test_a_dump_restored_as_the_page_says_is_the_whole_panel(panel_env, postgres, fresh, tmp_path, django_db_blocker):
    with django_db_blocker.unblock():
        people = make_people()
        draft = keys_draft("", number="123456789012", endpoints={}, secret_key="opens-again")
        account = accounts.create_account(people.owner.actor, draft, check=False)
    dump = tmp_path / "northgate.dump"
    with dump.open("wb") as file:
        run("pg_dump", postgres, SUPERUSER_PASSWORD, stdout=file)
    assert b"opens-again" not in dump.read_bytes()

    made = database.ensure(fresh, "northgate", owner_password="owner", app_password="application")
    with dump.open("rb") as file:
        run("pg_restore", fresh, "other", stdin=file)
    env = panel_env | {"DATABASE_URL": made.url, "DATABASE_OWNER_URL": made.owner_url, "PATH": "/usr/bin:/bin"}
    told = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.production.opened",
            str(people.tenant_id),
            str(account.id),
            str(people.owner.user.id),
        ],
        env=env | {"DJANGO_SETTINGS_MODULE": "controlpanel.settings"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr[-2000:]
    assert json.loads(told.stdout) == {
        "secret_key": "opens-again",
        "roles": 4,
        "outside": 0,
        "forged": False,
        "page": 200,
        "named": True,
    }
