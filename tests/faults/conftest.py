"""Two bridges on the same topics: one is disturbed, its twin is not, and in the end both must hold the same."""

import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox.services.servers import Kafka, PostgreSQL, Sandbox
from tests.bridge import Bridge
from tests.faults.sides import Side
from tests.integration.conftest import bridge, make_bridge, make_syncing, outside  # noqa: F401 - fixtures
from tests.limits import SHORT
from tests.standins import Standins


@pytest.fixture
def make_twin(
    postgres: PostgreSQL, migrated_database: str, kafka: Kafka, tmp_path: Path
) -> Iterator[Callable[..., Bridge]]:
    """Makes a bridge on another's topics, with a database and a group of its own, and the same settings."""
    made: list[tuple[Bridge, str]] = []

    def make(other: Bridge, **changes: object) -> Bridge:
        folder = tmp_path / f"twin_{len(made)}"
        folder.mkdir()
        name = postgres.create_database("twin", template=migrated_database)
        topics = {stream: described.topic for stream, described in other.settings.streams.items()}
        streams = {stream: {"topic": topic, "group_id": f"tides-twin-{len(made)}"} for stream, topic in topics.items()}
        twin = Bridge(postgres.url(name), kafka.bootstrap, folder, topics, streams=streams, **changes)
        made.append((twin, name))
        return twin

    yield make
    for twin, name in made:
        twin.close()
        postgres.drop_database(name)


@pytest.fixture
def apart(
    postgres: PostgreSQL, migrated_database: str, kafka: Kafka, topic: Callable[..., str], tmp_path: Path
) -> Iterator[Bridge]:
    """A bridge with a database and topics of its own, which nothing disturbs."""
    folder = tmp_path / "apart"
    folder.mkdir()
    name = postgres.create_database("apart", template=migrated_database)
    bridge = Bridge(postgres.url(name), kafka.bootstrap, folder, {"lsst": topic(), "ztf": topic()})  # noqa: F811
    yield bridge
    bridge.close()
    postgres.drop_database(name)


@pytest.fixture(scope="session")
def running_twin_standins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """The stand-ins that the twin talks to."""
    with Sandbox(tmp_path_factory.mktemp("services")) as server:
        yield server


@pytest.fixture
def make_sides(
    make_bridge: Callable[..., Bridge],  # noqa: F811 - the fixture
    make_twin: Callable[..., Bridge],
    outside: Standins,  # noqa: F811 - the fixture
    running_twin_standins: Sandbox,
) -> Callable[..., tuple[Side, Side]]:
    """Makes the one that is to be disturbed, with changes of the settings, and its twin; both wait a short time."""

    def make(**changes: object) -> tuple[Side, Side]:
        bridge = make_bridge(**SHORT | changes)  # noqa: F811 - the fixture
        elsewhere = Standins(running_twin_standins)
        elsewhere.reset()
        return Side(bridge, outside), Side(make_twin(bridge, **SHORT), elsewhere)

    return make


@pytest.fixture
def seed() -> int:
    """What the walk's chance comes from: FAULT_SEED where it is set, else a fixed one; printed with a failure."""
    value = int(os.environ.get("FAULT_SEED", "20261124"))
    print(f"replay this walk with FAULT_SEED={value}")
    return value


@pytest.fixture
def chance(seed: int) -> random.Random:
    """The walk's chance."""
    return random.Random(seed)
