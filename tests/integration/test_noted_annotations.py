"""The audit looks at the objects that are noted alone: whatever changed, a look at all of them finds nothing more."""

from random import Random

import pytest
from psycopg.types.json import Jsonb

from tests.bridge import Bridge
from tests.builders import AN_ID, an_lsst_message
from tests.integration.test_judge_targets import SURVEYS, TARGETS, Walk
from tides.archive.annotations import objects_to_tell
from tides.database import session
from tides.database.statements import statement

HOURS = 15
CHANGES = {
    "a key": "UPDATE tides.tides_master SET pk_4most = nextval('tides.tides_master_tides_id_seq')"
    " WHERE tides_id = %(n)s",
    "ingested at once": "INSERT INTO tides.fourmost_target (id, name, state, date_ingested)"
    " VALUES (%(n)s, 'F' || %(n)s, 'live', '2026-03-01') ON CONFLICT DO NOTHING",
    "ingested": "UPDATE tides.fourmost_target SET date_ingested = '2026-03-02' WHERE id = %(n)s",
    "not ingested": "UPDATE tides.fourmost_target SET date_ingested = NULL WHERE id %% 5 = %(n)s %% 5",
    "no row at 4MOST": "DELETE FROM tides.fourmost_target WHERE id %% 9 = %(n)s %% 9",
    "another target": "WITH left_behind AS (INSERT INTO tides.changed_target (tides_id) VALUES (%(n)s))"
    " UPDATE tides.tides_alias SET tides_id = %(other)s WHERE tides_id = %(n)s",
    "in words": "UPDATE tides.tides_master SET why = 'observed' WHERE tides_id = %(n)s",
    "a failure": "INSERT INTO tides.lasair_failure (survey, object_id, call, failures, said)"
    " SELECT survey, object_id, 'annotation', 2, 's' FROM tides.tides_alias WHERE tides_id = %(n)s"
    " ON CONFLICT DO NOTHING",
    "no failure": "DELETE FROM tides.lasair_failure",
}


def told(connection, survey, rows):
    """Lasair has taken these."""
    for row in rows:
        given = {"survey": survey, **row, "told": Jsonb(row["content"])}
        connection.execute(statement("archive/store_annotation"), given)


def every(bridge: Bridge, *asked, look=3, ordered=7):
    """What is to be told, by looks at so many objects, so many in order; nothing is left to be looked at."""
    rows, not_seen = objects_to_tell(bridge.connection, *asked, most=1_000_000, look=look, ordered=ordered)
    assert not_seen == 0
    return rows


def of_all(bridge: Bridge, *asked):
    """What a look at all objects says, with no trace left."""
    with bridge.connection.transaction(force_rollback=True):
        bridge.connection.execute("UPDATE tides.annotated_as SET said = NULL")
        return words(every(bridge, *asked, look=1_000_000, ordered=1_000_000))


def words(rows):
    return [(row["object_id"], row["content"]) for row in rows]


@pytest.mark.parametrize("seed", [0, *(pytest.param(n, marks=pytest.mark.soak) for n in range(1, 6))])
def test_a_look_at_what_is_noted_finds_what_a_look_at_all_finds(make_bridge, seed):
    bridge, chance = make_bridge(live={"survey_night_objects": 50}, hosts={"queue": True}), Random(seed)
    walk, topic, used = Walk(bridge, seed), "one", list(bridge.used)
    found, looked_at = 0, []
    for _ in range(HOURS):
        walk.hour()
        for change in chance.choices(list(CHANGES), k=4):
            numbers = {"n": chance.randint(1, TARGETS), "other": chance.randint(1, TARGETS)}
            bridge.connection.execute(CHANGES[change], numbers)
        if chance.random() < 0.15:
            topic, used = chance.choice(("one", "other")), chance.sample(bridge.used, len(bridge.used))[1:]
        for survey in SURVEYS:
            all_of_it = of_all(bridge, survey, topic, used)
            rows = every(bridge, survey, topic, used)
            assert words(rows) == all_of_it
            found += len(rows)
            # The hour's calls are spent, or Lasair fails at some of them.
            told(bridge.connection, survey, chance.sample(rows, int(len(rows) * chance.choice((0.5, 1, 1)))))
        looked_at.append(bridge.row("SELECT count(*) AS n FROM tides.to_annotate")["n"])
    assert found > TARGETS
    assert min(looked_at) < TARGETS / 4, "what Lasair knows is not noted any more"


@pytest.fixture
def taken_in(bridge):
    """A bridge with one target, of which Lasair knows, and the parameters of the question."""
    bridge.take_in("lsst", an_lsst_message())
    asked = ("lsst", "tides", bridge.used)
    told(bridge.connection, "lsst", every(bridge, *asked))
    bridge.sql_step("targets/deactivate_unobserved")
    assert every(bridge, *asked) == []
    assert bridge.rows("SELECT FROM tides.to_annotate") == []
    return bridge, asked


RENAME = "UPDATE tides.tides_master SET name = name || 'x'"


def test_what_changes_while_it_is_told_is_told_again(taken_in):
    bridge, asked = taken_in
    bridge.connection.execute(RENAME)
    bridge.sql_step("targets/deactivate_unobserved")
    first = every(bridge, *asked)
    bridge.connection.execute(RENAME)
    bridge.sql_step("targets/deactivate_unobserved")
    told(bridge.connection, "lsst", first)
    (again,) = every(bridge, *asked)
    assert again["content"]["classdict"]["name"].endswith("xx")
    told(bridge.connection, "lsst", [again])
    assert every(bridge, *asked) == []


def test_a_note_that_an_hour_is_about_to_renew_is_not_waited_for_and_stays(taken_in):
    bridge, asked = taken_in
    notes = "SELECT noted_id FROM tides.to_annotate"
    bridge.connection.execute("UPDATE tides.annotated_as SET said = NULL")
    bridge.connection.execute(statement("archive/note_annotations"), {"survey": "lsst", "said": Jsonb({})})
    before = bridge.row(notes)
    with session.connect(bridge.database_url, bridge.settings.database, "tides-test", "r") as hour:
        hour.execute(RENAME)
        with hour.transaction():
            hour.execute("DELETE FROM tides.changed_target")
            hour.execute("UPDATE tides.to_annotate SET noted_id = DEFAULT")
            hour.execute("UPDATE tides.tides_master SET name = 'T'")
            bridge.connection.execute("SET statement_timeout = '5s'")
            noted = before["noted_id"]
            rows = bridge.connection.execute(
                statement("archive/annotations_to_send"),
                {"survey": "lsst", "topic": "tides", "functions": "[]", "objects": [str(AN_ID)], "notes": [noted]},
            ).fetchall()
            assert rows == []
            assert bridge.row(notes) == before
    assert bridge.row(notes) != before
    (row,) = every(bridge, *asked)
    assert row["content"]["classdict"]["name"] == "T"


def test_no_more_is_looked_at_than_an_hour_may_tell(bridge):
    objects = [str(AN_ID + n) for n in range(5)]
    bridge.take_in("lsst", *(an_lsst_message(AN_ID + n, ra=150.0 + n) for n in range(5)))
    rows, not_seen = objects_to_tell(bridge.connection, "lsst", "tides", bridge.used, most=2, look=1)
    assert ([row["object_id"] for row in rows], not_seen) == (objects[:2], 3)
