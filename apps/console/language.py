"""The language of a page: the person's own choice, else the browser's. REST and the record are English."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_POST

from apps.console import preferences
from apps.tenancy.decorators import SignedRequest, safe_next, signed_in
from apps.users.models import User

KEY = "locale"  # in the session
KNOWN = dict(settings.LANGUAGES)


class LanguageMiddleware:
    """Stands behind the session's middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with translation.override(of(request)):
            response = self.get_response(request)
        patch_vary_headers(response, ["Accept-Language"])
        return response


def of(request: HttpRequest) -> str:
    """One of settings.LANGUAGES."""
    if request.path.startswith("/api/"):
        return settings.LANGUAGE_CODE
    chosen = str(request.session.get(KEY, ""))
    return chosen if chosen in KNOWN else translation.get_language_from_request(request)


@require_POST
@signed_in
def choose(request: SignedRequest) -> HttpResponse:
    """Keeps the person's language, empty for the browser's, and goes back to the page."""
    chosen = request.POST.get("language", "")
    if chosen in KNOWN or not chosen:
        User.objects.filter(pk=preferences.person(request)).update(locale=chosen)
        request.session[KEY] = chosen
    return redirect(safe_next(request.POST.get("next", "")))
