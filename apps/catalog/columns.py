"""The declaration of a column, and ways to say where its value stands."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from apps.catalog.items import Item
from apps.catalog.metrics import Measure
from apps.catalog.paths import first, getter
from apps.catalog.reading import UNREAD
from apps.catalog.text import Text

PathOrFunction = str | Callable[[Any], Any]


def value_at(source: PathOrFunction, obj: Mapping[str, Any]) -> Any:
    """What stands there in an AWS object, or what the function makes of it."""
    return source(obj) if callable(source) else getter(source)(obj)


@dataclass(frozen=True)
class Column:
    """A property of a kind: a column of the list, a line of the details, a filter, a field of the REST answer.

    `source` is a path into the AWS object or a function of the Item. `ref` is the kind that the value is an id of.
    `facet` offers the values that occur as filters. `wide` appears where the table has room, `hidden` only on request.
    """

    label: Text
    source: PathOrFunction
    key: str = ""
    unit: Text = ""
    facet: bool = False
    ref: str = ""
    wide: bool = False
    hidden: bool = False
    number: bool = False
    copy: bool = False
    time: bool = False
    measure: Measure | None = None  # whose last value it is
    part: str = ""  # the Part that a function reads; of a path it is the first name
    exempt: str = ""  # why `manage.py check` can't hold the path against the service model

    def __post_init__(self) -> None:
        if not self.part and isinstance(self.source, str):
            object.__setattr__(self, "part", first(self.source))
        if not self.key:
            key = self.source.rsplit(".", 1)[-1] if isinstance(self.source, str) else self.source.__name__
            object.__setattr__(self, "key", snake(key.strip("[]")))

    def unread(self, item: Item) -> str:
        """The error code for which the cell is empty: the account may not read the part it stands in. Else nothing."""
        found: str = item.attrs.get(UNREAD, {}).get(self.part, "")
        return found

    def value(self, item: Item) -> Any:
        """What stands in the cell: None, text, number, truth or a list of these."""
        return getter(self.source)(item.attrs) if isinstance(self.source, str) else self.source(item)


def measured(measure: Measure) -> Column:
    """The column of a measure's last value."""

    def last(item: Item) -> float | None:
        found = item.measured.get(measure.key)
        return found.last if found else None

    unit, number = measure.metric.unit, not measure.curve
    return Column(measure.label, last, measure.key, unit, hidden=measure.hidden, number=number, measure=measure)


def tag(key: str, path: str = "Tags") -> Callable[[Mapping[str, Any]], str]:
    """The value of a tag, as a source for `name` and columns."""

    def value(obj: Mapping[str, Any]) -> str:
        return tags_of(getter(path)(obj)).get(key, "")

    return value


def tags_of(found: Any) -> dict[str, str]:
    """Tags as a dictionary, from AWS's list of Key and Value, or from a map."""
    if isinstance(found, Mapping):
        return {str(key): str(value) for key, value in found.items()}
    return {str(tag["Key"]): str(tag.get("Value") or "") for tag in found or () if "Key" in tag}


def snake(name: str) -> str:
    """`VolumeType` becomes `volume_type`."""
    out = ""
    for n, char in enumerate(name):
        if char.isupper() and n and (not name[n - 1].isupper() or (n + 1 < len(name) and name[n + 1].islower())):
            out += "_"
        out += char.lower() if char.isalnum() else "_"
    return out
