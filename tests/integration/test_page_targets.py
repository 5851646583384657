"""The list of targets: each filter and order against what the tables say, its pages, its files, and what it refuses."""

import io
import math
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import numpy as np
import pytest
import requests
from astropy.io.votable import validate
from astropy.table import Table
from psycopg.types.json import Jsonb
from pyarrow import parquet

from tests.bridge import Bridge
from tests.limits import LIMIT_S
from tests.targets import LIVE, put_targets
from tides.page.app import app
from tides.page.frame import READ
from tides.page.targets import FILES, MOST
from tides.reports import targets as lists
from tides.reports.targets import SORTS, Cell, Cone, Order, Page, Wanted, read_all, read_page
from tides.sample.listed import LISTED
from tides.surveys.cells import cells
from tides.targets.decisions import decide

HOSTILE = "<script>alert(1)</script>\u202e'\"{{7*7}}=1+1"
NUMBER = 60


@pytest.fixture
def bridge(make_syncing: Callable[..., Bridge]) -> Bridge:
    """A bridge with a database."""
    return make_syncing()


@pytest.fixture
def viewer(served: str) -> Iterator[Callable[..., requests.Response]]:
    """Asks for an address as somebody whom Airflow lets read."""
    app.dependency_overrides[READ.dependency] = lambda: None
    yield lambda place: requests.get(f"{served}{place}", timeout=LIMIT_S)
    app.dependency_overrides.clear()


@pytest.fixture
def filled(bridge: Bridge) -> Bridge:
    """Sixty targets around RA 0 and the south pole: live and not, told and not, seen by two surveys, decided on."""
    run = bridge.connection.execute
    put_targets(bridge.connection, NUMBER)
    run(f"{LIVE} WHERE tides_id % 3 > 0")
    run("UPDATE tides.tides_master SET why = 'faint' WHERE NOT active")
    run(
        "UPDATE tides.tides_master SET active_since = CASE WHEN active THEN now() - tides_id % 7 * interval '1 d' END,"
        " created = now() - tides_id * interval '1 d', pk_4most = CASE WHEN tides_id % 4 > 0 THEN tides_id END,"
        " ra = (355.0 + tides_id % 10) - 360 * (tides_id % 10 > 4)::int,"
        " dec = CASE WHEN tides_id % 5 = 0 THEN -89.9 ELSE -30.0 + tides_id % 2 END"
    )
    run("UPDATE tides.tides_master SET name = %s WHERE tides_id = 7", (HOSTILE,))
    run(
        "INSERT INTO tides.tides_alias (survey, object_id, tides_id)"
        " SELECT 'lsst', (1000 + tides_id)::text, tides_id FROM tides.tides_master UNION ALL"
        " SELECT 'ztf', 'ZTF26' || tides_id, tides_id FROM tides.tides_master WHERE tides_id % 2 = 0"
    )
    run(
        "INSERT INTO tides.fourmost_target (id, name, state, wanted, told, told_at)"
        " SELECT tides_id, name, CASE WHEN active THEN 'live' ELSE 'inactive' END, w.wanted,"
        " CASE WHEN pk_4most IS NOT NULL THEN w.wanted END,"
        " CASE WHEN pk_4most IS NOT NULL THEN now() - tides_id % 5 * interval '1 h' END"
        " FROM tides.tides_master CROSS JOIN LATERAL (SELECT jsonb_build_object('is_active', active,"
        " 'mag', 18 + tides_id % 8 / 2.0, 'mag_err', 0.1, 'mag_type', CASE WHEN tides_id % 2 = 0 THEN 'LSST_r_AB'"
        " ELSE 'LSST_i_AB' END, 'subsurvey', CASE WHEN tides_id < 50 THEN 'tides-sn' ELSE 'tides-lens' END) AS wanted)"
        " AS w WHERE tides_id <> 5"
    )
    run("UPDATE tides.fourmost_target SET wanted = %s WHERE id = 8", (Jsonb({"mag": "bright", "is_active": True}),))
    decide(bridge.connection, "veto", 10, "a star", "Ada")
    decide(bridge.connection, "force", 11, "a lens", "Ada")
    run(
        "INSERT INTO tides.listed (tides_id, list, entry, band, mag, epochs, cadence_days, by, removed_at, removed_by)"
        " SELECT tides_id, 'lenses', tides_id::text, 'r', 20, 1, 0, 'Ada', CASE WHEN tides_id = 12 THEN now() END,"
        " CASE WHEN tides_id = 12 THEN 'Ada' END FROM tides.tides_master WHERE tides_id IN (12, 13, 14)"
    )
    run(
        "INSERT INTO tides.candidate_visit (visit_no, visit, tile, content)"
        " VALUES (1, 'V 1', 'T1', '{}'), (2, NULL, 'T2', '{}')"
    )
    run("INSERT INTO tides.candidate_visit_target VALUES (1, 1), (1, 2), (2, 2), (1, 3), (1, 4)")
    return bridge


def all_of(bridge: Bridge) -> dict[int, Any]:
    """Each target as the tables have it, by its number."""
    rows = bridge.rows(
        "SELECT m.*, m.why::text AS word, f.told_at, f.wanted -> 'mag' AS mag, f.wanted ->> 'mag_type' AS band,"
        " f.wanted ->> 'subsurvey' AS subsurvey, f.told -> 'is_active' AS on_there, f.id AS staged"
        " FROM tides.tides_master AS m LEFT JOIN tides.fourmost_target AS f ON f.id = m.tides_id"
    )
    return {row["tides_id"]: row for row in rows}


NOW = datetime.now(UTC)


def apart(row: Any, ra: float, dec: float) -> float:
    """The distance of a target from a place (deg), by the angle between two vectors."""
    one, other = (
        np.array([math.cos(d) * math.cos(r), math.cos(d) * math.sin(r), math.sin(d)])
        for r, d in ((math.radians(row["ra"]), math.radians(row["dec"])), (math.radians(ra), math.radians(dec)))
    )
    return math.degrees(math.atan2(float(np.linalg.norm(np.cross(one, other))), float(one @ other)))


def in_cell(row: Any, cell: Cell) -> bool:
    """Whether a target lies in a cell."""
    return int(cells(np.array([row["ra"]]), np.array([row["dec"]]), cell.nside)[0]) == cell.number


A_CELL = Cell(8, int(cells(np.array([359.0]), np.array([-30.0]), 8)[0]))
CASES: list[tuple[Wanted, Callable[[int, Any], bool]]] = [
    (Wanted(), lambda n, row: row["active"]),
    (Wanted("ended"), lambda n, row: not row["active"]),
    (Wanted("never"), lambda n, row: row["pk_4most"] is None),
    (Wanted("all"), lambda n, row: True),
    (Wanted("all", begins="TiDES26aab"), lambda n, row: row["name"].startswith("TiDES26aab")),
    (Wanted("all", begins="ZTF261"), lambda n, row: f"ZTF26{n}".startswith("ZTF261") and n % 2 == 0),
    (Wanted("all", begins=HOSTILE[:9]), lambda n, row: n == 7),
    (Wanted("all", begins="%"), lambda n, row: False),
    (Wanted("all", state="active"), lambda n, row: row["on_there"] is True),
    (Wanted("all", state="switched off"), lambda n, row: row["on_there"] is False),
    (Wanted("all", state="not staged"), lambda n, row: n == 5),
    (Wanted("all", state="waiting"), lambda n, row: row["active"] and row["staged"] and row["on_there"] is None),
    (Wanted("all", state="never sent"), lambda n, row: not row["active"] and row["on_there"] is None),
    (Wanted("all", why="faint"), lambda n, row: row["word"] == "faint"),
    (Wanted(survey="ztf"), lambda n, row: row["active"] and n % 2 == 0),
    (Wanted("all", subsurvey="tides-lens"), lambda n, row: n >= 50),
    (
        Wanted("all", band="LSST_i_AB", mag_from=19, mag_to=20),
        lambda n, row: row["band"] == "LSST_i_AB" and 19 <= row["mag"] <= 20,
    ),
    (Wanted("all", mag_to=18.5), lambda n, row: isinstance(row["mag"], int | float) and row["mag"] <= 18.5),
    (Wanted("all", new_since=NOW - timedelta(days=10)), lambda n, row: row["created"] >= NOW - timedelta(days=10)),
    (Wanted("all", cone=Cone(0.0, -30.0, 2.0)), lambda n, row: apart(row, 0, -30) <= 2),
    (Wanted("all", cone=Cone(180.0, -89.95, 0.5)), lambda n, row: apart(row, 180, -89.95) <= 0.5),
    (Wanted("all", cone=Cone(359.5, -29.0, 170.0)), lambda n, row: apart(row, 359.5, -29) <= 170),
    (Wanted("all", cell=A_CELL), lambda n, row: in_cell(row, A_CELL)),
    (Wanted("all", decision="veto"), lambda n, row: n == 10),
    (Wanted("all", decision="force"), lambda n, row: n == 11),
    (Wanted("all", list="any"), lambda n, row: n in (13, 14)),
    (Wanted("all", list="lenses", survey="ztf"), lambda n, row: n == 14),
    (Wanted("all", list="no such list"), lambda n, row: False),
    (Wanted(visit="V 1"), lambda n, row: n in (1, 2)),
    (Wanted(visit="T2"), lambda n, row: n == 2),
    (Wanted(visit="#2"), lambda n, row: n == 2),
    (Wanted(visit="any"), lambda n, row: n in (1, 2)),
]
KEYS: dict[str, Callable[[Any], Any]] = {
    "name": lambda row: row["name"],
    "since": lambda row: row["active_since"],
    "mag": lambda row: row["mag"] if isinstance(row["mag"], int | float) else None,
    "ra": lambda row: row["ra"],
    "dec": lambda row: row["dec"],
    "told": lambda row: row["told_at"],
}


def in_order(rows: dict[int, Any], order: Order) -> list[int]:
    """The numbers of targets in an order; those without a value are the last."""
    key = KEYS[order.by]
    having = sorted((key(row), n) for n, row in rows.items() if key(row) is not None)
    lacking = sorted(n for n, row in rows.items() if key(row) is None)
    found = [n for _, n in having], lacking
    return [n for part in found for n in (part if order.upwards else part[::-1])]


def test_each_filter_leaves_what_the_tables_say(filled, monkeypatch):
    rows = all_of(filled)
    for (few, look), (wanted, fits) in product(((lists.FEW, lists.LOOK), (0, 17)), CASES):
        monkeypatch.setattr(lists, "FEW", few)
        monkeypatch.setattr(lists, "LOOK", look)
        expected = [n for n in in_order(rows, Order("name", True)) if fits(n, rows[n])]
        found, more = read_all(filled.connection, wanted, Order("name", True), 1000)
        assert [target.tides_id for target in found] == expected, wanted
        assert not more
        assert {target.number for target in found} <= ({len(expected)} if few else set(range(18))), wanted


def through(bridge: Bridge, wanted: Wanted, order: Order, most: int) -> list[Page]:
    """All pages of a list, forwards; each but the first is also what lies before the one after it."""
    pages = [read_page(bridge.connection, wanted, order, most)]
    assert pages[0].before is None
    while place := pages[-1].after:
        pages.append(read_page(bridge.connection, wanted, order, most, place))
        if pages[-1].targets and pages[-2].targets:
            again = read_page(bridge.connection, wanted, order, most, pages[-1].before, back=True)
            assert again.targets[-1].tides_id == pages[-2].targets[-1].tides_id
            assert again.after is not None
    return pages


@pytest.mark.parametrize("upwards", [True, False])
def test_the_pages_of_each_order_are_the_whole_list_forwards_and_backwards(filled, upwards):
    for by in SORTS:
        pages_of(filled, Order(by, upwards))


def pages_of(filled: Bridge, order: Order) -> None:
    """Goes through all pages of an order, and back."""
    rows = all_of(filled)
    pages = through(filled, Wanted("all", cone=Cone(0, 0, 180)), order, 17)
    assert [target.tides_id for page in pages for target in page.targets] == in_order(rows, order)
    assert [len(page.targets) for page in pages] == [17] * 3 + [9]
    assert {(page.number, page.whole) for page in pages} == {(NUMBER, True)}
    back = [pages[-1]]
    while place := back[-1].before:
        back.append(read_page(filled.connection, Wanted("all", cone=Cone(0, 0, 180)), order, 17, place, back=True))
    assert [target.tides_id for page in back[::-1] for target in page.targets] == in_order(rows, order)


def test_where_there_are_many_a_page_looks_at_the_next_of_its_order(filled, monkeypatch):
    monkeypatch.setattr(lists, "FEW", 10)
    monkeypatch.setattr(lists, "LOOK", 11)
    for by, upwards in product(lists.BY_INDEX, (True, False)):
        order = Order(by, upwards)
        pages = through(filled, Wanted("all", survey="ztf"), order, 100)
        rows = {n: row for n, row in all_of(filled).items() if n % 2 == 0 and (by != "told" or row["told_at"])}
        assert [target.tides_id for page in pages for target in page.targets] == in_order(rows, order), order
        assert all(page.number <= 11 and not page.whole for page in pages)
        assert len(pages) > 4


def test_an_order_that_needs_few_targets_gives_way_where_there_are_many(filled, monkeypatch):
    monkeypatch.setattr(lists, "FEW", 10)
    monkeypatch.setattr(lists, "LOOK", 11)
    page = read_page(filled.connection, Wanted("all"), Order("mag"), 5)
    assert page.order == Order("name", upwards=True)
    assert [t.name for t in page.targets] == sorted(t["name"] for t in all_of(filled).values())[:5]


def test_a_target_of_the_list_is_as_the_tables_have_it(filled):
    (target,) = read_page(filled.connection, Wanted("all", begins="ZTF2614"), Order(), 5).targets
    row = all_of(filled)[14]
    assert (target.name, target.ra, target.dec, target.live_since) == tuple(
        row[c] for c in ("name", "ra", "dec", "active_since")
    )
    assert (target.mag, target.mag_type, target.subsurvey) == (21.0, "LSST_r_AB", "tides-sn")
    assert (target.objects, target.list, target.state) == ("lsst 1014, ztf ZTF2614", "lenses", "active")
    assert (target.why, target.reason, target.live) == ("live", "live", True)


def test_an_address_gives_the_same_list_to_everybody(filled, viewer):
    words = viewer("targets?q=TiDES26&scope=all&sort=-ra&why=live").text
    assert "39 targets</b>, sorted by right ascension" in words
    assert 'aria-sort="descending"' in words
    data = viewer("targets?scope=all&sort=-ra&format=json").json()
    assert (data["number"], len(data["targets"])) == (NUMBER, NUMBER)
    assert data["targets"][0]["ra"] == 359.0


def test_a_page_leads_to_the_next_and_back(bridge, viewer):
    put_targets(bridge.connection, MOST + 5)
    bridge.connection.execute(LIVE)
    first = viewer("targets?format=json").json()
    second = viewer(f"targets{first['next']}&format=json").json()
    assert (len(first["targets"]), len(second["targets"]), first["previous"], second["next"]) == (MOST, 5, None, None)
    assert viewer(f"targets{second['previous']}&format=json").json()["targets"] == first["targets"]
    assert "Next page" in viewer("targets").text
    assert "Previous page" in viewer(f"targets{first['next']}").text


UNREADABLE = (
    ("mag_from=bright", "mag from bright: it is no number"),
    ("mag_from=nan", "mag from nan: it is from 0 to 40"),
    ("radius=0&place=1+2", "radius 0: it is from 0 to 180"),
    ("place=500+0", "place 500 0"),
    ("place=M31", "give RA and Dec in degrees"),
    ("cell=3-1", "nside is a power of 2"),
    ("cell=1-12", "nside is a power of 2"),
    ("new_since=yesterday", "it is no date"),
    ("new_since=0001-01-01T00:00%2B23:00", "it is no date"),
    ("state=x", "it is one of active"),
    ("scope=<script>", "it is one of live"),
    ("q=a%00b", "q is too long, or has characters that cannot be seen"),
    (f"list={'x' * 201}", "list is too long"),
)


def test_what_cannot_be_read_is_told_and_nothing_is_listed(filled, viewer):
    for address, words in UNREADABLE:
        answer = viewer(f"targets?{address}")
        assert answer.status_code == 200
        assert words in answer.text, address
        assert "<tbody>" not in answer.text
        assert viewer(f"targets.csv?{address}").status_code == 422
        assert viewer(f"targets.samp?{address}").status_code == 422


NO_PLACES = (
    "after=x", "after=99999999999~1", "sort=ra&after=1~x", "sort=told&after=1~x", "sort=ra&after=1~inf", "sort=x",
)  # fmt: skip


def test_a_place_or_order_that_is_none_is_the_begin(filled, viewer):
    for address in NO_PLACES:
        shown = viewer(f"targets?scope=all&format=json&{address}").json()
        assert len(shown["targets"]) == NUMBER, address


def read_file(end: str, content: bytes) -> tuple[list[str], list[list[Any]], dict[str, str]]:
    """The columns, the rows and the units of a file, as other programs read it."""
    if end == "parquet":
        table = parquet.read_table(io.BytesIO(content))
        said = {f.name: (f.metadata or {}).get(b"unit", b"").decode() for f in table.schema}
        return table.column_names, [list(row.values()) for row in table.to_pylist()], said
    formats = {"csv": "ascii.csv", "ecsv": "ascii.ecsv", "vot": "votable"}
    table = Table.read(io.BytesIO(content), format=formats[end])
    rows = [[None if cell is np.ma.masked else cell for cell in row] for row in table]
    return table.colnames, rows, {name: str(table[name].unit or "") for name in table.colnames}


def test_a_file_has_all_pages_and_is_read_back_with_its_units(filled, viewer):
    for end in FILES:
        read_back(filled, viewer, end)


def read_back(filled: Bridge, viewer: Callable[..., requests.Response], end: str) -> None:
    """Compares a file with the list."""
    answer = viewer(f"targets.{end}?scope=all&sort=-dec&survey=ztf")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == f'attachment; filename="tides-targets.{end}"'
    names, rows, units = read_file(end, answer.content)
    assert names == [column.name for column in LISTED.columns]
    shown = [dict(zip(names, row, strict=True)) for row in rows]
    expected, _ = read_all(filled.connection, Wanted("all", survey="ztf"), Order("dec"), 100)
    assert [(row["tides_id"], row["ra"], row["dec"]) for row in shown] == [(t.tides_id, t.ra, t.dec) for t in expected]
    assert [row["name"] for row in shown] == [t.name for t in expected]
    assert [row["mag"] if row["mag"] == row["mag"] else None for row in shown] == [t.mag for t in expected]
    if end != "csv":
        assert {name: unit for name, unit in units.items() if unit} == {
            column.name: column.unit for column in LISTED.columns if column.unit
        }


def test_the_votable_is_valid_and_says_what_each_column_means(filled, viewer, tmp_path):
    file = tmp_path / "targets.vot"
    for address, number in (("scope=all", NUMBER), ("q=nobody", 0)):
        file.write_bytes(viewer(f"targets.vot?{address}").content)
        said = io.StringIO()
        assert validate(file, output=said), said.getvalue()
        assert "no violations" in said.getvalue()
        table = Table.read(file, format="votable", verify="exception")
        assert len(table) == number
        for column in LISTED.columns:
            assert table[column.name].description == column.meaning
            assert table[column.name].meta.get("ucd", "") == column.ucd


def test_a_file_that_is_cut_says_so(filled, viewer, monkeypatch):
    monkeypatch.setattr("tides.page.targets.MOST_IN_A_FILE", 9)
    answer = viewer("targets.ecsv?scope=all&sort=name")
    assert 'filename="tides-targets-first-9.ecsv"' in answer.headers["Content-Disposition"]
    table = Table.read(io.BytesIO(answer.content), format="ascii.ecsv")
    assert (len(table), table.meta["rows"]) == (9, "the first 9 of more")


def test_a_spreadsheet_calculates_nothing_of_the_csv(filled, viewer):
    filled.connection.execute("UPDATE tides.tides_master SET name = '=1+1' WHERE tides_id = 7")
    lines = viewer("targets.csv?scope=all&q=1007").text.splitlines()
    assert lines[1].startswith("7,'=1+1,")
    assert viewer("targets.exe").status_code == 404
