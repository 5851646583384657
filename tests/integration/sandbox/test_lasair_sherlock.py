"""`sherlock/object/` of the stand-in, over HTTP: what catalogues have near an object."""

import gzip
import json

import pytest
import requests

from sandbox.sky.crossmatches import COLUMNS
from tests.integration.sandbox.test_lasair_stand_in import ANONYMOUS, TOKEN
from tests.limits import LIMIT_S

SUPERNOVAE = ("SN Ia", "SN II", "SN Ibc")
POSITION = ("raDeg", "decDeg", "catalogue_table_name", "catalogue_object_id")
GALAXY = {"catalogue_table_name": "GLADE", "catalogue_object_id": "NGC1", "raDeg": 10.0, "decDeg": -20.0, "z": 0.01}


@pytest.fixture
def truth(stand_ins) -> list[dict]:
    return stand_ins.control("GET", "truth").json()["sources"]


@pytest.fixture
def found(stand_ins, truth) -> list[tuple[dict, dict]]:
    """The truth of each source that LSST sees, with Sherlock's answer."""
    return [(row, ask(stand_ins, row["lsst"]).json()) for row in truth if row["lsst"]]


def ask(stand_ins, object_id: int | str, headers: dict = TOKEN, **more: object) -> requests.Response:
    question = {"objectId": object_id, **more}
    return requests.get(stand_ins.url("/api/sherlock/object/"), params=question, headers=headers, timeout=LIMIT_S)


def say(stand_ins, **words: object) -> requests.Response:
    return stand_ins.control("POST", "catalogues", [words])


def test_an_answer_has_a_class_with_words_and_rows_in_sherlocks_columns(found):
    for row, answer in found:
        assert set(answer) == {"classifications", "crossmatches"}
        [(object_id, (sherlock, words))] = answer["classifications"].items()
        assert (object_id, sherlock) == (str(row["lsst"]), row["sherlock"])
        assert words
        assert all(tuple(match) == COLUMNS for match in answer["crossmatches"])
        assert all(match["transient_object_id"] == object_id for match in answer["crossmatches"])


def test_what_sherlock_calls_an_orphan_has_no_match_and_all_else_has_one_that_says_its_class(found):
    for row, answer in found:
        first = next((match for match in answer["crossmatches"] if match["rank"] == 1), None)
        if row["sherlock"] == "ORPHAN":
            assert answer["crossmatches"] == []
        else:
            assert first["association_type"] == row["sherlock"]
    assert {row["sherlock"] for row, _ in found} >= {"ORPHAN", "SN", "NT", "AGN", "BS"}


def test_a_supernovas_host_lies_near_it_and_has_its_redshift_if_any(found):
    hosts = [
        (row, answer["crossmatches"][0])
        for row, answer in found
        if row["kind"] in SUPERNOVAE and row["sherlock"] != "ORPHAN"
    ]
    assert hosts
    assert all(host["separationArcsec"] < 5 for _, host in hosts)
    assert all(host["z"] is None or host["z"] == pytest.approx(row["redshift"], abs=1e-4) for row, host in hosts)
    kinds = {(host["z"] is not None, host["photoZ"] is not None) for _, host in hosts}
    assert kinds == {(True, False), (False, True), (False, False)}


def test_a_position_and_its_separations_agree(found):
    for row, answer in found:
        for match in answer["crossmatches"]:
            north = float(match["northSeparationArcsec"])
            assert north == pytest.approx((match["decDeg"] - row["dec"]) * 3600, abs=0.4)
            together = (north**2 + float(match["eastSeparationArcsec"]) ** 2) ** 0.5
            assert match["separationArcsec"] == pytest.approx(together, abs=1e-3)


def test_ranks_count_the_sources_and_the_rows_of_single_catalogues_have_none(found):
    merged = 0
    for _, answer in found:
        ranks = [match["rank"] for match in answer["crossmatches"] if match["rank"] is not None]
        assert ranks == list(range(1, len(ranks) + 1))
        for match in answer["crossmatches"]:
            assert (match["rank"] is None) != (match["merged_rank"] is None)
            merged += match["merged_rank"] is not None
    assert merged


def test_some_galaxies_have_neighbours_of_rank_2_and_3(found):
    ranks = {match["rank"] for _, answer in found for match in answer["crossmatches"]}
    assert {2, 3} <= ranks


def test_both_surveys_objects_of_one_source_have_the_same_galaxy(stand_ins, truth):
    twice = [row for row in truth if row["lsst"] and row["ztf"] and row["sherlock"] != "ORPHAN"]
    assert twice
    for row in twice:
        one, other = (ask(stand_ins, row[survey]).json()["crossmatches"] for survey in ("lsst", "ztf"))
        assert [[match[name] for name in POSITION] for match in one] == [
            [match[name] for name in POSITION] for match in other
        ]


def test_the_lite_form_is_the_best_match_without_its_rank(stand_ins, found):
    for row, answer in found[:40]:
        short = ask(stand_ins, row["lsst"], lite="true").json()
        assert short["classifications"] == answer["classifications"]
        assert len(short["crossmatches"]) == min(1, len(answer["crossmatches"]))
        for match in short["crossmatches"]:
            assert "rank" not in match
            assert match["Mag"] is not None
            assert [match[name] for name in POSITION] == [answer["crossmatches"][0][name] for name in POSITION]


@pytest.mark.parametrize("how", ["form", "json"])
def test_a_post_answers_as_a_get_does(stand_ins, truth, how):
    content = {"objectId": next(row["ztf"] for row in truth if row["ztf"]), "lite": "false"}
    form, body = (content, None) if how == "form" else (None, content)
    posted = requests.post(stand_ins.url("/api/sherlock/object/"), data=form, json=body, headers=TOKEN, timeout=LIMIT_S)
    assert posted.json() == ask(stand_ins, content["objectId"]).json()


def test_an_unknown_object_is_404_on_lsst_and_400_on_ztf(stand_ins):
    lsst, ztf = ask(stand_ins, 12345), ask(stand_ins, "ZTF00zzzzzzz")
    assert (lsst.status_code, lsst.json()) == (404, {"message": "Object 12345 not found"})
    assert (ztf.status_code, ztf.json()) == (400, {"error": "Object ZTF00zzzzzzz not found"})


def test_it_needs_a_token_and_an_id_and_counts_for_the_quota(stand_ins):
    assert ask(stand_ins, 12345, {}).status_code == 401
    nameless = requests.get(stand_ins.url("/api/sherlock/object/"), headers=TOKEN, timeout=LIMIT_S)
    assert (nameless.status_code, set(nameless.json())) == (400, {"objectId"})
    statuses = [ask(stand_ins, 12345, ANONYMOUS).status_code for _ in range(11)]
    assert statuses == [404] * 10 + [429]


def test_matches_that_are_laid_down_take_the_place_of_the_skys_until_the_reset(stand_ins, truth):
    name = next(row["lsst"] for row in truth if row["lsst"] and row["sherlock"] == "ORPHAN")
    assert say(stand_ins, object=name, crossmatches=[GALAXY, {"separationArcsec": 4.0}]).status_code == 200
    answer = ask(stand_ins, name).json()
    near, far = answer["crossmatches"]
    assert {key: near[key] for key in GALAXY} == GALAXY
    assert (far["rank"], far["separationArcsec"], far["catalogue_object_type"]) == (2, 4.0, "galaxy")
    assert answer["classifications"][str(name)][0] == "SN"
    stand_ins.control("POST", "reset")
    assert ask(stand_ins, name).json()["crossmatches"] == []


def test_a_galaxy_taken_away_leaves_an_orphan(stand_ins, truth):
    name = next(row["lsst"] for row in truth if row["lsst"] and row["sherlock"] == "SN")
    say(stand_ins, object=name, crossmatches=[])
    answer = ask(stand_ins, name).json()
    assert (answer["classifications"][str(name)][0], answer["crossmatches"]) == ("ORPHAN", [])


def test_two_objects_can_be_laid_into_one_galaxy_also_such_as_the_sky_lacks(stand_ins, truth):
    names = [next(row["ztf"] for row in truth if row["ztf"]), 4242]
    for name in names:
        say(stand_ins, object=name, crossmatches=[GALAXY])
    [one], [other] = (ask(stand_ins, name).json()["crossmatches"] for name in names)
    assert [one[name] for name in POSITION] == [other[name] for name in POSITION]


def test_a_class_that_catalogues_have_come_to_say_is_sherlocks(stand_ins, truth):
    name = next(row["lsst"] for row in truth if row["lsst"] and row["sherlock"] == "SN")
    say(stand_ins, object=name, sherlock="AGN")
    assert ask(stand_ins, name).json()["classifications"][str(name)][0] == "AGN"


def test_a_match_with_a_column_that_sherlock_lacks_is_refused(stand_ins):
    refused = say(stand_ins, object=4242, crossmatches=[{"redshift": 0.1}])
    assert refused.status_code == 400
    assert "redshift" in refused.json()["error"]
    assert ask(stand_ins, 4242).status_code == 404


def test_a_recorded_object_has_its_class_and_no_match(server, tmp_path):
    curve = {"objectId": "ZTF18aaqskoy", "candidates": [{"candid": 7, "jd": 2458246.79, "ra": 1.0, "dec": 2.0}]}
    message = {"objectId": "ZTF18aaqskoy", "classification": "SN", "UTC": "2018-05-28 07:54:58"}
    for name, rows in {
        "ztf_lightcurves": [curve],
        "kafka_ztf": [message],
        "lsst_objects": [],
        "kafka_lsst": [],
    }.items():
        with gzip.open(tmp_path / f"{name}.jsonl.gz", "wt") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
    with server("--data", str(tmp_path)) as stand_ins:
        answer = ask(stand_ins, "ZTF18aaqskoy").json()
    assert answer["classifications"]["ZTF18aaqskoy"][0] == "SN"
    assert answer["crossmatches"] == []
