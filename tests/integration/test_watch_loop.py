"""The trigger's loop on a real broker: it tells growth, and neither joins a group nor moves an offset."""

import asyncio
import json
from contextlib import aclosing

import pytest
from confluent_kafka.admin import AdminClient, NewTopic

from tests.builders import AN_ID, an_lsst_message
from tests.limits import LIMIT_S, SHORT
from tides.watch import GROUP, TopicsGrewTrigger


class Memory:
    """The asset's state as Airflow keeps it: JSON, outlasting the triggerer."""

    def __init__(self):
        self.values = {}

    async def aget(self, key):
        """What is kept."""
        return json.loads(self.values.get(key, "null"))

    async def aset(self, key, value):
        """Keeps it."""
        self.values[key] = json.dumps(value)


@pytest.fixture
def watch(bridge):
    """Runs the trigger over the LSST topic: `watch(*doings)` does each doing and waits for the event after it."""
    memory = Memory()

    def run(*doings, spacing_s=0.01):
        topic = bridge.settings.streams["lsst"].topic
        trigger = TopicsGrewTrigger(
            topics={"lasair_kafka_lsst": topic},
            poll_s=0.05,
            spacing_s=spacing_s,
            timeout_s=SHORT["drain"]["request_timeout_s"],
        )
        trigger.asset_state_store = memory

        async def events():
            told = []
            async with aclosing(trigger.run()) as growing:
                for doing in doings:
                    event = asyncio.ensure_future(anext(growing))
                    async with asyncio.timeout(LIMIT_S):
                        while not memory.values:
                            await asyncio.sleep(0.02)
                        before = dict(memory.values)
                        await doing()
                        told.append((await event).payload["new"][topic])
                event = asyncio.ensure_future(anext(growing))
                async with asyncio.timeout(LIMIT_S):
                    while memory.values == before:
                        await asyncio.sleep(0.02)
                event.cancel()
                await asyncio.wait([event])
            return told

        return asyncio.run(events())

    run.memory = memory
    return run


def publish(bridge, n=1):
    async def doing():
        await asyncio.to_thread(bridge.publish, "lsst", *[an_lsst_message(AN_ID + k) for k in range(n)])

    return doing


def test_growth_is_told_and_no_group_is_joined_and_no_offset_moved(bridge, watch, kafka):
    bridge.publish("lsst", *[an_lsst_message(AN_ID)] * 5)
    assert watch(publish(bridge), publish(bridge)) == [1, 1]
    with bridge.topic("lsst") as topic:
        assert topic.committed([0]) == {}
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
    assert GROUP not in {group.group_id for group in admin.list_consumer_groups().result().valid}
    assert bridge.drain("lsst").messages == 7, "the watch has read nothing away"


def test_a_triggerer_that_starts_again_tells_what_came_meanwhile(bridge, watch):
    watch(publish(bridge))
    bridge.publish("lsst", *[an_lsst_message(AN_ID)] * 3)
    assert watch(lambda: asyncio.sleep(0)) == [3]


def test_a_topic_that_does_not_exist_yet_is_waited_for_in_silence(bridge, watch, kafka, caplog):
    name = bridge.settings.streams["lsst"].topic
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
    admin.delete_topics([name])[name].result(LIMIT_S)

    async def appear():
        admin.create_topics([NewTopic(name, 1, 1)])[name].result(LIMIT_S)
        await publish(bridge, 2)()

    (new,) = watch(appear)
    assert new in (1, 2)
    assert "watching waits" not in caplog.text


def test_a_broker_that_goes_and_comes_back_costs_one_line_in_the_log_and_no_event(bridge, watch, kafka, caplog):
    async def away_and_back():
        kafka.freeze()
        try:
            while "watching waits" not in caplog.text:
                await asyncio.sleep(0.05)
        finally:
            kafka.thaw()
        await publish(bridge, 2)()

    (new,) = watch(away_and_back)
    assert new in (1, 2)
    assert caplog.text.count("watching waits") == 1
