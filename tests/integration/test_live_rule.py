"""The rule in SQL and its twin in NumPy say the same of random targets, the limits themselves included."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from psycopg.rows import dict_row

from tides.clock import jd_utc
from tides.database.statements import statement
from tides.functions.functions import functions_in_use, load_functions
from tides.photometry.bands import COUNTED
from tides.settings.model import Settings, load_settings
from tides.surveys.survey import survey as named
from tides.targets import live_rule
from tides.targets.why import ON, Why

AS_OF = datetime(2026, 11, 24, 13, 30, tzinfo=UTC)
"""No night of a survey begins at a multiple of an eighth of a day from here: rounding moves nothing to another one."""

NOW_JD = jd_utc(AS_OF)
SURVEYS = ("lsst", "ztf")
TARGETS = 300
OBJECTS_A_NIGHT = 50
OBJECTS_A_VISIT = 2
CELLS = 7
"""The targets lie in cells 0, 1 … 6 in turn; the last of these is no cell."""


def some_settings(chance: np.random.Generator) -> Settings:
    """The settings with other limits of the rule."""
    found = load_settings()
    limits = {
        survey: {
            "faint_limit": float(chance.choice([20.5, 22.5, 22.7])),
            "current_max_age_days": float(chance.choice([10, 20])),
            "unobserved_visits": int(chance.choice([1, 5, 14])),
        }
        for survey in SURVEYS
    }
    streams = {
        name: stream.model_copy(update={"live": stream.live.model_copy(update=limits[stream.survey])})
        for name, stream in found.streams.items()
    }
    live = {"hysteresis_mag": float(chance.choice([0.0, 0.2, 0.3])), "survey_night_objects": OBJECTS_A_NIGHT}
    live |= {"visit_objects": OBJECTS_A_VISIT}
    return found.model_copy(update={"streams": streams, "live": found.live.model_copy(update=live)})


@dataclass
class Seen:
    """What one survey has of each target, as arrays: a row a target, in `newest_jd` to `limit_mag` a column a band.

    `first` and `second` are the objects of a target: days since the last detection, whether it was faint and whether
    its alert waits; NaN days where a target has no such object.
    """

    survey: str
    caught_up_jd: float
    nights: np.ndarray
    objects_a_night: np.ndarray
    objects_of_cell: np.ndarray  # a row a night, a column a cell
    days_ago: np.ndarray
    was_faint: np.ndarray
    waiting: np.ndarray
    newest_jd: np.ndarray
    mag: np.ndarray
    slope: np.ndarray
    limit_jd: np.ndarray
    limit_mag: np.ndarray

    def slopes(self) -> np.ndarray:
        """The slopes that a light curve holds: that of the first object, of a band with a magnitude."""
        has_curve = np.isfinite(self.days_ago).any(axis=1)[:, None]
        return np.where(has_curve & np.isfinite(self.mag) & np.isfinite(self.newest_jd), self.slope, np.nan)

    def line(self) -> live_rule.Line:
        """The line of each band; where its slope is known, errors are too."""
        err = np.where(np.isnan(self.slopes()), np.nan, 0.03)
        return live_rule.Line(self.newest_jd, self.mag, err, self.slopes(), err / 2)


def some_targets(survey: str, chance: np.random.Generator, chosen: Settings) -> Seen:
    """Targets whose values lie on the limits of the rule and beside them."""
    limits, live = chosen.survey_live()[survey], chosen.live
    caught_up_jd = NOW_JD - chance.choice([0, 1 / 16, 9 / 16, 1 / 8, 5])  # 1/16: a night of LSST ends, 9/16: of ZTF
    night = named(survey).nights.place(np.array(NOW_JD))
    behind = NOW_JD - caught_up_jd
    ages = [*(behind + live.unobserved_days + step for step in (-1 / 8, 0, 1 / 8)), 1, 1.5, 6, 14, 20]
    ages += [live.other_survey_days + step for step in (-1 / 8, 0, 1 / 8)]
    far, edge = limits.faint_limit + live.hysteresis_mag, limits.faint_limit
    mags = [edge - 1, edge, np.nextafter(edge, 99), far, np.nextafter(far, 99), far + 1, np.nan]
    newest = [limits.current_max_age_days + step for step in (-1 / 8, 0, 1 / 8)] + [1, 5, np.nan]
    shape = (TARGETS, len(COUNTED))
    newest_jd = NOW_JD - chance.choice(newest, shape)
    observed = int(chance.choice([0, 3, 40]))  # after few nights only the days can switch a target off
    limit_jd = newest_jd + chance.choice([-1, 0, 1 / 8, np.nan], shape)
    return Seen(
        survey=survey,
        caught_up_jd=caught_up_jd,
        nights=np.sort(night - chance.choice(70, observed, replace=False)),
        objects_a_night=chance.choice([OBJECTS_A_NIGHT - 1, OBJECTS_A_NIGHT, 99], observed),
        objects_of_cell=chance.choice([0, OBJECTS_A_VISIT - 1, OBJECTS_A_VISIT, 9], (observed, CELLS - 1)),
        days_ago=np.where(chance.random((TARGETS, 2)) < [0.8, 0.3], chance.choice(ages, (TARGETS, 2)), np.nan),
        was_faint=chance.random((TARGETS, 2)) < 0.3,
        waiting=chance.random((TARGETS, 2)) < 0.1,
        newest_jd=newest_jd,
        mag=chance.choice(mags, shape),
        slope=chance.choice([np.nan, -0.5, -0.25, 0, 0.0625, 0.125], shape),
        limit_jd=limit_jd,
        limit_mag=np.where(np.isnan(limit_jd), np.nan, chance.choice(mags[:-1], shape)),
    )


def by_the_twin(surveys: list[Seen], chosen: Settings) -> list[dict[str, Any]]:
    """What `live_rule` says of each target."""
    faint, unobserved, visits, last_jd, has_object = ([] for _ in range(5))
    now = np.full(TARGETS, NOW_JD)
    for seen in surveys:
        limits, has = chosen.survey_live()[seen.survey], np.isfinite(seen.days_ago)
        last = NOW_JD - np.where(has.any(axis=1), np.min(np.where(has, seen.days_ago, np.inf), axis=1), np.nan)
        placed = np.where(has.any(axis=1), last, NOW_JD)
        numbered = named(seen.survey).nights
        counted = (seen.objects_a_night >= OBJECTS_A_NIGHT)[:, None] & (seen.objects_of_cell >= OBJECTS_A_VISIT)
        cell = np.arange(TARGETS) % CELLS
        target, night = np.nonzero(counted[:, cell[cell < CELLS - 1]].T)
        target = np.flatnonzero(cell < CELLS - 1)[target]
        # Its own upper limits show visits, too.
        crowded = seen.nights[seen.objects_a_night >= OBJECTS_A_NIGHT]
        limit_jd = np.where(seen.limit_jd > last[:, None], seen.limit_jd, 0)
        own_target, band = np.nonzero(np.isin(numbered.place(limit_jd), crowded))
        own_night = numbered.place(limit_jd[own_target, band])
        visited = [np.append(target, own_target), np.append(seen.nights[night], own_night)]
        target, night = np.unique(np.array(visited, dtype=np.int64), axis=1)
        until = np.full(TARGETS, numbered.place(np.array(seen.caught_up_jd)) - 1)
        mag, _ = live_rule.current_mag(seen.line(), seen.newest_jd, seen.limit_jd, seen.limit_mag, now)
        was_faint = (seen.was_faint & has).any(axis=1)
        faint.append(live_rule.is_faint(was_faint, seen.newest_jd, mag, now, limits, chosen.live.hysteresis_mag))
        visits.append(live_rule.silent_visits(numbered.place(placed), until, target, night))
        silent = live_rule.is_unobserved(visits[-1], seen.caught_up_jd - last, limits, chosen.live)
        unobserved.append(silent & ~(seen.waiting & has).any(axis=1))
        last_jd.append(last)
        has_object.append(has.any(axis=1))
    columns = [np.stack(part, axis=1) for part in (faint, unobserved, visits, last_jd, has_object)]
    faint, unobserved, visits, last_jd, has_object = columns
    off = live_rule.is_off(faint | unobserved, last_jd, has_object, now, chosen.live)
    any_faint = (faint & has_object).any(axis=1)
    return [
        {
            "why": Why.LIVE if not off[n] else Why.FAINT if any_faint[n] else Why.UNOBSERVED,
            "surveys": {
                seen.survey: [bool(faint[n, s]), bool(unobserved[n, s]), int(visits[n, s])]
                for s, seen in enumerate(surveys)
                if has_object[n, s]
            },
        }
        for n in range(TARGETS)
    ]


def known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


class Asked:
    """A database in which targets of some settings are put, and asked of by the rule."""

    def __init__(self, connection: psycopg.Connection[dict[str, Any]], chosen: Settings):
        self.connection, self.chosen = connection, chosen
        self.functions = functions_in_use(chosen.enabled_streams(), load_functions())
        parameters = {**chosen.as_parameters(), "functions": json.dumps(self.functions), "live": "true"}
        psycopg.ClientCursor(connection).execute(statement("targets/set_limits"), parameters)
        connection.execute(
            "INSERT INTO tides.tides_master (tides_id, name, ra, dec, position_survey, reachable, template)"
            " OVERRIDING SYSTEM VALUE SELECT n, n, 150, -30, 'lsst', true, 'x' FROM generate_series(0, %s) AS n",
            (TARGETS - 1,),
        )

    def put(self, seen: Seen) -> None:
        """What a survey has seen."""
        numbered = named(seen.survey).nights
        numbers = [numbered.number(end_jd - 0.5) for end_jd in numbered.end_of_place(seen.nights).tolist()]
        for night, objects in zip(numbers, seen.objects_a_night, strict=True):
            self._insert("survey_night", [{"stream": seen.survey, "night": night, "objects": int(objects)}])
        cells = [
            {"stream": seen.survey, "night": numbers[n], "cell": cell, "objects": int(seen.objects_of_cell[n, cell])}
            for n, cell in np.argwhere(seen.objects_of_cell > 0).tolist()
        ]
        if cells:
            self._insert("cell_night", cells)
        self.connection.execute(
            "INSERT INTO tides.stream_offset (lane, stream, partition, next_offset, caught_up_at)"
            " VALUES ('live', %s, 0, 0, to_timestamp((%s - 2440587.5) * 86400))",
            (seen.survey, seen.caught_up_jd),
        )
        objects = [(n, k) for n, k in np.ndindex(seen.days_ago.shape) if np.isfinite(seen.days_ago[n, k])]
        alias = [
            {
                "survey": seen.survey,
                "object_id": f"{n}-{k}",
                "tides_id": n,
                "cell": n % CELLS if n % CELLS < CELLS - 1 else None,
                "last_jd": NOW_JD - float(seen.days_ago[n, k]),
                "faint": bool(seen.was_faint[n, k]),
            }
            for n, k in objects
        ]
        self._insert("tides_alias", alias)
        (function,) = (f for f in self.functions if f["stream"] == seen.survey)
        verdict = {"lane": "live", "stream": seen.survey, "survey": seen.survey, "passed": True, "criteria": []}
        verdict |= {"function": function["name"], "function_hash": function["hash"], "merged_at": AS_OF.isoformat()}
        verdict |= {"input_hash": "", "detections": 1, "code_version": "", "run_id": ""}
        self._insert("selection", [{**verdict, "object_id": a["object_id"]} for a in alias])
        waits = {"lane": "live", "stream": seen.survey, "survey": seen.survey, "alert": {}, "alert_hash": ""}
        waits |= {"known_at": AS_OF.isoformat(), "bands": {}, "messages": 1}
        waiting = [{**waits, "object_id": f"{n}-{k}", "waiting": bool(seen.waiting[n, k])} for n, k in objects]
        self._insert("candidate", waiting)
        bands = [
            {
                "tides_id": n,
                "survey": seen.survey,
                "band": COUNTED[b],
                "newest_jd": known(seen.newest_jd[n, b]),
                "current_jd": known(seen.newest_jd[n, b]),
                "current_mag": known(seen.mag[n, b]),
                "current_err": known(seen.line().err[n, b]),
                "limit_jd": known(seen.limit_jd[n, b]),
                "limit_mag": known(seen.limit_mag[n, b]),
            }
            for n, b in np.ndindex(seen.mag.shape)
        ]
        whole = {"lane": "live", "survey": seen.survey, "raw": "", "hash": "", "source": "bulk", "alert_hash": ""}
        whole["stored_at"] = AS_OF.isoformat()
        first = dict(reversed(objects))
        self._insert(
            "light_curve",
            [{**whole, "object_id": f"{n}-{k}", "bands": self._lines(seen, n)} for n, k in first.items()],
        )
        bright = {"survey": seen.survey, "band": "y", "newest_jd": NOW_JD, "current_mag": 10.0}  # it does not count
        self._insert("target_band", [*bands, *({**bright, "tides_id": n} for n in range(0, TARGETS, 2))])

    def _lines(self, seen: Seen, n: int) -> dict[str, Any]:
        names = ("jd", "mag", "err", "slope", "slope_err")
        line, slopes = seen.line(), seen.slopes()
        columns = (line.jd_utc, line.mag, line.err, line.slope, line.slope_err)
        return {
            COUNTED[b]: {"current": dict(zip(names, (float(column[n, b]) for column in columns), strict=True))}
            for b in range(len(COUNTED))
            if np.isfinite(slopes[n, b])
        }

    def _insert(self, table: str, rows: list[dict[str, Any]]) -> None:
        names = ", ".join(rows[0])
        self.connection.execute(
            f"INSERT INTO tides.{table} ({names})"  # type: ignore[arg-type]
            f" SELECT {names} FROM jsonb_populate_recordset(NULL::tides.{table}, %s::jsonb)",
            (json.dumps(rows),),
        )

    def magnitudes(self, survey: str) -> dict[tuple[int, str], tuple[float | None, float]]:
        """What `tides.current_magnitude` says of each target and band."""
        query = "SELECT * FROM tides.current_magnitude(%s) WHERE survey = %s AND band <> 'y'"
        rows = self.connection.execute(query, (AS_OF, survey)).fetchall()
        return {(row["tides_id"], row["band"]): (row["mag"], row["err"]) for row in rows}

    def verdicts(self) -> dict[int, dict[str, Any]]:
        """What `tides.live_verdict` says of each target."""
        rows = self.connection.execute("SELECT * FROM tides.live_verdict(%s)", (AS_OF,)).fetchall()
        for row in rows:
            assert row["active"] is (row["why"] in ON)
        return {
            row["tides_id"]: {
                "why": row["why"],
                "surveys": {s["survey"]: [s["faint"], s["unobserved"], s["silent_visits"]] for s in row["surveys"]},
            }
            for row in rows
        }


@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a smaller seed is no simpler example
)
@given(st.integers(0, 2**32 - 1))
def test_the_rule_and_its_twin_say_the_same_of_random_targets(database, seed):
    chance = np.random.default_rng(seed)
    chosen = some_settings(chance)
    surveys = [some_targets(survey, chance, chosen) for survey in SURVEYS]
    expected = by_the_twin(surveys, chosen)
    with psycopg.connect(database, row_factory=dict_row) as connection:
        asked = Asked(connection, chosen)
        for seen in surveys:
            asked.put(seen)
        found = asked.verdicts()
        magnitudes = [asked.magnitudes(seen.survey) for seen in surveys]
        connection.rollback()
    for seen, now in zip(surveys, magnitudes, strict=True):
        told = live_rule.current_mag(
            seen.line(), seen.newest_jd, seen.limit_jd, seen.limit_mag, np.full(TARGETS, NOW_JD)
        )
        assert now == {
            (n, COUNTED[b]): (known(told[0][n, b]), pytest.approx(told[1][n, b], abs=1e-12))
            for n, b in zip(*np.nonzero(np.isfinite(seen.newest_jd)), strict=True)
        }
    judged = {n: verdict for n, verdict in enumerate(expected) if verdict["surveys"]}
    assert found == judged
    assert len({verdict["why"] for verdict in judged.values()}) > 1


def test_a_target_without_an_object_is_not_off_by_the_twin_and_the_rule_says_nothing_of_it(database):
    chosen = load_settings()
    none, unknown, now = np.zeros((1, 2), dtype=bool), np.full((1, 2), np.nan), np.full(1, NOW_JD)
    assert live_rule.is_off(~none, unknown, none, now, chosen.live).tolist() == [False]
    with psycopg.connect(database, row_factory=dict_row) as connection:
        assert Asked(connection, chosen).verdicts() == {}
        connection.rollback()


def test_the_values_of_why_are_those_of_the_type_and_each_is_explained_there(database):
    with psycopg.connect(database) as connection:
        values = connection.execute("SELECT enum_range(NULL::tides.why)::text[]").fetchone()
        comment = connection.execute("SELECT obj_description('tides.why'::regtype, 'pg_type')").fetchone()
    assert values is not None
    assert comment is not None
    assert values[0] == list(Why)
    assert [why for why in Why if f"\n{why}: " not in comment[0]] == []


def test_the_values_of_host_why_are_explained_at_the_type(database):
    with psycopg.connect(database) as connection:
        rows = connection.execute(
            "SELECT unnest(enum_range(NULL::tides.host_why))::text,"
            " obj_description('tides.host_why'::regtype, 'pg_type')"
        ).fetchall()
    assert len(rows) > 10
    assert [why for why, comment in rows if f"\n{why}: " not in comment] == []


@pytest.mark.parametrize(
    ("why", "detail", "words"),
    [
        ("new", {}, "new"),
        ("live", {}, "live"),
        ("faint", {"surveys": {"ztf": "unobserved", "lsst": "faint"}}, "lsst: faded, ztf: not seen"),
        ("unobserved", {"surveys": {"lsst": "unobserved"}}, "lsst: not seen"),
        ("reclassified", {"said": "AGN by Sherlock"}, "reclassified: AGN by Sherlock"),
        ("recurrent", {"seen_again_jd": 2461000.5}, "recurrent"),
        ("observed", {"source": "4MOST"}, "observed by 4MOST"),
        ("vetoed", {"by": "Ada"}, "vetoed"),
        ("forced", {"by": "Ada"}, "forced"),
        ("merged", {"into": "TiDES26aaa"}, "merged into TiDES26aaa"),
        ("unreachable", {}, "out of reach"),
        ("unselected", {}, "no function in use selects it"),
        ("host_only", {}, "host only"),
    ],
)
def test_each_value_of_why_has_its_words(database, why, detail, words):
    with psycopg.connect(database) as connection:
        query = "SELECT tides.why_in_words(%s::tides.why, %s::jsonb)"
        assert connection.execute(query, (why, json.dumps(detail))).fetchone() == (words,)
