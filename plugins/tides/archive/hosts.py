"""The host galaxies of targets, by Lasair's Sherlock: one row a galaxy, several candidates a target.

The hourly run decides in queue_hosts.sql which of them are wanted at 4MOST.
"""

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from tides.archive.one_by_one import SherlockClient, one_by_one, probe_of
from tides.brokers import quota
from tides.database.session import Connection, master_lock
from tides.database.statements import statement
from tides.errors import AnswerBroken
from tides.journal.failures import Call, note_failures
from tides.photometry.bands import TOLD_FIRST
from tides.settings.model import Settings

ANSWERS_AT_ONCE = 50
"""How many answers one transaction stores. After a crash no more than these are asked for again."""


GALAXY_ASSOCIATIONS = ("SN", "NT")
"""Sherlock's associations with a galaxy, for entries whose catalogue does not tell their kind."""


@dataclass(frozen=True)
class Galaxy:
    """A galaxy that may be a target's host.

    Its position is in ICRS degrees, `mag` is AB in `band`, and `radius_arcsec` is the semi-major axis. `redshift` is
    spectroscopic, `photo_z` photometric.
    """

    rank: int
    separation_arcsec: float
    catalogue: str
    catalogue_id: str
    ra: float
    dec: float
    redshift: float | None
    photo_z: float | None
    band: str | None
    mag: float | None
    mag_err: float | None
    radius_arcsec: float | None


@dataclass
class HostsFound:
    """The result of asking for one survey's hosts. The next day asks for the `waiting` targets."""

    survey: str
    asked: int = 0
    with_host: int = 0
    broken: int = 0
    waiting: int = 0
    notes: list[str] = field(default_factory=list)


def find_hosts(connection: Connection, lasair: SherlockClient, survey: str, settings: Settings) -> HostsFound:
    """Asks Sherlock for the hosts of targets that were never asked for, and of live ones after `hosts.ask_again_days`.

    This work has a share of each hour's calls (`audit.quota_share`). Every answer is stored; further targets wait for
    the next day. A target that Lasair fails at is counted, and asked for again on a later day, after the others. Raises
    ServiceAway, AccessRefused, Conflict, and AnswerBroken after many unreadable answers in a row.
    """
    hosts = settings.hosts
    where = {
        "survey": survey,
        "not_for": list(hosts.not_for),
        "ask_again_days": hosts.ask_again_days,
        # One target more than is asked for shows in the report that some wait.
        "calls": hosts.calls_a_day + 1,
    }
    targets = connection.execute(statement("archive/hosts_to_ask"), where).fetchall()
    done = HostsFound(survey)
    answers: list[tuple[int, list[Galaxy]]] = []

    def take() -> None:
        quota.take_spare(connection, lasair.token_digest(survey), settings.lasair, settings.audit)

    def ask(target: dict[str, Any]) -> list[Galaxy]:
        take()
        return galaxies(lasair.sherlock_object(survey, target["object_id"], take, False), hosts.candidates)

    def record(failed: dict[str, str], answered: list[str]) -> None:
        done.broken = len(failed)
        note_failures(connection, survey, Call.HOSTS, failed, answered)

    words, probe = "Lasair's answers of hosts are unreadable", probe_of(lasair, survey, take)
    try:
        for target, found in one_by_one(targets[: hosts.calls_a_day], ask, probe, record, done.notes, words):
            answers.append((target["tides_id"], found))
            if len(answers) == ANSWERS_AT_ONCE:
                _store(connection, settings, answers, done)
    # Each answer has cost a call of the quota: it is stored even when a later call fails.
    finally:
        _store(connection, settings, answers, done)
    done.waiting = len(targets) - done.asked - done.broken
    return done


def galaxies(answer: dict[str, Any] | None, most: int) -> list[Galaxy]:
    """The galaxies among the cross-matches of an answer of `sherlock/object`, the best first, at most `most`.

    A match without a rank is another catalogue's entry of a ranked one, and is left out. Raises AnswerBroken when a
    match with a galaxy lacks its place or its catalogue.
    """
    found: dict[int, Galaxy] = {}
    for match in answer["crossmatches"] if answer else []:
        rank = match.get("rank")
        if isinstance(rank, int) and rank > 0 and _is_galaxy(match):
            found.setdefault(rank, _galaxy(rank, match))
    return [galaxy for _, galaxy in sorted(found.items())][:most]


def _is_galaxy(match: dict[str, Any]) -> bool:
    kind = str(match.get("catalogue_object_type") or "").lower()
    # Sherlock's SN means "near a galaxy", not "a supernova" (docs/contracts/lasair.md, "sherlock/object").
    return kind.startswith("galaxy") or (not kind and match.get("association_type") in GALAXY_ASSOCIATIONS)


def _galaxy(rank: int, match: dict[str, Any]) -> Galaxy:
    ra, dec = _number(match, "raDeg", 0, 360), _number(match, "decDeg", -90, 90)
    separation = _number(match, "separationArcsec", 0, 3600)
    catalogue, catalogue_id = match.get("catalogue_table_name"), match.get("catalogue_object_id")
    # One galaxy is known by its catalogue's entry, else by its place (docs/science.md, "Hosts"): both are needed.
    if ra is None or dec is None or separation is None or not catalogue or catalogue_id in (None, ""):
        raise AnswerBroken("a match with a galaxy lacks its position, separation or catalogue entry")
    radius = _number(match, "major_axis_arcsec", 0, 3600) or _number(match, "sm_axis_arcsec", 0, 3600)
    return Galaxy(
        rank,
        separation,
        str(catalogue),
        str(catalogue_id),
        # 360 is within the bounds above, and is the same place as 0.
        ra % 360,
        dec,
        _number(match, "z", 0, 10) or None,
        _number(match, "photoZ", 0, 10) or None,
        *_magnitude(match),
        radius or None,
    )


def _magnitude(match: dict[str, Any]) -> tuple[str | None, float | None, float | None]:
    """Band, magnitude and error: of the bands that 4MOST is told, the first one that the catalogue has."""
    told = str(match.get("MagFilter") or "").strip("_")
    for band in TOLD_FIRST:
        names = (f"_{band}", f"_{band}Err") if match.get(f"_{band}") is not None else ("Mag", "MagErr")
        mag = _number(match, names[0], -30, 60) if names[0] != "Mag" or told == band else None
        if mag is not None:
            return band, mag, _number(match, names[1], 0, 1e6)
    return None, None, None


def _number(match: dict[str, Any], name: str, low: float, high: float) -> float | None:
    """A number of a match within bounds, else None: catalogues write -99 and the like for "none"."""
    try:
        value = float(match[name])
    except (KeyError, TypeError, ValueError):
        return None
    return value if math.isfinite(value) and low <= value <= high else None


def _store(
    connection: Connection, settings: Settings, answers: list[tuple[int, list[Galaxy]]], done: HostsFound
) -> None:
    """Stores the answers and empties the list."""
    if not answers:
        return
    # Hosts draw their `tides_id` from the targets' sequence, so that storing one is writing the master.
    with master_lock(connection, settings.database):
        for tides_id, found in answers:
            _store_answer(connection, settings, tides_id, found)
    done.asked += len(answers)
    done.with_host += sum(bool(found) for _, found in answers)
    answers.clear()


def _store_answer(connection: Connection, settings: Settings, tides_id: int, found: Iterable[Galaxy]) -> None:
    connection.execute(statement("archive/hosts_answered"), {"tides_id": tides_id})
    common = {
        "tides_id": tides_id,
        "template": settings.hosts.template,
        "same_galaxy_arcsec": settings.hosts.same_galaxy_arcsec,
    }
    for galaxy in found:
        connection.execute(statement("archive/store_host"), {**common, **asdict(galaxy)})
