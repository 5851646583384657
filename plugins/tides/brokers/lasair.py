"""Lasair, the British broker, which serves both surveys (docs/contracts/lasair.md)."""

from dataclasses import dataclass
from datetime import datetime

from tides.brokers.broker import Broker, Message, Unreadable
from tides.brokers.json_messages import columns_of, key_of
from tides.clock import utc_moment
from tides.photometry.bands import BANDS
from tides.settings.streams import Way

LIGHT_CURVE = "alert"
"""The key under which Lasair-LSST puts the lite light curve into a message."""

SENT = "UTC"
"""The key of the time at which Lasair's filter ran (`YYYY-MM-DD HH:MM:SS`)."""


@dataclass(frozen=True)
class Served:
    """How Lasair serves a survey.

    `ways` are the ways to its light curves. `lite` tells whether the lite form of a light curve has all keys that are
    read. `columns` are those of its table `objects` that follow from a light curve and a position.
    """

    ways: tuple[Way, ...] = ("object",)
    lite: bool = False
    columns: tuple[str, ...] = ()


_SERVED = {
    "lsst": Served(
        ways=("message", "object"),
        lite=True,  # what a message's light curve has
        columns=(
            *("nDiaSources", "nPosDiaSources", "nPosDiaSourcesNights", "firstDiaSourceMjdTai", "lastDiaSourceMjdTai"),
            "latest_psfFlux",
            *(f"n{band}Sources" for band in BANDS),
            *(f"{band}_psfFlux" for band in BANDS),
            *(f"{band}_latestMJD" for band in BANDS),
            *("ra", "decl"),
        ),
    ),
    "ztf": Served(
        ways=("bulk", "object"),
        lite=False,  # its lite points lack columns that `lightcurves` has
        columns=(
            *("ncandgp", "jdmin", "jdmax", "gmag", "rmag", "maggmin", "magrmin", "jdgmax", "jdrmax"),
            *("ramean", "decmean"),
        ),
    ),
}


def served(survey: str) -> Served:
    """How Lasair serves a survey, by its name. An unknown survey's light curves are had by one call an object."""
    return _SERVED.get(survey, Served())


def decode(value: bytes | None) -> Message:
    """Splits one of Lasair's messages into its parts. Raises Unreadable."""
    columns, light_curve = columns_of(value, LIGHT_CURVE)
    # Without the sent time, an alert that is sent twice has the same columns, and so the same hash.
    told = columns.pop(key_of(columns, SENT), None)
    sent = utc_moment(told)
    if sent is None and _is_moment(told):
        raise Unreadable(f"{SENT} lies outside the years 1 to 9999")
    return Message(columns, light_curve, sent)


def _is_moment(told: object) -> bool:
    try:
        return isinstance(told, str) and bool(datetime.fromisoformat(told))
    except ValueError:
        return False


BROKER = Broker(
    name="lasair",
    decode=decode,
    ways=lambda survey: served(survey).ways,
    has_database=True,
    client="tides.hooks.lasair.LasairHook",
)
