"""AWS with bad days: a proxy before an emulator of EC2 and one of S3.

It honours client tokens as AWS does and the emulators do not, keeps a record of every change that took effect, answers
some of EC2's reads as they would have been answered 2 seconds before, and lets calls fail in every way that AWS's do.
What fails is decided by the seed, the call, what it names and how often that was asked, so it is the same in every run.
"""

import contextlib
import hashlib
import http.client
import re
import threading
import time
from collections import Counter
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from tests.effects import TAG, Effect, Sent, sent, stamp

LAG = 2.0  # seconds
# Of a hundred changes, so many fail in this way; of a hundred reads, those that take effect on neither side.
CHANGES = {"503": 3, "throttle": 3, "commit-500": 4, "commit-close": 4, "slow": 2, "lag": 6}
READS = {"503": 2, "throttle": 2, "close": 1}

Answer = tuple[int, Mapping[str, str], bytes, Effect | None]


class Aws:
    """`url` is where it listens. `record` is what took effect, `refused` the error codes of changes that didn't, by
    request id, `faults` what was done wrong, by kind. `late` is how long a slow call waits before it takes effect;
    calls for what is named doomed are refused."""

    def __init__(self, upstream: str, storage: str, seed: int, *, late: float, port: int = 0) -> None:
        self.upstream, self.storage, self.seed, self.late = urlsplit(upstream), urlsplit(storage), seed, late
        self.calm = False
        self.record: list[Effect] = []
        self.refused: dict[str, str] = {}
        self.faults: Counter[str] = Counter()
        self.calls: Counter[str] = Counter()
        self._asked: Counter[str] = Counter()
        self._answers: dict[tuple[str, str], Answer] = {}
        self._recent: dict[str, tuple[float, str]] = {}  # what reads still see as it was: until when, and how
        self._lock = threading.Lock()
        self._tokens: dict[str, threading.Lock] = {}
        aws = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # who asked is gone
                    aws._serve(self)

            do_GET = do_PUT = do_DELETE = do_HEAD = do_POST

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
        asked = sent(request.command, request.path, request.headers, body)
        with self._lock:
            self.calls[asked.call] += 1
        if asked.changes and (code := doom(asked)):
            self._refuse(request, asked, code, 500 if code.startswith("Insufficient") else 403)
            return
        fault = self._fault(asked)
        if fault in {"503", "throttle"}:
            throttled = "SlowDown" if asked.service == "s3" else "RequestLimitExceeded"
            self._refuse(request, asked, "ServiceUnavailable" if fault == "503" else throttled, 503)
            return
        if fault == "close":
            self._hang_up(request)
            return
        if fault == "slow":
            time.sleep(self.late)
        status, headers, answer, effect = (
            self._change(request, asked, body, fault == "lag") if asked.changes else self._read(request, asked, body)
        )
        if fault == "commit-500":
            self._refuse(request, asked, "InternalError", 500, effect)
        elif fault == "commit-close":
            self._hang_up(request)
        else:
            self._answer(request, asked, status, headers, answer, effect)

    def _fault(self, asked: Sent) -> str:
        if self.calm:
            return ""
        name = named(asked.params) or asked.params.get("InstanceId.1") or asked.params.get("GroupId") or ""
        with self._lock:
            self._asked[asked.call + name] += 1
            text = f"{self.seed} {asked.call} {name if asked.changes else ''} {self._asked[asked.call + name]}"
            dice = int.from_bytes(hashlib.sha256(text.encode()).digest()[:4]) % 10_000 / 100
            for kind, share in (CHANGES if asked.changes else READS).items():
                if dice < share:
                    if kind == "lag" and asked.service == "s3":
                        return ""  # what S3 was told is seen at once
                    self.faults[kind] += 1
                    return kind
                dice -= share
        return ""

    # Changes ───────────────────────────────────────────────────────────

    def _change(self, request: BaseHTTPRequestHandler, asked: Sent, body: bytes, lags: bool) -> Answer:
        """Forwards, unless the call's client token was answered before."""
        token = asked.token
        if not token:
            return self._forward_change(request, asked, body, lags)
        with self._lock:
            turn = self._tokens.setdefault(token, threading.Lock())
        with turn:
            if (asked.call, token) not in self._answers:
                done = self._forward_change(request, asked, body, lags)
                if done[0] != 200:
                    return done
                self._answers[asked.call, token] = done
            return self._answers[asked.call, token]

    def _forward_change(self, request: BaseHTTPRequestHandler, asked: Sent, body: bytes, lags: bool) -> Answer:
        status, headers, answer = self._forward(request, asked, body)
        if status >= 300:
            return status, headers, answer, None
        action, params = str(asked.params.get("Action", "")), asked.params
        made = tuple(_made(action, answer.decode()))
        moved = tuple(_moved(action, answer.decode()))
        partial = b"<Error>" in answer
        effect = Effect(action, params, _operation(params), made, moved, call=asked.call, partial=partial)
        with self._lock:
            self.record.append(effect)
            if lags:
                until = time.monotonic() + LAG
                self._recent |= dict.fromkeys(made, (until, ""))
                self._recent |= {id: (until, was) for id, was, _now in moved}
        return status, headers, answer, effect

    # Reads ─────────────────────────────────────────────────────────────

    def _read(self, request: BaseHTTPRequestHandler, asked: Sent, body: bytes) -> Answer:
        status, headers, answer = self._forward(request, asked, body)
        if asked.service == "s3":
            return status, headers, answer, None
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
            elif id in asked.params.values():
                kind = {"i-": "InstanceID", "sg": "Group"}.get(id[:2], "KeyPair")
                return 400, {"Content-Type": "text/xml"}, _error(asked, f"Invalid{kind}.NotFound"), None
            else:
                text = re.sub(r"<(reservationSet|keySet|securityGroupInfo)>.*</\1>", r"<\1/>", text, flags=re.DOTALL)
        return status, headers, text.encode(), None

    # The wire ──────────────────────────────────────────────────────────

    def _forward(self, request: BaseHTTPRequestHandler, asked: Sent, body: bytes) -> tuple[int, dict[str, str], bytes]:
        there = self.storage if asked.service == "s3" else self.upstream
        upstream = http.client.HTTPConnection(there.hostname or "", there.port, timeout=60)
        try:
            upstream.request(request.command, request.path, body, dict(request.headers))
            answer = upstream.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            upstream.close()

    def _refuse(
        self, request: BaseHTTPRequestHandler, asked: Sent, code: str, status: int, effect: Effect | None = None
    ) -> None:
        self._answer(request, asked, status, {"Content-Type": "text/xml"}, _error(asked, code), effect)

    def _hang_up(self, request: BaseHTTPRequestHandler) -> None:
        request.close_connection = True
        request.connection.close()

    def _answer(
        self,
        request: BaseHTTPRequestHandler,
        asked: Sent,
        status: int,
        headers: Mapping[str, str],
        answer: bytes,
        effect: Effect | None,
    ) -> None:
        id, headers, answer = stamp(headers, answer, asked.service)
        with self._lock:
            if effect:
                effect.ids.append(id)
            elif asked.changes:
                code = re.search(rb"<Code>([\w.]+)</Code>", answer)
                self.refused[id] = code.group(1).decode() if code else str(status)
        request.send_response(status)
        for name, value in headers.items():
            if name.lower() not in {"content-length", "transfer-encoding", "connection", "date", "server"}:
                request.send_header(name, value)
        size = headers.get("Content-Length", "0") if request.command == "HEAD" else str(len(answer))
        if status != 204:
            request.send_header("Content-Length", size)
        request.end_headers()
        if request.command != "HEAD":
            request.wfile.write(answer)


def named(params: Mapping[str, str]) -> str:
    """What a call names: its group, its key pair, its bucket, or the Name tag that it sets."""
    for key, value in params.items():
        if key.endswith(".Key") and value == "Name":
            return params.get(key.removesuffix("Key") + "Value", "")
    return params.get("GroupName") or params.get("KeyName") or params.get("Bucket") or ""


def doom(asked: Sent) -> str:
    """The error code of what must never succeed."""
    name = named(asked.params)
    if asked.call == "s3.put_public_access_block" and name.startswith("doomed"):
        return "AccessDenied"
    if asked.call != "ec2.run_instances":
        return ""
    if name.startswith("doomed-full"):
        return "InsufficientInstanceCapacity"
    return "UnauthorizedOperation" if name.startswith("doomed") else ""


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


def _error(asked: Sent, code: str) -> bytes:
    if asked.service == "s3":
        return f"<Error><Code>{code}</Code><Message>injected</Message><RequestId>r-1</RequestId></Error>".encode()
    error = f"<Error><Code>{code}</Code><Message>injected</Message></Error>"
    return f"<Response><Errors>{error}</Errors><RequestID>r-1</RequestID></Response>".encode()
