"""The definition of a broker: how its messages are read, and for what it can be asked.

Each broker has a module beside this one, which holds its `BROKER`. The settings (`brokers`) name a module for each.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import msgspec

from tides.errors import SettingsError
from tides.settings.model import load_settings
from tides.settings.modules import named_module
from tides.settings.streams import Stream, Way
from tides.surveys.survey import survey


class Unreadable(Exception):
    """The reason why bytes are not an alert, which becomes the reason of a dead letter."""


class Message(msgspec.Struct, frozen=True):
    """A message in parts: its columns by name, its raw light curve or None, and its sent time (UTC) or None.

    The light curve is in the shape that the survey's `decode` reads.
    """

    columns: dict[str, Any]
    light_curve: bytes | None = None
    sent: datetime | None = None


@dataclass(frozen=True)
class Broker:
    """A broker, which sends a survey's alerts to us.

    `decode` splits a message's bytes into parts and raises Unreadable, never anything else. `ways` gives the ways to a
    survey's light curves (by its name): in the `message`, by a call for many objects (`bulk`), by one an `object`.
    `has_database` tells whether the broker has a database to ask (audit, refresh, hosts, annotations). `client` names
    the hook that asks it, a class in `tides.hooks`. With None it can be asked for nothing.
    """

    name: str
    decode: Callable[[bytes | None], Message]
    ways: Callable[[str], tuple[Way, ...]]
    has_database: bool
    client: str | None = None


@cache
def broker(name: str) -> Broker:
    """The broker of a name. Raises SettingsError when the settings do not name it or its module is wrong."""
    return named_module("brokers", load_settings().brokers, name, "BROKER", Broker)


def demand_streams(streams: Mapping[str, Stream]) -> None:
    """Raises SettingsError, which names the stream, when a stream asks for more than broker and survey have.

    This is a way to the light curves that the broker lacks, or a band that the survey lacks.
    """
    for name, stream in streams.items():
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
    """Whether the broker can be asked for a stream's light curves. It cannot where they come in messages only."""
    return broker(stream.broker).ways(stream.survey) != ("message",)


def surveys_to_ask(streams: Mapping[str, Stream]) -> list[str]:
    """The surveys of those streams whose broker has a database to ask, by name, in the order of the streams."""
    asked = [s.survey for s in streams.values() if broker(s.broker).has_database]
    # Two streams may bring one survey, whose objects are asked for once.
    return list(dict.fromkeys(asked))
