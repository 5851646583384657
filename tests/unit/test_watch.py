"""When growth of a topic is told, and what the schedule becomes by it."""

import pytest

from tides.settings.model import DEFAULT_FILE, load_settings
from tides.watch import Growth, TopicsGrewTrigger, alerts


def test_a_topic_that_is_seen_for_the_first_time_has_not_grown_and_then_each_new_message_counts():
    growth = Growth()
    assert growth.observe("a", {"0": 100, "1": 5}) == 0
    assert growth.observe("a", {"0": 103, "1": 5, "2": 4}) == 7
    growth.tell({"a": {"0": 103, "1": 5, "2": 4}}, 1000.0)
    assert growth.observe("a", {"0": 103, "1": 5, "2": 4}) == 0


def test_a_topic_that_was_missing_grows_by_all_that_it_holds():
    growth = Growth()
    assert growth.observe("a", {}) == 0
    assert growth.observe("a", {"0": 3}) == 3


def test_a_topic_that_was_made_anew_grows_by_all_that_it_holds():
    growth = Growth({"a": {"0": 100}})
    assert growth.observe("a", {"0": 0}) == 0
    assert growth.observe("a", {"0": 2}) == 2


def test_what_was_not_told_counts_until_it_is():
    growth = Growth({"a": {"0": 1}})
    assert [growth.observe("a", {"0": 2}), growth.observe("a", {"0": 4})] == [1, 3]


@pytest.mark.parametrize(("now", "due"), [(1599.9, False), (1600.0, True), (1000.0, False), (900.0, True)])
def test_growth_is_told_once_in_the_spacing_and_a_clock_that_goes_back_does_not_stop_it(now, due):
    assert Growth({}, told_at=1000.0).due(now, spacing_s=600) is due


def test_the_trigger_watches_the_streams_that_are_read_and_can_be_made_again_from_what_it_says(tmp_path):
    overlay = tmp_path / "bridge.yaml"
    overlay.write_text("{streams: {ztf: {enabled: false}}, watch: {enabled: true}}", encoding="utf-8")
    settings = load_settings(DEFAULT_FILE, overlay)
    (watcher,) = alerts(settings.enabled_streams(), settings.watch, settings.drain).watchers
    described = dict(watcher.trigger.serialize()[1] if hasattr(watcher.trigger, "serialize") else watcher.trigger)
    assert described["topics"] == {"lasair_kafka_lsst": "lasair_2TiDESLSST"}
    assert TopicsGrewTrigger(**described).serialize() == ("tides.watch.TopicsGrewTrigger", described)


def test_without_the_watch_only_an_event_from_outside_starts_a_run_before_the_hour():
    settings = load_settings(DEFAULT_FILE)
    off = settings.watch.model_copy(update={"enabled": False})
    asset = alerts(settings.enabled_streams(), off, settings.drain)
    assert (asset.name, list(asset.watchers)) == ("tides_alerts", [])
