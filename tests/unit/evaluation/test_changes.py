"""What an epoch changed, in words."""

import json

import pytest

from tides.evaluation.changes import in_words


def function(hash_="a", template="tides-sn", **keys):
    return {"hash": hash_, "says": json.dumps(keys), "name": "mine", "template": template, "target": "live"}


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ({"a": 1}, None, "no longer in use"),
        (None, {"a": 1}, "in use again"),
        ({"faint_limit": 22.5}, {"faint_limit": 22.0}, "faint_limit 22.5 → 22.0"),
        (function("a", minBands=3), function("b", minBands=2), "minBands 3 → 2"),
        (function("a", currentMag={"limit": 22}), function("b", currentMag={"limit": 21}), "currentMag.limit 22 → 21"),
        (function("a", minBands=3), function("b", minBands=3, maxAge=20), "maxAge 20 is new"),
        (function("a", minBands=3, maxAge=20), function("b", minBands=3), "maxAge 20 is gone"),
        (function("a", classes=["SN"]), function("b", classes=["SN", "NT"]), 'classes ["SN"] → ["SN", "NT"]'),
        (function(), function(template="other"), "template tides-sn → other"),
        (
            {"conditions": "a >= 3 AND b >= 2 AND c < 1"},
            {"conditions": "a >= 3 AND b >= 4"},
            "conditions: after “AND b >=” “2 AND c < 1” → “4”",
        ),
    ],
)
def test_a_change_is_told_key_by_key(before, after, words):
    assert in_words(before, after) == words
