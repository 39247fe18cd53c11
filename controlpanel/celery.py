"""The Celery application. A message is only a hint that there may be work: the truth is in PostgreSQL."""

import os
import sys

from celery import Celery
from celery.signals import task_postrun
from django.db import close_old_connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "controlpanel.settings")
# Half of a worker's start went into checking declarations, which `manage.py check` has done before they were delivered.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

app = Celery("controlpanel")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# Celery would end the connection pool before and after each task, and signing in anew costs more than most tasks.
app.conf.CELERY_DB_REUSE_MAX = sys.maxsize


def give_back(**_: object) -> None:
    """As after a web request: the connection goes to the pool, a broken one is dropped."""
    close_old_connections()


task_postrun.connect(give_back, weak=False)
