"""Recorded objects are moved to the present by whole days, in light curves and messages alike."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sandbox.sky.clock import mjd_utc_of, mjd_utc_of_text
from sandbox.sky.recorded import RecordedArchive, moved

NOW = datetime(2026, 11, 24, tzinfo=UTC)
LSST_ID = 169298433163132935


def a_folder(folder: Path) -> Path:
    detection = {"candid": 7, "jd": 2458246.79, "fid": 1, "nid": 492, "magpsf": 18.5, "sigmapsf": 0.1, "isdiffpos": "t"}
    later = detection | {"candid": 8, "jd": 2458266.81, "nid": 512}
    missed = {"jd": 2458247.8, "fid": 2, "diffmaglim": 20.1}
    source = {"midpointMjdTai": 60937.26, "band": "g", "psfFlux": 900.0, "psfFluxErr": 50.0, "reliability": 0.9}
    source |= {"visit": 2025091800209, "diaSourceId": 5, "psfFlux_flag": False}
    write(folder, "ztf_lightcurves", [{"objectId": "ZTF18aaqskoy", "candidates": [detection, later, missed]}])
    lsst = {
        "diaObjectId": str(LSST_ID),
        "diaObject": {"diaObjectId": LSST_ID, "firstDiaSourceMjdTai": 60934.1, "lastDiaSourceMjdTai": 60945.3},
        "diaSourcesList": [source | {"midpointMjdTai": 60934.1}, source, source | {"midpointMjdTai": 60945.3}],
        "diaForcedSourcesList": [{"midpointMjdTai": 60936.2, "band": "r", "psfFlux": None, "psfFluxErr": 40.0}],
    }
    write(folder, "lsst_objects", [lsst])
    ztf_message = {"objectId": "ZTF18aaqskoy", "jdmin": 2458246.79, "jdmax": 2458266.81, "jdgmax": None}
    write(folder, "kafka_ztf", [ztf_message | {"classification": "SN", "UTC": "2018-05-28 07:54:58"}])
    lsst_message = {"diaObjectId": LSST_ID, "lastDiaSourceMjdTai": 60937.26, "g_latestMJD": 60937.3, "ra": 11.1}
    lsst_message |= {"classification": "NT"}
    write(
        folder,
        "kafka_lsst",
        [lsst_message | {"UTC": "2025-09-19 06:25:51"}, lsst_message | {"UTC": "2025-09-27 07:40:00"}],
    )
    return folder


def write(folder: Path, name: str, rows: list[dict]) -> None:
    with gzip.open(folder / f"{name}.jsonl.gz", "wt") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


@pytest.fixture
def archive(tmp_path) -> RecordedArchive:
    return RecordedArchive(a_folder(tmp_path), NOW)


def contents(archive: RecordedArchive) -> list[dict]:
    return [json.loads(m.body) for m in archive.messages(None)]


def test_the_last_message_lies_in_the_three_days_before_now(archive):
    for key in (b"ZTF18aaqskoy", str(LSST_ID).encode()):
        last = max(m.utc_mjd for m in archive.messages(None) if m.key == key)
        assert 0 <= mjd_utc_of(NOW) - last < 3


def test_dates_move_by_a_whole_number_of_days(archive):
    curve = archive.ztf_light_curve("ZTF18aaqskoy", 0)
    days = curve["candidates"][0]["jd"] - 2458246.79
    assert days == pytest.approx(round(days), abs=1e-6)
    assert days > 3000


def test_stream_and_light_curve_move_by_the_same_days(archive):
    curve = archive.ztf_light_curve("ZTF18aaqskoy", 0)
    message = next(m for m in contents(archive) if "objectId" in m)
    assert message["jdmax"] == max(p["jd"] for p in curve["candidates"])
    assert message["jdmin"] == min(p["jd"] for p in curve["candidates"])
    moved_days = mjd_utc_of_text(message["UTC"]) - mjd_utc_of_text("2018-05-28 07:54:58")
    assert moved_days == pytest.approx(message["jdmax"] - 2458266.81, abs=1e-5)


def test_night_ids_still_follow_from_the_dates(archive):
    for point in archive.ztf_light_curve("ZTF18aaqskoy", 0)["candidates"][:2]:
        assert point["nid"] == int(point["jd"] - 2457754.5)


def test_visit_numbers_still_begin_with_the_day_of_observation(archive):
    days = archive.lsst_object(LSST_ID, 0)["diaSourcesList"][1]["midpointMjdTai"] - 60937.26
    moved_visit = archive.lsst_object(LSST_ID, 0)["diaSourcesList"][1]["visit"]
    expected = (datetime(2025, 9, 18, tzinfo=UTC) + timedelta(days=round(days))).strftime("%Y%m%d")
    assert str(moved_visit) == expected + "00209"


def test_ids_fluxes_and_positions_stay(archive):
    found = archive.lsst_object(LSST_ID, 0)
    assert found["diaObjectId"] == str(LSST_ID)
    assert found["diaSourcesList"][0]["psfFlux"] == 900.0
    assert found["diaSourcesList"][0]["diaSourceId"] == 5
    assert contents(archive)[-1].get("ra", 11.1) == 11.1


def test_nulls_stay_null(archive):
    message = next(m for m in contents(archive) if "objectId" in m)
    assert message["jdgmax"] is None
    assert archive.lsst_object(LSST_ID, 0)["diaForcedSourcesList"][0]["psfFlux"] is None


def test_an_lsst_message_gets_the_lite_light_curve_up_to_its_own_time(archive):
    first, second = [m for m in contents(archive) if "diaObjectId" in m]
    assert [len(m["alert"]["diaSourcesList"]) for m in (first, second)] == [2, 3]
    assert set(first["alert"]["diaSourcesList"][0]) == {
        "midpointMjdTai",
        "band",
        "psfFlux",
        "psfFluxErr",
        "reliability",
    }
    assert len(first["alert"]["diaForcedSourcesList"]) == 1


def test_the_same_now_moves_alike_and_the_recorded_rows_are_left_as_they_were(tmp_path):
    folder = a_folder(tmp_path)
    assert contents(RecordedArchive(folder, NOW)) == contents(RecordedArchive(folder, NOW))
    row = {"jd": 5.5, "list": [{"nid": 4}]}
    assert moved(row, 10) == {"jd": 15.5, "list": [{"nid": 14}]}
    assert row == {"jd": 5.5, "list": [{"nid": 4}]}


def test_messages_after_the_asked_time_are_kept_back(archive):
    every = list(archive.messages(None))
    assert len(list(archive.messages(every[0].utc_mjd))) == 1


def test_a_missing_file_is_named(tmp_path):
    a_folder(tmp_path)
    (tmp_path / "kafka_lsst.jsonl.gz").unlink()
    with pytest.raises(FileNotFoundError, match=r"kafka_lsst\.jsonl\.gz"):
        RecordedArchive(tmp_path, NOW)


def test_a_broken_line_is_named_by_file_and_number(tmp_path):
    a_folder(tmp_path)
    with gzip.open(tmp_path / "kafka_ztf.jsonl.gz", "at") as file:
        file.write('{"objectId": \n')
    with pytest.raises(ValueError, match=r"kafka_ztf\.jsonl\.gz, line 2"):
        RecordedArchive(tmp_path, NOW)


def test_an_object_without_messages_ends_in_the_last_nights_too(tmp_path):
    a_folder(tmp_path)
    write(tmp_path, "kafka_ztf", [])
    last = max(p["jd"] for p in RecordedArchive(tmp_path, NOW).ztf_light_curve("ZTF18aaqskoy", 0)["candidates"])
    assert 0 <= mjd_utc_of(NOW) + 2400000.5 - last < 3


def test_nobody_knows_the_truth_of_recorded_objects(archive):
    assert archive.truth() is None
