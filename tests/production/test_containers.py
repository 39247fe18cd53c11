"""docker/: what a reviewer of containers would look for, and the same commands run without a container."""

import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
import yaml

from apps.demo.processes import Process, wait_until
from apps.demo.servers import free_port, http_answers
from tests.servers import ROOT

DOCKER = ROOT / "docker"
PANEL = ("migrate", "web", "live", "worker", "sync", "beat")


@pytest.fixture(scope="module")
def services():
    return yaml.safe_load((DOCKER / "compose.yaml").read_text())["services"]


@pytest.fixture(scope="module")
def dockerfile():
    return (DOCKER / "Dockerfile").read_text()


@pytest.mark.pure
def test_compose_has_every_part(services):
    assert set(services) == {"postgres", "redis", "proxy", *PANEL}


@pytest.mark.pure
def test_images_are_pinned(services, dockerfile):
    images = [service["image"] for service in services.values()]
    images += re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)
    for image in images:
        tag = image.rpartition(":")[2].rstrip("}")
        assert re.match(r"\d+\.\d+", tag), f"{image} floats"


@pytest.mark.pure
def test_services_restart_are_checked_and_confined(services):
    for name, service in services.items():
        assert service["restart"] in {"unless-stopped", "on-failure:3"}, name
        assert "healthcheck" in service or name in PANEL, name
        assert "no-new-privileges:true" in service.get("security_opt", ()) or name == "postgres", name
    for name in PANEL:
        assert services[name]["read_only"], name
        assert services[name]["cap_drop"] == ["ALL"], name


@pytest.mark.pure
def test_only_the_proxy_is_published(services):
    assert [name for name, service in services.items() if "ports" in service] == ["proxy"]


@pytest.mark.pure
def test_only_migrations_know_the_owners_password(services):
    knowing = {name for name in services if "OWNER_PASSWORD" in str(services[name].get("environment"))}
    assert knowing == {"postgres", "migrate"}


@pytest.mark.pure
def test_every_variable_is_explained(services):
    example = (DOCKER / ".env.example").read_text()
    used = set(re.findall(r"\$\{([A-Z_]+)", (DOCKER / "compose.yaml").read_text()))
    named = set(re.findall(r"^([A-Z_]+)=", example, re.MULTILINE))
    assert used - named == {"NORTHGATE_IMAGE"}
    assert named <= used


@pytest.mark.pure
def test_image_runs_as_nobody_special(dockerfile):
    last = dockerfile.rpartition("FROM ")[2]
    assert re.search(r"^USER 10001:10001$", last, re.MULTILINE)
    assert "HEALTHCHECK" in last
    assert not re.search(r"(SECRET_KEY|NORTHGATE_KEY|PASSWORD)", dockerfile)


@pytest.mark.pure
def test_dockerfile_passes_its_linter():
    done = subprocess.run(
        [Path(sys.executable).with_name("hadolint"), DOCKER / "Dockerfile"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.pure
def test_proxy_sends_events_to_live_and_the_rest_to_web():
    text = (DOCKER / "Caddyfile").read_text()
    events, rest = text.split("@events {", 1)[1].split("handle {", 1)
    assert "reverse_proxy live:8000" in events
    assert "path /events/* */objects/content/ */objects/pack/" in text
    assert "reverse_proxy web:8000" in rest


@pytest.mark.parametrize("name", ["web", "live"])
def test_health_endpoints_answer_under_the_same_command(services, name, panel_env, tmp_path):
    port = free_port()
    words = ["127.0.0.1" if word == "0.0.0.0" else word for word in services[name]["command"]]
    words[words.index("8000")] = str(port)
    process = _start(name, words, panel_env, tmp_path)
    try:
        address = f"http://127.0.0.1:{port}"
        wait_until(process, lambda: http_answers(f"{address}/healthz/live"), every=0.2)
        with urllib.request.urlopen(f"{address}/healthz/ready") as ready:
            assert ready.read() == b'{"database": "ok", "redis": "ok"}'
    finally:
        process.stop()
    assert process.popen.returncode in {0, -15}, process.last_words()


def test_workers_and_beat_start_under_the_same_command(services, panel_env, empty_queues, tmp_path):
    schedule = str(tmp_path / "schedule")
    for name, sign in (("worker", " ready."), ("sync", " ready."), ("beat", "Starting...")):
        words = [schedule if word == "/tmp/beat-schedule" else word for word in services[name]["command"]]
        process = _start(name, words, panel_env, tmp_path)
        try:
            log = tmp_path / f"{name}.log"
            wait_until(process, lambda log=log, sign=sign: sign in log.read_text(), every=0.2)
        finally:
            process.stop()


def _start(name, words, panel_env, folder):
    env = {**os.environ, **panel_env}
    command = [Path(sys.executable).with_name(words[0]), *words[1:]]
    return Process(name, command, env=env, sink=folder / f"{name}.log", cwd=ROOT, grace=10)
