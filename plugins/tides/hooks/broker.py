"""Finds the hook that asks a stream's broker for light curves and rows. The broker's module names it."""

from importlib import import_module
from typing import Any

from tides.brokers.broker import broker
from tides.settings.streams import Stream


def client_of(stream: Stream) -> Any:
    """The hook that asks the broker of a stream, None where the broker can be asked for nothing."""
    named = broker(stream.broker).client
    if named is None:
        return None
    # By name, since a broker's module lies on a lower floor and imports no hook.
    module, _, name = named.rpartition(".")
    return getattr(import_module(module), name)()
