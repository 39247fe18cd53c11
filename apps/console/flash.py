"""Messages at the top of the page: what was done, or why it was not."""

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

from apps.cloud.explain import Explained


def ok(request: HttpRequest, text: str) -> None:
    messages.success(request, text)


def info(request: HttpRequest, text: str) -> None:
    messages.info(request, text)


def bad(request: HttpRequest, text: str) -> None:
    messages.error(request, text)


def failed(request: HttpRequest, explained: Explained) -> None:
    """A failed AWS call: plain words and the next step, with the code and request id to copy."""
    words = f"{explained.text} {explained.next}".strip()
    if explained.changed == "no":
        words += " " + _("Nothing was changed.")
    messages.error(request, words, extra_tags=" · ".join(filter(None, (explained.code, explained.request_id))))
