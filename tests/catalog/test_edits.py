"""What the edit of a table changes, and what its steps hold on to."""

import pytest

from apps.catalog.edits import changes, doubles, guarded
from apps.catalog.plans import Same, Step

pytestmark = pytest.mark.pure


def test_rows_are_new_changed_or_gone_by_their_key():
    found = changes({1: "a", 2: "b", 3: "c"}, {3: "c", 2: "z", 4: "d"})
    assert (found.new, found.changed, found.gone) == ({4: "d"}, {2: ("b", "z")}, {1: "a"})
    assert doubles([3, 1, 3, 2, 1]) == [3, 1]


def test_the_first_step_alone_looks_whether_it_is_still_so():
    same = Same("ec2.describe_route_tables", {})
    steps = list(guarded((Step("ec2.delete_route") for _n in range(3)), same))
    assert [step.same for step in steps] == [same, None, None]
    assert list(guarded([], same)) == []
