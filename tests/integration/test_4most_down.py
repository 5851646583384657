"""Ten hours without 4MOST: everything up to it goes on, what waits is shown, and one run after its return clears it."""

import json
from datetime import timedelta

import pytest

from tests.builders import AN_ID, NOW, a_red_task, an_lsst_message
from tests.integration.test_cut_off import line
from tides.errors import ServiceAway
from tides.runs.context import RunContext


def test_ten_hours_without_4most_cost_time_and_nothing_else(bridge, outside, monkeypatch):
    right = json.dumps(
        {"conn_type": "fourmost", "host": f"{outside.url}/QFSwi/", "login": "tides", "password": "sandbox-password"}
    )
    an_hour(bridge, 0, new=AN_ID, mag=21.0)
    assert bridge.tell().created == 1
    monkeypatch.setenv("AIRFLOW_CONN_FOURMOST", right.replace(outside.url, "http://127.0.0.1:1"))
    for hour in range(1, 11):
        run = RunContext(f"hour-{hour}")
        an_hour(bridge, hour, new=AN_ID + hour, mag=21.0)
        if hour == 5:
            an_hour(bridge, hour, new=AN_ID, mag=23.5)
        with pytest.raises(ServiceAway, match="nothing was sent"):
            bridge.tell(run).or_raise()
        text = bridge.report(run, red=[a_red_task(None, task_id="create_in_4most")])
        assert line(text, "targets in all") == hour + 1
        assert line(text, "waiting for 4MOST") == hour + (hour >= 5)
        assert line(text, "refused by 4MOST") == line(text, "outcome unknown, looked up after the settle time") == 0
    monkeypatch.setenv("AIRFLOW_CONN_FOURMOST", right)
    told = bridge.tell(RunContext("after"))
    told.or_raise()
    assert (told.created, told.updated) == (10, 1)
    assert sum(row["is_active"] for row in outside.rows()) == 10
    text = bridge.report(RunContext("after"))
    assert line(text, "waiting for 4MOST") == 0
    assert bridge.rows("SELECT FROM tides.fourmost_target WHERE attempt > 0") == []


def an_hour(bridge, hour, new, mag):
    """What an hour's run does before the sync: one object comes or changes, and all is judged."""
    sent = NOW - timedelta(hours=11 - hour)
    days_ago = (6 if hour == 0 else 4) - hour / 24
    bridge.publish("lsst", an_lsst_message(new, ra=150.0 + (new - AN_ID), mag=mag, days_ago=days_ago, sent=sent))
    bridge.drain("lsst")
    bridge.evaluate()
    bridge.remember()
