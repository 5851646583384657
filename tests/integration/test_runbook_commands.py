"""Every command of the runbook for the bridge's database, run as written on a bridge with a history."""

import json
import os
import re
import shlex
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from sandbox.desk.comparison import rows_at_several_keys
from sandbox.services.servers import Kafka, Login, PostgreSQL, Sandbox
from tests.bridge import Bridge, as_login, connections
from tests.builders import AN_ID, NOW, an_lsst_message
from tests.conftest import own_topics
from tests.runbook import command
from tests.standins import Standins
from tests.state import differences, dump
from tides.__main__ import main
from tides.commands.doctor import all_checks
from tides.errors import Conflict
from tides.fourmost.reconcile import reconcile
from tides.hooks.fourmost import FourMostHook
from tides.reports.screen import WIDTH
from tides.runs.context import RunContext
from tides.settings.model import BUNDLE

OLD, VARIABLE, RARE, REFUSED, GONE, RECURRENT, TWIN = range(7)
"""The objects of the history, by what becomes of them; the id of each is AN_ID + this."""


@dataclass
class History:
    """What some days of work have left: a database, topics, and the rows at 4MOST."""

    bootstrap: str
    database: str
    topics: dict[str, str]
    backup: Path
    rows: list[dict[str, Any]] = field(default_factory=list)


def alert(n: int, **columns: Any) -> dict[str, Any]:
    """A message of an object; each lies at a place of its own, but for the twin of the oldest one."""
    return an_lsst_message(AN_ID + n, ra=150.0 + (0.01 if n == TWIN else n), **columns)


def seen_again() -> dict[str, Any]:
    """The message of an object that was silent for five months."""
    before, now = alert(RECURRENT, days_ago=150), alert(RECURRENT, days_ago=1)
    sources = before["alert"]["diaSourcesList"] + now["alert"]["diaSourcesList"]
    now["alert"]["diaSourcesList"] = sources
    counts = {"nPosDiaSources": len(sources), "nPosDiaSourcesNights": 8}
    return now | counts | {"firstDiaSourceMjdTai": before["firstDiaSourceMjdTai"]}


def live(bridge: Bridge, number: int) -> None:
    """One whole run, with its report."""
    run = RunContext(f"run-{number}")
    drained = [bridge.drain(stream, run) for stream in bridge.settings.enabled_streams()]
    bridge.evaluate(run)
    bridge.remember(run)
    bridge.tell(run)
    bridge.report(run, drained=drained)


def work(bridge: Bridge, outside: Standins, back_up: Callable[[], None]) -> None:
    """The history itself."""
    bridge.publish("lsst", alert(OLD), b"poison", alert(VARIABLE), alert(RARE, mag=21.5), alert(TWIN))
    bridge.publish("lsst", alert(RECURRENT, days_ago=150), alert(GONE, days_ago=60))
    live(bridge, 1)
    outside.fault({"method": "POST", "path": "targetCat/transients/", "kind": "status", "status": 400, "times": 1})
    bridge.publish("lsst", alert(REFUSED), seen_again())
    live(bridge, 2)
    outside.crossmatches(AN_ID + GONE, [{"catalogue_table_name": "SDSS", "catalogue_object_id": "7", "_r": 18.3}])
    bridge.find_hosts("lsst")
    for place in ("10", "11", "12"):
        assert main(["decide", "veto", place, "-10", "--reason", "a ghost", "--by", "ann"]) == 0
    live(bridge, 3)
    reconcile(bridge.connection, FourMostHook(), *bridge.to_compare, "reconcile-1", full=True)
    back_up()
    bridge.publish("lsst", alert(VARIABLE, days_ago=1, mag=24.5), *(alert(n, days_ago=1) for n in (10, 11, 12)))
    live(bridge, 4)
    bridge.publish("lsst", alert(20, days_ago=1), alert(21, days_ago=1), alert(OLD, days_ago=1, mag=20.5))


@pytest.fixture(scope="module")
def history(
    postgres: PostgreSQL,
    kafka: Kafka,
    running_standins: Sandbox,
    migrated_database: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[History]:
    """The history, made once. Nobody works on its database: tests copy it."""
    folder = tmp_path_factory.mktemp("history")
    outside = Standins(running_standins)
    outside.reset()
    name = postgres.create_database("history", template=migrated_database)
    with own_topics(kafka) as make:
        made = History(kafka.bootstrap, name, {"lsst": make(), "ztf": make()}, folder / "backups")
        with pytest.MonkeyPatch.context() as environment:
            bridge = bridge_on(made, postgres.url(name), outside, folder, environment)
            environment.setenv("PATH", str(postgres.programs), prepend=os.pathsep)
            back_up = [*command("tides backup --to", backups=str(made.backup))[1:], "--without-airflow"]
            work(bridge, outside, lambda: main(back_up) and None)
            bridge.close()
        (made.backup,) = made.backup.iterdir()
        made.rows = outside.rows()
        yield made
    postgres.drop_database(name)


def bridge_on(
    history: History, url: str, outside: Standins, folder: Path, environment: pytest.MonkeyPatch, **changes: Any
) -> Bridge:
    for variable, value in connections(url, outside, history.bootstrap).items():
        environment.setenv(variable, value)
    overlays = (BUNDLE / "tests" / "settings.yaml", folder / "bridge.yaml")
    environment.setenv("TIDES_SETTINGS", ":".join(map(str, overlays)))
    return Bridge(url, history.bootstrap, folder, history.topics, **changes)


@pytest.fixture
def make_used(
    history: History, postgres: PostgreSQL, outside: Standins, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Bridge]]:
    """Makes a bridge that has the history behind it, on copies of its database and of 4MOST's rows."""
    made: list[tuple[Bridge, str]] = []

    def make(database: str = "", **changes: Any) -> Bridge:
        outside.reset()
        outside.add_rows(history.rows)
        name = database or postgres.create_database("test", template=history.database)
        bridge = bridge_on(history, postgres.url(name), outside, tmp_path, monkeypatch, **changes)
        made.append((bridge, name))
        return bridge

    yield make
    for bridge, name in made:
        bridge.close()
        postgres.drop_database(name)


@pytest.fixture
def used(make_used: Callable[..., Bridge]) -> Bridge:
    """A bridge that has the history behind it."""
    return make_used()


def name_of(bridge: Bridge, n: int) -> str:
    query = "SELECT m.name FROM tides.tides_master AS m JOIN tides.tides_alias AS a USING (tides_id)"
    return bridge.row(f"{query} WHERE a.object_id = %s", str(AN_ID + n))["name"]


def do(bridge: Bridge, line: str, folder: Path, run_id: str = "run-1") -> int:
    """Runs a command of the runbook, with the history's own names in the place of the page's."""
    spectra = folder / "spectra.csv"
    spectra.write_text(f"target,night,state,source\n{AN_ID},2026-11-20,complete,4MOST\n", encoding="utf-8")
    ours = {
        "TiDES26aaa": name_of(bridge, RECURRENT if "reactivate" in line else OLD),
        "TiDES26aab": name_of(bridge, TWIN),
        "TiDES-H26aaa": bridge.row("SELECT name FROM tides.tides_hosts")["name"],
        "ZTF26abcdefg": str(AN_ID + RARE),
        "150.1234": "151.0",
        "-30.5678": "-30.0",
        "1234": str(bridge.row("SELECT next_offset FROM tides.stream_offset WHERE stream = 'lsst'")["next_offset"]),
        "COLUMN": "lastDiaSourceMjdTai",
        "RUN": run_id,
        "2026-11-20": datetime.now(UTC).isoformat(),
        "sample-2026-11-20": str(folder / "sample"),
        "NAME": "ann",
        "spectra.csv": str(spectra),
    }
    program, *words = shlex.split(line)
    assert program == "tides"
    return main([ours.get(word, word) for word in words])


QUESTIONS = {
    "tides trace TiDES26aaa": "selected",
    "tides trace lsst 170000000000000001": "Is target",
    "tides trace 150.1234 -30.5678 --radius 3": "the nearest first",
    "tides migrate": "as before",
    "tides stream": "lag",
    "tides dead-letters list": "lsst",
    "tides epochs": "filter",
    "tides export --as-of 2026-11-20 --format votable --out sample-2026-11-20": "targets",
    "tides rejudge --all": "agreed",
    "tides sync --dry": "",
    "tides decide list": "a ghost",
    "tides withdraw --run RUN --by NAME": "Nothing is done yet",
}
"""What only looks, and some words of its answer."""

WITHOUT_A_TABLE = {line for line in QUESTIONS if line.split()[1] in ("migrate", "export")}

EVENT = "EXISTS (SELECT FROM tides.event WHERE kind = '{}')"
DECISION = "EXISTS (SELECT FROM tides.operator_decision WHERE {})"
CHANGES = {
    "tides stream lsst --move earliest": EVENT.format("bookmark moved"),
    "tides dead-letters replay": EVENT.format("dead letters replayed"),
    "tides dead-letters bury lsst 0 1234 --by NAME": EVENT.format("message buried"),
    "tides stream lsst --accept-unknown COLUMN --by NAME": "EXISTS (SELECT FROM tides.accepted_unknown)",
    "tides free lsst 170000000000000001 --by NAME": EVENT.format("freed"),
    "tides release --initial --by NAME": EVENT.format("first start released"),
    "tides release --refused --by NAME": "NOT EXISTS (SELECT FROM tides.fourmost_target WHERE refusal IS NOT NULL)",
    "tides reactivate TiDES26aaa --reason 'a second supernova'": "NOT EXISTS (SELECT FROM tides.event"
    " WHERE kind = 'recurrent target' AND closed_at IS NULL)",
    "tides decide veto TiDES26aaa --reason 'a known variable' --by NAME": DECISION.format(
        "reason = 'a known variable'"
    ),
    "tides decide force ZTF26abcdefg --reason 'a rare kind' --by NAME": DECISION.format("verb = 'force'"),
    "tides decide veto 150.1234 -30.5678 --radius 3 --reason 'the ghost of a bright star' --by NAME": (
        DECISION.format("ra = 151 AND radius_arcsec = 3")
    ),
    "tides decide undo 3 --by NAME": DECISION.format("decision_id = 3 AND undone_by = 'ann'"),
    "tides comment TiDES26aaa 'its host has a redshift' --by NAME": "EXISTS (SELECT FROM tides.target_comment)",
    "tides decide veto TiDES-H26aaa --reason 'a star, by its spectrum' --by NAME": DECISION.format(
        "reason = 'a star, by its spectrum'"
    ),
    "tides observed spectra.csv": "EXISTS (SELECT FROM tides.tides_spectrum)",
    "tides merge TiDES26aaa TiDES26aab --reason 'one source, two names' --by NAME": (
        "EXISTS (SELECT FROM tides.tides_master WHERE merged_into IS NOT NULL)"
    ),
    "tides withdraw --run RUN --by NAME --really": DECISION.format("cause IS NOT NULL AND undone_at IS NULL"),
    "tides withdraw --run RUN --by NAME --undo": DECISION.format("cause IS NOT NULL AND undone_by = 'ann'"),
}
"""What changes something, and what the database then shows, in the order of the page."""


def is_exact(bridge: Bridge, outside: Standins) -> bool:
    """Whether each target that is wanted is active at 4MOST once, and nothing else is."""
    rows = outside.rows()
    ours = bridge.rows(
        "SELECT name FROM tides.target JOIN tides.fourmost_target USING (name) WHERE active AND refusal IS NULL"
    )
    there = sorted(row["name"] for row in rows if row["is_active"])
    return rows_at_several_keys(rows) == [] and there == sorted(row["name"] for row in ours)


def state(bridge: Bridge, outside: Standins) -> dict[str, list[Any]]:
    """The bridge and 4MOST, without the number of times that a message was read.

    The objects of nights long ago are not kept, and a topic of Lasair does not reach so far: such nights are left out.
    """
    found = dump(bridge.database_url, outside.rows())
    for row in found["candidates"]:
        del row["messages"]
    found["nights"] = [n for n in found["nights"] if n["night"] > int(f"{NOW - timedelta(days=25):%Y%m%d}")]
    return found


def test_the_history_has_what_the_commands_need(used, outside):
    why = {row["why"] for row in used.rows("SELECT why FROM tides.tides_master WHERE NOT active")}
    assert {"recurrent", "unobserved", "faint"} <= why
    assert used.rows("SELECT FROM tides.fourmost_target WHERE refusal IS NOT NULL")
    assert used.rows("SELECT FROM tides.dead_letter")
    assert is_exact(used, outside)


def test_a_question_changes_nothing(used, outside, postgres, tmp_path, capsys):

    def all_rows():
        text = postgres.dump(used.database_url.rsplit("/", 1)[1], "--data-only")
        return re.sub(r"^\\(un)?restrict .*", "", text, flags=re.MULTILINE), outside.rows()

    before = all_rows()
    for line, words in QUESTIONS.items():
        assert do(used, line, tmp_path) == 0, line
        out = capsys.readouterr().out
        assert words in out, line
        assert all(len(rule) <= WIDTH for rule in re.findall(r"^[- ]+$", out, re.MULTILINE)), line
        if line not in WITHOUT_A_TABLE:
            assert do(used, f"{line} --json", tmp_path) == 0, line
            assert json.loads(capsys.readouterr().out), line
    assert all_rows() == before


def test_the_runbook_has_no_other_change_and_each_one_has_its_effect_and_the_next_run_goes_on_exactly(
    used, outside, tmp_path
):
    used.connection.execute("UPDATE tides.fourmost_target SET held = 'initial' WHERE wanted IS NOT NULL")
    for line, effect in CHANGES.items():
        assert not used.row(f"SELECT {effect} AS it")["it"], line
        assert do(used, line, tmp_path) == 0, line
        assert used.row(f"SELECT {effect} AS it")["it"], line
    live(used, 5)
    assert is_exact(used, outside)
    rows = outside.rows()
    live(used, 6)
    assert outside.rows() == rows


def test_what_the_guard_of_a_used_bridge_holds_goes_when_its_run_is_released(make_used, outside, tmp_path):
    bridge = make_used(guard={"created": 1})
    live(bridge, 5)
    assert not is_exact(bridge, outside)
    assert do(bridge, "tides release --run RUN --by NAME", tmp_path, "run-5") == 0
    live(bridge, 6)
    assert is_exact(bridge, outside)


@pytest.fixture
def undisturbed(make_used, outside):
    """What the next run leaves when nobody does anything."""
    bridge = make_used()
    live(bridge, 5)
    assert is_exact(bridge, outside)
    return state(bridge, outside)


def test_a_moved_bookmark_loses_and_doubles_nothing(undisturbed, make_used, outside):
    bridge = make_used()
    assert main(command("tides stream lsst --move")[1:]) == 0
    live(bridge, 5)
    assert differences(state(bridge, outside), undisturbed) == []
    assert bridge.row("SELECT max(messages) AS n FROM tides.candidate")["n"] > 2


def test_a_restored_backup_goes_on_as_if_nothing_had_been(
    undisturbed, make_used, outside, history, postgres, monkeypatch
):
    name = f"restored_{uuid.uuid4().hex[:12]}"
    postgres.tool(command("createdb", tides_restored=name), "postgres")
    postgres.databases.append(name)  # it is dropped like the others
    bridge = make_used(name)
    monkeypatch.setenv("PATH", str(postgres.programs), prepend=os.pathsep)
    folder = {"backups/2026-11-20T031500Z": str(history.backup)}
    assert main(command("tides backup --verify", **folder)[1:]) == 0
    assert main(command("tides restore", **folder)[1:]) == 0
    assert bridge.row("SELECT count(*) AS n FROM tides.bridge_run WHERE run_id = 'run-4'")["n"] == 0
    with psycopg.connect(as_login(bridge.database_url, Login.MIGRATOR)) as session:  # as any tool opens one
        assert session.execute("SHOW lock_timeout").fetchone() == ("10s",)
    alone = dict(all_checks())["one bridge at 4MOST"]
    with pytest.raises(Conflict, match="another bridge"):
        alone()
    live(bridge, 5)
    assert alone() == "every row under our prefix is known here"
    assert is_exact(bridge, outside)
    assert differences(state(bridge, outside), undisturbed) == []
    rows = outside.rows()
    live(bridge, 6)
    assert outside.rows() == rows
