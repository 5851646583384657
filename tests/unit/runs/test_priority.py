"""Which runs are replays to the queue of task instances."""

from datetime import UTC, datetime

import pytest

from tides_priority import is_replay

NOW = datetime(2026, 11, 29, 16, 40, tzinfo=UTC)


@pytest.mark.parametrize(
    ("run_id", "replay"),
    [
        ("scheduled__2026-11-29T16:35:00+00:00", False),
        ("scheduled__2026-11-28T16:35:00+00:00", True),
        ("scheduled__by_hand", False),
        ("scheduled__2026-11-28", False),
        ("backfill__2026-11-29T16:35:00+00:00", True),
        ("asset_triggered__2026-11-28T16:35:00+00:00_Ab1", False),
        ("manual__2026-11-28T16:35:00+00:00", False),
        ("", False),
    ],
)
def test_a_replay_is_known_by_the_name_of_its_run(run_id, replay):
    assert is_replay(run_id, NOW) is replay
