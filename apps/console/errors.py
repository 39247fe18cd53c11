"""Error pages in the panel's style; problem documents under /api/. Those within the shell need a signed-in person."""

import secrets
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from apps.tenancy import answers
from apps.tenancy.context import tenant_tx


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(request, 400, _("This request makes no sense"), _("A part of the address or the form is not valid."))


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(
        request, 403, _("You may not do this"), str(exception or _("Your role does not allow it.")), glyph="lock"
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    words = str(exception) if exception and _said(exception) else ""
    text = words or _("It may have been deleted, or it is not yours to see.")
    return _answer(request, 404, _("There is nothing here"), text, glyph="search")


def server_error(request: HttpRequest) -> HttpResponse:
    """Needs no database and no session: they may be what failed."""
    number = secrets.token_hex(4)
    title, text = (
        _("Something failed in the panel"),
        _("It is not your doing. Try again; the panel's log has the details."),
    )
    if answers.wants_problem(request):
        return answers.problem(500, "internal", title, text)
    context = {"title": title, "text": text, "details": f"500 · {number}", "again": request.get_full_path()}
    return HttpResponse(render_to_string("errors/lone.html", context), status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's token was missing or old: cookies off, or a page from before a sign-in."""
    if answers.wants_problem(request):
        return answers.problem(403, "csrf", _("Request refused"), _("The form's security token is missing or old."))
    context = {
        "title": _("This page is too old"),
        "text": _("You signed in or out since it was loaded, or the browser refuses cookies. Nothing was changed."),
        "next": _("Go back, reload the page and try again."),
        "glyph": "clock",
        "again": request.path if request.method == "GET" else "",
    }
    return HttpResponse(render_to_string("errors/lone.html", context), status=403)


def _said(exception: Exception) -> bool:
    """Whether the exception carries a sentence for people; Django's own 404 of no matching URL carries a dictionary."""
    return bool(exception.args) and isinstance(exception.args[0], str)


def _answer(request: HttpRequest, status: int, title: str, text: str, **more: Any) -> HttpResponse:
    if answers.wants_problem(request):
        return answers.problem(status, {400: "invalid", 403: "denied", 404: "not-found"}[status], title, text)
    context = {"title": title, "text": text, **more}
    actor = getattr(request, "actor", None)
    if actor is None:
        return HttpResponse(render_to_string("errors/lone.html", context), status=status)
    with tenant_tx(actor.tenant_id):
        return render(request, "errors/page.html", context, status=status)
