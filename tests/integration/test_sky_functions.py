"""The SQL functions on places say what Python's say, on random places."""

import numpy as np
import psycopg
import pytest

from tides.photometry.sky import galactic_latitude_deg, separation_arcsec


def random_places(number: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.uniform(0, 360, number), np.degrees(np.arcsin(rng.uniform(-1, 1, number)))


def by_sql(database: str, expression: str, *columns: np.ndarray) -> np.ndarray:
    arrays = ", ".join(["%s::double precision[]"] * len(columns))
    names = ", ".join("abcd"[: len(columns)])
    query = f"SELECT {expression} FROM unnest({arrays}) WITH ORDINALITY AS place ({names}, n) ORDER BY n"
    with psycopg.connect(database) as connection:
        rows = connection.execute(query, [column.tolist() for column in columns]).fetchall()
    return np.array([value for (value,) in rows])


def test_separations_are_the_same_in_sql_and_in_python(database):
    ra_1, dec_1 = random_places(500, seed=1)
    offset_ra, offset_dec = random_places(500, seed=2)
    near = np.arange(500) < 250  # half of them within an arcsecond or so, as where it matters
    ra_2 = np.where(near, (ra_1 + (offset_ra - 180) / 1e6) % 360, offset_ra)
    dec_2 = np.where(near, np.clip(dec_1 + offset_dec / 1e6, -90, 90), offset_dec)
    told = by_sql(database, "tides.separation_arcsec(a, b, c, d)", ra_1, dec_1, ra_2, dec_2)
    assert told == pytest.approx(separation_arcsec(ra_1, dec_1, ra_2, dec_2), rel=1e-9, abs=1e-6)


def test_galactic_latitudes_are_the_same_in_sql_and_in_python(database):
    ra, dec = random_places(500, seed=3)
    told = by_sql(database, "tides.galactic_latitude(a, b)", ra, dec)
    assert told == pytest.approx(galactic_latitude_deg(ra, dec), rel=1e-9, abs=1e-9)
