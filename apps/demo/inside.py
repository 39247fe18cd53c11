"""`python -m apps.demo.inside COMMAND …`: a manage.py command in the environment of the panel that `make up` runs."""

import os
import sys
from pathlib import Path

from apps.demo.processes import ServerFailed
from apps.demo.start import panel_environment
from apps.demo.state import StateFailed, peek


def main() -> None:
    folder = Path(os.environ.get("STATE_DIR") or ".state").absolute()
    try:
        os.environ.update(panel_environment(peek(folder)))
    except (StateFailed, ServerFailed) as problem:
        sys.exit(str(problem))
    os.environ["DJANGO_SETTINGS_MODULE"] = "controlpanel.settings"
    from django.core.management import execute_from_command_line

    execute_from_command_line(["manage.py", *sys.argv[1:]])


if __name__ == "__main__":
    main()
