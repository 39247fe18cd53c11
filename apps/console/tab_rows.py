"""The row of tabs of a resource's page, and what stands behind each."""

from collections.abc import Sequence
from dataclasses import dataclass

from apps.catalog.resources import Resource
from apps.catalog.text import Text

ELSEWHERE = ("related", "timeline")  # in the panel, whose overview holds what is related and what happened


@dataclass(frozen=True, slots=True)
class TabLink:
    """A tab, or a group of them under the id of its first."""

    id: str
    label: Text
    within: Sequence["TabLink"] = ()

    def holds(self, id: str) -> bool:
        return id == self.id or any(one.id == id for one in self.within)


def grouped(resource: Resource, found: Sequence[TabLink]) -> list[TabLink]:
    """The tabs as the row has them: the kind's groups, then what is in none."""
    known = {tab.id: tab for tab in found}
    row = []
    for group in resource.groups:
        within = [known.pop(id) for id in group.tabs if id in known]
        if within:
            row.append(TabLink(within[0].id, group.label, within))
    return [*row, *known.values()]
