"""What can go wrong at the REST door: one list of problem types, each a page of its own (RFC 9457)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from apps.api.answers import answer
from apps.catalog.text import Text

BASE = "/api/v1/problems/"
MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True)
class ProblemType:
    """A type of problem. `status` is the HTTP status, `advice` what the caller can do about it."""

    slug: str
    status: int
    title: Text
    advice: Text

    @property
    def uri(self) -> str:
        return f"{BASE}{self.slug}"


TYPES: dict[str, ProblemType] = {
    found.slug: found
    for found in (
        ProblemType(
            "unreadable",
            400,
            _("The request can't be read"),
            _("The body is not JSON, or not an object. Send an object in UTF-8."),
        ),
        ProblemType(
            "query",
            400,
            _("The query can't be understood"),
            _("A query parameter has an unknown name or a value that it can't have. `errors` names each one."),
        ),
        ProblemType(
            "idempotency-key",
            400,
            _("The idempotency key can't be used"),
            _("An Idempotency-Key is 1 to 255 visible ASCII characters."),
        ),
        ProblemType(
            "unauthorized",
            401,
            _("A token is needed"),
            _("Send `Authorization: Bearer` with a token that is neither expired nor revoked."),
        ),
        ProblemType(
            "denied",
            403,
            _("Not permitted"),
            _("You lack the permission that `permission` names. An owner of the organization can grant it."),
        ),
        ProblemType(
            "csrf",
            403,
            _("The request came without its CSRF token"),
            _("A browser session sends X-CSRFToken with every change. Scripts use a token instead of a session."),
        ),
        ProblemType(
            "not-found",
            404,
            _("Not found"),
            _("There is nothing at this address that you may see. What belongs to others answers the same."),
        ),
        ProblemType(
            "method",
            405,
            _("The method is not allowed here"),
            _("The Allow header lists the methods that this address takes."),
        ),
        ProblemType(
            "conflict",
            409,
            _("Not possible in the present state"),
            _("Read the resource or the operation again: it is not in a state in which this makes sense."),
        ),
        ProblemType(
            "ambiguous",
            409,
            _("Several resources have this id"),
            _("Accounts or Regions share it. Add `account` and `region` to the query; `candidates` are the addresses."),
        ),
        ProblemType("too-large", 413, _("The body is too large"), _("A body is at most 1 MiB.")),
        ProblemType(
            "media-type",
            415,
            _("The media type is not supported"),
            _("Send `Content-Type: application/json`."),
        ),
        ProblemType(
            "invalid",
            422,
            _("The values are not valid"),
            _("`errors` names each field with what is wrong with it. Nothing was changed."),
        ),
        ProblemType(
            "key-reused",
            422,
            _("The idempotency key was used for something else"),
            _("A key belongs to one request. Use a new one for another body or address."),
        ),
        ProblemType(
            "internal",
            500,
            _("The panel failed"),
            _("Nothing is known of what was wrong. The panel's log has the details; ask whoever runs it."),
        ),
        ProblemType(
            "aws",
            502,
            _("AWS did not do it"),
            _("`code` and `request_id` are AWS's own; `changed` tells whether anything was changed."),
        ),
        ProblemType(
            "unavailable",
            503,
            _("The panel is not ready"),
            _("The database or another part does not answer. Try again in a moment."),
        ),
    )
}


class Problem(Exception):
    """Ends a request with a problem document of type `slug`. `more` are extension members, such as `errors`."""

    def __init__(self, slug: str, detail: Text = "", *, headers: Mapping[str, str] | None = None, **more: Any) -> None:
        super().__init__(slug)
        self.slug, self.detail, self.headers, self.more = slug, detail, dict(headers or {}), more

    def response(self) -> HttpResponse:
        return problem(self.slug, self.detail, headers=self.headers, **self.more)


def problem(slug: str, detail: Text = "", *, headers: Mapping[str, str] | None = None, **more: Any) -> HttpResponse:
    """A problem document: `type`, `title`, `status`, `detail` and the extension members given."""
    found = TYPES[slug]
    body = {
        "type": found.uri,
        "title": str(found.title),
        "status": found.status,
        "detail": str(detail or found.advice),
        **more,
    }
    return answer(body, status=found.status, headers=headers, media_type=MEDIA_TYPE)


def bad_cursor() -> Problem:
    """A cursor that this list never gave out."""
    return Problem("query", errors={"cursor": [_("The value is not the cursor of a `next` address of this list.")]})
