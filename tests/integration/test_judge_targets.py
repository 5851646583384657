"""An hour judges the targets that may have changed alone: a look at all of them right after it changes nothing."""

import json
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from tests.bridge import Bridge
from tests.targets import put_hosts
from tides.clock import jd_utc
from tides.runs.context import LIVE, RunContext
from tides.surveys.survey import survey as named

BEGIN = datetime(2026, 3, 1, 14, 0, tzinfo=UTC)
TARGETS = 80
CELLS = 3
HOURS = 20
SURVEYS = {"lsst": "tidesSNLSST", "ztf": "tidesSNZTF"}
STATE = (
    "SELECT tides_id, active, why::text, why_detail FROM tides.tides_master UNION ALL"
    " SELECT tides_id, active, why::text, why_detail FROM tides.tides_hosts UNION ALL"
    " SELECT tides_id, faint, survey || object_id, NULL FROM tides.tides_alias ORDER BY 1, 3"
)


class Walk:
    """Hours in which all that the live rule reads changes by chance, some of them after a pause of weeks."""

    def __init__(self, bridge: Bridge, seed: int):
        self.bridge, self.chance, self.now = bridge, Random(seed), BEGIN
        self.execute = bridge.connection.execute
        self.execute(
            "INSERT INTO tides.tides_master (tides_id, name, ra, dec, position_survey, reachable, template)"
            " OVERRIDING SYSTEM VALUE SELECT n, 'T' || n, 3 * n, -30, 'lsst', true, 'tides-sn'"
            " FROM generate_series(1, %s) AS n",
            (TARGETS,),
        )
        self.execute("SELECT setval('tides.tides_master_tides_id_seq', 1000)")
        put_hosts(bridge.connection)
        for survey in SURVEYS:
            self.place(survey, 0)
        self.seen = [(survey, n) for survey in SURVEYS for n in range(1, TARGETS + 1) if self.chance.random() < 0.7]
        for survey, n in self.seen:
            self.execute(
                "INSERT INTO tides.tides_alias (survey, object_id, tides_id, ra, dec, cell, first_jd, last_jd, seen_jd)"
                " VALUES (%s, %s, %s, %s, -30, %s, %s, %s, %s)",
                (survey, f"{survey}-{n}", n, 3 * n, n % CELLS, *3 * (jd_utc(BEGIN) - 100,)),
            )
            self.detect(survey, n, jd_utc(BEGIN) - self.chance.choice((1, 5, 19, 44, 61, 100)))

    def place(self, survey: str, partition: int) -> None:
        """A partition that nobody has read."""
        self.execute(
            "INSERT INTO tides.stream_offset (lane, stream, partition, next_offset) VALUES ('live', %s, %s, 0)"
            " ON CONFLICT DO NOTHING",
            (survey, partition),
        )

    def detect(self, survey: str, n: int, jd: float) -> None:
        """A detection, its light curve and its verdict, which is merged in the same hour."""
        chance = self.chance
        newest = {
            band: {
                "jd": jd, "mag": chance.choice((20.0, 22.4, 22.6, 22.8, 24.0)), "err": 0.05,
                "slope": chance.choice((-0.5, 0.0, 0.1, 0.5)), "slope_err": 0.01,
            }
            for band in chance.choice(("r", "gr", "griz"))
        }  # fmt: skip
        bands = {b: {"newest": x, "current": x, "brightest": x} for b, x in newest.items()}
        if chance.random() < 0.3:
            bands["r"]["limit"] = {"jd": jd + chance.choice((0.5, 3)), "mag": chance.choice((21.0, 24.5))}
        name, common = SURVEYS[survey], (survey, f"{survey}-{n}")
        resumed = jd if chance.random() < 0.1 else None
        self.execute(
            "INSERT INTO tides.candidate (lane, stream, survey, object_id, alert, alert_hash, known_at, ra, dec, cell,"
            " first_jd, last_jd, detections, bands, messages, waiting)"
            " VALUES ('live', %s, %s, %s, '{}', '', now(), %s, -30, %s, %s, %s, 5, '{}', 1, false)"
            " ON CONFLICT (lane, stream, object_id) DO UPDATE SET last_jd = excluded.last_jd, known_at = now(),"
            " waiting = false",
            (survey, *common, 3 * n, n % CELLS, jd - 30, jd),
        )
        self.execute(
            "INSERT INTO tides.light_curve (lane, survey, object_id, raw, hash, source, alert_hash, first_jd, last_jd,"
            " resumed_jd, bands) VALUES ('live', %s, %s, '', '', 'bulk', '', %s, %s, %s, %s)"
            " ON CONFLICT (lane, survey, object_id) DO UPDATE SET last_jd = excluded.last_jd, bands = excluded.bands,"
            " resumed_jd = excluded.resumed_jd",
            (*common, jd - 30, jd, resumed, json.dumps(bands)),
        )
        self.execute(
            "INSERT INTO tides.selection (lane, stream, survey, object_id, function, function_hash, input_hash, passed,"
            " criteria, trigger_jd, detections, code_version, run_id)"
            " VALUES ('live', %s, %s, %s, %s, %s, %s, %s, '[]', %s, 5, 'c', 'r')",
            (survey, *common, name, self.bridge.functions[name].hash, str(chance.random()), chance.random() < 0.8, jd),
        )

    def happen(self) -> None:
        """One change of what the rule reads."""
        chance, n = self.chance, self.chance.randint(1, TARGETS)
        survey, seen = chance.choice(self.seen)
        night, other = named(survey).night(jd_utc(self.now) - 1), chance.randint(1, TARGETS)
        one = {"n": n, "other": other, "survey": survey, "object": f"{survey}-{seen}", "jd": jd_utc(self.now)}
        one |= {"night": night, "cell": chance.randrange(CELLS), "host": 1000 + n, "ra": 3 * n, "at": self.now}
        what = chance.choices(list(CHANGES), [weight for weight, _ in CHANGES.values()])[0]
        if what == "detect":
            self.detect(survey, seen, jd_utc(self.now) - chance.random())
        elif what == "partition":
            self.place(survey, 1)
        elif what == "limits":
            settings = self.bridge.settings
            live = settings.live.model_copy(
                update={"hysteresis_mag": chance.choice((0.1, 0.3)), "unobserved_days": chance.choice((30.0, 45.0))}
            )
            hosts = settings.hosts.model_copy(update={"unseen_days": chance.choice((20.0, 30.0))})
            self.bridge.settings = settings.model_copy(update={"live": live, "hosts": hosts})
        self.execute(CHANGES[what][1], one)

    def hour(self) -> int:
        """Judges what may have changed. Gives how many targets and hosts that were, 0 for all."""
        self.now += timedelta(days=self.chance.choice((1 / 24, 1 / 24, 1, 1, 3, 9, 25)))
        if self.chance.random() < 0.8:
            self.execute("UPDATE tides.stream_offset SET caught_up_at = greatest(caught_up_at, %s)", (self.now,))
        for _ in range(self.chance.randint(0, 8)):
            self.happen()
        if self.chance.random() < 0.9:
            self.bridge.sql_step("targets/upsert_master")
        of_all, _ = self.judge(everything=True)
        state, judged = self.judge(everything=False)
        assert state == of_all
        return judged

    def judge(self, *, everything: bool) -> tuple[list[Any], int]:
        """Runs deactivate_unobserved.sql, of all targets only to see what it says: that is rolled back.

        Gives how all stand then, and how many targets and hosts were looked at, 0 for all.
        """
        bridge, run = self.bridge, RunContext("run", LIVE, as_of=self.now)
        with bridge.connection.transaction(force_rollback=everything):
            if everything:
                self.execute("INSERT INTO tides.changed_target (tides_id) VALUES (NULL)")
            bridge.sql_step_on(bridge.connection, "targets/deactivate_unobserved", run)
            count = "SELECT count(*) * (count(*) = count(tides_id))::integer AS n FROM to_judge"
            return bridge.rows(STATE), bridge.row(count)["n"]


CHANGES = {
    "detect": (9, "SELECT"),
    "partition": (0.1, "SELECT"),
    "limits": (0.3, "SELECT"),
    "alert": (3, "UPDATE tides.candidate SET waiting = true WHERE (survey, object_id) = (%(survey)s, %(object)s)"),
    "settle": (3, "UPDATE tides.candidate SET waiting = false WHERE waiting"),
    "observe": (
        6,
        "WITH cell AS (INSERT INTO tides.cell_night (stream, night, cell, objects)"
        " VALUES (%(survey)s, %(night)s, %(cell)s, 9) ON CONFLICT DO NOTHING)"
        " INSERT INTO tides.survey_night (stream, night, objects) VALUES (%(survey)s, %(night)s, 99)"
        " ON CONFLICT DO NOTHING",
    ),
    "decide": (
        1,
        "INSERT INTO tides.operator_decision (verb, tides_id, reason, by)"
        " VALUES ((ARRAY['veto', 'force'])[1 + %(n)s %% 2], %(n)s, 'r', 'b')",
    ),
    "veto a host": (
        0.5, "INSERT INTO tides.operator_decision (verb, tides_id, reason, by) VALUES ('veto', %(host)s, 'r', 'b')"
    ),
    "veto a place": (
        0.5,
        "INSERT INTO tides.operator_decision (verb, ra, dec, radius_arcsec, reason, by)"
        " VALUES ('veto', %(ra)s, -30, 9, 'r', 'b')",
    ),
    "undo": (
        1,
        "UPDATE tides.operator_decision SET undone_at = now(), undone_by = 'b' WHERE decision_id IN"
        " (SELECT decision_id FROM tides.operator_decision WHERE undone_at IS NULL ORDER BY decision_id LIMIT 2)",
    ),
    "spectrum": (
        0.5,
        "INSERT INTO tides.tides_spectrum (tides_id, night, state, source)"
        " VALUES (%(n)s, %(at)s::date, (ARRAY['complete', 'partial'])[1 + %(other)s %% 2], 's')"
        " ON CONFLICT (tides_id, night, source) DO UPDATE SET state = excluded.state",
    ),
    "spectrum of a host": (
        0.3,
        "INSERT INTO tides.tides_spectrum (tides_id, night, state, source)"
        " VALUES (%(host)s, %(at)s::date, 'complete', 's') ON CONFLICT DO NOTHING",
    ),
    "list": (
        0.5,
        "INSERT INTO tides.listed (tides_id, list, entry, band, mag, epochs, cadence_days, by)"
        " VALUES (%(n)s, 'l', %(n)s, 'r', 20, 2, 7, 'b') ON CONFLICT DO NOTHING",
    ),
    "end the list": (0.3, "UPDATE tides.listed SET removed_at = now(), removed_by = 'b' WHERE tides_id %% 2 = 0"),
    "reclassify": (
        1,
        "INSERT INTO tides.tides_context AS c (survey, object_id, reclassified, redshift, settled_at)"
        " SELECT survey, object_id, CASE WHEN %(other)s %% 2 = 0 THEN 'AGN by Sherlock' END, 0.1, now()"
        " FROM tides.tides_alias WHERE tides_id = %(n)s ON CONFLICT (survey, object_id)"
        " DO UPDATE SET reclassified = excluded.reclassified",
    ),
    "merge": (
        0.5,
        "UPDATE tides.tides_master SET merged_into = least(%(n)s, %(other)s)"
        " WHERE tides_id = greatest(%(n)s, %(other)s) AND %(n)s <> %(other)s AND merged_into IS NULL AND NOT EXISTS"
        " (SELECT FROM tides.tides_master WHERE tides_id = least(%(n)s, %(other)s) AND merged_into IS NOT NULL)",
    ),
    "rename": (0.5, "UPDATE tides.tides_master SET name = name || 'x' WHERE tides_id = %(n)s"),
    "let live again": (0.5, "UPDATE tides.tides_master SET reactivated_jd = jdmax WHERE why = 'recurrent'"),
    "a better host": (
        0.3, "UPDATE tides.host_candidate SET rank = 3 - rank WHERE rank < 3 AND tides_id = %(n)s"
    ),
    "no host": (0.3, "DELETE FROM tides.host_candidate WHERE tides_id = %(n)s"),
    "redshift": (0.3, "UPDATE tides.tides_hosts SET redshift = 0.1 WHERE tides_id = %(host)s"),
    "forget": (0.1, "UPDATE tides.stream_offset SET caught_up_at = NULL WHERE stream = %(survey)s"),
}  # fmt: skip
"""What can happen in an hour, by its weight, as SQL."""


@pytest.mark.parametrize("seed", [0, *(pytest.param(n, marks=pytest.mark.soak) for n in range(1, 6))])
def test_the_verdict_of_what_may_have_changed_leaves_nothing_for_a_verdict_of_all(make_bridge, seed):
    walk = Walk(make_bridge(live={"survey_night_objects": 50}, hosts={"queue": True}), seed)
    judged = [walk.hour() for _ in range(HOURS)]
    whys = {row["why"] for row in walk.bridge.rows("SELECT DISTINCT why FROM tides.tides_master")}
    assert len(whys) > 5
    # Few hours judge all; the others leave out what is settled.
    assert sum(n == 0 for n in judged) < HOURS / 2
    assert min(n for n in judged if n) < TARGETS
