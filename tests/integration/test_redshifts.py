"""A redshift that catalogues come to know is told to 4MOST without a new alert, until the target is ingested."""

from typing import Any

import pytest

from tests.bridge import Bridge
from tests.integration.test_reclassified import Target
from tests.integration.test_stream_refresh import rows  # noqa: F401 - fixture
from tests.standins import Standins
from tides.reports.trace import trace

ENTRY = {"tns_prefix": "SN", "tns_name": "2026abc", "type": "SN Ia"}


@pytest.fixture
def target(bridge: Bridge, outside: Standins, rows: list[dict[str, Any]]) -> Target:  # noqa: F811 - the fixture
    return Target(bridge, outside, rows)


def redshift_there(target: Target) -> float:
    (row,) = target.outside.rows()
    return row["redshift_estimate"]


def test_the_hosts_redshift_is_told_and_then_the_transients_own(target):
    assert redshift_there(target) == 0.1, "the template's, while none is measured"
    target.said(tns=ENTRY | {"hostz": 0.041})
    target.refresh(24)
    assert redshift_there(target) == 0.041
    target.said(tns=ENTRY | {"hostz": 0.041, "z": 0.0432})
    target.refresh(24)
    assert redshift_there(target) == 0.0432
    assert target.bridge.run().updated == 0, "it is told once"


def test_tnss_entry_is_in_the_trace(target):
    target.said(tns=ENTRY | {"z": 0.0432})
    target.refresh(24)
    assert ", TNS: SN2026abc SN Ia z 0.0432\n" in trace(target.bridge.connection, 1).as_text()


def test_an_ingested_target_keeps_what_it_was_ingested_with(target):
    target.outside.ingest()
    target.said(tns=ENTRY | {"z": 0.0432})
    target.refresh(24)
    target.bridge.run()
    assert redshift_there(target) == 0.1
    row = target.bridge.row("SELECT wanted = told AS agreed, refusal, date_ingested FROM tides.fourmost_target")
    assert row["date_ingested"] is not None
    assert (row["agreed"], row["refusal"]) == (True, None)


@pytest.mark.parametrize("wrong", [-0.001, 0.0, 11.0, "unknown"])
def test_what_cannot_be_a_redshift_is_none(target, wrong):
    target.said(tns=ENTRY | {"z": wrong})
    target.refresh(24)
    assert target.stands == (True, "live")
    assert redshift_there(target) == 0.1
