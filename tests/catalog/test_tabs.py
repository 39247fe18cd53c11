"""Groups of tabs: each tab keeps its address, and what a declaration gets wrong has a code."""

from dataclasses import replace

import pytest

from apps.catalog import checks, registry
from apps.catalog.resources import TabGroup

pytestmark = pytest.mark.pure
INSTANCE = registry.resource("ec2.instance")


def test_an_instance_has_seven_tabs_and_nothing_is_left_out():
    assert [str(group.label) for group in INSTANCE.groups] == [
        *("Details", "Connect", "Monitoring", "Security", "Networking", "Storage", "Tags")
    ]
    grouped = {id for group in INSTANCE.groups for id in group.tabs}
    there = {*INSTANCE.sheets, *(tab.id for tab in INSTANCE.tabs), *(one.sheet.id for one in INSTANCE.questions)}
    assert grouped == there | {"overview", "monitoring", "related", "tags", "timeline", "code"}


def test_a_group_of_what_is_not_there_fails_with_its_code():
    wrong = replace(INSTANCE, groups=(TabGroup("A", ("overview", "nothing")), TabGroup("B", ("overview",))))
    said = [one.msg for one in checks._check_resource(wrong) if one.id == "northgate.E049"]
    assert said == ["there is no tab nothing", "the tab overview is in two groups"]
