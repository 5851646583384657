"""The brightness that 4MOST is told is right, on supernovae of the sandbox's sky whose truth is known.

`make bench` measures the same on more events, and beside the rule before.
"""

import pytest

from bench.brightness import choose_now, rule_now, sandbox_events, scored, told_of

EVENTS = 250


@pytest.mark.parametrize(("survey", "days_after_fading"), [("lsst", 3.5), ("ztf", 8)])
def test_it_is_near_the_truth_and_ends_soon_after_it_has_faded(survey, days_after_fading):
    events = sandbox_events(survey, EVENTS, seed=2)
    found = scored(events, told_of(events, rule_now, choose_now))
    assert abs(found["bias at the create"]) < 0.08
    assert found["rms at the create"] < 0.35
    assert abs(found["bias over live target-days"]) < 0.08
    assert found["rms over live target-days"] < 0.45
    assert found["live after fading, SN Ia"] < days_after_fading
    assert found["live target-days lost"] < 1.5
    assert 60 < found["error within mag_err"] < 85
    assert found["updates before ingestion"] < 0.35
