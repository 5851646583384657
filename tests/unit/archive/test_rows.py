"""How a filter is asked as a query."""

from typing import Any

import pytest

from tests.builders import NOW
from tides.archive.rows import CONDITIONS_LONGEST, FilterRows
from tides.brokers import quota
from tides.errors import AnswerBroken
from tides.settings.model import Settings, load_settings
from tides.settings.streams import LasairFilter


class Clock:
    """A database that has a clock, and takes what it is told."""

    def execute(self, query: str, values: dict[str, Any] | None = None) -> "Clock":
        assert query == "SELECT now() AS now" or values
        return self

    def fetchall(self) -> list[dict[str, Any]]:
        return []

    def fetchone(self) -> dict[str, Any]:
        return {"now": NOW}


class Lasair:
    """Answers each query by the next page, and remembers what it was asked."""

    def __init__(self, *pages: list[dict[str, Any]]):
        self.pages = list(pages)
        self.conditions: list[str] = []
        self.selected: list[str] = []

    def token_digest(self, survey: str) -> str:
        return "token"

    def query(self, survey, selected, tables, conditions, limit, again, part) -> list[dict[str, Any]]:
        self.conditions.append(conditions)
        self.selected.append(selected)
        return self.pages.pop(0) if self.pages else []


@pytest.fixture
def settings(monkeypatch) -> Settings:
    monkeypatch.setattr(quota, "take", lambda *taken: None)
    return load_settings()


def rows_of(settings: Settings, survey: str, lasair: Lasair, conditions: str = "objects.ncandgp > 2") -> FilterRows:
    stream = settings.streams[survey]
    asked = stream.model_copy(
        update={"filter": LasairFilter(**stream.filter.model_dump() | {"conditions": conditions})}
    )
    return FilterRows(Clock(), lasair, "lsst", asked, settings.audit, settings.lasair)


def test_a_page_goes_on_after_the_last_id_until_one_is_empty(settings):
    lasair = Lasair([{"objectId": "ZTF20aaaaaaa"}, {"objectId": "ZTF20aaaaaab"}], [{"objectId": "ZTF20aaaaaac"}])
    pages = list(rows_of(settings, "ztf", lasair).since(2460000.5))
    assert [[row.alert.object_id for row in page] for page in pages] == [
        ["ZTF20aaaaaaa", "ZTF20aaaaaab"],
        ["ZTF20aaaaaac"],
    ]
    bounds = "(objects.ncandgp > 2) AND objects.jdmax >= 2460000.5"
    assert lasair.conditions == [
        f"{bounds} ORDER BY objects.objectId",
        f'{bounds} AND objects.objectId > "ZTF20aaaaaab" ORDER BY objects.objectId',
        f'{bounds} AND objects.objectId > "ZTF20aaaaaac" ORDER BY objects.objectId',
    ]


def test_the_filters_own_order_is_left_out_and_the_survey_keeps_its_scale(settings):
    lasair = Lasair()
    list(rows_of(settings, "lsst", lasair, "objects.nPosDiaSources > 2 ORDER BY objects.ra").since(2460000.5))
    [conditions] = lasair.conditions
    assert conditions.startswith("(objects.nPosDiaSources > 2) AND objects.lastDiaSourceMjdTai >= 60000.000428")
    assert conditions.endswith(" ORDER BY objects.diaObjectId")
    assert "objects.timestamp AS tides_changed_at" in lasair.selected[0]


def test_the_same_page_again_is_a_broken_answer_and_no_endless_loop(settings):
    lasair = Lasair(*[[{"objectId": "ZTF20aaaaaaa"}]] * 5)
    with pytest.raises(AnswerBroken, match="the same rows again"):
        list(rows_of(settings, "ztf", lasair).since(0))
    assert len(lasair.conditions) == 2


@pytest.mark.parametrize("wrong", [None, '" OR 1=1', 5])
def test_a_row_whose_id_is_none_is_never_put_into_a_query(settings, wrong):
    with pytest.raises(AnswerBroken, match="no objectId of survey ztf"):
        list(rows_of(settings, "ztf", Lasair([{"objectId": wrong}])).since(0))


@pytest.mark.parametrize(("survey", "form"), [("lsst", "17000000000000{:04}"), ("ztf", "ZTF20aaa{}")])
def test_blocks_of_ids_hold_each_once_and_fit_a_query(settings, survey, form):
    letters = [a + b + c + d for a in "abcdefgh" for b in "abcdefgh" for c in "abcdefgh" for d in "ab"][:1000]
    ids = [form.format(n if survey == "lsst" else letters[n]) for n in range(1000)]
    lasair = Lasair()
    list(rows_of(settings, survey, lasair).of(ids))
    asked = [name.strip('"') for block in lasair.conditions for name in block.split("(")[1].rstrip(")").split(",")]
    assert asked == ids
    assert all(len(block) <= CONDITIONS_LONGEST for block in lasair.conditions)
    assert len(lasair.conditions) in (4, 5)


def test_when_a_row_was_changed_is_told_or_its_last_detection_and_is_no_column_of_the_alert(settings):
    row = {"diaObjectId": 17, "lastDiaSourceMjdTai": 61000.0}
    told, untold = {**row, "tides_changed_at": "2026-11-24T10:00:00"}, {**row, "diaObjectId": 18}
    [[first, second]] = rows_of(settings, "lsst", Lasair([told, untold])).since(0)
    assert f"{first.changed_at:%Y-%m-%d %H:%M}" == "2026-11-24 10:00"
    assert f"{second.changed_at:%Y-%m-%d %H:%M}" == "2025-11-20 23:59"
    assert b"tides_changed_at" not in first.alert.alert


def test_a_row_that_cannot_be_read_is_counted_and_the_rest_is_read(settings):
    bad = {"diaObjectId": 18, "sherlock_classifications": "\ud800"}
    rows = rows_of(settings, "lsst", Lasair([{"diaObjectId": 17}, bad, {"diaObjectId": 19}]))
    [page] = rows.since(0)
    assert [row.alert.object_id for row in page] == ["17", "19"]
    assert rows.unreadable.total() == 1
