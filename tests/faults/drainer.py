"""A program that drains a ZTF topic in bounded runs until nothing waits: what tests kill and weigh.

It imports the library alone, so that its memory is the drain's.
"""

import sys

from tides.database import session as database
from tides.runs.context import RunContext
from tides.settings.model import BUNDLE, DEFAULT_FILE, load_settings
from tides.stream.drain import drain
from tides.stream.topic import Topic

BOUND_S = 3.0


def drain_all(url: str, bootstrap: str, topic: str) -> None:
    """Drains a topic in bounded runs until nothing waits."""
    settings = load_settings(DEFAULT_FILE, BUNDLE / "tests" / "settings.yaml")
    limits = settings.drain.model_copy(update={"bound_s": BOUND_S, "no_progress_s": 20.0, "request_timeout_s": 20.0})
    lag = 1
    while lag:
        config = {"bootstrap.servers": bootstrap}
        with (
            Topic(topic, topic, config, limits.request_timeout_s) as opened,
            database.connect(url, settings.database, "drainer") as connection,
        ):
            lag = drain(connection, opened, "ztf", settings.streams["ztf"], limits, RunContext("backlog")).lag


if __name__ == "__main__":
    drain_all(*sys.argv[1:])
