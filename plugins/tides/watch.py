"""A run also starts by an event of an asset: from outside, and by setting when a topic has grown.

Only the ends of topics are asked for: no group is joined, and no offset moved.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from airflow.sdk import Asset, AssetWatcher, Connection
from airflow.sdk.bases.hook import BaseHook
from airflow.triggers.base import BaseEventTrigger, TriggerEvent

from tides.foreign import quoted
from tides.settings.sections import Drain, Watch
from tides.settings.streams import Stream

log = logging.getLogger(__name__)

ASKING = {"log_level": 2}
"""Only grave lines of librdkafka. It would fill the triggerer's log while a broker is away; the trigger itself warns
once.
"""

ALERTS = "tides_alerts"
"""The name of the asset whose events start runs."""

GROUP = "tides-watch"
"""librdkafka wants a name for a group, though none is joined."""

Ends = dict[str, int]
"""The end offset of each partition, by its number as text: Airflow keeps it as JSON."""


@dataclass
class Growth:
    """What has been seen of each topic, and when growth was last told (Unix time, s).

    A topic that is seen for the first time since ever has not grown: the next hourly run takes what it holds.
    """

    seen: dict[str, Ends] = field(default_factory=dict)
    told_at: float = 0.0

    def observe(self, topic: str, ends: Ends) -> int:
        """How many messages a topic has got since growth was last told. All that it holds if it was made anew."""
        before = self.seen.setdefault(topic, ends)
        return sum(end - before.get(p, 0) if end >= before.get(p, 0) else end for p, end in ends.items())

    def due(self, now: float, spacing_s: float) -> bool:
        """Whether growth may be told again."""
        # A clock that was set back must not silence the watch until it has caught up.
        return not 0 <= now - self.told_at < spacing_s

    def tell(self, found: dict[str, Ends], now: float) -> None:
        """Notes that all that was found has been told."""
        self.seen |= found
        self.told_at = now


class TopicsGrewTrigger(BaseEventTrigger):
    """Fires when one of the topics has grown, at most every `spacing_s`. Looks every `poll_s`.

    `topics` names the topic of each Airflow connection. `timeout_s` bounds a question to a broker. A missing topic and
    a broker that is away are waited for. An event too many costs a run without work. One too few costs a wait for the
    hourly run.
    """

    def __init__(self, *, topics: dict[str, str], poll_s: float, spacing_s: float, timeout_s: float):
        super().__init__()  # type: ignore[no-untyped-call]  # Airflow's has no hints
        self.topics = topics
        self.poll_s = poll_s
        self.spacing_s = spacing_s
        self.timeout_s = timeout_s
        self._away: set[str] = set()

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Where the class is, and what makes another one like this."""
        names = ("topics", "poll_s", "spacing_s", "timeout_s")
        return "tides.watch.TopicsGrewTrigger", {name: getattr(self, name) for name in names}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Looks for ever; each event says how many messages each topic has got."""
        # Kept in the asset's state, so that a triggerer that starts again goes on where it was.
        store: Any = self.asset_state_store
        growth = Growth(**(await store.aget("growth") or {}))
        while True:
            asked = await asyncio.gather(*(self._ends(c, topic) for c, topic in self.topics.items()))
            found = {t: ends for t, ends in zip(self.topics.values(), asked, strict=True) if ends is not None}
            known = set(growth.seen)
            new = {topic: n for topic, ends in found.items() if (n := growth.observe(topic, ends))}
            if new and growth.due(time.time(), self.spacing_s):
                yield TriggerEvent({"new": new})
                growth.tell(found, time.time())
                # Stored after the event: a crash in between costs a run without work, never a missed one.
                await store.aset("growth", asdict(growth))
            # A topic that is new is stored at once. Else a restart would take its growth for its first sight.
            elif set(growth.seen) != known:
                await store.aset("growth", asdict(growth))
            await asyncio.sleep(self.poll_s)

    async def _ends(self, connection_id: str, topic: str) -> Ends | None:
        """The ends of a topic, none of one that does not exist; None while its broker does not answer."""
        try:
            connection = await BaseHook.aget_connection(connection_id)
            # librdkafka blocks, and the triggerer runs all its triggers in one loop.
            ends = await asyncio.to_thread(_ask, topic, connection, self.timeout_s)
        except Exception as error:  # whatever it is, the watch goes on: the hourly run is the net
            if connection_id not in self._away:
                log.warning("watching waits: %s", quoted(str(error)))
            self._away.add(connection_id)
            return None
        self._away.discard(connection_id)
        return ends


def _ask(name: str, connection: Connection, timeout_s: float) -> Ends:
    from tides.hooks.stream import config_of  # a DAG file that only names the trigger needs no Kafka client
    from tides.stream.topic import Topic

    with Topic(name, GROUP, config_of(connection) | ASKING, timeout_s) as topic:
        return {str(partition): topic.extent(partition).end for partition in topic.partitions()}


def alerts(streams: Mapping[str, Stream], watch: Watch, limits: Drain) -> Asset:
    """The asset that changes when one of the streams has got new alerts, as the watch or somebody outside says."""
    if not watch.enabled:
        return Asset(ALERTS)
    trigger = TopicsGrewTrigger(
        topics={f"lasair_kafka_{name}": stream.topic for name, stream in streams.items()},
        poll_s=watch.poll_s,
        spacing_s=watch.spacing_s,
        timeout_s=limits.request_timeout_s,
    )
    return Asset(ALERTS, watchers=[AssetWatcher(name="topics_grew", trigger=trigger)])
