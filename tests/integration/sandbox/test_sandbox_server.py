"""The server as a process: address, stop, restart, list of calls, recorded data."""

import gzip
import http.client
import json
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from tests.limits import LIMIT_S

ROOT = Path(__file__).parents[3]
BASIC = ("tides", "sandbox-password")
COLLECTION = "/QFSwi/targetCat/transients/"
LASAIR = {"Authorization": "Token sandbox-lasair-token"}
TINY = ("--lsst", "20", "--ztf", "20")


def test_sigterm_ends_the_server_cleanly(server):
    with server(*TINY) as stand_ins:
        stand_ins.process.send_signal(signal.SIGTERM)
        assert stand_ins.process.wait(timeout=LIMIT_S) == 0
        with pytest.raises(requests.ConnectionError):
            stand_ins.control("GET", "calls")


def test_a_restart_keeps_the_rows_and_the_token(server, tmp_path):
    form = {"username": BASIC[0], "password": BASIC[1]}
    seen = []
    for _ in range(2):
        with server(*TINY, "--state", str(tmp_path / "state")) as stand_ins:
            requests.post(stand_ins.url(COLLECTION), json={"uploadedfor_survey_id": 15}, auth=BASIC, timeout=LIMIT_S)
            answer = requests.post(stand_ins.url("/QFSwi/transients-token-auth/"), data=form, timeout=LIMIT_S)
            token = answer.json()["token"]
            seen.append(([row["id"] for row in stand_ins.targets()], token))
    assert seen[0][0] == seen[1][0][:1]
    assert len(seen[1][0]) == 2
    assert seen[0][1] == seen[1][1]


def test_a_killed_server_keeps_what_it_had_answered(server, tmp_path):
    with server(*TINY, "--state", str(tmp_path)) as stand_ins:
        row = {"uploadedfor_survey_id": 15, "name": "kept"}
        assert requests.post(stand_ins.url(COLLECTION), json=row, auth=BASIC, timeout=LIMIT_S).status_code == 201
        stand_ins.process.kill()
    with server(*TINY, "--state", str(tmp_path)) as stand_ins:
        assert [row["name"] for row in stand_ins.targets()] == ["kept"]


def test_a_taken_port_is_said_in_one_line(stand_ins):
    port = str(urlsplit(stand_ins.base).port)
    command = [sys.executable, "-m", "sandbox", "serve", "--port", port, *TINY]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert ended.stderr.startswith("sandbox serve: ")
    assert len(ended.stderr.splitlines()) == 1


def test_a_folder_without_recorded_data_is_said_in_one_line(tmp_path):
    command = [sys.executable, "-m", "sandbox", "serve", "--port", "0", "--data", str(tmp_path)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert "ztf_lightcurves.jsonl.gz" in ended.stderr


def test_a_connection_is_kept_alive(stand_ins):
    connection = http.client.HTTPConnection(urlsplit(stand_ins.base).netloc, timeout=LIMIT_S)
    connection.connect()
    socket = connection.sock
    for _ in range(3):
        connection.request("GET", "/control/calls")
        assert connection.getresponse().read()
        assert connection.sock is socket
    connection.close()


def test_calls_are_counted_with_their_ids(stand_ins):
    ids = "ZTF00aaaaaaa,ZTF00bbbbbbb"
    requests.get(stand_ins.url("/api/lightcurves/"), params={"objectIds": ids}, headers=LASAIR, timeout=LIMIT_S)
    requests.post(stand_ins.url("/api/lightcurves/"), data={"objectIds": ids}, headers=LASAIR, timeout=LIMIT_S)
    rows = [{"uploadedfor_survey_id": 15, "name": name} for name in ("a", "b", "c")]
    requests.post(stand_ins.url(COLLECTION), json=rows, auth=BASIC, timeout=LIMIT_S)
    calls = stand_ins.control("GET", "calls").json()
    assert {"method": "POST", "path": COLLECTION, "status": 201, "calls": 1} in calls["counts"]
    assert [(c["method"], c["ids_count"], c["ids"]) for c in calls["recent"]] == [
        ("GET", 2, ids.split(",")),
        ("POST", 2, ids.split(",")),
        ("POST", 3, ["a", "b", "c"]),
    ]


def test_a_cut_call_is_counted_with_status_0(stand_ins):
    stand_ins.fault("cut")
    with pytest.raises(requests.ConnectionError):
        requests.get(stand_ins.url(COLLECTION), auth=BASIC, timeout=LIMIT_S)
    assert stand_ins.control("GET", "calls").json()["counts"] == [
        {"method": "GET", "path": COLLECTION, "status": 0, "calls": 1}
    ]


def test_no_token_or_password_stands_in_the_list_of_calls(stand_ins):
    query = {"objectId": "ZTF00aaaaaaa", "token": "sandbox-lasair-token"}
    requests.get(stand_ins.url("/api/object/"), params=query, timeout=LIMIT_S)
    form = {"username": BASIC[0], "password": BASIC[1]}
    requests.post(stand_ins.url("/QFSwi/transients-token-auth/"), data=form, timeout=LIMIT_S)
    told = stand_ins.control("GET", "calls").text
    assert "sandbox-lasair-token" not in told
    assert BASIC[1] not in told


def test_reset_forgets_rows_calls_and_faults(stand_ins):
    stand_ins.fault("status", {"path": "nowhere"}, times=None)
    requests.post(stand_ins.url(COLLECTION), json={"uploadedfor_survey_id": 15}, auth=BASIC, timeout=LIMIT_S)
    assert stand_ins.control("POST", "reset").json() == {"deleted": 1}
    assert stand_ins.targets() == []
    assert stand_ins.control("GET", "calls").json() == {"counts": [], "recent": [], "under_way": 0}
    assert stand_ins.control("GET", "faults").json() == []


def test_recorded_objects_are_served_and_have_no_truth(server, tmp_path):
    point = {"candid": 7, "jd": 2458246.79, "fid": 1, "nid": 492, "magpsf": 18.5, "sigmapsf": 0.1, "isdiffpos": "t"}
    source = {"midpointMjdTai": 60937.26, "band": "g", "psfFlux": 900.0, "psfFluxErr": 50.0, "reliability": None}
    files = {
        "ztf_lightcurves": {"objectId": "ZTF18aaqskoy", "candidates": [point]},
        "lsst_objects": {"diaObjectId": "169298433163132935", "diaObject": {}, "diaSourcesList": [source]},
        "kafka_ztf": {"objectId": "ZTF18aaqskoy", "classification": "SN", "UTC": "2018-05-28 07:54:58"},
        "kafka_lsst": {"diaObjectId": 169298433163132935, "classification": "NT", "UTC": "2025-09-19 06:25:51"},
    }
    for name, row in files.items():
        with gzip.open(tmp_path / f"{name}.jsonl.gz", "wt") as file:
            file.write(json.dumps(row) + "\n")
    with server("--data", str(tmp_path)) as stand_ins:
        query = {"objectIds": "ZTF18aaqskoy"}
        [curve] = requests.get(stand_ins.url("/api/lightcurves/"), params=query, headers=LASAIR, timeout=LIMIT_S).json()
        assert curve["candidates"][0]["magpsf"] == 18.5
        assert curve["candidates"][0]["jd"] > 2461000
        query = {"objectId": "169298433163132935", "lite": "true", "lasair_added": "false"}
        found = requests.get(stand_ins.url("/api/object/"), params=query, headers=LASAIR, timeout=LIMIT_S).json()
        assert found["diaForcedSourcesList"] == []
        assert found["diaSourcesList"][0]["psfFlux"] == 900.0
        assert stand_ins.control("GET", "truth").status_code == 404
