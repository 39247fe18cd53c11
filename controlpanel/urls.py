"""The two doors and the health endpoints."""

from django.urls import include, path

from controlpanel import health

urlpatterns = [
    path("healthz/live", health.live),
    path("healthz/ready", health.ready),
    path("api/v1/", include("apps.api.urls")),
    path("", include("apps.console.urls")),
]
handler400 = "apps.console.errors.bad_request"
handler403 = "apps.console.errors.forbidden"
handler404 = "apps.console.errors.not_found"
handler500 = "apps.console.errors.server_error"
