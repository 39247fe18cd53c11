"""What `manage.py check` finds wrong about a kind's tabs."""

from collections.abc import Iterator

from apps.catalog.resources import Resource

COMMON = {"overview", "monitoring", "related", "tags", "timeline", "code"}  # that every page may have
TAKEN = COMMON | {"glance"}


def problems(resource: Resource) -> Iterator[str]:
    """Of its groups of tabs."""
    sheets = [card.sheet for card in resource.cards] + [one.sheet for one in resource.maps]
    sheets += [question.sheet for question in resource.questions]
    there = COMMON | {sheet.id for sheet in sheets} | {tab.id for tab in resource.tabs}
    grouped = [id for group in resource.groups for id in group.tabs]
    for id in sorted({id for id in grouped if id not in there}):
        yield f"there is no tab {id}"
    for id in sorted({id for id in grouped if grouped.count(id) > 1}):
        yield f"the tab {id} is in two groups"
