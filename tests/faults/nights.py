"""What a walk feeds a bridge with, round by round, and the steps that it takes."""

import json
import random
from datetime import timedelta
from typing import Any

from tests.bridge import Bridge
from tests.builders import AN_ID, NOW, a_ztf_message, an_lsst_message
from tests.faults.fate import Step
from tests.standins import Standins
from tides.hooks.dask import DaskHook

BROKEN = (b"not json", None, b'{"diaObjectId": 1.5}', b'{"objectId": "?"}', b"[" * 2000)
STEPS = ("drain lsst", "drain ztf", "evaluate", "upsert_master", "deactivate_unobserved")


def known_objects(outside: Standins) -> dict[str, list[Any]]:
    """Ids that Lasair's stand-in knows, by survey: their light curves can be asked for."""
    sources = outside.truth()
    return {survey: [s[survey] for s in sources if s[survey]][:12] for survey in ("lsst", "ztf")}


def publish_round(bridge: Bridge, chance: random.Random, known: dict[str, list[Any]], number: int) -> None:
    """Some alerts of each stream: new and old objects, repeats, late ones, ones without a light curve, broken ones.

    Objects stay where they are, some at the same place; else what becomes one target would hang on the order of runs.
    """
    sent = NOW - timedelta(hours=12) + timedelta(minutes=number)
    lsst: list[Any] = [
        an_lsst_message(
            AN_ID + number,
            ra=150.0 + number % 12,
            mag=chance.choice([19.0, 21.0, 23.5]),
            nights=chance.randint(1, 4),
            days_ago=chance.choice([0.5, 1, 2, 5]),
            sent=sent,
        )
        for number in chance.choices(range(15), k=chance.randint(1, 6))
    ]
    lsst += [an_lsst_message(chance.choice(known["lsst"]), light_curve=False, sent=sent, days_ago=1)]
    ztf: list[Any] = [
        a_ztf_message(known["ztf"][number], days_ago=chance.choice([1, 2, 3]), ramean=10.0 * number)
        for number in chance.choices(range(len(known["ztf"])), k=chance.randint(1, 4))
    ]
    for stream, messages in (("lsst", lsst), ("ztf", ztf)):
        messages.append(messages[0])
        messages.append(chance.choice(BROKEN))
        chance.shuffle(messages)
        bridge.publish(stream, *(m if isinstance(m, bytes | type(None)) else json.dumps(m).encode() for m in messages))


def step(bridge: Bridge, name: str) -> Step:
    """A step of a run, to be taken in a process of its own."""

    def take() -> None:
        bridge.connect()
        match name.split():
            case ["drain", stream]:
                bridge.drain(stream)
            case ["evaluate"]:
                bridge.evaluate()
            case ["evaluate", "dask"]:
                with DaskHook().cluster() as bridge.here:
                    bridge.evaluate()
            case ["tell"]:
                bridge.tell()
            case [sql]:
                bridge.sql_step(f"targets/{sql}")

    return take
