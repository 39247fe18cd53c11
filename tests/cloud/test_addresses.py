"""An address that somebody gives leads nowhere but where the panel's operator allows.

Accounts' endpoints are the one place that takes one, and an allowed origin is compared by its letters before any name
is looked up, so there is nothing to rebind between the check and the use.
"""

import re
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import botocore.awsrequest
import pytest

from apps.cloud import accounts, clients, connect
from apps.cloud.explain import CallFailed
from apps.cloud.models import Account
from tests.cloud.helpers import keys_draft

ROOT = Path(__file__).resolve().parents[2]
# Each leads to this machine, to its network or to a cloud's metadata, for one resolver or another.
HOSTS = (
    *("127.0.0.1", "localhost", "localhost.", "LOCALHOST", "127.1", "127.0.1", "0.0.0.0", "0", "2130706433"),
    *("0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "017700000001", "127.000.000.001", "127.0.0.1.", "①②⑦.⓪.⓪.①"),
    *("[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]", "[64:ff9b::7f00:1]"),
    *("169.254.169.254", "[::ffff:a9fe:a9fe]", "2852039166", "0xa9fea9fe", "[fd00:ec2::254]", "[fe80::1%25lo]"),
    *("metadata.google.internal", "10.0.0.1", "192.168.0.1", "172.16.0.1", "100.64.0.1", "127.0.0.1.nip.io"),
)
ALLOWED = "https://aws.example"
# Around the one that is allowed: another scheme or port, a name that begins or ends with it, what parsers disagree on.
AROUND = (
    *("http://aws.example", "https://aws.example:444", "https://aws.example.", "https://aws.example.evil.example"),
    *("https://evil.example/https://aws.example", "https://aws.example@127.0.0.1", "https://127.0.0.1#@aws.example"),
    *("https://127.0.0.1\\@aws.example", "https://aws.example\\@127.0.0.1", "https://aws.example:443@127.0.0.1"),
    *("https://127.0.0.1?aws.example", "https://aws.example%00.evil.example", "https://ａws.example"),
    *("//aws.example", "https:aws.example", "file:///etc/passwd", "gopher://aws.example", "https://[aws.example"),
    *("https://aws.example:0x1bb", "https://aws%2eexample", "https://user@aws.example"),
)


@pytest.fixture
def trap():
    """A server on this machine that notes who asks."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(f"{self.command} {self.path}")
            self.send_response(200)
            self.end_headers()

        do_POST = do_PUT = do_DELETE = do_HEAD = do_GET

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port, asked
    server.shutdown()
    server.server_close()


@pytest.fixture
def looked_up(monkeypatch):
    """The names that were asked for; none is answered."""
    names: list[str] = []

    def look(host, *_more, **_named):
        names.append(str(host))
        raise socket.gaierror("not here")

    monkeypatch.setattr(socket, "getaddrinfo", look)
    return names


def test_no_notation_leads_past_what_the_operator_allows(people, settings, trap, looked_up):
    settings.NORTHGATE_ENDPOINTS = [ALLOWED]
    port, asked = trap
    account = accounts.create_account(people.owner.actor, keys_draft(ALLOWED), check=False)
    addresses = [f"{scheme}://{host}:{port}" for host in HOSTS for scheme in ("http", "https")]
    for address in (*addresses, *AROUND):
        with pytest.raises(CallFailed, match="EndpointNotAllowed"):
            connect.verify(people.tenant_id, keys_draft(address))
        account.endpoints = {"*": address}
        with pytest.raises(CallFailed, match="EndpointNotAllowed"):
            clients.client(account, "sts", "us-east-1")
    assert asked == []
    assert looked_up == [], "refused before anybody is asked where it leads"


def test_neither_door_takes_one(people, settings, trap, looked_up):
    from tests.api.world import Api
    from tests.console.world import client

    settings.NORTHGATE_ENDPOINTS = [ALLOWED]
    port, asked = trap
    browser, api = client(people.owner), Api(people.owner)
    for host in ("127.0.0.1", "[::ffff:127.0.0.1]", "2130706433", "169.254.169.254"):
        address = f"http://{host}:{port}"
        body = {"name": "x", "credential": "keys", "access_key": "a", "secret_key": "b", "endpoints": {"*": address}}
        answer = api.post("/accounts/", {**body, "environment": "staging", "regions": ["us-east-1"]})
        assert 400 <= answer.status_code < 500, answer.content
        form = {**body, "environment": "staging", "regions": "us-east-1", "endpoints": f"* {address}", "check": "1"}
        assert browser.post("/accounts/connect/", form).status_code in {200, 422}
    assert Account.objects.filter(tenant_id=people.tenant_id).count() == 0
    assert (asked, looked_up) == ([], [])


def test_what_the_operator_no_longer_allows_is_used_no_more(people, settings, trap, looked_up):
    port, asked = trap
    settings.NORTHGATE_ENDPOINTS = [f"http://127.0.0.1:{port}"]
    made = accounts.create_account(people.owner.actor, keys_draft(f"http://127.0.0.1:{port}"), check=False)
    assert clients.client(made, "sts", "us-east-1").meta.endpoint_url.endswith(str(port))
    settings.NORTHGATE_ENDPOINTS = []
    with pytest.raises(CallFailed, match="EndpointNotAllowed"):
        clients.client(made, "sts", "us-east-1")
    assert asked == []


BUCKETS = (
    *("evil.example", "evil.example/x", "a@evil.example", "evil.example#", "evil.example?", "..", "127.0.0.1:80"),
    *("[::1]", "http://evil.example", "a\\@evil.example", "a%2eevil.example/", "\\evil.example", "evil.example:80/a"),
    *(
        "arn:aws:s3:us-east-1:123456789012:accesspoint/evil.example",
        "arn:aws:s3:evil.example:123456789012:accesspoint/a",
    ),
    "arn:aws:s3-outposts:us-east-1:123456789012:outpost/evil.example/accesspoint/a",
    "arn:aws:s3-object-lambda:us-east-1:123456789012:accesspoint/a",
)


def test_no_name_becomes_another_host(people, settings, looked_up):
    """Buckets and numbers of accounts become parts of host names; whatever they hold, the host is AWS's."""
    made = accounts.create_account(people.owner.actor, keys_draft("", endpoints={}), check=False)
    sent: list[str] = []

    def keep(request, **_more):
        sent.append(request.url)
        return botocore.awsrequest.AWSResponse(request.url, 403, {}, None)

    def ask(service, operation, **params):
        found = clients.client(made, service, "us-east-1")
        found.meta.events.register_first("before-send.*", keep)
        try:
            getattr(found, operation)(**params)
        except Exception:
            pass  # whether it was refused or sent: where it went is what counts
        clients.forget(made)

    for name in BUCKETS:
        ask("s3", "get_object", Bucket=name, Key="k")
        ask("s3control", "get_public_access_block", AccountId=name)
    assert len(sent) >= 3, "botocore refuses most before they leave"
    for url in sent:
        parts = urlsplit(url)
        assert parts.scheme == "https"
        assert parts.hostname.endswith(".amazonaws.com"), url
        assert parts.port is None
        assert parts.username is None
    assert looked_up == []


# Nothing else takes an address ─────────────────────────────────────────


def sources():
    """The panel's own code, without the embedded demo, which is no part of an installation."""
    for path in [*(ROOT / "apps").rglob("*.py"), *(ROOT / "controlpanel").rglob("*.py")]:
        if (ROOT / "apps" / "demo") not in path.parents:
            yield str(path.relative_to(ROOT)), path.read_text()


def test_no_module_of_the_panel_connects_by_itself():
    """boto3, by the one factory, and Django's mail to the operator's server are all that connects."""
    connecting = r"requests|httpx|aiohttp|urllib3|urllib\.request|http\.client|http import client|socket|smtplib|ftplib"
    imports = re.compile(rf"^\s*(?:import (?:.*, )?|from )(?:{connecting}|urllib import .*request)\b", re.MULTILINE)
    assert imports.search("import os, socket")
    assert imports.search("    from urllib import parse, request")
    assert [path for path, text in sources() if imports.search(text)] == []


def test_one_place_gives_a_client_its_address():
    """And takes it from an account's endpoints alone (`factory.endpoint_of`), which hold it against the setting."""
    assert [path for path, text in sources() if "endpoint_url" in text] == ["apps/cloud/factory.py"]
    taken = {path for path, text in sources() if re.search(r"\.endpoints = ", text)}
    assert taken <= {"apps/cloud/accounts.py", "apps/cloud/connect.py"}
