"""Who asks a stream's broker for light curves and rows: the hook that the broker's module names."""

from importlib import import_module
from typing import Any

from tides.brokers.broker import broker
from tides.settings.sections import Stream


def client_of(stream: Stream) -> Any:
    """The hook that asks the broker of a stream; None where nothing can be asked."""
    named = broker(stream.broker).client
    if named is None:
        return None
    module, _, name = named.rpartition(".")
    return getattr(import_module(module), name)()
