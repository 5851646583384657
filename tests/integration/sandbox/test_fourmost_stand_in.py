"""The contract with 4MOST (docs/contracts/fourmost.md), line by line, over HTTP."""

import json
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
import requests

from tests.limits import LIMIT_S

BASIC = ("tides", "sandbox-password")
OTHER_SURVEY = ("s16", "sandbox-password")
COLLECTION = "/QFSwi/targetCat/transients/"
VISITS = "/QFSwi/targetCat/get-candidate-visits/"
WRITABLE = {
    "uploadedfor_survey_id": 15, "name": "TiDES26aaa", "ra": 10.5, "dec": -30.25, "pmra": 0.1, "pmdec": 0.2,
    "epoch": 2000.0, "parallax": 0.3, "resolution": 1, "subsurvey": "tides-sn", "cadence": 1048576,
    "template": "tides_snMay2024", "ruleset": "tides_snMay2024", "template_redshift": 0.1, "redshift_estimate": 0.1,
    "redshift_error": 0.01, "extent_flag": 1, "extent_parameter": 0.4, "extent_index": 1.0, "mag": 21.5,
    "mag_err": 0.05, "mag_type": "LSST_r_AB", "reddening": 0.02, "date_earliest": 1.0, "date_latest": 2461500.5,
    "t_exp_d": 38.0, "t_exp_g": 38.0, "t_exp_b": 4300.0, "t_exp_s": 4300.0, "cal_mag_blue": 1.0,
    "cal_mag_green": 2.0, "cal_mag_red": 3.0, "cal_mag_err_blue": 0.1, "cal_mag_err_green": 0.2,
    "cal_mag_err_red": 0.3, "cal_mag_id_blue": "b", "cal_mag_id_green": "g", "cal_mag_id_red": "r",
    "classification": "GAL", "completeness": 0.5, "is_active": False,
}  # fmt: skip
READ_ONLY = {"id", "date_submitted", "date_modified", "date_ingested", "ostd_targ_id", "ostd_u_obj_id"}
DEFAULTS = {
    "ra": 0, "dec": 0, "epoch": 2021, "cadence": 0, "mag": 20, "mag_err": 0, "t_exp_d": 20, "t_exp_g": 15,
    "t_exp_b": 7, "t_exp_s": 4, "date_earliest": 0, "date_latest": 0, "redshift_estimate": 0, "reddening": 0,
    "extent_flag": 0, "pmra": 0, "parallax": 0, "completeness": 0, "cal_mag_blue": 0, "cal_mag_id_blue": "",
    "classification": "TRA", "is_active": True,
}  # fmt: skip


class Caller:
    """A user of the API."""

    def __init__(self, base: str, auth: tuple[str, str] | None, headers: dict | None = None) -> None:
        self.base = base
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.auth = auth
        self.session.headers.update(headers or {})

    def __call__(self, method: str, path: str = COLLECTION, **more: object) -> requests.Response:
        return self.session.request(method, self.base + path, timeout=LIMIT_S, **more)

    def create(self, **changes: object) -> dict:
        answer = self("POST", json={"uploadedfor_survey_id": 15} | changes)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def one(self, method: str, key: int, **more: object) -> requests.Response:
        return self(method, f"{COLLECTION}{key}/", **more)


@pytest.fixture
def tides(stand_ins) -> Caller:
    return Caller(stand_ins.base, BASIC)


def test_a_create_answers_201_with_every_field_stored(tides):
    answer = tides("POST", json=WRITABLE)
    assert answer.status_code == 201
    stored = answer.json()
    assert {key: stored[key] for key in WRITABLE} == WRITABLE
    assert set(stored) == set(WRITABLE) | READ_ONLY
    assert isinstance(stored["id"], int)


def test_what_is_left_out_gets_the_servers_default(tides):
    stored = tides.create(name="bare")
    assert {key: stored[key] for key in DEFAULTS} == DEFAULTS


def test_only_the_survey_is_required(tides):
    answer = tides("POST", json={"name": "x"})
    assert answer.status_code == 400
    assert answer.json() == {"uploadedfor_survey_id": ["This field is required."]}


def test_read_only_fields_are_ignored_in_a_create(tides):
    stored = tides.create(ostd_targ_id=5, date_ingested="2026-01-01T00:00:00Z", id=999_999)
    assert stored["ostd_targ_id"] is None
    assert stored["date_ingested"] is None
    assert stored["id"] != 999_999


def test_two_creates_of_one_name_make_two_rows(tides):
    assert tides.create(name="twin")["id"] != tides.create(name="twin")["id"]
    assert len(tides("GET", params={"name": "twin"}).json()) == 2


def test_a_bulk_create_answers_the_list_with_ids(tides):
    answer = tides("POST", json=[WRITABLE | {"name": f"n{i}"} for i in range(50)])
    assert answer.status_code == 201
    assert [row["name"] for row in answer.json()] == [f"n{i}" for i in range(50)]
    assert len({row["id"] for row in answer.json()}) == 50


def test_a_400_in_a_bulk_create_stores_nothing_and_answers_one_entry_an_object(tides, stand_ins):
    answer = tides("POST", json=[WRITABLE, WRITABLE | {"mag": "bright"}, WRITABLE])
    assert answer.status_code == 400
    assert answer.json() == [{}, {"mag": ["A valid number is required."]}, {}]
    assert stand_ins.targets() == []


@pytest.mark.parametrize("many", [False, True])
def test_a_json_string_that_holds_the_payload_is_taken_too(tides, many):
    payload = [WRITABLE, WRITABLE] if many else WRITABLE
    answer = tides("POST", json=json.dumps(payload))
    assert answer.status_code == 201
    assert isinstance(answer.json(), list) == many


@pytest.mark.parametrize("inside_a_string", [False, True])
def test_nan_is_refused(tides, stand_ins, inside_a_string):
    text = json.dumps({"uploadedfor_survey_id": 15, "mag": float("nan")})
    body = json.dumps(text) if inside_a_string else text
    answer = tides("POST", data=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert "NaN" in answer.json()["detail"] or "nan" in answer.json()["detail"]
    assert stand_ins.targets() == []


@pytest.mark.parametrize(
    ("field", "value"),
    [("ra", 361), ("dec", -91), ("resolution", 3), ("extent_flag", 5), ("classification", "SNE"), ("name", None)],
)
def test_an_impossible_value_is_refused_and_named(tides, field, value):
    answer = tides("POST", json=WRITABLE | {field: value})
    assert answer.status_code == 400
    assert set(answer.json()) == {field}


def test_another_surveys_id_is_refused(tides):
    assert set(tides("POST", json=WRITABLE | {"uploadedfor_survey_id": 46}).json()) == {"uploadedfor_survey_id"}


def test_a_caller_sees_the_rows_of_its_own_surveys_only(tides, stand_ins):
    other = Caller(stand_ins.base, OTHER_SURVEY)
    foreign = other.create(uploadedfor_survey_id=46, name="ours")
    own = tides.create(name="mine")
    assert [row["id"] for row in tides("GET").json()] == [own["id"]]
    assert [row["id"] for row in other("GET").json()] == [foreign["id"]]
    assert tides.one("GET", foreign["id"]).status_code == 404


def test_before_ingestion_every_writable_field_can_be_changed(tides):
    key = tides.create(name="new")["id"]
    answer = tides.one("PATCH", key, json=WRITABLE)
    assert answer.status_code == 200
    assert {field: answer.json()[field] for field in WRITABLE} == WRITABLE


def test_after_ingestion_only_is_active_can_be_changed(tides, stand_ins):
    row = tides.create(name="old", mag=21.0)
    assert stand_ins.control("POST", "ingest").json() == {"ingested": 1}
    refused = tides.one("PATCH", row["id"], json={"mag": 22.0, "is_active": False})
    assert refused.status_code == 400
    assert set(refused.json()) == {"mag"}
    assert tides.one("GET", row["id"]).json()["is_active"] is True
    assert tides.one("PATCH", row["id"], json={"is_active": False}).json()["is_active"] is False
    assert tides.one("PATCH", row["id"], json={"mag": 21.0, "is_active": True}).status_code == 200


def test_ingestion_gives_a_date_and_both_ostd_ids_once(tides, stand_ins):
    row = tides.create()
    stand_ins.control("POST", "ingest")
    first = tides.one("GET", row["id"]).json()
    assert None not in (first["date_ingested"], first["ostd_targ_id"], first["ostd_u_obj_id"])
    assert stand_ins.control("POST", "ingest").json() == {"ingested": 0}
    assert tides.one("GET", row["id"]).json() == first


def test_a_delete_works_before_ingestion_and_is_refused_after_it(tides, stand_ins):
    gone, stays = tides.create()["id"], tides.create()["id"]
    assert tides.one("DELETE", gone).status_code == 204
    assert tides.one("GET", gone).status_code == 404
    stand_ins.control("POST", "ingest")
    refused = tides.one("DELETE", stays)
    assert refused.status_code == 400
    assert set(refused.json()) == {"err"}
    assert tides.one("GET", stays).status_code == 200


def test_put_is_not_allowed(tides):
    assert tides.one("PUT", tides.create()["id"], json=WRITABLE).status_code == 405


def test_an_unknown_id_is_404_not_found(tides):
    answer = tides.one("PATCH", 10**9, json={"is_active": False})
    assert (answer.status_code, answer.json()["detail"].startswith("N")) == (404, True)


def test_without_a_limit_the_answer_is_a_bare_list_in_order_of_id(tides):
    made = [tides.create()["id"] for _ in range(3)]
    assert [row["id"] for row in tides("GET").json()] == made


def test_with_a_limit_the_answer_is_a_page(tides):
    made = [tides.create()["id"] for _ in range(5)]
    page = tides("GET", params={"limit": 2, "offset": 2}).json()
    assert set(page) == {"count", "next", "previous", "results"}
    assert page["count"] == 5
    assert [row["id"] for row in page["results"]] == made[2:4]
    assert [row["id"] for row in tides.session.get(page["next"], timeout=LIMIT_S).json()["results"]] == made[4:]


def test_paging_by_id_finds_every_row(tides):
    made = [tides.create()["id"] for _ in range(5)]
    found, last = [], 0
    while rows := tides("GET", params={"id__gt": last, "limit": 2}).json()["results"]:
        found += [row["id"] for row in rows]
        last = found[-1]
    assert found == made


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"name": "TiDES26aab"}, ["TiDES26aab"]),
        ({"name__iexact": "tides26aab"}, ["TiDES26aab"]),
        ({"name__startswith": "TiDES26"}, ["TiDES26aaa", "TiDES26aab"]),
        ({"name__istartswith": "tides26"}, ["TiDES26aaa", "TiDES26aab"]),
        ({"name__endswith": "c"}, ["TiDES27aac"]),
        ({"name__iendswith": "C"}, ["TiDES27aac"]),
        ({"name__contains": "27"}, ["TiDES27aac"]),
        ({"name__icontains": "ES27"}, ["TiDES27aac"]),
        ({"mag__gt": 20, "mag__lte": 21}, ["TiDES26aab"]),
        ({"mag__gte": 20, "mag__lt": 21}, ["TiDES26aaa"]),
        ({"is_active": "true"}, ["TiDES26aaa", "TiDES26aab"]),
        ({"is_active": "false"}, ["TiDES27aac"]),
        ({"date_ingested__isnull": "true"}, ["TiDES26aaa", "TiDES26aab", "TiDES27aac"]),
        ({"date_submitted__gt": "2026-08-01T00:00:00Z"}, ["TiDES26aaa", "TiDES26aab", "TiDES27aac"]),
        ({"date_submitted__gt": "2999-08-01T00:00:00Z"}, []),
        ({"nmae": "TiDES26aab"}, ["TiDES26aaa", "TiDES26aab", "TiDES27aac"]),
    ],
)
def test_look_ups_filter_and_a_misspelt_one_gives_every_row(tides, query, found):
    for name, mag, active in (("TiDES26aaa", 20, True), ("TiDES26aab", 21, True), ("TiDES27aac", 22, False)):
        tides.create(name=name, mag=mag, is_active=active)
    assert [row["name"] for row in tides("GET", params=query).json()] == found


def test_a_filter_with_a_value_of_the_wrong_kind_is_400(tides):
    assert set(tides("GET", params={"mag__gt": "bright"}).json()) == {"mag__gt"}


def test_dates_carry_berlins_offset(tides):
    written = tides.create()["date_submitted"]
    moment = datetime.fromisoformat(written)
    assert moment.utcoffset() == moment.astimezone(ZoneInfo("Europe/Berlin")).utcoffset()
    assert not written.endswith("Z")


def test_modified_follows_a_change(tides):
    row = tides.create()
    changed = tides.one("PATCH", row["id"], json={"mag": 19.5}).json()
    assert changed["date_modified"] > row["date_modified"]
    assert changed["date_submitted"] == row["date_submitted"]


def test_the_token_opens_the_transients_api_only(stand_ins, tides):
    form = {"username": BASIC[0], "password": BASIC[1]}
    token = requests.post(stand_ins.url("/QFSwi/transients-token-auth/"), data=form, timeout=LIMIT_S).json()["token"]
    holder = Caller(stand_ins.base, None, {"Authorization": f"Token {token}"})
    assert holder("GET").status_code == 200
    assert holder("GET", VISITS).status_code == 401
    assert tides("GET", VISITS).json() == []


def test_candidate_visits_are_laid_over_active_targets_by_place_and_once_by_id(tides):
    first, near, far = (tides.create(ra=ra, dec=-30.0)["id"] for ra in (359.8, 0.3, 20.0))
    tides.create(ra=50.0, dec=-30.0, is_active=False)
    visits = tides("GET", VISITS).json()
    assert [(visit["visit_id"], visit["tile_id"]) for visit in visits] == [(1000, 500), (1001, 501), (1002, 500)]
    assert [(visit["ra"], visit["dec"]) for visit in visits] == [(359.8, -29.5), (20.0, -29.5), (359.8, -29.5)]
    assert [visit.get("targets") for visit in visits] == [None, None, [first, near]]
    assert tides("GET", VISITS).json() == visits
    tides.one("PATCH", far, json={"is_active": False})
    assert len(tides("GET", VISITS).json()) == 2


def test_another_survey_is_told_of_visits_to_its_own_targets(tides, stand_ins):
    tides.create(ra=10.0, dec=-30.0)
    assert Caller(stand_ins.base, OTHER_SURVEY)("GET", VISITS).json() == []


def test_a_wrong_password_gives_no_token(stand_ins):
    form = {"username": "tides", "password": "wrong"}
    answer = requests.post(stand_ins.url("/QFSwi/transients-token-auth/"), data=form, timeout=LIMIT_S)
    assert answer.status_code == 400
    assert set(answer.json()) == {"non_field_errors"}


@pytest.mark.parametrize("auth", [None, ("tides", "wrong")])
def test_without_authorisation_there_is_a_401_with_a_detail(stand_ins, auth):
    answer = Caller(stand_ins.base, auth)("GET")
    assert answer.status_code == 401
    assert set(answer.json()) == {"detail"}


def test_options_tell_the_present_columns(tides):
    columns = tides("OPTIONS").json()["actions"]["POST"]
    assert set(columns) == set(WRITABLE) | READ_ONLY
    assert {name for name, about in columns.items() if about["read_only"]} == READ_ONLY
    assert {name for name, about in columns.items() if about["required"]} == {"uploadedfor_survey_id"}


def test_many_creates_at_once_are_all_stored(tides, stand_ins):
    from concurrent.futures import ThreadPoolExecutor

    def create(number: int) -> int:
        caller = Caller(stand_ins.base, BASIC)
        return caller("POST", json=[WRITABLE | {"name": f"{number}-{i}"} for i in range(20)]).status_code

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(create, range(8))) == [201] * 8
    assert len(stand_ins.targets()) == 160
