"""Lasair, the British broker, for both surveys that it has (docs/contracts/lasair.md)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tides.brokers.broker import Broker, Message
from tides.brokers.json_messages import columns_of
from tides.photometry.bands import BANDS
from tides.settings.sections import Way

LIGHT_CURVE = "alert"
"""The key under which Lasair-LSST puts the lite light curve into a message."""

SENT = "UTC"
"""The key that says when Lasair's filter ran."""


@dataclass(frozen=True)
class Served:
    """How Lasair serves a survey.

    `ways` are how its light curves can be had. `lite`: whether the lite form of a light curve has all that is read.
    `columns` are those of its table `objects` that follow from a light curve and a position.
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
    """How Lasair serves a survey, by its name; any other survey's light curves can be had one by one."""
    return _SERVED.get(survey, Served())


def decode(value: bytes | None) -> Message:
    """Takes one of Lasair's messages apart; raises Unreadable."""
    columns, light_curve = columns_of(value, LIGHT_CURVE)
    return Message(columns, light_curve, _sent_at(columns.pop(SENT, None)))


def _sent_at(text: Any) -> datetime | None:
    """Lasair's UTC: "YYYY-MM-DD HH:MM:SS"."""
    try:
        sent = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return sent.replace(tzinfo=UTC) if sent.tzinfo is None else sent.astimezone(UTC)


BROKER = Broker(
    name="lasair",
    decode=decode,
    ways=lambda survey: served(survey).ways,
    has_database=True,
    client="tides.hooks.lasair.LasairHook",
)
