"""The view *Statistics*: each of its numbers beside a count of the tables that the sums were made from."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
import requests

from tests.bridge import Bridge
from tests.builders import AN_ID, an_lsst_message
from tests.integration.test_stream_audit import read_to_the_end
from tests.limits import LIMIT_S
from tides.hooks.lasair import LasairHook
from tides.page.app import app
from tides.page.frame import READ
from tides.page.statistics import MOST_NIGHTS
from tides.reports.nights import NIGHTS

TODAY = datetime.now(UTC).date()
BEFORE = 3
"""So many days lie between the two nights."""

AGO = f"- interval '{BEFORE} d'"
PASS = (
    "SET session_replication_role = replica",  # no trigger writes down what is moved
    *(f"UPDATE tides.{table} SET night = night - {BEFORE}" for table in ("night_rate", "night_criterion")),
    f"UPDATE tides.selection SET judged_at = judged_at {AGO}, trigger_known = trigger_known {AGO}",
    f"UPDATE tides.tides_history SET at = at {AGO}",
    f"UPDATE tides.past SET at = at {AGO}",
    f"UPDATE tides.bridge_run SET started_at = started_at {AGO}, ended_at = ended_at {AGO}",
    "DELETE FROM tides.night_step",
    "SET session_replication_role = origin",
)
"""All that has happened becomes older."""

Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def asks(served: str) -> Iterator[Ask]:
    """Asks for the data of the view, as somebody whom Airflow lets read."""
    app.dependency_overrides |= {READ.dependency: lambda: None}

    def ask(**range_: object) -> dict[str, Any]:
        given = {"format": "json", **{name: str(value) for name, value in range_.items()}}
        answer = requests.get(f"{served}statistics", params=given, timeout=LIMIT_S)
        assert answer.status_code == 200, answer.text
        data: dict[str, Any] = answer.json()["statistics"]
        return data

    yield ask
    app.dependency_overrides.clear()


def messages(first: int, number: int) -> list[dict[str, Any]]:
    """Messages of objects of which each fails other criteria: brightness, bands, nights, several of them, or none."""
    return [
        an_lsst_message(
            AN_ID + first + n,
            ra=10.0 + (first + n) / 10,
            mag=23.5 if n % 3 == 0 else 21.0,
            bands="gr" if n % 4 == 0 else "gri",
            nights=1 if n % 5 == 0 else 4,
        )
        for n in range(number)
    ]


def live_a_night(bridge: Bridge, first: int, number: int) -> None:
    """One run with so many objects, at 4MOST too, and its report."""
    bridge.publish("lsst", *messages(first, number), b"no JSON")
    bridge.run()
    bridge.report()


@pytest.fixture
def nights(bridge: Bridge) -> Bridge:
    """A bridge after two nights, the second one tonight."""
    live_a_night(bridge, 0, 30)
    for statement in PASS:
        bridge.connection.execute(statement)
    live_a_night(bridge, 100, 20)
    return bridge


def verdicts(bridge: Bridge) -> list[dict[str, Any]]:
    """Each verdict with its night, and the criteria that it failed, by the rows themselves."""
    rows = bridge.rows(
        "SELECT stream, function, (judged_at AT TIME ZONE 'UTC')::date AS night, criteria, trigger_known, object_id"
        " FROM tides.verdict WHERE lane = 'live'"
    )
    return [row | {"failed": {c["name"] for c in row["criteria"] if c["held"] is False}} for row in rows]


def test_the_funnel_is_what_the_tables_hold(nights, asks):
    found = asks()
    counted = verdicts(nights)
    steps = Counter(
        (row["night"].isoformat(), row["step"])
        for row in nights.rows("SELECT step, (at AT TIME ZONE 'UTC')::date AS night FROM tides.tides_history")
    )
    busy = {TODAY, TODAY - timedelta(days=BEFORE)}
    for row in found["funnel"]:
        of = [each for each in counted if each["night"].isoformat() == row["night"]]
        assert bool(of) == (date.fromisoformat(row["night"]) in busy)
        assert (row["verdicts"], row["passed"]) == (len(of), sum(not each["failed"] for each in of))
        for what, step in (("new", "selected"), ("created", "created"), ("observed", "observed")):
            assert row[what] == steps[row["night"], step], (row, what)
    assert sum(row["created"] for row in found["funnel"]) > 10
    by_function = Counter((each["stream"], each["function"], each["night"].isoformat()) for each in counted)
    judged = {(row["stream"], row["function"], row["night"]): row["judged"] for row in found["functions"]}
    assert judged == by_function


def test_the_criteria_are_those_of_the_verdicts_in_the_nights_that_are_asked_for(nights, asks):
    counted = verdicts(nights)
    for range_ in ({}, {"first": TODAY}, {"last": TODAY - timedelta(days=1)}, {"stream": "lsst"}, {"stream": "ztf"}):
        first, last = range_.get("first", date.min), range_.get("last", TODAY)
        of = [
            each
            for each in counted
            if first <= each["night"] <= last and each["stream"] == range_.get("stream", each["stream"])
        ]
        failed = Counter((each["function"], name) for each in of for name in each["failed"])
        asked = Counter((each["function"], said["name"]) for each in of for said in each["criteria"])
        found = asks(**range_)["criteria"]
        assert {(row["function"], row["criterion"]): row["judged"] for row in found} == asked
        assert {(row["function"], row["criterion"]): row["failed"] for row in found if row["failed"]} == failed
        assert all(row["definitions"] == 1 for row in found)
    assert asks(stream="ztf")["criteria"] == []


def test_the_wait_is_from_the_alert_to_4most(nights, asks):
    passed = {row["object_id"]: row["trigger_known"] for row in verdicts(nights) if row["trigger_known"] is not None}
    created = nights.rows(
        "SELECT h.at, a.object_id FROM tides.tides_history AS h JOIN tides.tides_alias AS a USING (tides_id)"
        " WHERE h.step = 'created'"
    )
    found = {row["night"]: row for row in asks()["funnel"]}
    for night in (TODAY, TODAY - timedelta(days=BEFORE)):
        hours = [
            (row["at"] - passed[row["object_id"]]) / timedelta(hours=1) for row in created if row["at"].date() == night
        ]
        row = found[night.isoformat()]
        assert row["created"] == len(hours) > 3
        assert row["median_h"] == pytest.approx(np.percentile(hours, 50))
        assert row["late_h"] == pytest.approx(np.percentile(hours, 90))


def test_the_fibre_hours_are_those_of_the_targets_at_the_end_of_the_night(nights, asks):
    asked = nights.row(
        "SELECT sum(asked) AS hours, count(*) FILTER (WHERE asked > 0) AS targets FROM tides.fibre_hours"
    )
    newest, *before = asks()["fibre_hours"]
    assert (newest["night"], newest["targets"]) == (TODAY.isoformat(), asked["targets"])
    assert newest["asked"] == pytest.approx(asked["hours"]) != 0
    assert [row["night"] for row in before] == [(TODAY - timedelta(days=BEFORE)).isoformat()]
    assert 0 < before[0]["asked"] < newest["asked"]


def test_completeness_says_what_the_broker_lost_by_the_night_of_the_change(bridge, asks):
    described = bridge.settings.streams["lsst"]
    columns = "objects.diaObjectId, objects.timestamp"
    rows = LasairHook().query("lsst", columns, described.filter.tables, described.filter.conditions, 1000)
    changed = Counter(row["timestamp"][:10] for row in rows)
    oldest = min(changed)
    assert asks()["completeness"] == []
    read_to_the_end(bridge)
    (before,) = asks()["completeness"]
    assert before == {"stream": "lsst", "until": None, "lost": 0}
    until = datetime.fromisoformat(bridge.complete("lsst").until)
    found = asks(first=oldest, last=TODAY)
    lost = {row["night"]: row["objects"] for row in found["losses"]}
    came = bridge.rows("SELECT object_id FROM tides.candidate")
    assert lost == Counter(
        row["timestamp"][:10] for row in rows if str(row["diaObjectId"]) in {c["object_id"] for c in came}
    )
    (complete,) = found["completeness"]
    assert (complete["lost"], datetime.fromisoformat(complete["until"])) == (len(came), until)


def test_an_address_keeps_the_range_and_one_that_is_none_says_why(bridge, served, asks):
    assert len(asks()["funnel"]) == NIGHTS
    found = asks(first="2026-01-01", last="2026-01-31", stream="lsst")
    assert (found["asked"], len(found["funnel"])) == (
        {"first": "2026-01-01", "last": "2026-01-31", "stream": "lsst"}, 31,
    )  # fmt: skip
    assert len(asks(last="2026-01-31")["funnel"]) == NIGHTS
    for range_, words in (
        ("first=yesterday", "yesterday is no night"),
        ("first=2026-02-30", "2026-02-30 is no night"),
        ("first=2026-02-02&last=2026-02-01", f"A range has 1 to {MOST_NIGHTS} nights"),
        ("first=2024-01-01&last=2026-02-01", f"A range has 1 to {MOST_NIGHTS} nights"),
    ):
        answer = requests.get(f"{served}statistics?{range_}", timeout=LIMIT_S)
        assert answer.status_code == 400, range_
        assert words in answer.text
    for night in ("0001-01-01", "9999-12-31"):
        assert asks(last=night)["asked"]["last"] == night
