import pytest

from tests.console.world import World, make_world


@pytest.fixture
def world(people) -> World:
    return make_world(people)
