"""Targets written into the master, as `upsert_master` and `deactivate_unobserved` would leave them."""

from tides.database.session import Connection
from tides.functions.functions import load_functions

LIVE = "UPDATE tides.tides_master SET active = true, why = 'live', active_since = now()"
FADED = "UPDATE tides.tides_master SET active = false, why = 'faint', active_since = NULL"
UNSEEN = "UPDATE tides.tides_master SET active = false, why = 'unobserved', active_since = NULL"
AGN = "UPDATE tides.tides_master SET active = false, why = 'reclassified', active_since = NULL"


def put_targets(connection: Connection, count: int, *, mag: float = 21.0, first: int = 0) -> None:
    """Puts targets that are not live yet into the master, each with a current magnitude (AB) in r."""
    connection.execute(
        "WITH made AS ("
        " INSERT INTO tides.tides_master (name, ra, dec, position_survey, reachable, template)"
        " SELECT tides.target_name('TiDES', 2026, n), n %% 40000 * 360.0 / 40000, -30 + n / 40000, 'lsst', true,"
        " 'tides-sn'"
        " FROM generate_series(%s, %s - 1) AS n RETURNING tides_id)"
        " INSERT INTO tides.target_band (tides_id, survey, band, newest_jd, current_mag, current_err)"
        " SELECT tides_id, 'lsst', 'r', tides.jd_utc(now()) - 1, %s, 0.02 FROM made",
        (first, first + count, mag),
    )


def fade_one(connection: Connection, count: int) -> None:
    """Puts live targets into the master, each with its step, of which the first one fades at once."""
    put_targets(connection, count)
    connection.execute(LIVE)
    step = "INSERT INTO tides.tides_history (tides_id, step, reason) SELECT tides_id, %s, 'r' FROM tides.tides_master"
    connection.execute(step, ("selected",))
    with connection.transaction():
        connection.execute(f"{FADED} WHERE tides_id = 1")
        connection.execute(f"{step} WHERE tides_id = 1", ("deactivated",))


def give_objects(connection: Connection) -> None:
    """Gives each target of the master an object of LSST that a function in use has selected.

    All lie in one place, 3 arcsec apart in right ascension; the first one was seen last.
    """
    function = load_functions()["tidesSNLSST"]
    connection.execute("UPDATE tides.tides_master SET ra = tides_id * 3.0 / 3600")
    connection.execute(
        "INSERT INTO tides.tides_alias"
        " (survey, object_id, tides_id, ra, dec, first_jd, last_jd, seen_jd, known_at, faint)"
        " SELECT 'lsst', tides_id, tides_id, ra, dec, t.jd - 9, t.jd, t.jd, now(), true FROM tides.tides_master"
        " CROSS JOIN LATERAL (SELECT tides.jd_utc(now()) - 1 - tides_id / 100.0 AS jd) AS t"
    )
    connection.execute(
        "INSERT INTO tides.selection (lane, stream, survey, object_id, function, function_hash, input_hash, passed,"
        " criteria, detections, code_version, run_id, merged_at)"
        " SELECT 'live', 'lsst', survey, object_id, %s, %s, 'x', true, '[]', 5, 'c', 'r', now() FROM tides.tides_alias",
        (function.name, function.hash),
    )


def put_hosts(connection: Connection) -> dict[int, int]:
    """Gives each target of the master a host galaxy 2 arcsec north of it; gives the galaxies' ids by target."""
    connection.execute(
        "INSERT INTO tides.tides_hosts (catalogue, catalogue_id, ra, dec, band, mag, template)"
        " SELECT 'SDSS', tides_id, ra, dec + 2.0 / 3600, 'r', 19, 'tides-host' FROM tides.tides_master"
        " ORDER BY tides_id"
    )
    rows = connection.execute(
        "INSERT INTO tides.host_candidate (tides_id, host_id, rank, separation_arcsec)"
        " SELECT m.tides_id, h.tides_id, 1, 2.0 FROM tides.tides_master AS m"
        " JOIN tides.tides_hosts AS h ON h.catalogue_id = m.tides_id::text RETURNING tides_id, host_id"
    )
    return {row["tides_id"]: row["host_id"] for row in rows}
