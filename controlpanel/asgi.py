"""ASGI entry: everything when embedded; server-sent events alone in production."""

import gc
import os
import warnings

from django.conf import settings
from django.core.asgi import get_asgi_application
from granian.utils.proxies import wrap_asgi_with_proxy_headers

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "controlpanel.settings")

# Static files, which only the embedded panel serves from here: small, and read before they are sent.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")

application = get_asgi_application()
if settings.NORTHGATE_PROXIES:
    # The audit names the visitor's address, not the proxy's; a header from anybody else is not believed.
    application = wrap_asgi_with_proxy_headers(application, settings.NORTHGATE_PROXIES)
# What exists now lives as long as the process: leave it out of every collection (halves p95).
gc.collect()
gc.freeze()
