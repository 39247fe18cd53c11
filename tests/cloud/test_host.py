"""What the panel's own host may do in AWS is never done for an organization, in any service that botocore knows."""

import json
import os
import secrets
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import botocore.session
import pytest

from apps.cloud import accounts, credentials
from apps.tenancy.context import tenant_tx
from tests.cloud.helpers import keys_draft

ROOT = Path(__file__).resolve().parents[2]
HOSTS = ("AKIAHOST", "host-", "999999999999")  # what is in the host's environment and files
OWN = ("amazonaws.com", "api.aws", "amazonaws.com.cn")
# Two take a token of another kind and no keys; one a signature that botocore can't make by itself. The panel asks these
# nothing.
SILENT = {"account-access-runtime", "codecatalyst", "cloudfront-keyvaluestore"}


@pytest.fixture
def trap():
    """A metadata service, an endpoint and an identity provider in one: it gives out keys and notes who asks."""
    asked: list[str] = []
    keys = {
        "Code": "Success",
        "AccessKeyId": "AKIAHOSTTRAP",
        "SecretAccessKey": "host-trap",
        "Token": "host-trap",
        "Expiration": "2099-01-01T00:00:00Z",
    }

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(f"{self.command} {self.path}")
            body = json.dumps(keys).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = do_CONNECT = do_GET

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


@pytest.fixture
def host(trap, tmp_path):
    """The environment of a host with every kind of credential that botocore looks for, and the mark that one leaves."""
    address, _asked = trap
    mark, config, shared, token = (tmp_path / name for name in ("mark", "config", "credentials", "token"))
    program = tmp_path / "program"
    program.write_text(
        f"#!/bin/sh\ntouch {mark}\n"
        'echo \'{"Version":1,"AccessKeyId":"AKIAHOSTPROGRAM","SecretAccessKey":"host-program"}\'\n'
    )
    program.chmod(0o755)
    config.write_text(
        f"[profile trap]\ncredential_process = {program}\nendpoint_url = {address}\nregion = eu-west-1\n"
        f"services = trap\nsts_regional_endpoints = legacy\n[services trap]\nec2 =\n  endpoint_url = {address}\n"
        f"[default]\ncredential_process = {program}\nendpoint_url = {address}\n"
    )
    shared.write_text("[default]\naws_access_key_id = AKIAHOSTSHARED\naws_secret_access_key = host-shared\n")
    token.write_text("host-web-identity")
    every = botocore.session.Session().get_available_services()
    names = {f"AWS_ENDPOINT_URL_{_service_id(name)}": address for name in every}
    return mark, {
        **names,
        "AWS_ENDPOINT_URL": address,
        "AWS_ACCESS_KEY_ID": "AKIAHOSTENVIRONMENT",
        "AWS_SECRET_ACCESS_KEY": "host-environment",
        "AWS_SESSION_TOKEN": "host-session",
        "AWS_PROFILE": "trap",
        "AWS_CONFIG_FILE": str(config),
        "AWS_SHARED_CREDENTIALS_FILE": str(shared),
        "AWS_WEB_IDENTITY_TOKEN_FILE": str(token),
        "AWS_ROLE_ARN": "arn:aws:iam::999999999999:role/host",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{address}/container",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": "host-container",
        "AWS_EC2_METADATA_SERVICE_ENDPOINT": address,
        "AWS_BEARER_TOKEN_BEDROCK": "host-bearer",
        "AWS_USE_FIPS_ENDPOINT": "true",
        "AWS_CSM_ENABLED": "true",
        "AWS_DATA_PATH": str(tmp_path),
        "BOTO_CONFIG": str(config),
        "HOME": str(tmp_path),
    }


def _service_id(name: str) -> str:
    return name.upper().replace("-", "_")


def test_no_service_uses_what_the_host_may_do(people, panel_env, trap, host):
    address, asked = trap
    mark, environment = host
    good = accounts.create_account(
        people.owner.actor, keys_draft("", "AKIATENANTTENANT", number="123456789012", endpoints={}), check=False
    )
    bad = [
        accounts.create_account(
            people.owner.actor, keys_draft("", f"AKIABAD{n}", number=f"{n:012d}", endpoints={}), check=False
        )
        for n in range(1, 5)
    ]
    spoil = [
        b"",
        b"\x01" + secrets.token_bytes(80),
        bytes(good.secret),  # another account's
        bytes(credentials.sealed_keys(bad[3], " ", "")),
    ]
    with tenant_tx(people.tenant_id):
        for account, secret in zip(bad, spoil, strict=True):
            account.secret = secret
            account.save()
    command = [sys.executable, "-m", "tests.cloud.on_a_host", str(people.tenant_id)]
    told = subprocess.run(
        [*command, str(good.id), *(str(one.id) for one in bad)],
        env={"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "controlpanel.settings", **panel_env, **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr[-2000:]
    found = json.loads(told.stdout)

    assert len(found["services"]) > 300
    assert found["refused"] == len(found["services"])
    assert {one["service"] for one in found["sent"]} == set(found["services"]) - SILENT
    assert asked == []
    assert not mark.exists()
    for one in found["sent"]:
        assert not [word for word in HOSTS if word in json.dumps([one["headers"], one["body"]])], one
        assert address not in one["url"]
        assert one["auth"] != "none" or "Authorization" not in one["headers"], one
        assert urlsplit(one["url"]).hostname.endswith(OWN), one["url"]
        assert "AKIATENANTTENANT" in json.dumps(one) or one["auth"] == "none", one  # asked for anybody, without a key
