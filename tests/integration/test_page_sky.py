"""The view Sky on a real database: the cells against astropy, the counts against the tables, visits, and the edges."""

import html
import re
from collections import Counter
from collections.abc import Callable, Iterator

import numpy as np
import pytest
import requests

from tests.bridge import Bridge
from tests.limits import LIMIT_S
from tests.targets import LIVE, put_targets
from tides.page.app import app
from tides.page.frame import READ
from tides.surveys.cells import cells

EDGES = (
    (0.0, 1.0),
    (360.0, 1.0),
    (359.99, -30.0),
    (0.01, -30.0),
    (45.0, -89.0),
    (180.0, -90.0),
    (10.0, 90.0),
    (180.0, 41.8),
)
"""Positions (deg) at which a grid, a seam or a projection may go wrong."""


@pytest.fixture
def viewer(served: str) -> Iterator[Callable[..., requests.Response]]:
    """Asks for the view as somebody whom Airflow lets read."""
    app.dependency_overrides |= {READ.dependency: lambda: None}
    yield lambda place="sky": requests.get(f"{served}{place}", timeout=LIMIT_S)
    app.dependency_overrides.clear()


@pytest.fixture
def bridge(make_syncing: Callable[..., Bridge]) -> Bridge:
    """A bridge with a database."""
    return make_syncing()


def place(bridge: Bridge, *positions: tuple[float, float]) -> None:
    """Puts targets onto these positions (deg), numbered from 1."""
    put_targets(bridge.connection, len(positions))
    for tides_id, (ra, dec) in enumerate(positions, start=1):
        bridge.connection.execute(
            "UPDATE tides.tides_master SET ra = %s, dec = %s WHERE tides_id = %s", (ra, dec, tides_id)
        )


def at_4most(bridge: Bridge) -> None:
    """Has 4MOST hold the first two targets as active."""
    bridge.connection.execute(
        "INSERT INTO tides.fourmost_target (id, name, state, wanted, told)"
        " SELECT tides_id, name, 'live', '{}', '{\"is_active\": true, \"ra\": 1, \"dec\": 1}' FROM tides.tides_master"
        " WHERE tides_id <= 2"
    )


def put_visits(bridge: Bridge) -> None:
    """Puts two visits of one name on a tile across the seam, and one that names its targets alone.

    The number of the last is the name of a tile, too.
    """
    bridge.connection.execute("INSERT INTO tides.visit_reading (visits, unreadable) VALUES (3, 1)")
    bridge.connection.execute(
        "INSERT INTO tides.candidate_visit (visit_no, visit, tile, planned, ra, dec, content) VALUES"
        " (0, '1000', '7', '2026-11-30', 180, -30, '{}'), (1, '1000', NULL, NULL, 180, -30, '{}'),"
        " (7, NULL, '<b>', NULL, NULL, NULL, '{}')"
    )
    bridge.connection.execute("INSERT INTO tides.candidate_visit_target VALUES (0, 1), (0, 2), (0, 3), (7, 1)")


def shown(answer: requests.Response) -> dict[str, int]:
    """The counts of the JSON by cell."""
    assert answer.status_code == 200, answer.text
    cells = answer.json()["sky"]["cells"]
    return {f"{each['cell']['nside']}-{each['cell']['number']}": each["targets"] for each in cells}


def drawn(answer: requests.Response) -> dict[str, str]:
    """What the map says of each of its cells, by cell."""
    found = re.findall(r'<a href="targets\?cell=([\d-]+)[^"]*" tabindex="-1"><title>([^<]+)</title><path', answer.text)
    return dict(found)


def listed(viewer: Callable[..., requests.Response], page: requests.Response) -> dict[str, int]:
    """How many targets each cell of the map leads to, by cell."""
    found = {}
    for address, cell in re.findall(r'<a href="(targets\?cell=([\d-]+)[^"]*)" tabindex', page.text):
        found[cell] = viewer(f"{html.unescape(address)}&format=json").json()["number"]
    return found


def counted(positions: list[tuple[float, float]], nside: int) -> dict[str, int]:
    """The counts by astropy's cells."""
    found = cells(*np.array(positions).T, nside).tolist() if positions else []
    return dict(Counter(f"{nside}-{cell}" for cell in found))


def test_the_database_numbers_cells_as_astropy_does(bridge):
    random = np.random.default_rng(7)
    ra = np.concatenate([random.uniform(0, 360, 20_000), random.uniform(0, 360, 400), [0.0, 360.0, 359.999999999]])
    near_poles = np.repeat([1, -1], 200) * (90 - 10 ** random.uniform(-9, 0, 400))
    dec = np.concatenate([np.degrees(np.arcsin(random.uniform(-1, 1, 20_000))), near_poles, [-31.0, -31.0, -31.0]])
    rows = bridge.rows(
        "SELECT tides.sky_cell(ra, dec) AS cell FROM unnest(%s::double precision[], %s::double precision[])"
        " WITH ORDINALITY AS p (ra, dec, n) ORDER BY n",
        ra.tolist(), dec.tolist(),
    )  # fmt: skip
    assert [row["cell"] for row in rows] == cells(ra, dec, 32).tolist()


def test_each_choice_counts_what_the_tables_have(bridge, viewer):
    place(bridge, *EDGES)
    connection = bridge.connection
    connection.execute(f"{LIVE} WHERE tides_id <> 7")
    at_4most(bridge)
    connection.execute("UPDATE tides.tides_master SET created = now() - interval '9 d' WHERE tides_id <> 3")
    connection.execute("UPDATE tides.tides_master SET merged_into = 1 WHERE tides_id = 5")
    expected = {
        "live": (*EDGES[:6], *EDGES[7:]),
        "active": EDGES[:2],
        "new": EDGES[2:3],
        "ever": (*EDGES[:4], *EDGES[5:]),
    }
    for reported in (False, True):
        for which, positions in expected.items():
            for nside in (8, 16):
                answer = viewer(f"sky?of={which}&nside={nside}&format=json")
                assert shown(answer) == counted(list(positions), nside), (which, nside, reported)
                assert answer.json()["targets"] == len(positions)
                page = viewer(f"sky?of={which}&nside={nside}")
                assert set(drawn(page)) == set(shown(answer))
                assert reported or listed(viewer, page) == shown(answer), (which, nside)
        bridge.report()
    assert bridge.row("SELECT count(*) AS n FROM tides.cell_count")["n"] == len(counted([*expected["ever"]], 32))


def test_what_moves_is_counted_where_it_is_and_what_goes_no_more(bridge, viewer):
    place(bridge, (10.0, -30.0), (200.0, -30.0))
    bridge.connection.execute("UPDATE tides.tides_master SET ra = 100 WHERE tides_id = 1")
    bridge.report()
    bridge.connection.execute("UPDATE tides.tides_master SET dec = -60 WHERE tides_id = 1")
    assert shown(viewer("sky?of=ever&format=json")) == counted([(100.0, -60.0), (200.0, -30.0)], 16)
    bridge.connection.execute("DELETE FROM tides.target_band; DELETE FROM tides.tides_master WHERE tides_id = 2")
    bridge.report()
    assert shown(viewer("sky?of=ever&format=json")) == counted([(100.0, -60.0)], 16)


def test_the_map_says_numbers_and_the_fullest_cell_comes_first(bridge, viewer):
    place(bridge, *[(45.0, -89.0)] * 3, (180.0, -20.0))
    bridge.connection.execute(LIVE)
    answer = viewer()
    (full, one) = counted([(45.0, -89.0), (180.0, -20.0)], 16)
    said = drawn(answer)
    assert said[full].startswith("3 targets around RA 45.0°, Dec -87")
    assert said[one].startswith("1 target around RA 18")
    listed = re.findall(r'<th scope="row"><a href="targets\?cell=([\d-]+)">', answer.text)
    assert listed == [full, one]
    legend = " ".join(re.sub("<[^>]+>", " ", answer.text.split('class="legend"')[1]).split())
    assert "1 target (1 cell) 2 targets (0 cells) 3 targets (1 cell)" in legend
    assert "from -80° to +20°, 10° or more from the Galactic plane" in legend


def test_visits_are_tiles_and_rows_with_their_targets(bridge, viewer):
    place(bridge, (179.9, -30.0), (180.1, -30.0), (180.0, -29.5))
    bridge.connection.execute(LIVE)
    at_4most(bridge)
    put_visits(bridge)
    answer = viewer()
    tiles = re.findall(
        r'<a href="targets\?visit=%23(\d+)" tabindex="-1"><title>([^<]+)</title><path d="([^"]+)"', answer.text
    )
    assert [(number, words) for number, words, _ in tiles] == [
        ("0", "visit 1000, tile 7: 2 targets may be observed"), ("1", "visit 1000: 0 targets may be observed"),
    ]  # fmt: skip
    assert {path.count("M") for *_, path in tiles} == {2}, "a part on either side of the seam"
    rows = answer.text.split('<h2 id="visits">')[1]
    assert re.findall(r'targets\?visit=%23(\d+)">([^<]+)</a>', rows) == [
        ("0", "1000"),
        ("1", "1000"),
        ("7", "tile &lt;b&gt;"),
    ]
    words = " ".join(re.sub("<[^>]+>", " ", rows).split())
    assert "3 visits, and 1 more that cannot be read." in words
    assert "1000 7 2026-11-30 180.00 -30.00 2" in words
    assert "tile &lt;b&gt; &lt;b&gt; not said – – 1" in words
    assert "look" not in words
    visits = viewer("sky?format=json").json()["sky"]["visits"]
    assert [(each["visit_no"], each["targets"]) for each in visits] == [(0, 2), (1, 0), (7, 1)]
    for each in visits:
        assert viewer(f"targets?visit=%23{each['visit_no']}&format=json").json()["number"] == each["targets"]


def test_an_old_reading_and_none_are_told(bridge, viewer):
    assert "candidate visits have never been read" in viewer().text
    put_visits(bridge)
    bridge.connection.execute("UPDATE tides.visit_reading SET read_at = now() - interval '3 d 2 h'")
    words = " ".join(re.sub("<[^>]+>", " ", viewer().text.split('<h2 id="visits">')[1]).split())
    assert re.search(r"look 4MOST's candidate visits were read at [-\d]+ [\d:]+, 3 d 2 h ago: 3 visits", words)
    bridge.connection.execute("DELETE FROM tides.candidate_visit")
    assert "4MOST plans no visit at present" in viewer().text


def test_no_target_leaves_the_sky_empty_and_a_strange_choice_is_no_view(bridge, viewer):
    for which, words in (("live", "No target is live"), ("new", "No target is new in 7 nights"),
                         ("active", "No target is active at 4MOST"), ("ever", "No target is there yet")):  # fmt: skip
        answer = viewer(f"sky?of={which}")
        assert words in answer.text
        assert drawn(answer) == {}
        assert 'class="grid"' in answer.text
    for strange in ("sky?of=<script>", "sky?nside=32", "sky?nside=x", "sky?of="):
        answer = viewer(strange)
        assert answer.status_code == 404
        assert "<script>" not in answer.text.split("<main")[1]
