"""Sherlock's answers through Lasair, good and bad, from a real HTTP server that answers as it is told."""

import pytest

from tides.errors import AnswerBroken, QuotaSpent
from tides.hooks.lasair import LasairHook

A = "ZTF20aaaaaaa"


def a_match(**columns: object) -> dict:
    return {
        "catalogue_table_name": "SDSS/PS1",
        "raDeg": 11.1,
        "northSeparationArcsec": "0.2967600128",
        "rank": 1,
        **columns,
    }


def an_answer_of_sherlock(*matches: dict) -> dict:
    return {"classifications": {"1": ["SN", "The transient is possibly associated with …"]}, "crossmatches": [*matches]}


@pytest.fixture
def lasair(server, connect) -> LasairHook:
    connect("lasair_api", host=f"{server.url}/api", password="canary-4f1d")
    return LasairHook()


def test_cross_matches_come_as_they_were_sent_ranks_and_all(server, lasair):
    sent = an_answer_of_sherlock(a_match(), a_match(rank=None, merged_rank=1, sm_axis_arcsec=2.1))
    server.answers(server.says(sent))
    assert lasair.sherlock_object("lsst", "1") == sent
    [request] = server.requests
    assert (request.method, request.path) == ("POST", "/api/sherlock/object/")
    assert request.body == b"objectId=1&lite=false"


def test_an_orphan_has_no_cross_matches_and_is_not_unknown(server, lasair):
    sent = {"classifications": {A: ["ORPHAN"]}, "crossmatches": []}
    server.answers(server.says(sent))
    assert lasair.sherlock_object("ztf", A) == sent


def test_a_nan_in_a_cross_match_is_none(server, lasair):
    server.answers(server.sends(b'{"classifications": {}, "crossmatches": [{"z": NaN}]}'))
    assert lasair.sherlock_object("lsst", "1") == {"classifications": {}, "crossmatches": [{"z": None}]}


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (404, {"message": "Object 1 not found"}),
        (404, {"detail": "Not found."}),
        (400, {"error": '{"message": "Object ZTF20aaaaaaa not found"}'}),
    ],
)
def test_an_object_that_sherlock_does_not_know_is_none(server, lasair, status, answer):
    server.answers(server.says(answer, status))
    assert lasair.sherlock_object("lsst", "1") is None
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, b"<html>no such page</html>"),
        (400, b'{"error": "This Lasair cluster does not have a Sherlock service"}'),
        (400, b'{"error": "<html>502 Bad Gateway</html>"}'),
        (400, b'{"lite": ["Must be a valid boolean."]}'),
        (400, b"[]"),
    ],
)
def test_a_sherlock_that_is_not_there_is_not_an_unknown_object(server, lasair, status, body):
    server.answers(server.sends(body, status))
    with pytest.raises(AnswerBroken, match=str(status)):
        lasair.sherlock_object("lsst", "1")
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"<html>proxy</html>",
        b'{"classifications": {}, "crossma',
        b"[" * 100_000,
        b"[]",
        b"null",
        b'{"error": "database down"}',
        b'{"classifications": {}}',
        b'{"classifications": {}, "crossmatches": null}',
        b'{"classifications": {}, "crossmatches": {"rank": 1}}',
        b'{"classifications": {}, "crossmatches": ["galaxy"]}',
    ],
)
def test_a_200_without_a_list_of_cross_matches_is_a_broken_answer(server, lasair, body):
    server.answers(server.sends(body))
    with pytest.raises(AnswerBroken, match="Sherlock"):
        lasair.sherlock_object("lsst", "1")
    assert len(server.requests) == 3


def test_a_spent_quota_ends_the_asking_for_cross_matches(server, lasair):
    server.answers(server.says({"message": "Request limit exceeded."}, 429))
    with pytest.raises(QuotaSpent):
        lasair.sherlock_object("lsst", "1")
    assert len(server.requests) == 1


def test_each_repeat_of_a_question_to_sherlock_is_announced(server, lasair):
    server.answers(server.says({}, 503), server.halves(an_answer_of_sherlock()), server.says(an_answer_of_sherlock()))
    repeats: list[int] = []
    assert lasair.sherlock_object("lsst", "1", again=lambda: repeats.append(1)) == an_answer_of_sherlock()
    assert len(repeats) == 2
