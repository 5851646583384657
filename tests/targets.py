"""Targets straight in the master, as `upsert_master` and `deactivate_unobserved` would have left them."""

from tides.database import Connection

LIVE = "UPDATE tides.tides_master SET active = true, reason = 'live', active_since = now()"
FADED = "UPDATE tides.tides_master SET active = false, reason = 'lsst: faded', active_since = NULL"
UNSEEN = "UPDATE tides.tides_master SET active = false, reason = 'lsst: not seen', active_since = NULL"
AGN = "UPDATE tides.tides_master SET active = false, reason = 'reclassified: AGN by Sherlock', active_since = NULL"


def put_targets(connection: Connection, count: int, *, mag: float = 21.0) -> None:
    """Puts targets that are not live yet into the master, each with a current magnitude (AB) in r."""
    connection.execute(
        "WITH made AS ("
        " INSERT INTO tides.tides_master (name, ra, dec, position_survey, reachable, template)"
        " SELECT tides.target_name('TiDES', 2026, n), n * 360.0 / 40000, -30, 'lsst', true, 'tides-sn'"
        " FROM generate_series(0, %s - 1) AS n RETURNING tides_id)"
        " INSERT INTO tides.target_band (tides_id, survey, band, newest_jd, current_mag, current_err)"
        " SELECT tides_id, 'lsst', 'r', tides.jd_utc(now()) - 1, %s, 0.02 FROM made",
        (count, mag),
    )
