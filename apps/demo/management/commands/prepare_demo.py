"""`manage.py prepare_demo`: what the panel needs before it serves a page. Part of `manage.py up`."""

import hashlib
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from apps.demo.state import peek
from apps.demo.tenants import ensure_people


class Command(BaseCommand):
    help = "Migrate, collect static files, make the demo's organizations and people."
    # make lint runs them; a start shouldn't wait for them.
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", database="owner", verbosity=0, skip_checks=True)
        if self._collect_static():
            self.stdout.write("Collected static files.")
        ensure_people(peek(settings.STATE_DIR).secrets["sign_ins"])

    def _collect_static(self) -> bool:
        """Whether there was anything new to collect (compressing takes seconds, looking takes none)."""
        stamp = Path(settings.STATE_DIR) / "static.stamp"
        now = _digest(Path(folder) for folder in settings.STATICFILES_DIRS)
        if stamp.exists() and stamp.read_text() == now and Path(settings.STATIC_ROOT).is_dir():
            return False
        call_command("collectstatic", interactive=False, verbosity=0, clear=True, skip_checks=True)
        stamp.write_text(now)
        return True


def _digest(folders: Any) -> str:
    """Of the names, sizes and times of all files."""
    lines = []
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            info = path.stat()
            lines.append(f"{path} {info.st_size} {info.st_mtime_ns}")
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
