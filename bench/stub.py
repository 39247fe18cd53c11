"""An AWS that does nothing at once: `python -m bench.stub PORT`. It says yes to every EC2 call and notes when it came.

It throttles whoever signs with THROTTLED, which it doesn't note. GET answers the moments of the calls since the last
GET, in nanoseconds of the machine's monotonic clock.
"""

import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

ANSWER = (
    '<{0}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">'
    "<requestId>00000000-0000-4000-8000-000000000000</requestId><return>true</return></{0}Response>"
)
REFUSED = (
    "<Response><Errors><Error><Code>RequestLimitExceeded</Code><Message>Slow down.</Message></Error></Errors>"
    "<RequestID>00000000-0000-4000-8000-000000000000</RequestID></Response>"
)
THROTTLED = "AKIABENCHTHROTTLED00"
calls: list[int] = []


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # headers and body leave together

    def do_POST(self) -> None:
        came = time.monotonic_ns()
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if THROTTLED in self.headers.get("Authorization", ""):
            self._answer(REFUSED, "text/xml", 503)
            return
        calls.append(came)
        self._answer(ANSWER.format(parse_qs(body)["Action"][0]), "text/xml")

    def do_GET(self) -> None:
        told, calls[:] = list(calls), []
        self._answer(json.dumps(told), "application/json")

    def _answer(self, text: str, kind: str, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        pass


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
