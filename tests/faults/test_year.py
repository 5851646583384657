"""A simulated year of the sandbox's sky, day by day: what must hold after each of them. Its counts are printed."""

import os
from datetime import timedelta

import pytest

from sandbox.services.servers import Sandbox
from sandbox.sky.clock import start_of_today
from sandbox.sky.sky import build_sky
from sandbox.sky.sky_archive import SkyArchive
from tests.faults.cases import ORDINARY, settings_of_the_cases
from tests.faults.exports import (
    an_export_of_a_day_is_the_same_at_the_end,
    each_kept_verdict_is_the_same_when_it_is_made_again,
    each_live_interval_ends_with_a_step_of_the_history,
)
from tests.faults.looks import Looker, look_on
from tests.faults.places import what_is_not_seen_was_looked_for_at_its_place
from tests.faults.year import Claim, Year
from tides.journal.states import unexpected

SHORT, WHOLE = (16, (60, 25), 1), (365, (140, 60), 50)
"""Nights, objects of LSST and of ZTF, and after how many days unseen a transient's host is wanted."""

SEED, DISRUPTIONS = 1, 2


def cadence(nights):
    """A sky of some weeks is shorter than a turn of the rolling cadence."""
    return "rolling" if nights == WHOLE[0] else "uniform"


def the_sky(nights, objects):
    """The sky that the stand-ins of the year have."""
    return SkyArchive(build_sky(start_of_today(), SEED, *objects, nights, cadence(nights), DISRUPTIONS))


def live_targets_are_active_at_4most_once(year: Year) -> list[str]:
    wanted = year.bridge.rows(
        "SELECT m.name FROM tides.target AS m"
        " JOIN tides.fourmost_target AS f ON f.id = m.tides_id"
        " WHERE m.active AND f.wanted IS NOT NULL"
    )
    active = [row["name"] for row in year.outside.rows() if row["is_active"]]
    return [f"{row['name']} {active.count(row['name'])} times" for row in wanted if active.count(row["name"]) != 1]


def everything_else_is_inactive(year: Year) -> list[str]:
    live = {row["name"] for row in year.bridge.rows("SELECT name FROM tides.target WHERE active")}
    return [row["name"] for row in year.outside.rows() if row["is_active"] and row["name"] not in live]


def a_live_target_that_is_not_sent_says_why(year: Year) -> list[str]:
    silent = (
        "SELECT m.name FROM tides.target AS m LEFT JOIN tides.fourmost_target AS f"
        " ON f.id = m.tides_id WHERE m.active AND f.wanted IS NULL AND f.problem IS NULL"
    )
    return [row["name"] for row in year.bridge.rows(silent)]


def both_sides_agree_and_nothing_waits_is_held_or_refused(year: Year) -> list[str]:
    open_rows = (
        "SELECT name FROM tides.fourmost_target WHERE (wanted IS NOT NULL AND wanted IS DISTINCT FROM told)"
        " OR sending_since IS NOT NULL OR held IS NOT NULL OR refusal IS NOT NULL"
    )
    return [row["name"] for row in year.bridge.rows(open_rows)]


def histories_keep_to_the_machine(year: Year) -> list[str]:
    steps = year.bridge.rows(
        "SELECT tides_id, array_agg(step ORDER BY history_id) AS steps FROM tides.tides_history GROUP BY tides_id"
    )
    return [f"{row['tides_id']}: {odd}" for row in steps if (odd := unexpected(row["steps"]))]


def what_two_refreshes_called_an_agn_is_off(year: Year) -> list[str]:
    """Said on one day, again on the next; the run of the third reads it. A second object may have another word."""
    settled = [object_id for object_id, worked in year.called_agn.items() if worked <= year.worked - 2]
    still = (
        "SELECT m.name FROM tides.tides_master AS m JOIN tides.tides_alias AS a USING (tides_id)"
        f" WHERE m.active AND m.why <> 'forced' AND a.object_id = ANY (%s) AND {ORDINARY}"
        " AND (SELECT count(*) FROM tides.tides_alias AS o WHERE o.tides_id = m.tides_id) = 1"
    )
    return [row["name"] for row in year.bridge.rows(still, settled)]


def no_tidal_disruption_is_ended_by_its_class(year: Year) -> list[str]:
    ended = (
        "SELECT m.name FROM tides.tides_master AS m JOIN tides.tides_alias AS a USING (tides_id)"
        " WHERE a.object_id = ANY (%s) AND m.why = 'reclassified'"
    )
    return [row["name"] for row in year.bridge.rows(ended, year.disruptions)]


def each_object_of_the_stream_is_known_after_a_run(year: Year) -> list[str]:
    known = {row["object_id"] for row in year.bridge.rows("SELECT object_id FROM tides.candidate")}
    return [] if year.is_out else sorted(year.published - known)


def what_no_function_in_use_selects_is_off(year: Year) -> list[str]:
    unselected = (
        "SELECT m.name FROM tides.tides_master AS m LEFT JOIN tides.listed AS q USING (tides_id)"
        " WHERE m.active AND m.why <> 'forced' AND q.tides_id IS NULL AND NOT EXISTS ("
        " SELECT FROM tides.tides_alias AS a JOIN tides.selection AS s USING (survey, object_id)"
        " JOIN tides.function_in_use AS f ON (f.stream, f.name, f.hash) = (s.stream, s.function, s.function_hash)"
        " WHERE a.tides_id = m.tides_id AND s.passed)"
    )
    return [row["name"] for row in year.bridge.rows(unselected)]


def listed_galaxies_are_asked_for_by_their_epochs(year: Year) -> list[str]:
    stands = "SELECT entry, why FROM tides.listed JOIN tides.tides_master USING (tides_id)"
    wrong = [
        f"{row['entry']} {row['why']}"
        for row in year.bridge.rows(stands)
        if row["why"] != year.cases.expected(row["entry"], year.midnight)
    ]
    return [] if year.is_out else wrong


def no_observed_target_is_asked_again(year: Year) -> list[str]:
    asked = (
        "SELECT m.name FROM tides.tides_master AS m"
        " JOIN tides.fourmost_target AS f ON f.id = m.tides_id"
        f" WHERE m.tides_id = ANY (%s) AND (m.active OR f.told ->> 'is_active' = 'true') AND {ORDINARY}"
    )
    return [row["name"] for row in year.bridge.rows(asked, list(year.observed))]


def each_manual_decision_stands(year: Year) -> list[str]:
    master = year.bridge.rows("SELECT tides_id, name, why FROM tides.tides_master")
    return [f"{m['name']} {m['why']}" for m in master if m["why"] != year.decided.get(m["tides_id"], m["why"])]


def no_host_is_queued_whose_transient_is_live(year: Year) -> list[str]:
    queued = (
        "SELECT h.name FROM tides.tides_hosts AS h JOIN tides.fourmost_target AS f ON f.id = h.tides_id"
        " JOIN tides.host_candidate AS n ON (n.host_id, n.rank) = (h.tides_id, 1)"
        " JOIN tides.tides_master AS m ON m.tides_id = n.tides_id"
        " WHERE m.active AND f.told ->> 'is_active' = 'true'"
    )
    return [row["name"] for row in year.bridge.rows(queued)]


CLAIMS: tuple[Claim, ...] = (
    live_targets_are_active_at_4most_once,
    everything_else_is_inactive,
    a_live_target_that_is_not_sent_says_why,
    both_sides_agree_and_nothing_waits_is_held_or_refused,
    histories_keep_to_the_machine,
    what_two_refreshes_called_an_agn_is_off,
    no_tidal_disruption_is_ended_by_its_class,
    each_object_of_the_stream_is_known_after_a_run,
    what_no_function_in_use_selects_is_off,
    listed_galaxies_are_asked_for_by_their_epochs,
    what_is_not_seen_was_looked_for_at_its_place,
    no_observed_target_is_asked_again,
    each_manual_decision_stands,
    no_host_is_queued_whose_transient_is_live,
    an_export_of_a_day_is_the_same_at_the_end,
    each_live_interval_ends_with_a_step_of_the_history,
    each_kept_verdict_is_the_same_when_it_is_made_again,
)
"""What must hold after each day. A new promise of the bridge's is a function here."""


@pytest.fixture(scope="module")
def running_standins(request, tmp_path_factory):
    """The stand-ins with the year's sky, in the place of the session's."""
    nights, (lsst, ztf), _ = request.param
    options = ["--nights", str(nights), "--lsst", str(lsst), "--ztf", str(ztf), "--disruptions", str(DISRUPTIONS)]
    options += ["--cadence", cadence(nights), "--seed", str(SEED), "--now", start_of_today().isoformat()]
    unbounded = os.environ | {"SANDBOX_LASAIR_QUOTA": "10000000"}
    with Sandbox(tmp_path_factory.mktemp("year"), options, unbounded) as server:
        yield server


in_weeks_and_in_the_soak_a_year = pytest.mark.parametrize(
    ("running_standins", "nights", "objects", "unseen_days"),
    [(SHORT, *SHORT), pytest.param(WHOLE, *WHOLE, marks=pytest.mark.soak)],
    indirect=["running_standins"],
    ids=["weeks", "year"],
)


@pytest.mark.timeout(1800)
@in_weeks_and_in_the_soak_a_year
def test_every_claim_holds_after_each_day(make_bridge, outside, topic, nights, objects, unseen_days):
    bridge = make_bridge(
        annotations={"enabled": True, "topic": "tides"},
        audit={"quota_share": 1.0, "first_days": 7},
        guard={"initial": False, "at_least": 10_000},
        hosts={"unseen_days": unseen_days},
        lasair={"calls_an_hour": 10_000_000},
        **settings_of_the_cases(topic()),
    )
    year = Year(bridge, outside, nights, the_sky(nights, objects))
    for day in year.days():
        broken = {claim.__name__: found for claim in CLAIMS if (found := claim(year))}
        assert not broken, f"day {day}: {broken}"
    steps = bridge.rows("SELECT step, count(*) AS n FROM tides.tides_history GROUP BY step ORDER BY step")
    year.counts.update({row["step"]: row["n"] for row in steps})
    hosts = "SELECT DISTINCT tides_id, step FROM tides.tides_history JOIN tides.tides_hosts USING (tides_id)"
    year.counts.update(f"host {row['step']}" for row in bridge.rows(hosts))
    sent = "SELECT a.object_id FROM tides.tides_alias AS a JOIN tides.tides_history AS h USING (tides_id)"
    sent += " WHERE h.step = 'ingested' AND a.object_id = ANY (%s)"
    year.counts["disruptions at 4MOST"] = len(bridge.rows(sent, year.disruptions))
    nuclear = "SELECT DISTINCT object_id FROM tides.selection WHERE passed AND function = 'tidesNuclearLSST'"
    year.counts["selected as nuclear"] = len(bridge.rows(nuclear))
    year.counts.update(f"at 4MOST: {row['classification']}" for row in outside.rows())
    print(f"{nights} nights:", *(f"{what} {n}" for what, n in sorted(year.counts.items())), sep="\n  ")
    lively = {
        "disruptions at 4MOST",
        "selected as nuclear",
        "created",
        "deactivated",
        "ingested",
        "annotated",
        "vetoed",
        "observed",
        "host created",
    }
    lively |= {f"at 4MOST: {each}" for each in ("TRA", "TRA,LEN", "AGN", "GAL")}
    lively |= {"host deactivated", "live, and the survey looked elsewhere"} if nights == WHOLE[0] else {"reactivated"}
    still = (lively - set(+year.counts)) | ({"forced"} - {*year.decided.values()})
    assert not still, "the sky has life in it"


@pytest.mark.timeout(3600)
@in_weeks_and_in_the_soak_a_year
def test_what_is_selected_does_not_depend_on_when_a_bridge_looked(
    make_bridge, make_twin, outside, nights, objects, unseen_days
):
    step = timedelta(hours=1) if nights == WHOLE[0] else timedelta(days=1)
    a_day = timedelta(days=1) // step
    settings = {"lasair": {"calls_an_hour": 10_000_000}}
    often = make_bridge(**settings)
    often, *others = (often, *(make_twin(often, **settings) for _ in range(3)))
    lookers = {
        "often": Looker(often, 1),
        "each 14 days": Looker(others[0], 14 * a_day),
        "at the end": Looker(others[1], nights * a_day),
        "edited and edited back": Looker(others[2], 4 * a_day, is_edited=True),
    }
    look_on(outside, the_sky(nights, objects), nights, step, list(lookers.values()))
    selected = {name: looker.selected() for name, looker in lookers.items()}
    print(f"{nights} nights:", *(f"{name}: {each.looks} looks" for name, each in lookers.items()), sep="\n  ")
    print(f"  selected by object and function: {len(selected['often'])}")
    assert selected["edited and edited back"] == selected["often"]
    assert selected["each 14 days"] == selected["often"]
    assert selected["at the end"] == selected["often"]
    assert len(selected["often"]) > 15
