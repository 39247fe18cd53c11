"""How what is set on a resource is seen: cards on sheets, which are tabs of its page. Each leads to what edits it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from apps.catalog.items import Item
from apps.catalog.text import Text


@dataclass(frozen=True)
class Sheet:
    """A tab that shows cards; those of lower `rank` come first."""

    id: str
    label: Text
    rank: int = 50


@dataclass(frozen=True)
class Shown:
    """What a card says, in this order, each where there is any: `words` are whole sentences, `facts` pairs of a label
    and a value (text, number, truth or a list of these), `links` pairs of a label and a web address, `rows` a table
    under the headings `heads`, `text` a document as it is. `tone` (ok, warn, bad, idle) colours the first sentence.
    With nothing of all that the card says `empty`.
    """

    words: Sequence[Text] = ()
    facts: Sequence[tuple[Text, Any]] = ()
    links: Sequence[tuple[Text, str]] = ()
    heads: Sequence[Text] = ()
    rows: Sequence[Sequence[Any]] = ()
    text: str = ""
    tone: str = ""

    @property
    def anything(self) -> bool:
        return bool(self.words or self.facts or self.links or self.rows or self.text)


@dataclass(frozen=True)
class Card:
    """What is set of one sort. `show(item)` answers a Shown. `part` is the Part that it shows: where the account may
    not read it, the card says so and `show` isn't asked. `verbs` are the actions that edit it, `removes` those that
    take away what is set, offered where something is. Lower `rank` first."""

    sheet: Sheet
    label: Text
    show: Callable[[Item], Shown]
    part: str = ""
    verbs: tuple[str, ...] = ()
    removes: tuple[str, ...] = ()
    help: Text = ""
    empty: Text = ""
    rank: int = 50
