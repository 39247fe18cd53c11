"""What an address below a container means: the container, the folder, the object; and the addresses around it."""

from dataclasses import dataclass
from functools import cached_property
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _

from apps.catalog.resources import Resource
from apps.cloud import objects
from apps.cloud.explain import CallFailed
from apps.console import menus, refs, scope, shell
from apps.objects import containers, names
from apps.objects.containers import Container
from apps.tenancy.access import Decision
from apps.tenancy.decorators import SignedRequest


@dataclass(frozen=True, slots=True)
class Crumb:
    label: str
    url: str


class Place:
    """A container as the pages of its objects know it. `base` is its browser's address."""

    def __init__(self, request: SignedRequest, resource: Resource, container: Container) -> None:
        self.request, self.resource, self.container = request, resource, container
        self.kind = container.kind
        self.ref = ref(container.item.id, container.item.account, container.item.region)
        self.base = base(resource, self.ref)

    @cached_property
    def account(self) -> scope.Place | None:
        id = str(self.container.account.id)
        return next((place for place in scope.accounts(self.request) if place.id == id), None)

    @property
    def environment(self) -> str:
        return self.container.account.environment

    @property
    def page(self) -> str:
        """The container's own page; nothing where only a bookmark knows it."""
        here = quote(refs.of(self.container.item), safe="@:")
        return f"{self.list_url}{here}/" if self.container.listed else ""

    @property
    def list_url(self) -> str:
        return menus.list_url(self.resource)

    def below(self, path: str, **query: str) -> str:
        """The address of a view below its browser, such as `panel/`. By hand: reversing it for each row would cost more
        than the row."""
        text = encoded(**query) if query else ""
        return f"{self.base}{path}?{text}" if text else f"{self.base}{path}"

    def folder(self, prefix: str) -> str:
        return f"{self.base}?{encoded(prefix=prefix)}" if prefix else self.base

    def object(self, key: str, version: str = "", **more: str) -> str:
        return f"{self.base}?{encoded(key=key, version=version, **more)}"

    def crumbs(self, prefix: str) -> list[Crumb]:
        """From the container to the folder; the last is where one is."""
        steps = [Crumb(names.one_line(label), self.folder(at)) for label, at in names.steps(prefix)]
        return [Crumb(self.container.name, self.base), *steps]

    def uri(self, key: str) -> str:
        """As AWS's own tools name it."""
        return f"{self.kind.service}://{self.container.path(key)}"

    @property
    def arn(self) -> str:
        """The container's."""
        pattern = self.resource.arn
        return pattern.format(id=self.container.name, region=self.container.region, account="", name="")

    @property
    def identity(self) -> str:
        """Whom AWS knows the panel as, in this account."""
        account = self.container.account
        return account.role_arn or _("the access key that ends in %(hint)s") % {"hint": account.key_hint}

    def decide(self, key: str, verb: str = "read") -> Decision:
        return self.container.decide(self.request.actor, key, verb)


def ref(id: str, account: str, region: str) -> str:
    """A container in a URL: always with its account, since several may look into the same one."""
    return f"{id}@{account}:{region}"


def base(resource: Resource, ref: str) -> str:
    """The address of its browser."""
    return f"{menus.list_url(resource)}{quote(ref, safe='@:')}/objects/"


def find(request: SignedRequest, service: str, slug: str, id: str) -> Place:
    """In the tenant's transaction. Raises Http404."""
    resource = refs.resource(service, slug)
    shell.on(request, resource)
    plain, account, region = refs.parts(id)
    try:
        container = containers.find(request.actor, resource, plain, account, region)
    except (containers.Unknown, containers.Ambiguous):
        raise Http404(_("There is no such resource, or you may not see it.")) from None
    return Place(request, resource, container)


def text(request: SignedRequest, name: str) -> str:
    """A key or prefix of the query, exactly as it stands there. Raises Http404 where no object can have it."""
    found = request.GET.get(name, "")
    try:
        return names.check(found) if found else ""
    except ValueError:
        raise Http404(_("No object can have such a key.")) from None


def encoded(**query: str) -> str:
    return urlencode({name: value for name, value in query.items() if value}, quote_via=quote, safe="/")


def allow_pictures(answer: HttpResponse, at: Place) -> None:
    """The page may show this container's pictures, in an <img>, and no other page may."""
    _allow(answer, at, "img-src")


def allow_sending(answer: HttpResponse, at: Place) -> None:
    """The page's script may send to this container, and no other page's may."""
    _allow(answer, at, "connect-src")


def _allow(answer: HttpResponse, at: Place, directive: str) -> None:
    try:
        here = objects.origin(at.container.account, at.container.region, at.container.name)
    except CallFailed:  # the account can't be used as it is: what the page asks for will say so
        return
    answer._csp_update = {directive: [here]}  # type: ignore[attr-defined]


def opened_url(request: SignedRequest, ref: str) -> str:
    """The browser's address with a row open, when that is where the request came from; else nothing."""
    current = urlsplit(request.headers.get("HX-Current-URL", ""))
    if not current.path.endswith("/objects/"):
        return ""
    pairs = [
        (key, value) for key, value in parse_qsl(current.query, keep_blank_values=True) if key not in ("open", "key")
    ]
    return f"{current.path}?{urlencode([*pairs, ('open', ref)], safe='/@:')}"
