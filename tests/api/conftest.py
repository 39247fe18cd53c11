import pytest

from tests.api.world import Api, World, make_world


@pytest.fixture(scope="module")
def world(panel_env) -> World:
    """Made once: these tests read it, or change what they made themselves."""
    return make_world()


@pytest.fixture
def owner(world: World) -> Api:
    return Api(world.people.owner)


@pytest.fixture
def viewer(world: World) -> Api:
    return Api(world.people.viewer)


@pytest.fixture
def outsider(world: World) -> Api:
    return Api(world.people.outsider)


@pytest.fixture
def stranger() -> Api:
    """Nobody: no token at all."""
    return Api()
