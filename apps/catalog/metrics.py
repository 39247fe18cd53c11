"""What CloudWatch measures of a resource: shown as it is asked for (Metric), or kept for lists (Measure)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.catalog.items import Item
from apps.catalog.text import Text


@dataclass(frozen=True)
class Metric:
    """A CloudWatch metric of a resource, whose id is the value of `dimension`.

    `unit` is shown ("bytes" as KiB, MiB, …); `top` fixes the scale (100 for per cent). `fixed` are other dimensions,
    one set for each series; several series (a bucket has one for each StorageType) are summed. `said(id)` is the
    dimension's value where it isn't the resource's id as it is. Without a `dimension` they are all `fixed`. `bound` is
    drawn across the chart, under its name. `period` is the least that one value stands for, in seconds.
    """

    name: str
    label: Text
    namespace: str
    dimension: str
    stat: str = "Average"
    unit: Text = ""
    top: float | None = None
    fixed: tuple[Mapping[str, str], ...] = ({},)
    said: Callable[[str], str] = str
    bound: tuple[Text, float] | None = None
    period: int = 0


@dataclass(frozen=True)
class Marks:
    """What AWS tells that happened to a resource in a time: drawn into its charts, and listed below them.

    `params(item, start, end)` makes the parameters of the call (the moments are UTC), what it answers stands at `path`,
    the newest first; `at` is the name of each one's moment, and `said(one)` answers its tone (ok, bad, idle) and words.
    """

    label: Text
    call: str
    params: Callable[[Item, datetime, datetime], dict[str, Any]]
    path: str
    at: str
    said: Callable[[Mapping[str, Any]], tuple[str, Text]]


@dataclass(frozen=True, eq=False)  # each is itself: what is drawn of one is remembered by it
class Measure:
    """A metric whose values are kept behind the page, so that the list shows, sorts and filters by the last of them.

    `window` is how much of its history is kept and `period` what one value stands for, both in seconds. CloudWatch is
    asked at most once a period, and only while somebody looks. `when` are the states in which there is something to
    measure (None: any). `curve` draws the window as a line beside the last value.
    """

    key: str
    label: Text
    metric: Metric
    window: int = 3600
    period: int = 300
    when: frozenset[str] | set[str] | None = None
    curve: bool = True
    hidden: bool = False

    @property
    def size(self) -> int:
        """How many values the window has."""
        return self.window // self.period
