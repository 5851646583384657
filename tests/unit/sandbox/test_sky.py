"""The sky: what it holds, in which shapes, and that a seed fixes it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import yaml

from sandbox.sky import sky as sky_module
from sandbox.sky.archive import Message
from sandbox.sky.clock import TAI_MINUS_UTC_D, mjd_utc_of, mjd_utc_of_text
from sandbox.sky.sky import build_sky
from sandbox.sky.sky_archive import SkyArchive

NOW = datetime(2026, 11, 24, tzinfo=UTC)
BRIDGE = yaml.safe_load((Path(__file__).parents[3] / "include" / "config" / "bridge.yaml").read_text())


def a_sky(now: datetime = NOW, seed: int = 3, lsst: int = 120, ztf: int = 80) -> SkyArchive:
    return SkyArchive(build_sky(now, seed, lsst, ztf))


@pytest.fixture(scope="module")
def sky() -> SkyArchive:
    return a_sky()


@pytest.fixture(scope="module")
def messages(sky: SkyArchive) -> list[tuple[Message, dict]]:
    return [(m, json.loads(m.body)) for m in sky.messages(mjd_utc_of(NOW))]


def test_the_same_seed_and_now_give_the_same_messages():
    first, second = (list(a_sky(lsst=30, ztf=20).messages(None)) for _ in range(2))
    assert first == second
    assert first != list(a_sky(seed=4, lsst=30, ztf=20).messages(None))


def test_a_day_later_the_same_sky_has_moved_by_a_day():
    today, tomorrow = a_sky(lsst=30, ztf=20), a_sky(NOW + timedelta(days=1), lsst=30, ztf=20)
    assert [row["live"] for row in today.truth()] == [row["live"] for row in tomorrow.truth()]
    for one, other in zip(today.messages(None), tomorrow.messages(None), strict=True):
        assert other.utc_mjd - one.utc_mjd == pytest.approx(1, abs=1.1 / 86400)


def test_the_sky_has_the_size_asked_for(sky):
    truth = sky.truth()
    assert sum(row["lsst"] is not None for row in truth) == 120
    assert sum(row["ztf"] is not None for row in truth) == 80
    assert sum(row["lsst"] is not None and row["ztf"] is not None for row in truth) == 12


def test_every_kind_of_source_is_there(sky):
    kinds = {row["kind"] for row in sky.truth()}
    assert kinds == {"SN Ia", "SN II", "SN Ibc", "AGN", "RR Lyrae", "CV", "bogus", "asteroid"}


def test_a_sky_has_as_many_tidal_disruptions_as_are_asked_for():
    truth = SkyArchive(build_sky(NOW, 3, 20, 10, disruptions=4)).truth()
    disruptions = [row for row in truth if row["kind"] == "TDE"]
    assert [row["sherlock"] for row in disruptions] == ["NT"] * 4
    assert [row["functions"]["tidesSNLSST"] for row in disruptions].count("yes") > 1
    assert sum(row["lsst"] is not None for row in truth) == 24


def test_the_truth_holds_live_faded_unreachable_silent_and_unselected_sources():
    reasons = {row["reason"] for row in a_sky(lsst=400, ztf=200).truth()}
    expected = {"bright and current", "faint", "unobserved", "unreachable", "not selected", "not in the stream"}
    assert reasons == expected | {"near a limit"}


def test_few_sources_are_borderline(sky):
    truth = sky.truth()
    assert sum(row["live"] == "either" for row in truth) < 0.08 * len(truth)


def test_a_source_in_both_surveys_stands_at_one_place(sky):
    surveys = sky.sky.surveys
    lsst = {int(s): i for i, s in enumerate(surveys["lsst"].source)}
    pairs = [(lsst[int(s)], i) for i, s in enumerate(surveys["ztf"].source) if int(s) in lsst]
    assert pairs
    for left, right in pairs:
        dec = surveys["lsst"].dec_deg[left]
        d_dec = surveys["ztf"].dec_deg[right] - dec
        d_ra = (surveys["ztf"].ra_deg[right] - surveys["lsst"].ra_deg[left]) * np.cos(np.radians(dec))
        assert np.hypot(d_ra, d_dec) * 3600 < 0.7


def test_no_two_sources_are_within_ten_arcseconds(sky):
    ra, dec = np.radians(sky.sky.ra_deg), np.radians(sky.sky.dec_deg)
    unit = np.stack([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)], axis=1)
    distance = np.linalg.norm(unit[:, None] - unit[None], axis=2) + 9 * np.eye(len(unit))
    assert np.degrees(distance.min()) * 3600 > 10


def test_messages_come_in_order_of_their_own_utc(messages):
    stamps = [m.utc_mjd for m, _ in messages]
    assert stamps == sorted(stamps)
    for message, content in messages:
        assert mjd_utc_of_text(content["UTC"]) == pytest.approx(message.utc_mjd, abs=0.6 / 86400)


def test_messages_have_every_column_that_the_settings_name(messages):
    for message, content in messages:
        columns = BRIDGE["streams"][message.stream]["columns"]
        named = {columns[k] for k in ("id", "ra", "dec", "detections", "class")}
        named |= {columns[k]["column"] for k in ("first_detection", "last_detection")}
        for band in columns["bands"].values():
            named |= {v["column"] if isinstance(v, dict) else v for v in band.values()}
        assert named <= set(content)


def test_several_messages_an_object_and_some_repeated(messages):
    by_object: dict[bytes, int] = {}
    for message, _ in messages:
        by_object[message.key] = by_object.get(message.key, 0) + 1
    assert max(by_object.values()) > 5
    bodies = [m.body for m, _ in messages]
    assert len(set(bodies)) < len(bodies)


def test_a_message_of_lsst_holds_the_lite_light_curve_up_to_its_own_time(messages):
    lsst = [(m, c) for m, c in messages if m.stream == "lsst"]
    with_alert = [(m, c["alert"]) for m, c in lsst if "alert" in c]
    assert 0 < len(lsst) - len(with_alert) < 0.1 * len(lsst)
    for message, alert in with_alert:
        assert set(alert) == {"diaSourcesList", "diaForcedSourcesList"}
        for point in alert["diaSourcesList"]:
            assert set(point) == {"midpointMjdTai", "band", "psfFlux", "psfFluxErr", "reliability"}
            assert point["midpointMjdTai"] - TAI_MINUS_UTC_D < message.utc_mjd


def test_only_classes_that_pass_the_filter_send_messages(sky, messages):
    classes = {c.get("classification", c.get("sherlock_classifications")) for _, c in messages}
    assert classes == {"SN", "NT", "ORPHAN", "UNCLEAR"}
    assert any(row["sherlock"] in ("AGN", "VS", "CV", "BS") for row in sky.truth())


def test_lsst_ids_do_not_fit_a_float_and_come_as_number_and_as_text(sky):
    ids = sky.sky.surveys["lsst"].ids
    assert (ids > 2**53).all()
    served = [sky.lsst_object(int(i), mjd_utc_of(NOW))["diaObjectId"] for i in ids]
    assert {type(i) for i in served} == {int, str}


def test_forced_fluxes_can_be_nan_as_the_pipeline_writes_them(messages):
    assert any(b"NaN" in m.body for m, _ in messages)


def test_ztf_detections_come_first_and_a_non_detection_has_three_keys(sky):
    curve = next(
        c for i in sky.sky.surveys["ztf"].ids if len((c := sky.ztf_light_curve(i, mjd_utc_of(NOW)))["candidates"]) > 20
    )
    kinds = ["candid" in point for point in curve["candidates"]]
    assert kinds == sorted(kinds, reverse=True)
    assert not all(kinds)
    for point in curve["candidates"]:
        if "candid" not in point:
            assert set(point) == {"jd", "fid", "diffmaglim"}


def test_the_api_knows_nothing_that_comes_after_its_time(sky):
    ids = [int(i) for i in sky.sky.surveys["lsst"].ids]
    early, late = (sum(len(_sources(sky, i, mjd_utc_of(NOW) - d)) for i in ids) for d in (30, 0))
    assert 0 < early < late


def _sources(sky: SkyArchive, object_id: int, at: float) -> list:
    found = sky.lsst_object(object_id, at)
    return found["diaSourcesList"] if found else []


def test_a_sky_of_too_few_nights_says_so(monkeypatch):
    monkeypatch.setattr(sky_module, "ROUNDS", 3)
    with pytest.raises(ValueError, match=r"a sky of 15 nights has too few .*: ask for more nights"):
        build_sky(NOW, 1, 60, 25, history_nights=15)
