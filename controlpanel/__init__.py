"""Wiring: settings, URLs, the WSGI and ASGI applications, the Celery application."""

from controlpanel.celery import app as celery_app

__all__ = ["celery_app"]
