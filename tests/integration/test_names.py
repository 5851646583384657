"""Names of targets, on PostgreSQL: each is given once, whoever asks, and after a restore beyond those at 4MOST."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from tides.targets.names import raise_counters


def test_threads_that_draw_at_once_never_get_the_same_name(database):
    def draw(_):
        with psycopg.connect(database, autocommit=True) as connection:
            return [connection.execute("SELECT tides.draw_name('TiDES')").fetchone()[0] for _ in range(50)]

    with ThreadPoolExecutor(8) as pool:
        names = [name for drawn in pool.map(draw, range(8)) for name in drawn]
    assert len(names) == len(set(names)) == 400


@pytest.mark.parametrize("number", [0, 1, 25, 26, 17575, 17576, 20000, 474551])
def test_a_name_tells_its_number(bridge, number):
    query = "SELECT tides.name_number(substr(tides.target_name('TiDES', 2026, %s), 8)) AS number"
    assert bridge.row(query, number)["number"] == number


def test_the_next_name_is_beyond_every_name_that_is_known_at_4most(bridge):
    year = bridge.row("SELECT to_char(now() AT TIME ZONE 'UTC', 'YY') AS year")["year"]
    names = [f"TiDES{year}{letters}" for letters in ("aab", "zzz", "aaac")]
    raise_counters(bridge.connection, ["TiDES"], [*names, f"TiDES{year}ABC", "TiDES-H26zzzz", "a stranger"])
    assert bridge.row("SELECT tides.draw_name('TiDES') AS name")["name"] == f"TiDES{year}aaad"
    raise_counters(bridge.connection, ["TiDES"], names)
    assert bridge.row("SELECT tides.draw_name('TiDES') AS name")["name"] == f"TiDES{year}aaae"
