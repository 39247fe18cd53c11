"""What holds objects: a resource whose kind another kind lies within, as a person may look into it."""

from dataclasses import dataclass

from apps.audit.record import Target
from apps.catalog import registry
from apps.catalog.items import Item
from apps.catalog.resources import Resource
from apps.cloud.models import Account
from apps.inventory import query
from apps.objects import bookmarks
from apps.tenancy import access
from apps.tenancy.access import Actor, Decision


class Unknown(LookupError):
    """There is no such container, or it isn't theirs to know of."""


class Ambiguous(LookupError):
    """Several accounts or Regions have one of this name: `items` are all of them."""

    def __init__(self, items: list[Item]) -> None:
        super().__init__(items[0].id)
        self.items = items


@dataclass(frozen=True, slots=True)
class Container:
    """`item` is the container, `kind` that of the objects in it. One that a bookmark alone knows is not `listed`."""

    account: Account
    item: Item
    kind: Resource
    listed: bool = True

    @property
    def name(self) -> str:
        return self.item.id

    @property
    def region(self) -> str:
        return self.item.region

    def path(self, key: str) -> str:
        """As permissions and the record name what lies in it."""
        return f"{self.name}/{key}"

    def target(self, key: str) -> Target:
        account = self.account
        return Target(self.kind.kind, self.path(key), key, str(account.id), account.name, self.region)

    def decide(self, actor: Actor, key: str, verb: str = "read") -> Decision:
        """Whether they may do this to an object, or to all whose keys begin so. Raises Unknown to another tenant's."""
        if actor.tenant_id != self.account.tenant_id:
            raise Unknown(self.name)
        return access.explain(
            actor,
            f"{self.kind.kind}.{verb}",
            account=self.account.id,
            region=self.region,
            tags=self.item.tags,
            path=self.path(key),
            label=self.account.name,
            target=self.target(key),
        )

    def require(self, actor: Actor, key: str, verb: str = "read") -> None:
        """Raises Denied."""
        decision = self.decide(actor, key, verb)
        if not decision.allowed:
            raise access.Denied(decision)


def find(actor: Actor, resource: Resource, id: str, account: str | None = None, region: str | None = None) -> Container:
    """The container of that id, from the inventory or else from a bookmark. In the tenant's transaction.

    Whether they may read what is in it, `decide` tells: who may see the container learns why not. Raises Unknown,
    Ambiguous.
    """
    kind = registry.inside(resource.kind)
    if kind is None:
        raise Unknown(id)
    known = query.get_many(actor.tenant_id, resource.kind, [id], account, region)
    found = [item for item in known if query.may_see(actor, item)] or _marked(actor, kind, known, id, account, region)
    if not found:
        raise Unknown(id)
    if len(found) > 1:
        raise Ambiguous(found)
    owner = Account.objects.filter(tenant_id=actor.tenant_id, id=found[0].account).first()
    if owner is None:
        raise Unknown(id)
    return Container(owner, found[0], kind, listed=found[0] in known)


def _marked(
    actor: Actor, kind: Resource, known: list[Item], id: str, account: str | None, region: str | None
) -> list[Item]:
    """The containers of that id that the person's bookmarks lead to, as the inventory knows them if it does."""
    places = {
        (str(mark.account_id), mark.region)
        for mark in bookmarks.visible(actor, kind)
        if mark.container == id and account in (None, str(mark.account_id)) and region in (None, "", mark.region)
    }
    by_place = {(item.account, item.region): item for item in known}
    blank = registry.resource(kind.within)
    return [by_place.get(place) or bare(blank, id, *place) for place in sorted(places)]


def bare(resource: Resource, id: str, account: str, region: str) -> Item:
    """A container of which only its place is known."""
    return Item(resource.kind, id, name=id, account=account, region=region)
