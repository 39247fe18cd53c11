"""WSGI entry: pages and REST in production."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "controlpanel.settings")

application = get_wsgi_application()
# What exists now lives as long as the process: leave it out of every collection (halves p95).
gc.collect()
gc.freeze()
