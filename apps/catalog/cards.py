"""How what is set on a resource is seen: cards on sheets, which are tabs of its page. Each leads to what edits it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from apps.catalog.asking import Asking
from apps.catalog.costs import Book
from apps.catalog.items import Item
from apps.catalog.scope import Scope
from apps.catalog.text import Text


@dataclass(frozen=True)
class Sheet:
    """A tab that shows cards; those of lower `rank` come first."""

    id: str
    label: Text
    rank: int = 50


@dataclass(frozen=True)
class Around:
    """What a card may know besides its resource: the account and Region that it lies in, as far as the panel knows them
    and who looks may see them; the address from which they look (empty where nobody does); the Region's prices, and
    `books` for those of another; what the card's `asks` came to (None where nothing was asked)."""

    scope: Scope
    address: str = ""
    book: Book | None = None
    books: Callable[[str], Book] | None = None
    told: Any = None


@dataclass(frozen=True)
class Named:
    """A resource of a kind by its id, in the same account and Region: the page has its name and a link, where the panel
    knows it, and says so where it doesn't."""

    kind: str
    id: str


@dataclass(frozen=True)
class When:
    """A moment as AWS answers it: the page says how long ago it is, and when it was by the reader's clock."""

    at: Any


@dataclass(frozen=True)
class Shown:
    """What a card says, in this order, each where there is any: `words` are whole sentences, `links` pairs of a label
    and a web address, `facts` pairs of a label and a value (text, number, truth, a list of these, Named or When),
    `commands` pairs of what it is for and a line for a terminal, `checks` pairs of a tone (ok, warn, bad; empty for
    what isn't known) and a sentence, `rows` a table of such values under the headings `heads`, `text` a document as it
    is. `tone` (ok, warn, bad, idle) colours the first sentence. With nothing of all that the card says `empty`.
    """

    words: Sequence[Text] = ()
    facts: Sequence[tuple[Text, Any]] = ()
    commands: Sequence[tuple[Text, str]] = ()
    checks: Sequence[tuple[str, Text]] = ()
    links: Sequence[tuple[Text, str]] = ()
    heads: Sequence[Text] = ()
    rows: Sequence[Sequence[Any]] = ()
    text: str = ""
    tone: str = ""

    @property
    def anything(self) -> bool:
        said = self.words or self.facts or self.commands or self.checks
        return bool(said or self.links or self.rows or self.text)


@dataclass(frozen=True)
class Card:
    """What is set of one sort. `show(item)` answers a Shown; with `around` it is `show(item, around)`. `part` is the
    Part that it shows: where the account may not read it, the card says so and `show` isn't asked. `verbs` are the
    actions that edit it, `removes` those that take away what is set, offered where something is. Lower `rank` first.
    `asks(item, around)` asks AWS for more before it is shown: see asking.py."""

    sheet: Sheet
    label: Text
    show: Callable[..., Shown]
    part: str = ""
    verbs: tuple[str, ...] = ()
    removes: tuple[str, ...] = ()
    help: Text = ""
    empty: Text = ""
    rank: int = 50
    around: bool = False
    asks: Callable[[Item, Around], Asking] | None = None

    def shown(self, item: Item, around: Around) -> Shown:
        return self.show(item, around) if self.around else self.show(item)
