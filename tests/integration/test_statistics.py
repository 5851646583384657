"""The view *Statistics*: each of its numbers beside a count of the tables that the sums were made from."""

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import combinations
from statistics import median_low
from typing import Any

import numpy as np
import pytest
import requests

from tests.bridge import Bridge
from tests.builders import AN_ID, NOW, an_lsst_message
from tests.integration.test_stream_audit import read_to_the_end
from tests.limits import LIMIT_S
from tides.hooks.lasair import LasairHook
from tides.page.app import app
from tides.page.frame import READ
from tides.page.statistics import MOST_NIGHTS
from tides.reports.nights import AT_ONCE, NIGHTS, WAITS_H, keep_nights
from tides.runs.context import RunContext

TODAY = datetime.now(UTC).date()
BEFORE = 3
"""So many days lie between the two nights."""

SUMS = ("night_rate", "night_criterion", "night_pair", "night_stream")
AGO = f"- interval '{BEFORE} d'"
PASS = (
    "SET session_replication_role = replica",  # no trigger writes down what is moved
    *(f"UPDATE tides.{table} SET night = night - {BEFORE}" for table in SUMS),
    f"UPDATE tides.selection SET judged_at = judged_at {AGO}, trigger_known = trigger_known {AGO}",
    f"UPDATE tides.tides_history SET at = at {AGO}",
    f"UPDATE tides.past SET at = at {AGO}",
    f"UPDATE tides.bridge_run SET started_at = started_at {AGO}, ended_at = ended_at {AGO}",
    "DELETE FROM tides.night_step",
    "SET session_replication_role = origin",
)
"""All that has happened becomes older."""

SPREAD = "UPDATE tides.selection SET trigger_known = trigger_known - object_id::bigint % 40 * interval '5 h'"
"""The targets waited from seconds to eight days."""

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


def sent(first: int, number: int) -> list[dict[str, Any]]:
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
    bridge.publish("lsst", *sent(first, number), b"no JSON")
    bridge.run()
    bridge.report(RunContext(f"run-{first}"))


@pytest.fixture
def nights(bridge: Bridge) -> Bridge:
    """A bridge after two nights, the second one tonight."""
    live_a_night(bridge, 0, 30)
    for statement in PASS:
        bridge.connection.execute(statement)
    live_a_night(bridge, 100, 20)
    bridge.connection.execute(SPREAD)
    bridge.connection.execute("DELETE FROM tides.night_step")
    for _ in range(NIGHTS // AT_ONCE + 1):  # each counts tonight anew
        keep_nights(bridge.connection, datetime.now(UTC))
    return bridge


def verdicts(bridge: Bridge) -> list[dict[str, Any]]:
    """Each verdict with its night, and the criteria that it failed, by the rows themselves."""
    rows = bridge.rows(
        "SELECT stream, function, (judged_at AT TIME ZONE 'UTC')::date AS night, criteria, trigger_known, object_id"
        " FROM tides.verdict WHERE lane = 'live'"
    )
    return [row | {"failed": {c["name"] for c in row["criteria"] if c["held"] is False}} for row in rows]


def the_funnel_is_what_the_tables_hold(nights: Bridge, asks: Ask) -> None:
    """Messages, verdicts, steps and spectra by night."""
    spectra = "INSERT INTO tides.tides_spectrum (tides_id, night, state, source)"
    for state in ("attempted", "complete"):
        which = "FROM tides.tides_master ORDER BY tides_id LIMIT 3"
        nights.connection.execute(f"{spectra} SELECT tides_id, %s, %s, %s {which}", (TODAY, state, state))
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
    letters = nights.row("SELECT count(*) AS n FROM tides.dead_letter")["n"]
    read = nights.row("SELECT sum(messages) AS n FROM tides.candidate")["n"] + letters
    messages = {row["night"]: row["messages"] for row in found["funnel"] if row["messages"]}
    assert messages == {f"{TODAY}": 21, f"{TODAY - timedelta(days=BEFORE)}": 31}
    assert sum(messages.values()) == read
    made = {row["night"]: (row["spectra"], row["good_spectra"]) for row in found["funnel"]}
    assert made == dict.fromkeys(made, (0, 0)) | {TODAY.isoformat(): (6, 3)}
    by_function = Counter((each["stream"], each["function"], each["night"].isoformat()) for each in counted)
    judged = {(row["stream"], row["function"], row["night"]): row["judged"] for row in found["functions"]}
    assert judged == by_function


def the_criteria_are_those_of_the_verdicts(nights: Bridge, asks: Ask) -> None:
    """In the nights, and of the stream, that are asked for."""
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
        alone = Counter((each["function"], *each["failed"]) for each in of if len(each["failed"]) == 1)
        assert {(row["function"], row["criterion"]): row["alone"] for row in found if row["alone"]} == alone
        together = Counter((each["function"], pair) for each in of for pair in combinations(sorted(each["failed"]), 2))
        pairs = asks(**range_)["pairs"]
        assert {(row["function"], (row["criterion"], row["other"])): row["failed"] for row in pairs} == together
        assert bool(alone) == bool(together) == (range_.get("stream") != "ztf")
    assert asks(stream="ztf")["criteria"] == []


def a_night_that_older_code_has_judged_in_part_says_nothing_of_what_fails_alone(nights: Bridge, asks: Ask) -> None:
    """Nor of what fails together."""

    def alone(**range_: object) -> dict[str, int | None]:
        return {row["criterion"]: row["alone"] for row in asks(**range_)["criteria"]}

    before = {"last": TODAY - timedelta(days=1)}
    assert max(alone().values()) > max(alone(**before).values()) > 0
    nights.connection.execute("UPDATE tides.night_rate SET judged = judged + 1 WHERE night = %s", (TODAY,))
    assert alone() == alone(**before)
    assert asks()["pairs"] == asks(**before)["pairs"] != []
    assert [row["paired"] for row in asks()["functions"]] == [30, 0]
    assert set(alone(first=TODAY).values()) == {None}


def the_wait_is_from_the_alert_to_4most(nights: Bridge, asks: Ask) -> None:
    """Median, nine in ten and histogram."""
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
        assert row["waits"] == np.histogram(hours, [0, *WAITS_H, np.inf])[0].tolist()


def the_fibre_hours_are_those_of_the_targets(nights: Bridge, asks: Ask) -> None:
    """At the end of the night."""
    asked = nights.row(
        "SELECT sum(asked) AS hours, count(*) FILTER (WHERE asked > 0) AS targets FROM tides.fibre_hours"
    )
    newest, *before = asks()["fibre_hours"]
    assert (newest["night"], newest["targets"]) == (TODAY.isoformat(), asked["targets"])
    assert newest["asked"] == pytest.approx(asked["hours"]) != 0
    assert [row["night"] for row in before] == [(TODAY - timedelta(days=BEFORE)).isoformat()]
    assert 0 < before[0]["asked"] < newest["asked"]


def each_table_is_also_csv(served: str, asks: Ask) -> None:
    """With the numbers of the JSON."""
    for name in ("funnel", "functions", "criteria", "pairs", "complete_nights", "fibre_hours"):
        answer = requests.get(f"{served}statistics?table={name}", timeout=LIMIT_S)
        assert answer.headers["Content-Disposition"].startswith(f'attachment; filename="{name}-')
        told = [{key: str(value) for key, value in row.items()} for row in asks()[name]]
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        assert len(rows) == len(told) > 0
        for row, of in zip(rows, told, strict=True):
            for key in {"night", "stream", "criterion", "other", "failed", "alone", "passed", "targets"} & row.keys():
                assert row[key] == of[key].replace("None", ""), (name, key)
    answer = requests.get(f"{served}statistics?table=x", timeout=LIMIT_S)
    assert (answer.status_code, "x is no table" in answer.text) == (400, True)


def test_each_number_is_what_the_tables_hold(nights, served, asks):
    the_funnel_is_what_the_tables_hold(nights, asks)
    the_criteria_are_those_of_the_verdicts(nights, asks)
    the_wait_is_from_the_alert_to_4most(nights, asks)
    the_fibre_hours_are_those_of_the_targets(nights, asks)
    each_table_is_also_csv(served, asks)
    a_night_that_older_code_has_judged_in_part_says_nothing_of_what_fails_alone(nights, asks)


def audited(bridge: Bridge, asks: Ask, first: date) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """What the view says of the one stream, over all nights and by night."""
    found = asks(first=first)
    (stream,) = found["completeness"]
    return stream, {row["night"]: row for row in found["complete_nights"]}


def test_completeness_says_what_was_sent_what_the_database_has_and_what_was_lost(bridge, asks):
    described = bridge.settings.streams["lsst"]
    columns = "objects.diaObjectId, objects.timestamp"
    rows = LasairHook().query("lsst", columns, described.filter.tables, described.filter.conditions, 1000)
    changed = {str(row["diaObjectId"]): row["timestamp"][:10] for row in rows}
    oldest = date.fromisoformat(min(changed.values()))
    came = sorted(changed)[::3]
    assert asks()["completeness"] == []
    bridge.publish("lsst", *[an_lsst_message(int(i), light_curve=False) for i in came], stamp_ms=stamp(oldest))
    bridge.drain("lsst")
    nothing, nights = audited(bridge, asks, oldest)
    assert (nothing["until"], nothing["nights"], nights[f"{oldest}"]["rows"]) == (None, 0, None)
    assert nights[f"{oldest}"]["sent"] == len(came)
    bridge.connection.execute("UPDATE tides.stream_offset SET caught_up_at = %s", (NOW,))
    for _ in range(2):  # a second audit counts nothing twice
        until = datetime.fromisoformat(bridge.complete("lsst").until)
        stream, nights = audited(bridge, asks, oldest)
        lost = {row["object_id"] for row in bridge.rows("SELECT object_id FROM tides.candidate WHERE origin = 'audit'")}
        assert datetime.fromisoformat(stream["until"]) == until
        whole = {night: row for night, row in nights.items() if row["rows"] is not None}
        assert whole.keys() == {night for night in nights if date.fromisoformat(night) < until.date()}
        for night, row in whole.items():
            assert row["rows"] == sum(day == night for day in changed.values()), night
            assert row["lost"] == sum(changed[i] == night for i in lost), night
        assert (stream["nights"], stream["sent"]) == (len(whole), len(came))
        assert stream["rows"] == sum(row["rows"] for row in whole.values()) > stream["lost"] > 10
        assert stream["lost_in_all"] == len(lost)


def stamp(night: date) -> int:
    """The noon (UTC) of a night as the broker's stamp, in ms."""
    return int(datetime.combine(night, time(12), UTC).timestamp() * 1000)


def test_what_two_audits_find_in_one_night_is_its_sum(bridge, asks):
    described = bridge.settings.streams["lsst"]
    columns = "objects.diaObjectId, objects.timestamp"
    rows = LasairHook().query("lsst", columns, described.filter.tables, described.filter.conditions, 1000)
    days = Counter(row["timestamp"][:10] for row in rows)
    middle = median_low(row["timestamp"] for row in rows)
    read_to_the_end(bridge, moment=datetime.fromisoformat(middle).replace(tzinfo=UTC))
    bridge.complete("lsst")
    counted = "SELECT night::text, rows FROM tides.night_stream WHERE rows > 0"
    first = {row["night"]: row["rows"] for row in bridge.rows(counted)}
    assert 0 < sum(first.values()) < len(rows)
    bridge.connection.execute("UPDATE tides.stream_offset SET caught_up_at = %s", (NOW,))
    bridge.complete("lsst")
    assert {row["night"]: row["rows"] for row in bridge.rows(counted)} == days


def test_nights_up_to_the_upgrade_are_not_known(bridge, asks):
    began = "INSERT INTO tides.night_stream (stream, night) VALUES ('lsst', %s)"
    bridge.connection.execute(began, (TODAY,))
    bridge.publish("lsst", *sent(0, 2), stamp_ms=stamp(TODAY - timedelta(days=1)))
    bridge.drain("lsst")
    assert {row["messages"] for row in asks()["funnel"]} == {None}
    assert {row["sent"] for row in asks()["complete_nights"]} == {None}
    bridge.connection.execute("UPDATE tides.night_stream SET night = night - 2 WHERE read IS NULL")
    assert [row["sent"] for row in asks()["complete_nights"]][:4] == [0, 2, None, None]


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
    for night, last in (("0001-01-01", "0001-01-01"), ("9999-12-31", TODAY.isoformat())):
        assert asks(last=night)["asked"]["last"] == last
