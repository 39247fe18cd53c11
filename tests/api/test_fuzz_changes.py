"""schemathesis on the operations that change something: see fuzz.py."""

import pytest

from tests.api import fuzz
from tests.api.world import World


@pytest.mark.parametrize("label", fuzz.operations(reading=False))
def test_the_door_does_what_its_document_says(label: str, world: World) -> None:
    fuzz.hold(label, world)
