"""The factory makes clients from an account alone, whatever the host offers."""

import secrets
import threading
import uuid
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from apps.cloud import accounts, clients, credentials, factory
from apps.cloud.calls import call
from apps.cloud.connect import Draft
from apps.cloud.explain import CallFailed
from apps.cloud.models import Account
from apps.tenancy.context import tenant_tx
from tests.cloud.helpers import keys_draft, number, role_draft


@pytest.fixture
def account(people, ministack):
    return accounts.create_account(people.owner.actor, keys_draft(ministack), check=False)


def who(account):
    return call(account, "us-east-1", "sts.get_caller_identity").data


def reload(account):
    with tenant_tx(account.tenant_id):
        return Account.objects.get(id=account.id)


def test_an_account_signs_with_its_own_keys(people, ministack):
    mine = number()
    account = accounts.create_account(people.owner.actor, keys_draft(ministack, mine), check=False)

    assert who(reload(account))["Account"] == mine


def test_the_hosts_credentials_and_endpoint_are_never_used(account, ministack, monkeypatch, tmp_path):
    """botocore's session reads the environment when it is made, so it is made anew."""
    config = tmp_path / "config"
    config.write_text("[default]\nendpoint_url = http://127.0.0.1:9\nregion = eu-west-1\nretry_mode = adaptive\n")
    for name, value in {
        "AWS_ACCESS_KEY_ID": "AKIAHOST",
        "AWS_SECRET_ACCESS_KEY": "host-secret",
        "AWS_SESSION_TOKEN": "host-token",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_ENDPOINT_URL_EC2": "http://127.0.0.1:9",
        "AWS_PROFILE": "nobody",
        "AWS_CONFIG_FILE": str(config),
        "AWS_SHARED_CREDENTIALS_FILE": str(config),
        "AWS_DATA_PATH": str(tmp_path),
        "AWS_USE_FIPS_ENDPOINT": "true",
        "AWS_MAX_ATTEMPTS": "9",
        "AWS_BEARER_TOKEN_BEDROCK": "host-bearer",
        "AWS_CSM_ENABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)
    factory._session.cache_clear()
    clients.forget(account)
    try:
        made = clients.client(account, "sts", "us-east-1")
        keys = made._request_signer._credentials
        account.endpoints = {}
        plain = factory.build(credentials.keys_of(account), "ec2", "eu-west-1", endpoint=None)

        assert keys.access_key != "AKIAHOST"
        assert keys.token is None
        assert made.meta.endpoint_url == ministack
        assert plain.meta.endpoint_url == "https://ec2.eu-west-1.amazonaws.com"
        assert plain.meta.config.retries == {"mode": "standard", "total_max_attempts": 3}
        assert factory._session().get_credentials() is None
        assert factory._session().get_auth_token() is None
    finally:
        factory._session.cache_clear()
        clients.forget(account)


@pytest.mark.parametrize("secret", [b"", b"\x01" + secrets.token_bytes(80)], ids=["blank", "unreadable"])
def test_blank_or_unreadable_credentials_are_an_error(account, secret, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAHOST")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "host-secret")
    account.secret = secret

    with pytest.raises(CallFailed) as failed:
        who(account)
    assert failed.value.explained.code in {"CredentialMissing", "CredentialUnreadable"}
    assert failed.value.explained.kind == "denied"
    assert failed.value.explained.changed == "no"


def test_blank_keys_inside_a_sealed_secret_are_an_error(account):
    account.secret = credentials.sealed_keys(account, " ", " ")

    with pytest.raises(CallFailed, match="CredentialMissing"):
        who(account)


def test_a_secret_moved_to_another_account_does_not_open(people, ministack, account):
    other = accounts.create_account(people.owner.actor, keys_draft(ministack), check=False)
    other.secret = account.secret

    with pytest.raises(CallFailed, match="CredentialUnreadable"):
        who(other)


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1:1", "http://169.254.169.254", "https://evil.example", "file:///etc", "http://u:p@127.0.0.1"],
)
def test_an_endpoint_that_the_operator_does_not_name_is_refused(account, address):
    account.endpoints = {"ec2": address}

    with pytest.raises(CallFailed, match="EndpointNotAllowed"):
        clients.client(account, "ec2", "us-east-1")


def test_an_endpoint_is_compared_by_its_origin_not_its_beginning(settings):
    settings.NORTHGATE_ENDPOINTS = ["http://127.0.0.1:5000", "https://aws.example"]

    assert factory.endpoint_allowed("http://127.0.0.1:5000/some/path")
    assert factory.endpoint_allowed("https://AWS.example:443")
    assert not factory.endpoint_allowed("http://127.0.0.1:50001")
    assert not factory.endpoint_allowed("http://127.0.0.1:5000@evil.example")
    assert not factory.endpoint_allowed("https://127.0.0.1:5000")
    assert not factory.endpoint_allowed("http://aws.example:443")
    assert not factory.endpoint_allowed("http://127.0.0.1:5x")


def test_nothing_but_a_region_becomes_part_of_a_host_name(account):
    for region in ("evil.example/", "us-east-1.evil.example", "", "US-EAST-1", "us-east-1\n"):
        with pytest.raises(CallFailed, match="UnknownRegion"):
            clients.client(account, "ec2", region)


def test_clients_are_kept_until_the_account_changes(people, account):
    first = clients.client(account, "sts", "us-east-1")
    assert clients.client(reload(account), "sts", "us-east-1") is first
    assert clients.client(account, "sts", "eu-west-1") is not first

    changed = accounts.update_account(
        people.owner.actor,
        account.id,
        Draft(name=account.name, credential="keys", endpoints=account.endpoints),
        check=False,
    )
    assert clients.client(changed, "sts", "us-east-1") is not first


def test_many_threads_share_one_client(account):
    clients.forget(account)
    made = []
    threads = [
        threading.Thread(target=lambda: made.append(clients.client(account, "ec2", "us-west-2"))) for _ in range(8)
    ]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]

    assert len(made) == 8
    assert len(set(map(id, made))) == 1


class TestRole:
    @pytest.fixture
    def source(self, people, ministack):
        return accounts.create_account(people.owner.actor, keys_draft(ministack), check=False)

    def role_in(self, people, ministack, source, external_id=None):
        """A role in another account whose trust demands the panel's external id."""
        target = number()
        draft = role_draft(ministack, source, target)
        account = accounts.create_account(people.owner.actor, draft, check=False)
        root = accounts.create_account(people.owner.actor, keys_draft(ministack, target), check=False)
        call(
            root,
            "us-east-1",
            "iam.create_role",
            {"RoleName": "northgate", "AssumeRolePolicyDocument": trust(source, external_id or account.external_id)},
        )
        return account, target

    def test_it_is_assumed_with_the_external_id(self, people, ministack, source):
        account, target = self.role_in(people, ministack, source)
        identity = who(account)

        assert identity["Account"] == target
        assert f"assumed-role/northgate/northgate-{account.id.hex[:16]}" in identity["Arn"]

    def test_another_external_id_is_refused(self, people, ministack, source):
        account, _ = self.role_in(people, ministack, source, external_id="not-the-panels")

        with pytest.raises(CallFailed) as failed:
            who(account)
        assert failed.value.explained.kind == "denied"

    def test_its_session_is_kept_and_renewed_before_it_expires(self, people, ministack, source):
        account, _ = self.role_in(people, ministack, source)
        first = credentials.keys_of(account)
        assert credentials.keys_of(account) is first

        slot = (account.id, account.updated_at)
        credentials._sessions[slot] = factory.Keys("a", "b", "c", datetime.now(UTC) + timedelta(minutes=4))
        assert credentials.keys_of(account).access_key not in {"a", first.access_key}

    def test_a_circle_of_roles_ends(self, people, ministack, source):
        draft = role_draft(ministack, source, number())
        account = accounts.create_account(people.owner.actor, draft, check=False)
        account.source_id = account.id
        with pytest.raises(CallFailed, match="SourceMissing"):
            who(account)

    def test_another_tenants_account_is_no_source(self, people, ministack):
        theirs = accounts.create_account(people.outsider.actor, keys_draft(ministack), check=False)
        account = accounts.connect.trial_of(people.tenant_id, role_draft(ministack, theirs, number()))

        with pytest.raises(CallFailed, match="SourceMissing"):
            credentials.keys_of(account)

    def test_the_external_id_is_the_panels_and_each_its_own(self, people, ministack, source):
        made = {role_draft(ministack, source, number()).external_id for _ in range(3)}
        assert len(made) == 3
        assert all(len(one) >= 32 for one in made)


def trust(source, external_id):
    import json

    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": f"arn:aws:iam::{who(source)['Account']}:root"},
                    "Action": "sts:AssumeRole",
                    "Condition": {"StringEquals": {"sts:ExternalId": external_id}},
                }
            ],
        }
    )


class Recorder(BaseHTTPRequestHandler):
    """Notes whoever asks an instance metadata service."""

    asked: list[str] = []

    def do_GET(self):
        self.asked.append(self.path)
        self.send_error(404)

    do_PUT = do_GET

    def log_message(self, *args):
        pass


def test_no_metadata_service_is_asked(people, ministack, monkeypatch):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", f"http://127.0.0.1:{server.server_port}/")
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"http://127.0.0.1:{server.server_port}/creds")
    account = Account(id=uuid.uuid4(), tenant_id=people.tenant_id, credential="keys", endpoints={"*": ministack})
    try:
        with pytest.raises(CallFailed, match="CredentialMissing"):
            who(account)
        assert Recorder.asked == []
    finally:
        server.shutdown()
        server.server_close()
