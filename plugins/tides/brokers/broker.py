"""What a broker is: how its messages are read, and what can be asked of it. Each broker has a module beside this one.

The settings say which brokers there are (`brokers`, a module for each name); a module holds its `BROKER`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from tides.errors import SettingsError
from tides.settings.model import Settings, load_settings
from tides.settings.modules import named_module
from tides.settings.sections import Stream, Way
from tides.surveys.survey import survey


class Unreadable(Exception):
    """Why bytes are not an alert; becomes the reason of a dead letter."""


@dataclass(frozen=True)
class Message:
    """A message taken apart: its columns by name, its raw light curve if it came, when it was sent (UTC) if it says so.

    The light curve is in the shape that the survey's `decode` reads.
    """

    columns: dict[str, Any]
    light_curve: bytes | None = None
    sent: datetime | None = None


@dataclass(frozen=True)
class Broker:
    """A broker: who sends a survey's alerts to us.

    `decode` takes a message's bytes apart and raises Unreadable, never anything else. `ways` gives how the light curves
    of a survey (by name) can be had: in the `message`, by a call for many objects (`bulk`), by one an `object`.
    `has_database`: whether it has a database of objects that can be asked (audit, refresh, hosts, annotations).
    `client` names the hook that asks it (a class in `tides.hooks`); None: it can be asked for nothing.
    """

    name: str
    decode: Callable[[bytes | None], Message]
    ways: Callable[[str], tuple[Way, ...]]
    has_database: bool
    client: str | None = None


@cache
def broker(name: str) -> Broker:
    """The broker of a name. Raises SettingsError for one that the settings do not name, or whose module is wrong."""
    return named_module("brokers", load_settings().brokers, name, "BROKER", Broker)


def demand_streams(settings: Settings) -> None:
    """Raises SettingsError, naming the stream, for what its broker or its survey has not.

    That is a way to the light curves, or a band.
    """
    for name, stream in settings.enabled_streams().items():
        known = survey(stream.survey)
        for band in stream.columns.bands:
            if band not in known.bands:
                raise SettingsError(f"streams.{name}.columns.bands: survey {known.name} has no band {band}")
        ways = broker(stream.broker).ways(stream.survey)
        if stream.light_curves not in ways:
            raise SettingsError(
                f"streams.{name}.light_curves: broker {stream.broker} has no light curves of survey {stream.survey} by"
                f" `{stream.light_curves}`; use {' or '.join(f'`{way}`' for way in ways)}"
            )


def asks_for_light_curves(stream: Stream) -> bool:
    """Whether light curves of a stream can be asked for: not where they come in messages only."""
    return broker(stream.broker).ways(stream.survey) != ("message",)


def surveys_to_ask(settings: Settings) -> list[str]:
    """The names of the surveys of the streams that are read whose broker has a database to ask, in their order."""
    asked = [s.survey for s in settings.enabled_streams().values() if broker(s.broker).has_database]
    return list(dict.fromkeys(asked))
