"""What surrounds every page: services, navigation, scope, the person. Computed only as far as a template asks."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from apps.catalog import registry
from apps.catalog.resources import Resource
from apps.catalog.service import Service
from apps.catalog.text import Text
from apps.console import menus, preferences, scope
from apps.console.menus import kinds, list_url, pages, service_url
from apps.console.scope import Place
from apps.tenancy.decorators import SignedRequest


@dataclass(frozen=True, slots=True)
class Link:
    label: Text
    url: str
    icon: str = ""
    count: int | None = None
    current: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    label: Text
    links: Sequence[Link]


class Shell:
    """Lazy: a fragment that shows no navigation pays for none. Views set `service`, `kind` and `page`."""

    def __init__(self, request: SignedRequest) -> None:
        self.request = request
        self.service: Service | None = None
        self.kind = ""
        self.page = ""
        self.actor = getattr(request, "actor", None)

    # The person

    @cached_property
    def theme(self) -> str:
        return str(self.request.session.get("theme", "auto"))

    @cached_property
    def prefs(self) -> dict[str, Any]:
        return preferences.load(self.request) if self.actor else {}

    @property
    def density(self) -> str:
        return str(self.prefs.get("density", "normal"))

    @property
    def shortcuts(self) -> bool:
        return bool(self.prefs.get("shortcuts", True))

    @property
    def name(self) -> str:
        return self.actor.name if self.actor else ""

    @property
    def email(self) -> str:
        return self.actor.email if self.actor else ""

    @property
    def tenant_name(self) -> str:
        return self.actor.tenant_name if self.actor else ""

    @property
    def tenants(self) -> list[dict[str, Any]]:
        """The person's organizations, as sign-in left them in the session."""
        here = str(self.actor.tenant_id) if self.actor else ""
        return [{"id": id, "name": name, "current": id == here} for id, name in self.request.session.get("tenants", ())]

    # Scope

    @cached_property
    def accounts(self) -> tuple[Place, ...]:
        if not self.actor:
            return ()
        scope.view(self.request)
        return scope.accounts(self.request)

    @cached_property
    def in_view(self) -> list[Place]:
        chosen = [place for place in self.accounts if place.chosen]
        return chosen or list(self.accounts)

    @property
    def narrowed_accounts(self) -> bool:
        return bool(scope.view(self.request).accounts)

    @property
    def accounts_in_view(self) -> int:
        return len(self.in_view)

    @property
    def only_account(self) -> Place | None:
        return self.in_view[0] if len(self.in_view) == 1 else None

    @property
    def environments(self) -> list[str]:
        return list(dict.fromkeys(place.environment for place in self.in_view))

    @cached_property
    def regions(self) -> tuple[str, ...]:
        return scope.view(self.request).regions or tuple(
            sorted({code for place in self.in_view for code in place.regions})
        )

    @property
    def regions_in_view(self) -> int:
        return len(self.regions)

    @property
    def only_region(self) -> str:
        return self.regions[0] if len(self.regions) == 1 else ""

    @cached_property
    def region_groups(self) -> list[dict[str, Any]]:
        counts: dict[str, int] = {}
        for one in self._seen:
            if not self.kind or one.kind == self.kind:
                counts[one.region] = counts.get(one.region, 0) + one.count
        return scope.region_groups(self.request, counts)

    @property
    def kept_without_account(self) -> list[tuple[str, str]]:
        return self._kept("account")

    @property
    def kept_without_region(self) -> list[tuple[str, str]]:
        return self._kept("region")

    def _kept(self, dropped: str) -> list[tuple[str, str]]:
        """What a scope picker sends along: the page's query but for itself, the page number and the open row."""
        query = self.request.GET
        return [
            (key, value)
            for key in query
            if key not in (dropped, "page", "after", "open")
            for value in query.getlist(key)
        ]

    # Navigation

    @cached_property
    def _seen(self) -> tuple[scope.Seen, ...]:
        return scope.seen(self.request) if self.actor else ()

    @cached_property
    def counts(self) -> dict[str, int]:
        """Resources in view by kind."""
        view = scope.view(self.request)
        found: dict[str, int] = {}
        for one in self._seen:
            if view.holds(one.account, one.region):
                found[one.kind] = found.get(one.kind, 0) + one.count
        return found

    @property
    def services_menu(self) -> SafeString:
        return menus.services(get_language())

    @property
    def keys_help(self) -> SafeString:
        return menus.keys(get_language(), self.shortcuts)

    @property
    def service_url(self) -> str:
        return service_url(self.service) if self.service else ""

    @cached_property
    def nav(self) -> list[Group]:
        return self._service_nav(self.service) if self.service else self._main_nav()

    def _service_nav(self, service: Service) -> list[Group]:
        overview = Link(_("Overview"), service_url(service), current=not self.kind)
        groups: dict[str, list[Link]] = {"": [overview]}
        for resource in kinds(service):
            known = any(one.kind == resource.kind for one in self._seen)
            link = Link(
                resource.plural,
                list_url(resource),
                count=self.counts.get(resource.kind, 0) if known else None,
                current=resource.kind == self.kind,
            )
            groups.setdefault(str(resource.group), []).append(link)
        return [Group(label, links) for label, links in groups.items()]

    def _main_nav(self) -> list[Group]:
        own = [Link(label, reverse(name), icon, current=self.page == name) for name, label, icon in pages()]
        services = [
            Link(service.label, service_url(service), service.icon, current=False) for service in registry.services()
        ]
        return [Group("", own), Group(_("Services"), services)]


def shell_of(request: SignedRequest) -> Shell:
    """The request's one Shell."""
    found: Shell | None = getattr(request, "shell", None)
    if found is None:
        found = request.shell = Shell(request)  # type: ignore[attr-defined]
    return found


def at(request: SignedRequest, page: str) -> None:
    """Marks the panel's own page that the navigation shows as current."""
    shell_of(request).page = page


def of_service(request: SignedRequest, service: Service) -> None:
    """Marks the service whose overview is shown."""
    shell_of(request).service = service
    scope.serve(request, service.name)


def on(request: SignedRequest, resource: Resource) -> None:
    """Marks the kind whose service's navigation is shown."""
    shell = shell_of(request)
    shell.service, shell.kind = registry.service(resource.service), resource.kind
    scope.serve(request, resource.service)
