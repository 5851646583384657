"""The broker changes what it sends, for a tenth of the objects, then for all: nothing that was known is lost.

Each change is told within one run. When it is undone, the state is that of a stream that never changed.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.bridge import Bridge
from tests.builders import AN_ID, NOW, an_lsst_message
from tests.state import differences, dump
from tides.__main__ import main
from tides.clock import MJD_EPOCH_JD
from tides.errors import ValuesImplausible

ROUNDS = ("as it was", "a tenth changed", "all changed", "as it was again")

Message = dict[str, Any]
State = dict[str, list[Any]]


def the_messages(place: int, objects: int) -> list[Message]:
    """A message of each object in one round, a night after the round before."""
    days_ago = float(len(ROUNDS) - place)
    return [
        an_lsst_message(
            AN_ID + n,
            nights=3 + place,
            days_ago=days_ago,
            mag=19.5 + n % 3,
            ra=10.0 + n * 340 / objects,
            dec=-60.0 + n % 50,
            sent=NOW - timedelta(days=days_ago) + timedelta(minutes=2),
        )
        for n in range(objects)
    ]


def points_of(message: Message) -> list[dict[str, Any]]:
    points: list[dict[str, Any]] = message["alert"]["diaSourcesList"]
    return points


def dates_in_jd(message: Message) -> None:
    for column in ("firstDiaSourceMjdTai", "lastDiaSourceMjdTai"):
        message[column] += MJD_EPOCH_JD


def dates_of_points_in_jd(message: Message) -> None:
    for point in points_of(message):
        point["midpointMjdTai"] += MJD_EPOCH_JD


def keys_renamed(message: Message) -> None:
    for point in points_of(message):
        for old, new in (("psfFlux", "psFlux"), ("psfFluxErr", "psFluxErr"), ("midpointMjdTai", "midPointTai")):
            point[new] = point.pop(old)


def bands_renamed(message: Message) -> None:
    for point in points_of(message):
        point["band"] = f"lsst_{point['band']}"


def fluxes_in_mujy(message: Message) -> None:
    for point in points_of(message):
        point["psfFlux"] /= 1000
        point["psfFluxErr"] /= 1000
    for column, value in message.items():
        if column.endswith("_psfFlux") and value is not None:
            message[column] = value / 1000


def ra_from_minus_180(message: Message) -> None:
    message["ra"] -= 360 if message["ra"] > 180 else 0


def light_curve_lost(message: Message) -> None:
    message["alert"]["diaSourcesList"] = []


CHANGES: dict[Callable[[Message], None], str | None] = {
    dates_in_jd: "lastDiaSourceMjdTai",
    dates_of_points_in_jd: "looks like a JD",
    keys_renamed: "psfFlux",
    bands_renamed: "band",
    fluxes_in_mujy: "scale of fluxes",
    ra_from_minus_180: None,
    light_curve_lost: "light curve",
}
"""Each change, with words of the event that tells it; None for a change that is read as it is meant."""


def one_run(bridge: Bridge, messages: list[Message]) -> None:
    """One live run on what was published. A person lets a red stream pass, as the operator's guide says."""
    bridge.publish("lsst", *messages)
    for _ in range(len(bridge.settings.streams["lsst"].columns.names())):
        try:
            bridge.drain("lsst")
            break
        except ValuesImplausible:
            (event,) = bridge.rows(STOPPED)
            column = event["subject"].partition(".")[2]
            assert main(["stream", "lsst", "--accept-unknown", column, "--by", "somebody"]) == 0
    bridge.evaluate()
    bridge.remember()
    bridge.stage()


STOPPED = (
    "SELECT subject FROM tides.event WHERE kind = 'implausible values' AND closed_at IS NULL"
    " AND detail ->> 'stopped' = 'true' AND subject NOT IN (SELECT stream || '.' || name FROM tides.accepted_unknown)"
)


def state_of(bridge: Bridge) -> State:
    state = dump(bridge.database_url, [])
    del state["bookmarks"], state["dead letters"]
    return state


@pytest.mark.parametrize("objects", [60, pytest.param(300, marks=pytest.mark.soak)])
@pytest.mark.parametrize(("change", "told"), CHANGES.items(), ids=[change.__name__ for change in CHANGES])
def test_a_change_of_the_stream_loses_nothing_and_leaves_nothing_behind(bridge, apart, change, told, objects):
    before: State = {}
    for place, story in enumerate(ROUNDS):
        messages = the_messages(place, objects)
        one_run(apart, messages)
        right = state_of(apart)
        assert len(right["targets"]) == objects
        changed = {"a tenth changed": messages[::10], "all changed": messages}.get(story, [])
        for message in changed:
            change(message)
        one_run(bridge, messages)
        state = state_of(bridge)
        if changed:
            tells(bridge, told)
            for part in ("targets", "bands"):
                known = {str(row) for row in before[part] + right[part]}
                assert {str(row) for row in state[part]} <= known, f"{story}: {part} that were neither known nor right"
            assert len(state["targets"]) == objects
        else:
            assert not differences(right, state), story
        before = right if not changed else {part: before[part] + right[part] for part in right}


def tells(bridge: Bridge, words: str | None) -> None:
    """An open event has these words in its kind, subject or detail; without words there is no event."""
    events = [str(e) for e in bridge.rows("SELECT kind, subject, detail FROM tides.event WHERE closed_at IS NULL")]
    assert any(words in event for event in events) if words else not events, events
