"""Where one can go: pages, services and their kinds; and the menus of them, which are the same for everybody."""

from dataclasses import dataclass
from functools import cache

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from apps.catalog import registry
from apps.catalog.resources import Resource
from apps.catalog.service import Service
from apps.catalog.text import Text


@dataclass(frozen=True, slots=True)
class GoKey:
    letter: str
    label: Text
    url: str


def pages() -> list[tuple[str, Text, str]]:
    return [
        ("home", _("Overview"), "house"),
        ("operations", _("Operations"), "activity"),
        ("schedules", _("Schedules"), "calendar-clock"),
        ("idle", _("Idle and costing"), "hourglass"),
        ("audit", _("Audit"), "file-clock"),
        ("accounts", _("Accounts"), "wallet"),
        ("members", _("Members"), "users"),
        ("tokens", _("API tokens"), "key"),
    ]


def kinds(service: Service) -> list[Resource]:
    """A service's kinds in the order of its menu."""
    return list(registry.resources(service.name))


def list_url(resource: Resource) -> str:
    return _list_url(resource.service, resource.slug)


@cache
def _list_url(service: str, slug: str) -> str:
    """Kept for the process: a page links a dozen lists, and reversing takes longer than printing."""
    return reverse("list", args=[service, slug])


def service_url(service: Service) -> str:
    return _service_url(service.name)


@cache
def _service_url(name: str) -> str:
    return reverse("service", args=[name])


def go_keys() -> list[GoKey]:
    """`g` and a letter: pages first, then the first list of each service, by a letter that is still free."""
    letters = {"home": "h", "operations": "o", "audit": "a", "accounts": "c"}
    found = {
        letters[name]: GoKey(letters[name], label, reverse(name)) for name, label, _icon in pages() if name in letters
    }
    for service in registry.services():
        letter = next((c for c in str(service.label).lower() if c.isalnum() and c not in found), "")
        if letter:
            found[letter] = GoKey(letter, service.label, service_url(service))
    return list(found.values())


@cache
def services(language: str | None) -> SafeString:
    """The services' menu. Kept for the process: no page has to build a hundred links anew."""
    found = [
        {"service": service, "url": service_url(service), "links": [(r.plural, list_url(r)) for r in kinds(service)]}
        for service in registry.services()
    ]
    return render_to_string("shell/services.html", {"services": found})


@cache
def keys(language: str | None, shortcuts: bool) -> SafeString:
    """The help on keys, kept likewise."""
    return render_to_string("shell/keys.html", {"keys": go_keys(), "shortcuts": shortcuts})
