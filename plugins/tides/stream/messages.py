"""Reads bytes from a topic as an alert, or gives the reason why they are none."""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import psycopg

from tides.brokers.broker import Unreadable, broker
from tides.clock import DateUnit, jd_utc, mjd_tai_to_jd_utc, unit_of
from tides.photometry.ab import mag_of_njy
from tides.plausible import DEC_DEG, FLUX_NJY, MAG, MARGIN, MARGIN_D, RA_DEG, Bounds, wrapped_ra
from tides.settings.streams import BandColumns, DateColumn, Stream
from tides.surveys.survey import Survey, survey

_COUNT = Bounds(0, 2**31 - 1)
SENT_TIME = "sent time"
"""The name under which an implausible sent time is counted."""

# The hash must not depend on the order in which a broker writes its columns.
_sorted = msgspec.json.Encoder(order="sorted")


@dataclass(frozen=True)
class Implausible:
    """A value that cannot be true, and so became unknown; and the unit that it looks like, where one is certain."""

    value: float | str
    unit: DateUnit | None = None


class Alert(msgspec.Struct, frozen=True):
    """The content of one message of a stream.

    `alert` is the message's columns as canonical JSON, without light curve and sent time, NaN as null. `alert_hash` is
    its sha256. `known_at` is the time at which the broker sent it (UTC). Positions are ICRS degrees. `first_jd`,
    `last_jd` and the dates in `bands` are JD UTC. `bands` maps a band to {"jd", "mag", "brightest"} (AB). `light_curve`
    is the raw one. `oddities` names the columns that were missing or of a wrong type, and so became NULL. `names` and
    `types` are those of every column, in the order of the message. `implausible` are the values that the gate turned
    into NULL, by column.
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
    light_curve: bytes | None
    oddities: tuple[str, ...]
    names: tuple[str, ...]
    types: tuple[type, ...]
    implausible: dict[str, Implausible]

    @property
    def age_key(self) -> tuple[datetime, float, bytes]:
        """The order of one object's alerts: by the time at which the broker said it, then by last detection.

        A later word counts although its newest detection is older: the broker has taken detections back.
        """
        return (self.known_at, self.last_jd or 0.0, self.alert_hash)


def read_alert(value: bytes | None, stamp: datetime, stream: Stream, now: datetime | None = None) -> Alert:
    """Reads one message of a stream, as `AlertReader` does."""
    return AlertReader(stream).read(value, stamp, now)


class AlertReader:
    """Reads the messages of one stream. Make it once for many messages: it looks up the settings only once."""

    def __init__(self, stream: Stream):
        self._stream = stream
        self._survey = survey(stream.survey)
        self._decode = broker(stream.broker).decode
        self._columns = stream.columns

    def read(self, value: bytes | None, stamp: datetime, now: datetime | None = None) -> Alert:
        """Reads one message. `stamp` (UTC) is the broker's, and stands in where the message has no sent time.

        Nothing is sent later than `now` (UTC; default: the stamp). A column is found whatever the case of its name, and
        kept as the settings spell it. Raises Unreadable with the reason when the bytes are no alert.
        """
        message = self._decode(value)
        columns = _spelt(message.columns, self._stream)
        implausible: dict[str, Implausible] = {}
        since = self._survey.since_jd
        known_at = message.sent or stamp
        known_jd = jd_utc(known_at)
        if message.sent and not (since <= known_jd and known_at <= max(stamp, now or stamp) + MARGIN):
            implausible[SENT_TIME] = Implausible(message.sent.isoformat())
            known_at, known_jd = stamp, jd_utc(stamp)
        names = self._columns
        object_id = _object_id(columns.get(names.id), names.id, self._survey)
        odd: list[str] = []
        reader = _Reader(columns, odd, implausible, Bounds(since, known_jd + MARGIN_D))
        alert = _canonical(columns)
        return Alert(
            object_id,
            alert,
            hashlib.sha256(alert).digest(),
            known_at,
            reader.ra(names.ra),
            reader.number(names.dec, DEC_DEG),
            reader.jd(names.first_detection),
            reader.jd(names.last_detection),
            reader.count(names.detections),
            reader.text(names.sherlock_class),
            reader.bands(names.bands),
            message.light_curve,
            tuple(dict.fromkeys(odd)),
            tuple(columns),
            tuple(map(type, columns.values())),
            implausible,
        )


def _spelt(columns: dict[str, Any], stream: Stream) -> dict[str, Any]:
    """The columns under the names that the settings give them. An exact name wins, then the first in order."""
    names = stream.columns.names()
    if not names.difference(columns):
        return columns
    names |= {part.split()[-1].rpartition(".")[2] for part in stream.filter.selected.split(",") if part.strip()}
    others = {name.lower(): name for name in sorted(columns.keys() - names, reverse=True)}
    found = {others[n.lower()]: n for n in sorted(names - columns.keys()) if n.lower() in others}
    return {found.get(name, name): value for name, value in columns.items()} if found else columns


def blames_message(error: psycopg.Error) -> bool:
    """Whether PostgreSQL refuses a value (class 22), or one too large for its limits (class 54), and so a message."""
    return isinstance(error, psycopg.DataError) or (error.sqlstate or "").startswith("54")


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


def _object_id(value: Any, column: str, known: Survey) -> str:
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
    """Takes typed values from a message's columns. A missing one or one of a wrong type is None, and is named.

    So is one outside its bounds; those of a date are `dates` (JD UTC). Most values are floats within their bounds: each
    method takes these with as few calls as can be, since they make up a drain's speed.
    """

    def __init__(self, columns: Mapping[str, Any], odd: list[str], implausible: dict[str, Implausible], dates: Bounds):
        self.columns = columns
        self.odd = odd
        self.implausible = implausible
        self.dates = dates

    def number(self, name: str, bounds: Bounds) -> float | None:
        """A finite number within its bounds, else None. A null is normal, and no oddity."""
        number = self.columns.get(name)
        if type(number) is not float:
            number = self._float(name, number)
            if number is None:
                return None
        if bounds.least <= number <= bounds.most:
            return number
        self.implausible[name] = _implausible(number)
        return None

    def ra(self, name: str) -> float | None:
        """A right ascension, wrapped into [0, 360) degrees."""
        number = self.number(name, RA_DEG)
        return None if number is None else wrapped_ra(number)

    def count(self, name: str) -> int | None:
        """A whole number that fits PostgreSQL's integer."""
        number = self.number(name, _COUNT)
        return int(number) if number is not None else None

    def text(self, name: str) -> str | None:
        """A text."""
        value = self.columns.get(name)
        if isinstance(value, str):
            return value
        if value is not None or name not in self.columns:
            self.odd.append(name)
        return None

    def jd(self, date: DateColumn) -> float | None:
        """A date of either scale as JD UTC."""
        number = self.columns.get(date.column)
        if type(number) is not float:
            number = self._float(date.column, number)
            if number is None:
                return None
        jd = mjd_tai_to_jd_utc(number) if date.scale == "mjd_tai" else number
        if self.dates.least <= jd <= self.dates.most:
            return jd
        self.implausible[date.column] = _implausible(number, unit_of(number, self.dates.least, self.dates.most))
        return None

    def bands(self, columns: Mapping[str, BandColumns]) -> dict[str, dict[str, float]]:
        """The newest magnitude of each band that has one, with its date (JD UTC), and the brightest."""
        bands: dict[str, dict[str, float]] = {}
        for band, names in columns.items():
            jd = self.jd(names.date)
            flux = self.number(names.flux_njy, FLUX_NJY) if names.flux_njy else None
            mag = self.number(names.mag, MAG) if names.mag else _magnitude(flux)
            brightest = self.number(names.brightest, MAG) if names.brightest else None
            # A magnitude without its date could not be compared with a newer one.
            if jd is not None and mag is not None:
                bands[band] = {"jd": jd, "mag": mag}
                if brightest is not None:
                    bands[band]["brightest"] = brightest
        return bands

    def _float(self, name: str, value: Any) -> float | None:
        """What is no float as a number of any size; one that no float can hold is infinite."""
        if type(value) is int:
            try:
                return float(value)
            except OverflowError:
                return math.inf
        if value is not None or name not in self.columns:
            self.odd.append(name)
        return None


def _implausible(number: float, unit: DateUnit | None = None) -> Implausible:
    return Implausible(number if math.isfinite(number) else "beyond 1.8e308", unit)


def _magnitude(flux_njy: float | None) -> float | None:
    mag = None if flux_njy is None else mag_of_njy(flux_njy)
    return mag if mag is not None and MAG.least <= mag <= MAG.most else None
