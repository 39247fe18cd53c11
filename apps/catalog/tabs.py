"""The declaration of a resource's tabs: one that shows what AWS answers as it is looked at, and groups of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from apps.catalog.items import Item
from apps.catalog.text import Text


@dataclass(frozen=True)
class Tab:
    """A tab of the details page that shows the text which one reading AWS call answers.

    `read` makes of what stands at `path`, where there is anything, the text to show. With `live` it is read again every
    so many seconds while somebody looks. `picture` says that it is no text but a picture: its type, such as
    `image/jpeg`, in base64. What is `secret` may hold such: each reading is on the record before AWS is asked.
    """

    id: str
    label: Text
    call: str
    params: Callable[[Item], dict[str, Any]]
    path: str
    empty: Text
    permission: str  # the last word of it: `ec2.instance.<permission>`
    read: Callable[[Any], str] | None = None
    live: int = 0
    picture: str = ""
    secret: bool = False


@dataclass(frozen=True)
class TabGroup:
    """Tabs that stand behind one, in this order, where a kind has more than a row has room for: the first of them is
    what it opens, and the others are chosen there. Each keeps its own address. What is in no group stands alone."""

    label: Text
    tabs: tuple[str, ...]
