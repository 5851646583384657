"""Thousands of inputs that nobody would send, between healthy messages: none stops a stream, none harms a neighbour."""

import gzip
import json
import random
from pathlib import Path

import pytest

from tests.builders import AN_ID, a_ztf_message, an_lsst_message
from tides.settings.model import BUNDLE

RECORDED = BUNDLE.parent / "shared" / "data"
ODD = [None, True, -999, 0, 1e308, 2**70, "", "\0", "\ud800", "x" * 300, [], {}, [[[1]]], float("nan"), "2026-13-01"]
A_BATCH = 2500


def recorded(name: Path) -> list[dict]:
    if not name.exists():
        return []
    with gzip.open(name, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for _, line in zip(range(200), lines, strict=False)]


class Inputs:
    """Mutated messages, arbitrary JSON and arbitrary bytes, the same for the same seed."""

    def __init__(self, stream: str, seed: int):
        self.dice = random.Random(seed)
        built = [an_lsst_message(AN_ID - 1), an_lsst_message(AN_ID - 2, light_curve=False)]
        built = built if stream == "lsst" else [a_ztf_message("ZTF25aaaaaaa"), a_ztf_message("ZTF25aaaaaab")]
        self.messages = built + recorded(RECORDED / f"kafka_{stream}.jsonl.gz")

    def one(self) -> bytes:
        return self.dice.choice([self._columns, self._columns, self._cut, self._json, self._bytes])()

    def _columns(self) -> bytes:
        message = dict(self.dice.choice(self.messages))
        for name in self.dice.sample(list(message), self.dice.randint(1, 3)):
            message[name] = self.dice.choice(ODD)
        if self.dice.random() < 0.2:
            del message[self.dice.choice(list(message))]
        return json.dumps(message).encode()

    def _cut(self) -> bytes:
        raw = bytearray(json.dumps(self.dice.choice(self.messages)).encode())
        for _ in range(self.dice.randint(1, 5)):
            raw[self.dice.randrange(len(raw))] = self.dice.randrange(256)
        return bytes(raw[: self.dice.randint(1, len(raw))] if self.dice.random() < 0.3 else raw)

    def _json(self) -> bytes:
        levels = self.dice.choice([0, 1, 5, 70, 1000, 100_000])
        inner = json.dumps(self.dice.choice(ODD)) if self.dice.random() < 0.8 else '{"a": 1, "a": 2}'
        return ("[" * levels + inner + "]" * levels).encode()

    def _bytes(self) -> bytes:
        return self.dice.randbytes(self.dice.randint(0, 300))


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("inputs", [2500, pytest.param(200_000, marks=pytest.mark.soak)])
def test_no_input_stops_a_stream_or_harms_its_neighbours(bridge, inputs):
    healthy = {"lsst": lambda n: an_lsst_message(AN_ID + n, light_curve=False)}
    healthy["ztf"] = lambda n: a_ztf_message(f"ZTF26{''.join(chr(97 + n // 26**k % 26) for k in range(7))}")
    keys = {"lsst": "diaObjectId", "ztf": "objectId"}
    expected: dict[str, set[str]] = {"lsst": set(), "ztf": set()}
    for number in range(inputs // A_BATCH):
        stream = ("lsst", "ztf")[number % 2]
        fuzz, messages = Inputs(stream, number), []
        for place in range(A_BATCH):
            messages.append(fuzz.one())
            if place % 5 == 0:
                messages.append(healthy[stream](number * A_BATCH + place))
                expected[stream].add(str(messages[-1][keys[stream]]))
        bridge.publish(stream, *messages)
        assert bridge.drain(stream).messages == len(messages)
    assert bridge.rows("SELECT subject, detail FROM tides.event WHERE kind = 'reader fault'") == []
    for stream, ids in expected.items():
        rows = bridge.rows("SELECT object_id FROM tides.candidate WHERE stream = %s AND last_jd IS NOT NULL", stream)
        assert ids <= {row["object_id"] for row in rows}
    print(f"fault arbitrary input, times {inputs}, lost 0, doubled 0")
