"""All declarations, found by importing every module under `apps.services`; nothing else names a service."""

import importlib
import pkgutil
from functools import cache
from types import ModuleType

from apps.catalog.resources import Action, Resource, Routine
from apps.catalog.service import Service

_services: dict[str, Service] = {}
_resources: dict[str, Resource] = {}
_duplicates: list[str] = []


class UnknownKind(KeyError):
    """No such service, kind or action is declared."""


def discover(package: str = "apps.services") -> None:
    """Imports every module below the package and takes in the services and resources that stand in it."""
    root = importlib.import_module(package)
    for found in pkgutil.walk_packages(root.__path__, f"{package}."):
        _take(importlib.import_module(found.name))
    resources.cache_clear()


def _take(module: ModuleType) -> None:
    for value in vars(module).values():
        if isinstance(value, Service):
            _services[value.name] = value
        elif isinstance(value, Resource) and _resources.setdefault(value.kind, value) is not value:
            _duplicates.append(value.kind)


def duplicates() -> list[str]:
    """Kinds that were declared twice."""
    return list(_duplicates)


def services() -> list[Service]:
    return sorted(_services.values(), key=lambda service: service.name)


def service(name: str) -> Service:
    try:
        return _services[name]
    except KeyError:
        raise UnknownKind(name) from None


@cache
def resources(service: str = "") -> tuple[Resource, ...]:
    """The kinds that have a list of their own, all or a service's, in the order of the service's groups."""
    found = [each for each in _resources.values() if each.stored and service in ("", each.service)]

    def rank(resource: Resource) -> tuple[str, int, int]:
        groups = [str(group) for group in _services[resource.service].groups]
        group = str(resource.group)
        return resource.service, groups.index(group) if group in groups else len(groups), resource.rank

    return tuple(sorted(found, key=rank))


def everything() -> list[Resource]:
    """All kinds, with those that lie within others."""
    return [*resources(), *(each for each in _resources.values() if not each.stored)]


def resource(kind: str) -> Resource:
    try:
        return _resources[kind]
    except KeyError:
        raise UnknownKind(kind) from None


def inside(kind: str) -> Resource | None:
    """The kind that lies within resources of this kind, such as the objects of a bucket."""
    return next((found for found in _resources.values() if found.within == kind), None)


def by_slug(service: str, slug: str) -> Resource:
    """The kind whose pages stand at `/<service>/<slug>/`."""
    for found in resources(service):
        if found.slug == slug:
            return found
    raise UnknownKind(f"{service}/{slug}")


def action(act: str) -> Action:
    """The action or wizard of that one name, such as `ec2.instance.stop`."""
    kind, _, verb = act.rpartition(".")
    found = resource(kind)
    if made := found.wizards.get(verb) or found.actions.get(verb):
        return made
    return routine(act).action


def routine(act: str) -> Routine:
    """What a schedule may do, by the name of its act."""
    kind, _, verb = act.rpartition(".")
    try:
        return resource(kind).routines[verb]
    except KeyError:
        raise UnknownKind(act) from None


def routines() -> list[Routine]:
    """All that schedules may do."""
    return [routine for found in everything() for routine in found.routines.values()]


def permissions() -> list[str]:
    """Every permission that the declarations give rise to."""
    names = []
    for found in everything():
        names += [found.permission]
        names += [action.permission for action in (*found.wizards.values(), *found.actions.values())]
        names += [routine.action.permission for routine in found.routines.values()]
        names += [f"{found.kind}.{tab.permission}" for tab in found.tabs]
    return list(dict.fromkeys(names))
