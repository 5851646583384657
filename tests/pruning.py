"""A day of retention on a bridge, with ages of the test's own, which no setting would take."""

from typing import Any

from tests.bridge import Bridge
from tides.retention.kinds import Kept
from tides.retention.prune import Pruned, prune


def pruned(bridge: Bridge, *, dry: bool = False, **limits: Any) -> dict[Kept, Pruned]:
    """What a day takes of the kinds that are named, with their ages (days). Other limits are those of the settings."""
    asked = dict.fromkeys(map(str, Kept)) | limits
    retention = bridge.settings.retention.model_copy(update=asked)
    found = prune(bridge.connection, retention, list(bridge.settings.streams), list(bridge.settings.surveys), dry=dry)
    return {each.what: each for each in found}
