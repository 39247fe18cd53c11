"""What a form and a plan may know of the account and Region that they are for."""

from collections.abc import Sequence
from typing import Any, Protocol

from apps.catalog.items import Item


class Scope(Protocol):
    """One account and one Region as the asker may see them. It answers from what the panel knows; never calls AWS."""

    account: str
    region: str

    @property
    def regions(self) -> Sequence[str]:
        """The Regions that the panel works in with this account."""

    @property
    def required_tags(self) -> Sequence[str]:
        """The keys of the tags that whatever is made in the account must have."""

    def tag_values(self, key: str) -> Sequence[str]:
        """Values that a tag has in the account already, the most frequent first."""

    def untold(self, kind: str) -> str:
        """Why what there is of a kind can't be told: a role that forbids it, or AWS that does; else nothing."""

    def at(self, region: str, account: str = "") -> "Scope":
        """The same account in another Region; or another account, as the asker may see it."""

    def everywhere(self, kind: str) -> Sequence[Item]:
        """All of a kind in every account and Region of the organization that the asker may see; by name."""

    def get(self, kind: str, id: str) -> Item | None:
        """The resource, or None when it is not there or may not be seen."""

    def find(self, kind: str, **equals: Any) -> Sequence[Item]:
        """All of a kind whose attributes (of the AWS object) equal these; by name."""

    def search(self, kind: str, text: str = "", limit: int = 50) -> Sequence[Item]:
        """The first of a kind whose name or id contains the text."""
