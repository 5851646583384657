"""Lasair answers badly, late, or for others: what waits is judged later, and as if nothing had been."""

import pytest

from sandbox.services.leash import patient
from tests.faults.nights import known_objects, publish_round
from tests.faults.sides import end_alike, say

FAULTS = {
    "429": {"kind": "status", "status": 429},
    "500": {"kind": "status", "status": 500},
    "500 for one object": {"kind": "status", "status": 500, "times": None},
    "HTML": {"kind": "wrong_json", "form": "html"},
    "half a body": {"kind": "wrong_json", "form": "half"},
    "later than the deadline": {"kind": "latency", "seconds": patient(2)},
    "a byte at a time": {"kind": "trickle", "seconds": 0.01},
    "for the wrong objects": {"kind": "wrong_json", "form": "objects"},
    "in another order": {"kind": "wrong_json", "form": "order", "match": {"path": "/lightcurves/"}},
}


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("times", [1, pytest.param(10, marks=pytest.mark.soak)])
@pytest.mark.parametrize("fault", FAULTS)
def test_what_lasair_answers_badly_is_asked_again(make_sides, chance, fault, times):
    disturbed, twin = make_sides()
    known = known_objects(disturbed.outside)
    for number in range(times):
        for half in range(2):  # so that some objects are asked for together
            publish_round(disturbed.bridge, chance, known, 2 * number + half)
        twin.run()
        match = {"path": "/api/"} | ({"contains": chance.choice(known["ztf"])} if "one object" in fault else {})
        rule = {"match": match, "times": chance.choice([1, 2, None]), **FAULTS[fault]}
        disturbed.outside.fault(rule)
        left = disturbed.outside.rules()
        story = [rule, disturbed.try_run()]
        assert disturbed.outside.rules() != left or rule["times"] is None, "the fault did not come"
        disturbed.outside.no_faults()
        end_alike(disturbed, twin, story)
    say(f"Lasair answers {fault}", times, disturbed, twin)
