"""Serve moto's EC2 family with our additions on 127.0.0.1:DEMO_PORT. DEMO_IAM is ministack's address."""

import logging
import os
import signal

from moto.moto_server.werkzeug_app import MotoRequestHandler, create_backend_app
from werkzeug.serving import run_simple

from . import (
    addresses,
    dry_runs,
    identities,
    images,
    launches,
    leaving,
    reports,
    reserved,
    scaling,
    six,
    snapshots,
    spot,
    stale,
    states,
    tags,
    watching,
)
from .callers import CallerApplication, Directory


def seconds(name: str, default: float) -> float:
    return float(os.environ.get(f"DEMO_{name}_SECONDS", default))


class QuietHandler(MotoRequestHandler):
    """Keeps connections open, as AWS does, and says nothing of requests that went well."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        if str(code).startswith("5"):
            print(f"{code} {self.requestline}", flush=True)


def main() -> None:
    directory = Directory(os.environ["DEMO_IAM"])
    dry_runs.install()
    pending = seconds("PENDING", 6)
    states.install(pending=pending, stopping=seconds("STOPPING", 8), shutting=seconds("SHUTTING", 6))
    launches.install()
    tags.install()
    watching.install(first=seconds("CHECKS", 5 * pending))
    spot.install()
    stale.install()
    reserved.install()
    snapshots.install()
    images.install()
    addresses.install()
    leaving.install()
    six.install(joining=pending / 2)
    scaling.install(seconds=seconds("REFRESH", 30))
    identities.install(directory)
    reports.start(os.environ["DEMO_IAM"])
    application = CallerApplication(create_backend_app, directory)
    # Its banner warns of using a development server in production; this one is for neither.
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    run_simple("127.0.0.1", int(os.environ["DEMO_PORT"]), application, threaded=True, request_handler=QuietHandler)


main()
