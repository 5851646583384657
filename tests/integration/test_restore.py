"""A restore rehearsed: an older state in an empty database, while 4MOST has gone on and the broker has forgotten."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from sandbox.desk.comparison import rows_at_several_keys
from sandbox.services.servers import Kafka, PostgreSQL
from tests.bridge import Bridge, connections
from tests.builders import AN_ID, an_lsst_message
from tests.limits import LIMIT_S
from tests.runbook import command
from tests.standins import Standins
from tides.__main__ import main
from tides.archive.strays import Standing
from tides.fourmost.reconcile import reconcile
from tides.hooks.fourmost import FourMostHook
from tides.journal.kinds import Kind
from tides.journal.states import history, unexpected
from tides.runs.context import RunContext

OFFSET_END = -1
LIST, ADOPT = command("tides strays"), command("tides strays --adopt", NAME="ann")


class Rehearsal:
    """A bridge whose older state can be brought back, and what both sides then say."""

    def __init__(
        self, bridge: Bridge, outside: Standins, kafka: Kafka, postgres: PostgreSQL, folder: Path,
        monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    ):  # fmt: skip
        self.bridge, self.outside, self.kafka, self.postgres = bridge, outside, kafka, postgres
        self.folder, self.monkeypatch, self.capsys = folder, monkeypatch, capsys
        self.runs = 0

    def back_up(self) -> Path:
        """Gives the folder of a backup of the bridge as it is now."""
        assert main(["backup", "--to", str(self.folder), "--without-airflow"]) == 0
        return max(self.folder.iterdir())

    def restore(self, backup: Path) -> None:
        """Restores a backup into an empty database, on which the bridge works from now on."""
        name = self.postgres.create_database("restored")
        self.bridge.close()
        self.bridge.database_url = self.postgres.url(name)
        for variable, value in connections(self.bridge.database_url, self.outside, self.kafka.bootstrap).items():
            self.monkeypatch.setenv(variable, value)
        assert main(["restore", str(backup)]) == 0
        self.bridge.connect()

    def forget(self, stream: str) -> None:
        """The broker's retention takes all messages of a stream."""
        topic = TopicPartition(self.bridge.settings.streams[stream].topic, 0, OFFSET_END)
        admin = AdminClient({"bootstrap.servers": self.kafka.bootstrap})  # whose answers come while it lives
        for done in admin.delete_records([topic]).values():
            done.result(LIMIT_S)

    def live(self) -> int:
        """One live run with its report; gives how many rows it created at 4MOST."""
        self.runs += 1
        run, bridge = RunContext(f"run-{self.runs}"), self.bridge
        drained = [bridge.drain(stream, run) for stream in bridge.settings.enabled_streams()]
        bridge.evaluate(run)
        bridge.remember(run)
        told = bridge.tell(run)
        bridge.report(run, drained=drained)
        return told.created

    def strays(self, line: list[str]) -> dict[str, str]:
        """What `tides strays` says, by name: where each row stands."""
        self.capsys.readouterr()
        assert main([*line[1:], "--json"]) == 0
        return {row["name"]: row["standing"] for row in json.loads(self.capsys.readouterr().out)}

    def object_of(self, row: dict) -> str:
        """The object whose target a row at 4MOST is."""
        query = "SELECT object_id FROM tides.tides_alias JOIN tides.tides_master USING (tides_id) WHERE name = %s"
        return str(self.bridge.row(query, row["name"])["object_id"])


@pytest.fixture
def rehearsal(
    make_bridge: Callable[..., Bridge],
    outside: Standins,
    kafka: Kafka,
    postgres: PostgreSQL,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    monkeypatch.setenv("PATH", str(postgres.programs), prepend=os.pathsep)
    bridge = make_bridge(guard={"created": 1000, "at_least": 1000})
    made = Rehearsal(bridge, outside, kafka, postgres, tmp_path / "backups", monkeypatch, capsys)
    yield made
    for name in [each for each in postgres.databases if each.startswith("restored")]:
        postgres.drop_database(name)


def identities(rows: list[dict]) -> list[tuple]:
    return sorted((row["id"], row["name"], row["ra"], row["dec"]) for row in rows)


@pytest.mark.soak
def test_a_state_older_than_the_brokers_messages_loses_and_doubles_nothing_and_strays_are_adopted(rehearsal):
    bridge, outside = rehearsal.bridge, rehearsal.outside
    bridge.publish("lsst", an_lsst_message(AN_ID))
    assert rehearsal.live() == 1
    backup = rehearsal.back_up()

    # Days pass: the sky's objects become targets, and two that Lasair will know nothing of.
    bridge.publish("lsst", an_lsst_message(AN_ID + 1, ra=151.0), an_lsst_message(AN_ID + 2, ra=152.0))
    bridge.complete("lsst")
    assert rehearsal.live() > 10
    outside.ingest()
    reconcile(bridge.connection, FourMostHook(), *bridge.to_compare, "reconcile-1", full=True)
    ours = outside.rows()
    of_the_sky = next(row for row in ours if rehearsal.object_of(row) not in {str(AN_ID + n) for n in range(3)})
    gone = {row["name"] for row in ours if rehearsal.object_of(row) in {str(AN_ID + 1), str(AN_ID + 2)}}
    # One whose class has changed, so that no filter brings it again; one of which no function says that it is wanted.
    outside.say(rehearsal.object_of(of_the_sky), sherlock="AGN")
    other = bridge.row(
        "SELECT c.ra, c.dec FROM tides.candidate AS c LEFT JOIN tides.tides_alias AS a USING (survey, object_id)"
        " WHERE a.tides_id IS NULL AND NOT c.waiting AND c.stream = 'lsst' AND c.dec < 0 ORDER BY c.object_id LIMIT 1"
    )
    unselected = {**ours[0], **other, "id": max(row["id"] for row in ours) + 1, "name": "TiDES26zza"}
    outside.add_rows([unselected])
    at_4most = outside.rows()
    rehearsal.forget("lsst")

    rehearsal.restore(backup)
    rehearsal.runs = 0  # Airflow's metadata is of an earlier hour: it makes a run again that the database knows
    assert rehearsal.strays(LIST).keys() == {row["name"] for row in at_4most} - {ours[0]["name"]}
    assert rehearsal.live() == 0
    assert bridge.rows("SELECT FROM tides.event WHERE kind = %s", Kind.GAP)
    assert outside.rows() == at_4most
    runs = "SELECT run_id FROM tides.bridge_run WHERE lane = 'live' ORDER BY run_id"
    assert [run["run_id"] for run in bridge.rows(runs)] == ["run-1", "run-1#2"]
    rehearsal.runs = 7  # and of a later one: some hours are missing

    # The audit brings what passes the filter, and its targets take over their rows.
    bridge.complete("lsst")
    assert rehearsal.live() == 0
    assert identities(outside.rows()) == identities(at_4most)
    assert set(rehearsal.strays(LIST)) == {*gone, of_the_sky["name"], unselected["name"]}

    # What is left, by one command.
    adopted = rehearsal.strays(ADOPT)
    assert adopted == {
        **dict.fromkeys(gone, Standing.NO_OBJECT),
        of_the_sky["name"]: Standing.TAKEN_IN,
        unselected["name"]: Standing.ADOPTED,
    }
    # The run judges that object by its class of now: no function selects it any more.
    assert rehearsal.live() == 0
    assert rehearsal.strays(ADOPT) == {
        **dict.fromkeys(gone, Standing.NO_OBJECT),
        of_the_sky["name"]: Standing.ADOPTED,
    }
    assert rehearsal.live() == 0
    assert rehearsal.strays(ADOPT) == dict.fromkeys(gone, Standing.NO_OBJECT)
    rows = outside.rows()
    assert identities(rows) == identities(at_4most)
    assert rows_at_several_keys(rows) == []
    # The live rule has ended what nothing selects, and nothing else.
    assert {row["name"] for row in rows if not row["is_active"]} == {of_the_sky["name"], unselected["name"]}
    for target in bridge.rows("SELECT tides_id FROM tides.tides_master"):
        steps = history(bridge.connection, target["tides_id"])
        assert unexpected([step.step for step in steps]) == []
    again = reconcile(bridge.connection, FourMostHook(), *bridge.to_compare, "reconcile-2", full=True)
    assert dict(again.found) == {"unknown rows: stray": 2}
