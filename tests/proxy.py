"""A small proxy in front of an emulator, for tests of what happens when AWS's answer does not come.

As AWS does and the emulators do not, it answers a known client token with what the first call did. It counts the
calls by action, and a rule can refuse a call, answer it itself, lose its answer after it took effect, or hold it until
the test lets go.
"""

import contextlib
import http.client
import re
import threading
from collections import Counter
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from tests.effects import Effect, Sent, sent, stamp


@dataclass
class Rule:
    """For `times` calls of `action`: `code` or `body` is answered instead of forwarding; `lose` forwards and closes
    without an answer, or answers `code` all the same; `hold` forwards and waits for `go` before it answers. `of`
    narrows it to requests whose address contains that."""

    action: str
    times: int = 1
    code: str = ""
    status: int = 503
    lose: bool = False
    hold: bool = False
    body: bytes = b""
    of: str = ""
    reached: threading.Event = field(default_factory=threading.Event)
    go: threading.Event = field(default_factory=threading.Event)


class Proxy:
    """`url` is where it listens; `calls` counts what was forwarded to the emulator, by action. `effects` are the
    changes that it made, `refused` the error codes of what it did not do, by request id."""

    def __init__(self, upstream: str, port: int = 0) -> None:
        self.upstream, self.rules, self.calls = urlsplit(upstream), [], Counter()
        self.effects: list[Effect] = []
        self.refused: dict[str, str] = {}
        self._answers: dict[tuple[str, bytes], tuple[int, dict[str, str], bytes, Effect | None, Sent]] = {}
        self._one_at_a_time, self._choosing = threading.Lock(), threading.Lock()
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # headers and body leave together: alone, the body waits 40 ms for an acknowledgement

            def do_POST(self) -> None:
                proxy._serve(self)

            do_GET = do_PUT = do_DELETE = do_HEAD = do_OPTIONS = do_POST

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def rule(self, action: str, **more: object) -> Rule:
        found = Rule(action, **more)
        self.rules.append(found)
        return found

    def reset(self) -> None:
        for rule in self.rules:
            rule.go.set()
        self.rules.clear()
        self.calls.clear()
        self.effects.clear()
        self.refused.clear()

    def close(self) -> None:
        self.reset()
        self._server.shutdown()
        self._server.server_close()

    def _serve(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        action, storage = _action(request, body)
        rule = self._rule(action, storage, request.path)
        if rule and (rule.code or rule.body) and not rule.lose:
            rule.reached.set()
            id, headers, answer = stamp(*_said(rule, storage), "s3" if storage else "ec2")
            self.refused[id] = rule.code
            self._answer(request, rule.status, headers, answer)
            return
        status, headers, answer, effect = self._once(request, action, body)
        if rule:
            rule.reached.set()
        if rule and rule.lose and rule.code:
            id, headers, answer = stamp(*_said(rule, storage), "s3" if storage else "ec2")
            if effect:
                effect.ids.append(id)
            self._answer(request, rule.status, headers, answer)
            return
        if rule and rule.hold:
            rule.go.wait(60)
        if rule and (rule.lose or rule.hold):
            request.close_connection = True
            request.connection.close()
            return
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # who asked is gone
            self._answer(request, status, headers, answer)

    def _rule(self, action: str, storage: bool, path: str) -> Rule | None:
        with self._choosing:
            for rule in self.rules:
                # One without a name is for any call to object storage.
                if rule.action in (action, "" if storage else action) and rule.of in path and rule.times > 0:
                    rule.times -= 1
                    return rule
        return None

    def _once(
        self, request: BaseHTTPRequestHandler, action: str, body: bytes
    ) -> tuple[int, dict[str, str], bytes, Effect | None]:
        """Forwards, unless the call's client token was answered before."""
        token = re.search(rb"ClientToken=([^&]+)", body) if b"DryRun=true" not in body else None
        if token is None:
            self.calls[action] += 1
            return self._noted(*self._change(request, body))
        with self._one_at_a_time:
            key = (action, token.group(1))
            if key not in self._answers:
                self.calls[action] += 1
                self._answers[key] = self._change(request, body)
            return self._noted(*self._answers[key])

    def _change(
        self, request: BaseHTTPRequestHandler, body: bytes
    ) -> tuple[int, dict[str, str], bytes, Effect | None, Sent]:
        """Forwards; where that changed something, the effect is on the record."""
        asked = sent(request.command, request.path, request.headers, body)
        status, headers, answer = self._forward(request, body)
        effect = None
        if asked.changes and status < 300:
            effect = Effect(asked.call, asked.params, "", call=asked.call, partial=b"<Error>" in answer)
            self.effects.append(effect)
        return status, headers, answer, effect, asked

    def _noted(
        self, status: int, headers: dict[str, str], answer: bytes, effect: Effect | None, asked: Sent
    ) -> tuple[int, dict[str, str], bytes, Effect | None]:
        """The answer with a request id of its own, by which the record can be held against what was done."""
        id, headers, answer = stamp(headers, answer, asked.service)
        if effect:
            effect.ids.append(id)
        elif asked.changes:
            code = re.search(rb"<Code>(\w+)</Code>", answer)
            self.refused[id] = code.group(1).decode() if code else str(status)
        return status, headers, answer, effect

    def _forward(self, request: BaseHTTPRequestHandler, body: bytes) -> tuple[int, dict[str, str], bytes]:
        upstream = http.client.HTTPConnection(self.upstream.hostname, self.upstream.port, timeout=60)
        try:
            upstream.request(request.command, request.path, body, dict(request.headers))
            answer = upstream.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            upstream.close()

    def _answer(self, request: BaseHTTPRequestHandler, status: int, headers: dict[str, str], body: bytes) -> None:
        request.send_response(status)
        size = str(len(body))
        for name, value in headers.items():
            if name.lower() == "content-length" and request.command == "HEAD":
                size = value  # what a GET would have
            elif name.lower() not in {"content-length", "transfer-encoding", "connection", "date", "server"}:
                request.send_header(name, value)
        request.send_header("Content-Length", size)
        request.end_headers()
        if request.command != "HEAD":
            request.wfile.write(body)
        request.wfile.flush()


def _said(rule: Rule, storage: bool) -> tuple[dict[str, str], bytes]:
    error = f"<Error><Code>{rule.code}</Code><Message>injected</Message><RequestId>r-1</RequestId></Error>"
    text = error if storage else f"<Response><Errors>{error}</Errors><RequestID>r-1</RequestID></Response>"
    # AWS's errors too tell a browser that its page may read them.
    return {"Content-Type": "text/xml", "Access-Control-Allow-Origin": "*"}, rule.body or text.encode()


_STORAGE = (  # method, what the query names, the action
    ("POST", "delete", "DeleteObjects"),
    ("POST", "uploads", "CreateMultipartUpload"),
    ("POST", "uploadId", "CompleteMultipartUpload"),
    ("GET", "list-type", "ListObjectsV2"),
    ("GET", "versions", "ListObjectVersions"),
    ("GET", "uploads", "ListMultipartUploads"),
    ("GET", "uploadId", "ListParts"),
    ("PUT", "partNumber", "UploadPart"),
    ("DELETE", "uploadId", "AbortMultipartUpload"),
)


def _action(request: BaseHTTPRequestHandler, body: bytes) -> tuple[str, bool]:
    """The call's name, and whether it is one to object storage, which has it in method and address alone."""
    found = re.search(rb"(?:^|&)Action=(\w+)", body) if len(body) < 1_000_000 else None
    if found or "X-Amz-Target" in request.headers:
        return found.group(1).decode() if found else request.headers["X-Amz-Target"].rpartition(".")[2], False
    path, _mark, query = request.path.partition("?")
    if request.command == "OPTIONS":
        return "Preflight", True
    names = {part.partition("=")[0] for part in query.split("&")}
    for method, name, action in _STORAGE:
        if method == request.command and name in names:
            return action, True
    if "/" not in path.strip("/"):
        return f"{request.command} bucket", True
    verb = {"PUT": "Copy" if "x-amz-copy-source" in request.headers else "Put", "DELETE": "Delete", "HEAD": "Head"}
    return f"{verb.get(request.command, 'Get')}Object", True
