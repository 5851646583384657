"""A backlog of any size on a topic, the journal of what its producer wrote, and a process that drains it."""

import hashlib
import json
import random
import subprocess
import sys
from array import array
from pathlib import Path

from confluent_kafka import KafkaError, Message, Producer

from sandbox.services.service import PROJECT, library_environment
from tests.builders import a_ztf_message
from tests.faults.nights import BROKEN

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def object_id(number: int) -> str:
    """The id of the object with a number."""
    letters = []
    for _ in range(7):
        number, letter = divmod(number, 26)
        letters.append(LETTERS[letter])
    return f"ZTF26{''.join(reversed(letters))}"


class Journal:
    """What was written, as the broker acknowledged it: the messages of each object, and each broken one's place."""

    def __init__(self, objects: int):
        self.messages = array("l", [0]) * objects
        self.broken: set[tuple[int, int, bytes]] = set()
        self.written = 0

    def note(self, number: int | None, value: bytes | None, error: KafkaError | None, message: Message) -> None:
        """One message; `number` is that of its object, None for a broken one."""
        assert error is None, error
        self.written += 1
        if number is None:
            digest = hashlib.sha256(value or b"").digest()
            self.broken.add((message.partition(), message.offset(), digest))
        else:
            self.messages[number] += 1

    def by_object(self) -> dict[str, int]:
        """The messages of each object that has any."""
        return {object_id(number): count for number, count in enumerate(self.messages) if count}


def write_backlog(
    bootstrap: str, topic: str, partitions: int, messages: int, objects: int, chance: random.Random
) -> Journal:
    """Writes alerts of about 450 bytes: every tenth one is there already, and every hundredth is none."""
    journal = Journal(objects)
    head, middle, tail = json.dumps(a_ztf_message("?", ncandgp="?")).split('"?"')
    producer = Producer({"bootstrap.servers": bootstrap, "queue.buffering.max.messages": 200_000, "log_level": 2})
    number, value = 0, b""
    for place in range(messages):
        if place % 100 == 50:
            broken = BROKEN[place // 100 % len(BROKEN)]
            note = _noting(journal, None, broken)
            producer.produce(topic, broken, partition=place % partitions, on_delivery=note)
        else:
            if place % 10 or not value:
                number = chance.randrange(objects)
                value = f'{head}"{object_id(number)}"{middle}{place}{tail}'.encode()
            producer.produce(topic, value, partition=place % partitions, on_delivery=_noting(journal, number, value))
        if place % 1000 == 0:
            while len(producer) > 100_000:
                producer.poll(0.1)
    assert producer.flush(60) == 0
    assert journal.written == messages
    return journal


def _noting(journal: Journal, number: int | None, value: bytes | None):
    return lambda error, message: journal.note(number, value, error, message)


class Drainer:
    """A process of its own that drains a ZTF topic, in bounded runs, until nothing waits; to be killed and weighed."""

    def __init__(self, url: str, bootstrap: str, topic: str):
        environment = library_environment()
        environment["PYTHONPATH"] += f":{PROJECT}"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.drainer", url, bootstrap, topic], env=environment, cwd=PROJECT
        )

    def wait(self, seconds: float) -> int | None:
        """The exit code, or None when it is still at work after so long."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def peak_kb(self) -> int:
        """The most memory that it has had resident so far (kB); 0 when it has ended."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")), 0)

    def kill(self) -> None:
        """SIGKILL."""
        self.process.kill()
        self.process.wait()
