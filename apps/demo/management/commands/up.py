"""`manage.py up`: the whole panel with its servers, demo cloud and demo tenants, in one terminal."""

import os
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from apps.demo.processes import ServerFailed
from apps.demo.start import Demo
from apps.demo.state import StateFailed, take
from apps.demo.supervisor import CannotGoOn, StopAsked, Supervisor, Terminal, stop_signals


class Command(BaseCommand):
    help = "Start the panel with everything that it needs. Environment: PORT, STATE_DIR, DATABASE_URL, REDIS_URL."
    # Nothing is configured yet: this command makes what checks would look at.
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        terminal = Terminal()
        supervisor = Supervisor(terminal)
        failed = False
        with stop_signals(terminal):
            try:
                folder = Path(os.environ.get("STATE_DIR") or ".state").absolute()
                state = take(folder)
                try:
                    Demo(state, _port(), terminal, supervisor).run()
                finally:
                    if supervisor.pids():
                        terminal.line("up", "Stopping.")
                    supervisor.stop()
                    state.forget_running()
            except StopAsked:
                terminal.line("up", "Stopped. make up starts it again, with everything still there.")
            except (StateFailed, ServerFailed, CannotGoOn) as problem:
                failed = True
                for line in str(problem).splitlines():
                    terminal.line("up", line)
        sys.exit(1 if failed else 0)


def _port() -> int:
    given = os.environ.get("PORT") or "8000"
    if not given.isdigit() or not 0 < int(given) < 65536:
        raise ServerFailed(f"PORT={given} is no port number.")
    return int(given)
