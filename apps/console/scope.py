"""Which accounts and Regions are in view: chosen in the URL, remembered per person; and what was last seen there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from django.utils.translation import gettext as _

from apps.cloud.models import Environment
from apps.console import preferences, regions
from apps.inventory import query
from apps.tenancy import access
from apps.tenancy.decorators import SignedRequest


@dataclass(frozen=True, slots=True)
class Place:
    """An account that the person may see. `regions` are those that it is used in."""

    id: str
    name: str
    number: str
    environment: str
    regions: tuple[str, ...]
    chosen: bool

    @property
    def environment_label(self) -> str:
        return str(Environment(self.environment).label) if self.environment in Environment.values else self.environment


@dataclass(frozen=True, slots=True)
class RegionChoice:
    code: str
    place: str
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """The last scan of a kind in an account and Region. Times are ISO text, `error` an Explained's JSON."""

    account: str
    region: str
    kind: str
    count: int
    started_at: str | None
    finished_at: str | None
    ok_at: str | None
    error: dict[str, Any] | None


# By kind, measure, account and Region: the Explained of what CloudWatch did not tell.
Unmeasured = Mapping[tuple[str, str, str, str], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class View:
    """What is in view. Empty tuples mean everything that the person may see."""

    accounts: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()

    def holds(self, account: str, region: str) -> bool:
        # A global resource has no Region of its own, so a choice of Regions never hides it.
        return (not self.accounts or account in self.accounts) and (
            not self.regions or region in ("", "global", *self.regions)
        )


def accounts(request: SignedRequest) -> tuple[Place, ...]:
    """The organization's accounts, by environment and name, with those in view marked. One query per request, which
    brings the last scans of the service's kinds along (see `serve`)."""
    found: tuple[Place, ...] | None = getattr(request, "_accounts", None)
    if found is None:
        asked, rows = _asked(request, "account"), _rows(request)
        found = tuple(
            Place(id, name, number, environment, tuple(codes), id in asked)
            for id, name, number, environment, codes in sorted(rows, key=lambda row: (_RANK.get(row[3], 9), row[1]))
        )
        request._accounts = found  # type: ignore[attr-defined]
    return found


_RANK = {"production": 0, "staging": 1, "development": 2}


def serve(request: SignedRequest, service: str) -> None:
    """Tells which service's scans the page needs; before anything else here is asked."""
    request._service = service  # type: ignore[attr-defined]


def _rows(request: SignedRequest) -> list[tuple[Any, ...]]:
    """(id, name, number, environment, Regions) of each account. One statement, by hand: this is on the way of every
    page, and building it anew by the ORM takes longer than the database does."""
    actor, service = request.actor, getattr(request, "_service", None)
    kinds = "" if service is None else f"{service}.%" if service else "%"
    found = [row for row in query.fetch(_SQL, [kinds, kinds, actor.tenant_id]) if access.sees(actor, row[0])]
    if service is not None:
        request._seen = tuple(  # type: ignore[attr-defined]
            Seen(row[0], *scan)
            for row in found
            for scan in orjson.loads(row[5])
            if access.allowed(actor, f"{scan[1]}.read", account=row[0], region=scan[0])
        )
        request._unmeasured = {  # type: ignore[attr-defined]
            (kind, key, row[0], region): error
            for row in found
            for kind, key, errors in orjson.loads(row[6])
            for region, error in errors.items()
        }
    return [row[:5] for row in found]


_SQL = """
    SELECT a.id::text, a.name, a.number, a.environment, a.regions, (
        SELECT coalesce(json_agg(json_build_array(
            s.region, s.kind, s.count, s.started_at, s.finished_at, s.ok_at, s.error)), '[]')::text
        FROM inventory_scan s WHERE s.tenant_id = a.tenant_id AND s.account_id = a.id AND s.kind LIKE %s), (
        SELECT coalesce(json_agg(json_build_array(m.kind, m.key, m.errors)), '[]')::text
        FROM inventory_measure_scan m WHERE m.tenant_id = a.tenant_id AND m.account_id = a.id AND m.kind LIKE %s
        AND m.errors <> '{}')
    FROM cloud_account a WHERE a.tenant_id = %s"""


def view(request: SignedRequest) -> View:
    """What is in view; a new choice in the URL is remembered. Unknown accounts and malformed Regions are dropped."""
    found: View | None = getattr(request, "_view", None)
    if found is None:
        known = {place.id for place in accounts(request)}
        codes = {code for place in accounts(request) for code in place.regions}
        chosen = _asked(request, "account") & known
        places = _asked(request, "region") & (codes | regions.PLACES.keys())
        # Everything chosen is the same as nothing chosen: what is connected later is in view too.
        found = View(
            tuple(sorted(chosen)) if chosen != known else (), tuple(sorted(places)) if not places >= codes else ()
        )
        if "account" in request.GET or "region" in request.GET:
            preferences.save(request, account=list(found.accounts) or None, region=list(found.regions) or None)
        request._view = found  # type: ignore[attr-defined]
    return found


def _asked(request: SignedRequest, key: str) -> set[str]:
    if key in request.GET:
        return {value for value in request.GET.getlist(key) if value}
    return set(preferences.load(request).get(key, ()))


def seen(request: SignedRequest) -> tuple[Seen, ...]:
    """The last scans that the person may see, in or out of view: of the service given to `serve`, else of all kinds."""
    if not hasattr(request, "_seen"):
        serve(request, getattr(request, "_service", None) or "")
        request.__dict__.pop("_accounts", None)
        accounts(request)
    found: tuple[Seen, ...] = request._seen  # type: ignore[attr-defined]
    return found


def unmeasured(request: SignedRequest) -> Unmeasured:
    """What CloudWatch did not tell, of the service given to `serve`. It comes with the scans: a cell shows it only
    beside a resource that the person may see."""
    seen(request)
    found: Unmeasured = request._unmeasured  # type: ignore[attr-defined]
    return found


def region_groups(request: SignedRequest, counts: dict[str, int]) -> list[dict[str, Any]]:
    """The Region picker's groups: those with resources first."""
    chosen = view(request).regions
    codes = sorted(
        {code for place in accounts(request) for code in place.regions} | {c for c in counts if c != "global"}
    )
    choices = [
        RegionChoice(code, regions.place(code), counts.get(code, 0), code in chosen or not chosen)
        for code in codes
        if code
    ]
    used = sorted((one for one in choices if one.count), key=lambda one: -one.count)
    unused = [one for one in choices if not one.count]
    groups = [{"label": _("With resources"), "regions": used}, {"label": _("Other enabled Regions"), "regions": unused}]
    return [group for group in groups if group["regions"]]
