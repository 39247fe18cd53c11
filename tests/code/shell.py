"""Running what the panel shows: bash with the AWS CLI, and Python with boto3."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.code.aws_server import PROGRAM

ROOT = Path(__file__).resolve().parent.parent.parent


@contextlib.contextmanager
def aws_cli(folder: Path) -> Iterator[Path]:
    """A folder for PATH with a quick `aws` in it."""
    address, bin = str(folder / "aws.sock"), folder / "bin"
    bin.mkdir()
    (bin / "aws").write_text(PROGRAM.format(python=sys.executable, address=address))
    (bin / "aws").chmod(0o755)
    command = [sys.executable, "-m", "tests.code.aws_server", address]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL) as server:
        try:
            assert server.stdout
            assert server.stdout.readline() == b"ready\n"
            yield bin
        finally:
            server.terminate()


def bash(text: str, environment: Mapping[str, str], folder: Path) -> None:
    """Runs it; a command that fails ends it."""
    command = ["bash", "-euo", "pipefail", "-c", text]
    done = subprocess.run(command, env=dict(environment), cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"


def python(text: str, environment: Mapping[str, str]) -> None:
    """Runs it in this process, where boto3 is loaded already, as if nothing else were here."""
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(environment)
    try:
        exec(compile(text, "shown by the panel", "exec"), {"__name__": "__main__"})
    except Exception as error:
        raise AssertionError(f"{text}\n{error!r}") from error
    finally:
        os.environ.clear()
        os.environ.update(before)
