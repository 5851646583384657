"""Reads bytes from a topic as an alert, or gives the reason why they are none."""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec

from tides.brokers.broker import Unreadable, broker
from tides.clock import jd_utc, mjd_tai_to_jd_utc
from tides.photometry.ab import mag_of_njy
from tides.plausible import MARGIN_D
from tides.settings.streams import DateColumn, Stream
from tides.surveys.survey import survey

_JD_RANGE = (0.0, 1e7)
_KINDS: dict[type, str | None] = {
    **dict.fromkeys((int, float), "number"),
    str: "text",
    bool: "boolean",
    list: "list",
    dict: "object",
    type(None): None,
}
# The hash must not depend on the order in which a broker writes its columns.
_sorted = msgspec.json.Encoder(order="sorted")


@dataclass(frozen=True)
class Alert:
    """The content of one message of a stream.

    `alert` is the message's columns as canonical JSON, without light curve and sent time, NaN as null. `alert_hash` is
    its sha256. `known_at` is the time at which the broker sent it (UTC). Positions are ICRS degrees. `first_jd`,
    `last_jd` and the dates in `bands` are JD UTC. `bands` maps a band to {"jd", "mag", "brightest"} (AB). `light_curve`
    is the raw one. `oddities` names the columns that were missing or of a wrong type, and so became NULL. `kinds` gives
    every column's JSON type, None for a null.
    """

    object_id: str
    alert: bytes
    alert_hash: bytes
    known_at: datetime
    ra: float | None
    dec: float | None
    first_jd: float | None
    last_jd: float | None
    detections: int | None
    sherlock_class: str | None
    bands: dict[str, dict[str, float]]
    light_curve: bytes | None = field(repr=False, default=None)
    oddities: tuple[str, ...] = ()
    kinds: Mapping[str, str | None] = field(repr=False, default_factory=dict)

    @property
    def age_key(self) -> tuple[datetime, float, bytes]:
        """The order of one object's alerts: by the time at which the broker said it, then by last detection.

        A later word counts although its newest detection is older: the broker has taken detections back.
        """
        return (self.known_at, self.last_jd or 0.0, self.alert_hash)


def read_alert(value: bytes | None, stamp: datetime, stream: Stream) -> Alert:
    """Reads one message of a stream. `stamp` (UTC) is the broker's, and stands in where the message has no sent time.

    Raises Unreadable with the reason when the bytes are no alert.
    """
    message = broker(stream.broker).decode(value)
    columns = message.columns
    object_id = _object_id(columns.get(stream.columns.id), stream)
    odd: list[str] = []
    reader = _Reader(columns, odd)
    names = stream.columns
    alert = _canonical(columns)
    return Alert(
        object_id=object_id,
        alert=alert,
        alert_hash=hashlib.sha256(alert).digest(),
        known_at=_known_at(message.sent, stamp, stream),
        ra=reader.number(names.ra, 0, 360),
        dec=reader.number(names.dec, -90, 90),
        first_jd=reader.jd(names.first_detection),
        last_jd=reader.jd(names.last_detection),
        detections=reader.count(names.detections),
        sherlock_class=reader.text(names.sherlock_class),
        bands=_bands(reader, stream),
        light_curve=message.light_curve,
        oddities=tuple(dict.fromkeys(odd)),
        kinds={name: _KINDS[type(value)] for name, value in columns.items()},
    )


def _known_at(sent: datetime | None, stamp: datetime, stream: Stream) -> datetime:
    """When the broker sent a message (UTC). Its stamp stands in for a sent time that is missing or implausible.

    A sent time in the future would keep all later messages of its object from counting.
    """
    if sent is None or sent > stamp + timedelta(days=MARGIN_D) or jd_utc(sent) < survey(stream.survey).since_jd:
        return stamp
    return sent


def _canonical(columns: dict[str, Any]) -> bytes:
    try:
        alert = _sorted.encode(columns)
    except RecursionError:
        raise Unreadable("nested too deeply") from None
    except UnicodeError:
        raise Unreadable("a lone surrogate in a text") from None
    except (OverflowError, ValueError):
        raise Unreadable("a number that is too large") from None
    # PostgreSQL's jsonb takes no NUL; few messages need more than the look at their bytes.
    if b"\\u0000" in alert and _holds_nul(columns):
        raise Unreadable("a NUL character in a text")
    return alert


def _holds_nul(value: Any) -> bool:
    match value:
        case str():
            return "\0" in value
        case dict():
            return any(_holds_nul(k) or _holds_nul(v) for k, v in value.items())
        case list():
            return any(_holds_nul(v) for v in value)
    return False


def _object_id(value: Any, stream: Stream) -> str:
    column, known = stream.columns.id, survey(stream.survey)
    if value is None:
        raise Unreadable(f"no {column}")
    # A 64-bit id does not fit a float (docs/contracts/lasair.md, "Object ids").
    if known.id_is_number and isinstance(value, bool | float):
        raise Unreadable(f"{column} is not an integer: its last digits are lost")
    text = str(value) if isinstance(value, str) or (known.id_is_number and isinstance(value, int)) else ""
    if known.is_id(text):
        return text
    raise Unreadable(f"{column} is not a {'64-bit integer' if known.id_is_number else f'{known.name.upper()} id'}")


class _Reader:
    """Takes typed values from a message's columns. A missing one or one of a wrong type is None, and is named."""

    def __init__(self, columns: Mapping[str, Any], odd: list[str]):
        self.columns = columns
        self.odd = odd

    def number(self, name: str, least: float = -math.inf, most: float = math.inf) -> float | None:
        """A finite number within its bounds, else None. A null is normal, and no oddity."""
        value = self._get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.odd.append(name)
            return None
        try:
            number = float(value)
        # JSON allows integers that no float can hold.
        except OverflowError:
            return None
        return number if least <= number <= most and math.isfinite(number) else None

    def count(self, name: str) -> int | None:
        """A whole number that fits PostgreSQL's integer."""
        number = self.number(name, 0, 2**31 - 1)
        return int(number) if number is not None else None

    def text(self, name: str) -> str | None:
        """A text."""
        value = self._get(name)
        if value is None or isinstance(value, str):
            return value
        self.odd.append(name)
        return None

    def jd(self, date: DateColumn) -> float | None:
        """A date of either scale as JD UTC."""
        number = self.number(date.column)
        if number is None:
            return None
        jd = float(mjd_tai_to_jd_utc(number)) if date.scale == "mjd_tai" else number
        return jd if _JD_RANGE[0] <= jd <= _JD_RANGE[1] else None

    def _get(self, name: str) -> Any:
        if name not in self.columns:
            self.odd.append(name)
            return None
        return self.columns[name]


def _bands(reader: _Reader, stream: Stream) -> dict[str, dict[str, float]]:
    bands: dict[str, dict[str, float]] = {}
    for band, names in stream.columns.bands.items():
        jd = reader.jd(names.date)
        mag = reader.number(names.mag, -30, 60) if names.mag else _magnitude(reader.number(names.flux_njy or ""))
        brightest = reader.number(names.brightest, -30, 60) if names.brightest else None
        # A magnitude without its date could not be compared with a newer one.
        if jd is not None and mag is not None:
            bands[band] = {"jd": jd, "mag": mag} | ({"brightest": brightest} if brightest is not None else {})
    return bands


def _magnitude(flux_njy: float | None) -> float | None:
    mag = None if flux_njy is None else mag_of_njy(flux_njy)
    return mag if mag is not None and -30 <= mag <= 60 else None
