"""WSGI entry: pages and REST in production."""

import gc
import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from granian.utils.proxies import wrap_wsgi_with_proxy_headers

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "controlpanel.settings")

application = get_wsgi_application()
if settings.NORTHGATE_PROXIES:
    # The audit names the visitor's address, not the proxy's; a header from anybody else is not believed.
    application = wrap_wsgi_with_proxy_headers(application, settings.NORTHGATE_PROXIES)
# What exists now lives as long as the process: leave it out of every collection (halves p95).
gc.collect()
gc.freeze()
