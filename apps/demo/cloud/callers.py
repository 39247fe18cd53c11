"""Whose request is this? The access key says it, and the IAM emulator knows whose the key is."""

import json
import re
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from moto.ec2.models import ec2_backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication

from . import reports, savings, states
from .memory import UNCHANGING, Memory

ROOT_KEY = re.compile(r"\d{12}")
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Directory:
    """Questions to the IAM emulator, as the root of an account (there, any twelve digits are that account's root)."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._accounts: dict[str, str] = {}

    def ask(self, account: str, service: str, action: str, **parameters: str) -> str:
        """The answer's XML. Raises OSError (HTTPError) when the emulator refuses."""
        version = {"sts": "2011-06-15", "iam": "2010-05-08"}[service]
        body = urllib.parse.urlencode({"Action": action, "Version": version, **parameters}).encode()
        credential = f"{account}/20200101/us-east-1/{service}/aws4_request"
        headers = {
            "Authorization": f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        request = urllib.request.Request(self.address, body, headers)  # noqa: S310  our own loopback address
        with _opener.open(request, timeout=3) as answer:
            return str(answer.read().decode())

    def account_of(self, key: str) -> str | None:
        """The number of the account that the access key belongs to; None when nobody knows it."""
        if ROOT_KEY.fullmatch(key):
            return key
        if key not in self._accounts:
            try:
                answer = self.ask("000000000000", "sts", "GetAccessKeyInfo", AccessKeyId=key)
            except OSError:
                return None
            found = re.search(r"<Account>(\d{12})</Account>", answer)
            if not found:
                return None
            self._accounts[key] = found[1]
        return self._accounts[key]


class CallerApplication(DomainDispatcherApplication):
    """moto's dispatcher, told the caller's account; and two addresses of the demo's own: the seeder settles instances,
    and whoever can't wait has them report to CloudWatch."""

    def __init__(self, create_app: Callable[..., Any], directory: Directory) -> None:
        super().__init__(create_app)
        self._directory = directory
        self._memory = Memory()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/demo/settle":
            return _settle(environ, start_response)
        if environ["PATH_INFO"] == "/demo/report":
            reports.report(self._directory.address)
            start_response("204 No Content", [])
            return []
        key = _access_key(environ)
        account = self._directory.account_of(key) if key else None
        if account:
            environ["HTTP_X_MOTO_ACCOUNT_ID"] = account
            if f"/{savings.SERVICE}/aws4_request" in environ.get("HTTP_AUTHORIZATION", ""):
                return savings.answer(account, environ, start_response)
        body = self._get_body(environ) or ""
        if UNCHANGING.search(body):
            return self._memory.answer(body, environ, start_response, super().__call__)
        answer: Iterable[bytes] = super().__call__(environ, start_response)
        return answer


def _access_key(environ: dict[str, Any]) -> str | None:
    found = re.search(r"Credential=([^/,]+)/", environ.get("HTTP_AUTHORIZATION", "")) or re.search(
        r"X-Amz-Credential=([^%&/]+)", environ.get("QUERY_STRING", "")
    )
    return found[1] if found else None


def _settle(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """[{"account", "region", "id", "launched": ISO or null}]: these instances have been there for a while."""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    for item in json.loads(body):
        launched = datetime.fromisoformat(item["launched"]) if item.get("launched") else None
        states.settle(ec2_backends[item["account"]][item["region"]], item["id"], launched)
    start_response("204 No Content", [])
    return []
