"""An upgrade in mid-walk: the version before and this one take the steps in turn, each killed at any durable act."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import psycopg
import pytest

from sandbox.services.servers import Login, PostgreSQL
from tests.bridge import as_login, bring_schema, opening
from tests.builders import AN_ID, an_lsst_message
from tests.faults.fate import Fate, Process
from tests.faults.nights import known_objects, publish_round
from tests.faults.sides import RUN, Side, end_alike, say
from tests.faults.taker import step_of
from tests.faults.versions import OtherCode, lay_out, version_before
from tests.integration.test_dask_versions import Start, start  # noqa: F401 - a fixture
from tests.limits import LIMIT_S
from tides.database.migrations import migrate
from tides.database.schema_check import demand_schema
from tides.database.schema_files import SchemaFiles, read_files
from tides.errors import SettingsError
from tides.evaluation.surveys import note_surveys
from tides.hooks.dask import DaskHook
from tides.settings.model import BUNDLE, DEFAULT_FILE, load_settings

STEPS = tuple(part for name in RUN for part in (("plan", "judge") if name == "evaluate" else (name,)))
"""A run's steps; the plan is handed on as by Airflow, so that a task of another version may take it up."""

READ = STEPS[: STEPS.index("judge")]
HANDED = "handed"

soak = pytest.mark.soak
pytestmark = pytest.mark.timeout(7200)


@pytest.fixture
def before(tmp_path: Path) -> Iterator[OtherCode]:
    """The version before, at work."""
    code = OtherCode(lay_out(version_before(), tmp_path / "before"), tmp_path / "of_before")
    yield code
    code.close()


@pytest.fixture
def database(postgres: PostgreSQL, before: OtherCode) -> Iterator[str]:
    """A database as the version before made it: what `make_bridge` works on."""
    name = postgres.create_database("before")
    before.bring_schema(as_login(postgres.url(name), Login.MIGRATOR))
    # As docs/deployment.md says for a database from before the roles.
    with psycopg.connect(postgres.url(name)) as connection:
        connection.execute(f"REASSIGN OWNED BY {Login.MIGRATOR} TO {Login.MIGRATOR.owns}")
    yield postgres.url(name)
    postgres.drop_database(name)


def bring_oldest(url: str) -> None:
    """Brings a database to the oldest schema that this code works with: what is missing then is optional."""
    files = read_files()
    enough = SchemaFiles(files.migrations[: files.oldest], files.repeatables, files.grants)
    migrate(
        opening(as_login(url, Login.MIGRATOR)), load_settings(DEFAULT_FILE).database, also=note_surveys, files=enough
    )


@dataclass
class Mixed:
    """One bridge at which both versions work, and its twin, at which only this one does."""

    disturbed: Side
    twin: Side
    before: OtherCode
    folder: Path
    chance: random.Random
    history: list[tuple[str, str, object, bool]] = field(default_factory=list)
    hours: int = 0

    def __post_init__(self) -> None:
        for side, place in ((self.disturbed, self.folder / HANDED), (self.twin, self.folder / "handed_by_twin")):
            place.mkdir()
            side.steps = partial(step_of, place)
        self.known = known_objects(self.disturbed.outside)

    @property
    def kills(self) -> int:
        """How often a step was killed."""
        return sum(struck for *_, struck in self.history)

    @property
    def address(self) -> str:
        """The database for the version before: its own steps take the logins, or it knows only one and works by it."""
        url = self.disturbed.bridge.database_url
        knows_roles = (self.before.code / "config" / "roles.sql").exists()
        return url if knows_roles else as_login(url, Login.TASKS)

    def begin(self, url: str) -> str:
        """The version before opens the database at an address; what it says of the schema."""
        return self.before.begin(self.disturbed, url, self.folder / "bridge.yaml", self.folder / HANDED)

    def hour(self, versions: str, then: str = "", kills: int = 4, upgrade: Callable[[], None] = lambda: None) -> None:
        """One run by some of the versions, and from `judge` on by others. The upgrade comes in between.

        Some steps are killed. Each is then taken again, by any of the versions.
        """
        publish_round(self.disturbed.bridge, self.chance, self.known, self.hours)
        self.hours += 1
        acts = self.twin.run(STEPS)
        killed = self.chance.sample(STEPS, k=kills)
        for name in STEPS:
            if name == "judge":
                upgrade()
            which = versions if name in READ else then or versions
            if name in killed:
                self.take(name, which, Fate(self.chance.randrange(acts[name]), self.chance.random() < 0.5))
            self.take(name, which)

    def take(self, name: str, versions: str, fate: Fate | None = None, refused: str = "") -> None:
        """A step by one of the versions. It ends well, unless it is killed or is to be refused so."""
        version = self.chance.choice(versions.split())
        if version == "before":
            struck, said = self.before.take(name, fate)
        else:
            process = Process(self.disturbed.step(name), fate)
            struck, said = process.struck(), process.refusal()
        assert struck or (refused in said if refused else not said), said
        self.history.append((version, name, fate and (fate.act, "after" if fate.after else "before"), struck))


@pytest.fixture
def mixed(
    make_sides: Callable[..., tuple[Side, Side]], before: OtherCode, chance: random.Random, tmp_path: Path
) -> Mixed:
    """A bridge that is upgraded, and its twin."""
    return Mixed(*make_sides(), before, tmp_path, chance)


@pytest.mark.parametrize("hours", [0, pytest.param(24, marks=soak)])
def test_an_upgrade_in_the_midst_of_a_run_loses_and_doubles_nothing(mixed, hours):
    bridge = mixed.disturbed.bridge

    def upgrade() -> None:
        with pytest.raises(SettingsError, match="run `tides migrate`"):
            demand_schema(bridge.connection)
        bring_oldest(bridge.database_url)
        assert demand_schema(bridge.connection).startswith(f"{read_files().oldest:04d}")
        assert "newer than this code's" in mixed.begin(mixed.address)

    assert "newer" not in mixed.begin(bridge.database_url)
    for _ in range(hours):
        mixed.hour("before")
    mixed.hour("before", "before now", upgrade=upgrade)
    # Late tasks, and a site that goes back to the version before; then a site whose machines are upgraded one by one.
    for versions in ("before", "before now"):
        for _ in range(hours):
            mixed.hour(versions)
    bring_schema(bridge.database_url)
    for _ in range(hours):
        mixed.hour("before now")
    end_alike(mixed.disturbed, mixed.twin, mixed.history)
    say("upgrade", mixed.kills, mixed.disturbed, mixed.twin)


def judged_by(mixed: Mixed) -> dict[str, int]:
    """How many verdicts each version of the code has given."""
    rows = mixed.disturbed.bridge.rows("SELECT code_version, count(*) AS n FROM tides.selection GROUP BY code_version")
    return {row["code_version"]: row["n"] for row in rows}


def awaited_workers(number: int) -> None:
    """Waits until the cluster has so many workers."""
    with DaskHook().cluster() as cluster:
        cluster._client.wait_for_workers(number, timeout=LIMIT_S)


@soak
@pytest.mark.parametrize("here", ["before", "now"])
def test_a_batch_is_judged_by_a_worker_of_its_tasks_version_or_waits(mixed, before, start, here):  # noqa: F811 - the fixture
    """A fleet of which one part is upgraded after the other: first the tasks, or first the workers."""
    codes, there = {"before": before.code, "now": BUNDLE}, "now" if here == "before" else "before"
    bring_schema(mixed.disturbed.bridge.database_url)
    running = {here: start(codes[here], "--no-nanny")}
    awaited_workers(1)
    mixed.begin(mixed.address)
    for number in range(3):
        bridge, seen = mixed.disturbed.bridge, judged_by(mixed)
        bridge.publish("lsst", *[an_lsst_message(AN_ID + 20 * number + n, ra=100.0 + n) for n in range(20)])
        mixed.twin.run()
        mixed.take("drain lsst", there)
        mixed.take("plan", there)
        mixed.take("judge on dask", there, refused="no worker runs this version of the code")
        assert judged_by(mixed) == seen
        running[there] = start(codes[there], "--no-nanny")
        awaited_workers(2)
        mixed.take("judge on dask", there)
        assert sum(judged_by(mixed).values()) == sum(seen.values()) + 20
        running.pop(here).terminate()
        here, there = there, here
    assert len(judged_by(mixed)) == 2
    end_alike(mixed.disturbed, mixed.twin, mixed.history)
    say("fleet of two versions", 3, mixed.disturbed, mixed.twin)
