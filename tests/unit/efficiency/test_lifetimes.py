"""How long a simulated transient is live, by the rules of "live or not"."""

import numpy as np
import pytest

from tests.unit.efficiency.samples import JD, a_small_sample
from tides.efficiency.lifetimes import days_live
from tides.judgement.summaries import SummaryLimits, summarise
from tides.settings.model import load_settings
from tides.targets.live_rule import LiveRules

SETTINGS = load_settings()
RULES = LiveRules(SETTINGS.survey_live()["lsst"], SETTINGS.live, SETTINGS.reach)
LIMIT = RULES.survey.faint_limit
MJD = 61000.1


def lived(sample, *trigger_mjd):
    """The days for which each event is live, triggered at these MJD (UTC)."""
    return days_live(sample, np.array(trigger_mjd) + JD, RULES).tolist()


def looks(event, number, every=1):
    """Exposures of an event's place that show nothing, a night each."""
    return [(event, MJD + every * night, "y", 25, 1) for night in range(1, number + 1)]


def test_what_stays_bright_and_is_no_longer_seen_is_live_until_its_place_was_visited_6_times():
    rows = [(0, MJD, "r", 21, 20), *looks(0, 20, every=3)]
    # the last night with a detection begins at MJD 60999.5; the 6th visit's night after it ends at 61018.5
    assert lived(a_small_sample(*rows), MJD) == [19]


def test_exposures_of_one_night_are_one_visit():
    twice = [(0, mjd + 0.02, *rest) for _, mjd, *rest in looks(0, 20, every=3)]
    assert lived(a_small_sample((0, MJD, "r", 21, 20), *looks(0, 20, every=3), *twice), MJD) == [19]


def test_nights_in_which_the_survey_looked_elsewhere_do_not_count():
    rows = [(0, MJD, "r", 21, 20), (1, MJD, "r", 21, 20), *looks(1, 60)]
    assert lived(a_small_sample(*rows, number=2), MJD, MJD) == [45, 7]


def test_a_season_ends_45_days_after_the_last_detection():
    assert lived(a_small_sample((0, MJD, "r", 21, 20)), MJD) == [45]


def test_what_is_fainter_than_limit_and_hysteresis_at_its_trigger_is_never_sent():
    assert lived(a_small_sample((0, MJD, "r", LIMIT + 0.25, 20)), MJD) == [0]
    assert lived(a_small_sample((0, MJD, "r", LIMIT - 0.15, 20)), MJD) == [45]


def test_a_decline_is_followed_until_it_is_fainter_than_limit_and_hysteresis():
    # one detection is taken to fade by 0.03 mag a day
    assert lived(a_small_sample((0, MJD, "r", LIMIT + 0.15, 20)), MJD) == [2]
    fading = [(0, MJD + day, "r", LIMIT - 1.2 + 0.1 * day, 40) for day in range(0, 11, 2)]
    (days,) = lived(a_small_sample(*fading), MJD)
    assert 12 <= days <= 15  # 0.2 mag brighter than the limit when last seen


def test_what_has_faded_comes_back_only_at_the_limit_itself():
    bright, faded = (0, MJD, "r", 21, 20), (0, MJD + 10, "r", LIMIT + 0.3, 20)
    back, nearly = (0, MJD + 20, "r", LIMIT - 0.05, 20), (0, MJD + 20, "r", LIMIT + 0.1, 20)
    days = {
        name: lived(a_small_sample(bright, faded, last), MJD)[0] for name, last in (("back", back), ("nearly", nearly))
    }
    assert days == {"back": 10 + 45, "nearly": 10}


def test_a_newer_detection_counts_more_than_a_brighter_one():
    rows = [(0, MJD, "r", 21, 20), (0, MJD + 3, "r", LIMIT + 1, 20), (0, MJD + 8, "r", LIMIT + 1, 20)]
    assert lived(a_small_sample(*rows), MJD) == [3]


def test_one_bright_band_keeps_it_live_and_a_band_of_other_filters_does_not():
    bright, faint = (0, MJD, "r", LIMIT - 0.5, 20), (0, MJD + 10, "r", LIMIT + 0.4, 20)
    assert lived(a_small_sample(bright, faint, (0, MJD + 10, "i", 21, 20)), MJD) == [55]
    assert lived(a_small_sample(bright, faint, (0, MJD + 10, "y", 21, 20)), MJD) == [10]


def test_an_upper_limit_makes_a_band_fainter_once_an_alert_has_brought_it():
    bright, limit = (0, MJD, "r", 21, 20), (0, MJD + 5, "r", 25, 1)
    assert lived(a_small_sample(bright, limit), MJD) == [45]
    # a later alert in a band that does not count brings what forced photometry saw meanwhile
    assert lived(a_small_sample(bright, limit, (0, MJD + 10, "y", 21, 20)), MJD) == [10]


def test_what_4most_does_not_reach_is_never_sent_and_what_has_no_place_is_taken_as_within_reach():
    rows = [(event, MJD, "r", 21, 20) for event in range(5)]
    places = {"ra_deg": [150, 150, 150, 266.4, np.nan], "dec_deg": [-30, 25, -85, -29, np.nan]}
    assert lived(a_small_sample(*rows, number=5, **places), *[MJD] * 5) == [45, 0, 0, 0, 45]


def test_no_day_is_counted_before_the_trigger():
    rows = [(0, MJD + night, "r", 21, 20) for night in range(0, 30, 3)]
    assert lived(a_small_sample(*rows), MJD + 24) == [3 + 45]


def plainly(sample, event, trigger_mjd):
    """The same, day by day from summaries of the light curve as it was then: slow and obvious."""
    live_days, faint, day = 0, False, 0
    seen = sample.light_curves.detections
    own = seen.jd_utc[seen.object_index == event]
    faded = sample.light_curves.fadings
    looks = sample.survey.nights.place(np.append(own, faded.jd_utc[faded.object_index == event]))
    while trigger_mjd + JD + day <= max(own.max(), trigger_mjd + JD) + 50:
        now = trigger_mjd + JD + day
        alert = own[own <= now].max()
        known = sample.light_curves.until(np.full(sample.light_curves.objects, alert))
        summary = summarise(
            known, [str(n) for n in range(known.objects)], SummaryLimits(RULES.survey.current_window_days)
        )[event]
        mags = []
        for band in summary.bands.values():
            if band["newest"] and band["newest"]["jd"] >= now - 20:
                later = [x for x in (band["limit"], band["forced"]) if x and x["jd"] > band["newest"]["jd"]]
                newest = [max(later, key=lambda x: x["jd"])["mag"]] if later else []
                line = band["current"]
                followed = min(now - line["jd"], 10 if line["slope"] > 0 else 1)
                mags.append(max([line["mag"] + line["slope"] * followed, *newest]))
        if faint:
            faint = not any(mag <= LIMIT for mag in mags)
        else:
            faint = bool(mags) and all(mag > LIMIT + 0.2 for mag in mags)
        last = max(summary.last_jd or 0, trigger_mjd + JD)
        after = {n for n in looks.tolist() if n > sample.survey.nights.place(last) and n + 2400002.0 <= now}
        live_days += not faint and len(after) < 6 and now - last < 45
        day += 1
    return live_days


@pytest.mark.parametrize("seed", range(4))
def test_many_light_curves_live_as_long_as_the_rule_says_when_written_plainly(seed):
    rng = np.random.default_rng(seed)
    rows = []
    for event in range(12):
        times = np.sort(rng.choice(np.arange(0, 80, 0.5), 14, replace=False)) + MJD + rng.uniform(0, 0.3)
        rows += [(event, mjd, rng.choice(list("grizy")), rng.uniform(21.8, 23.4), rng.choice([3, 12])) for mjd in times]
    sample = a_small_sample(*rows, number=12)
    seen = sample.light_curves.detections
    triggers = np.array([seen.jd_utc[seen.object_index == event][1] - JD for event in range(12)])
    assert lived(sample, *triggers) == [plainly(sample, event, mjd) for event, mjd in enumerate(triggers)]
