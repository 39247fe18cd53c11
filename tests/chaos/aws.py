"""AWS with bad days: a proxy before an emulator of EC2.

It honours client tokens as AWS does and the emulators do not, keeps a record of every change that took effect, answers
some reads as they would have been answered 2 seconds before, and lets calls fail in every way that AWS's do. What fails
is decided by the seed, the call, what it names and how often that was asked, so it is the same in every run.
"""

import contextlib
import hashlib
import http.client
import re
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

LAG = 2.0  # seconds
TAG = "northgate:operation"
# Of a hundred changes, so many fail in this way; of a hundred reads, those that take effect on neither side.
CHANGES = {"503": 3, "throttle": 3, "commit-500": 4, "commit-close": 4, "slow": 2, "lag": 6}
READS = {"503": 2, "throttle": 2, "close": 1}
CHANGE = re.compile(
    r"Run|Import|Create|Authorize|Revoke|Delete|Start|Stop|Terminate|Modify|Reboot|Allocate|Release|Attach|Detach"
)


@dataclass(frozen=True)
class Effect:
    """A change that the emulator made. `moved` are (instance, from, to) where the state became another one."""

    action: str
    params: Mapping[str, str]
    operation: str
    made: tuple[str, ...] = ()
    moved: tuple[tuple[str, str, str], ...] = ()
    at: float = field(default_factory=time.time)


class Aws:
    """`url` is where it listens. `record` is what took effect, `faults` what was done wrong, by kind. `late` is how
    long a slow call waits before it takes effect; calls for what is named doomed are refused."""

    def __init__(self, upstream: str, seed: int, *, late: float, port: int = 0) -> None:
        self.upstream, self.seed, self.late = urlsplit(upstream), seed, late
        self.calm = False
        self.record: list[Effect] = []
        self.faults: Counter[str] = Counter()
        self.calls: Counter[str] = Counter()
        self._asked: Counter[str] = Counter()
        self._answers: dict[tuple[str, str], tuple[int, dict[str, str], bytes]] = {}
        self._recent: dict[str, tuple[float, str]] = {}  # what reads still see as it was: until when, and how
        self._lock = threading.Lock()
        self._tokens: dict[str, threading.Lock] = {}
        aws = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # who asked is gone
                    aws._serve(self)

            def log_message(self, *args: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, *args: object) -> None:
                pass

        self._server = Server(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    # One call ──────────────────────────────────────────────────────────

    def _serve(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        params = dict(parse_qsl(body.decode(), keep_blank_values=True))
        action = params.get("Action", "")
        changes = bool(CHANGE.match(action)) and params.get("DryRun") != "true"
        with self._lock:
            self.calls[action] += 1
        if changes and (code := doom(action, params)):
            self._refuse(request, code, 500 if code.startswith("Insufficient") else 403)
            return
        fault = self._fault(action, params, changes)
        if fault in {"503", "throttle"}:
            self._refuse(request, "ServiceUnavailable" if fault == "503" else "RequestLimitExceeded", 503)
            return
        if fault == "close":
            self._hang_up(request)
            return
        if fault == "slow":
            time.sleep(self.late)
        status, headers, answer = (
            self._change(request, action, params, body, fault == "lag")
            if changes
            else (self._read(request, params, body))
        )
        if fault == "commit-500":
            self._refuse(request, "InternalError", 500)
        elif fault == "commit-close":
            self._hang_up(request)
        else:
            self._answer(request, status, headers, answer)

    def _fault(self, action: str, params: Mapping[str, str], changes: bool) -> str:
        if self.calm:
            return ""
        name = named(params) or params.get("InstanceId.1") or params.get("GroupId") or ""
        with self._lock:
            self._asked[action + name] += 1
            text = f"{self.seed} {action} {name if changes else ''} {self._asked[action + name]}"
            dice = int.from_bytes(hashlib.sha256(text.encode()).digest()[:4]) % 10_000 / 100
            for kind, share in (CHANGES if changes else READS).items():
                if dice < share:
                    self.faults[kind] += 1
                    return kind
                dice -= share
        return ""

    # Changes ───────────────────────────────────────────────────────────

    def _change(
        self, request: BaseHTTPRequestHandler, action: str, params: Mapping[str, str], body: bytes, lags: bool
    ) -> tuple[int, dict[str, str], bytes]:
        """Forwards, unless the call's client token was answered before."""
        token = params.get("ClientToken")
        if not token:
            return self._forward_change(request, action, params, body, lags)
        with self._lock:
            turn = self._tokens.setdefault(token, threading.Lock())
        with turn:
            if (action, token) not in self._answers:
                done = self._forward_change(request, action, params, body, lags)
                if done[0] != 200:
                    return done
                self._answers[action, token] = done
            return self._answers[action, token]

    def _forward_change(
        self, request: BaseHTTPRequestHandler, action: str, params: Mapping[str, str], body: bytes, lags: bool
    ) -> tuple[int, dict[str, str], bytes]:
        status, headers, answer = self._forward(request, body)
        if status == 200:
            made = tuple(_made(action, answer.decode()))
            moved = tuple(_moved(action, answer.decode()))
            with self._lock:
                self.record.append(Effect(action, params, _operation(params), made, moved))
                if lags:
                    until = time.monotonic() + LAG
                    self._recent |= dict.fromkeys(made, (until, ""))
                    self._recent |= {id: (until, was) for id, was, _now in moved}
        return status, headers, answer

    # Reads ─────────────────────────────────────────────────────────────

    def _read(
        self, request: BaseHTTPRequestHandler, params: Mapping[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        status, headers, answer = self._forward(request, body)
        now = time.monotonic()
        with self._lock:
            stale = {id: was for id, (until, was) in self._recent.items() if until > now}
            self._recent = {id: found for id, found in self._recent.items() if id in stale}
        text = answer.decode()
        for id, was in stale.items():
            if id not in text or status != 200:
                continue
            if was:
                state = rf"(<instanceId>{id}</instanceId>.*?<instanceState>.*?<name>)[a-z-]+"
                text = re.sub(state, rf"\1{was}", text, count=1, flags=re.DOTALL)
            elif id in params.values():
                kind = {"i-": "InstanceID", "sg": "Group"}.get(id[:2], "KeyPair")
                return 400, {"Content-Type": "text/xml"}, _error(f"Invalid{kind}.NotFound")
            else:
                text = re.sub(r"<(reservationSet|keySet|securityGroupInfo)>.*</\1>", r"<\1/>", text, flags=re.DOTALL)
        return status, headers, text.encode()

    # The wire ──────────────────────────────────────────────────────────

    def _forward(self, request: BaseHTTPRequestHandler, body: bytes) -> tuple[int, dict[str, str], bytes]:
        upstream = http.client.HTTPConnection(self.upstream.hostname or "", self.upstream.port, timeout=60)
        try:
            upstream.request(request.command, request.path, body, dict(request.headers))
            answer = upstream.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            upstream.close()

    def _refuse(self, request: BaseHTTPRequestHandler, code: str, status: int) -> None:
        self._answer(request, status, {"Content-Type": "text/xml"}, _error(code))

    def _hang_up(self, request: BaseHTTPRequestHandler) -> None:
        request.close_connection = True
        request.connection.close()

    def _answer(self, request: BaseHTTPRequestHandler, status: int, headers: Mapping[str, str], body: bytes) -> None:
        request.send_response(status)
        request.send_header("Content-Type", headers.get("Content-Type", "text/xml"))
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)


def named(params: Mapping[str, str]) -> str:
    """What a call names: its group, its key pair, or the Name tag that it sets."""
    for key, value in params.items():
        if key.endswith(".Key") and value == "Name":
            return params.get(key.removesuffix("Key") + "Value", "")
    return params.get("GroupName") or params.get("KeyName") or ""


def doom(action: str, params: Mapping[str, str]) -> str:
    """The error code of a launch that must never succeed."""
    if action != "RunInstances":
        return ""
    if named(params).startswith("doomed-full"):
        return "InsufficientInstanceCapacity"
    return "UnauthorizedOperation" if named(params).startswith("doomed") else ""


def _operation(params: Mapping[str, str]) -> str:
    for key, value in params.items():
        if key.endswith(".Key") and value == TAG:
            return params.get(key.removesuffix("Key") + "Value", "")
    return ""


def _made(action: str, text: str) -> list[str]:
    if action == "RunInstances":
        return re.findall(r"<instanceId>(i-\w+)</instanceId>", text)
    if action == "CreateSecurityGroup":
        return re.findall(r"<groupId>(sg-\w+)</groupId>", text)[:1]
    return re.findall(r"<keyName>([^<]+)</keyName>", text)[:1] if action == "ImportKeyPair" else []


def _moved(action: str, text: str) -> list[tuple[str, str, str]]:
    """The emulator answers "stopping" for what is stopped already: from where it came tells whether it moved."""
    movable = {"StartInstances": {"stopped"}, "StopInstances": {"running"}}.get(action, set())
    found = []
    for item in re.findall(r"<item>(.*?)</item>", text, re.S):
        id = re.search(r"<instanceId>(.*?)</instanceId>", item)
        was = re.search(r"<previousState>.*?<name>(.*?)</name>.*?</previousState>", item, re.S)
        now = re.search(r"<currentState>.*?<name>(.*?)</name>.*?</currentState>", item, re.S)
        if id and was and now and was.group(1) in movable:
            found.append((id.group(1), was.group(1), now.group(1)))
    return found


def _error(code: str) -> bytes:
    error = f"<Error><Code>{code}</Code><Message>injected</Message></Error>"
    return f"<Response><Errors>{error}</Errors><RequestID>r-1</RequestID></Response>".encode()
