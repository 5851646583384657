"""PostgreSQL is killed and started again every few seconds for a quarter of an hour, under one run after the other."""

import random
import threading
import time

import pytest

from sandbox.services.servers import PostgreSQL
from tests.faults.nights import known_objects, publish_round
from tests.faults.sides import RUN, end_alike, say

SPAN_S = 15 * 60


class Monkey:
    """Kills the server 5 to 40 s after it came back, and starts it again after up to 2 s, until it is stopped."""

    def __init__(self, server: PostgreSQL, chance: random.Random):
        self.server, self.chance = server, chance
        self.kills = 0
        self.quiet = threading.Lock()
        """While somebody holds it, nothing is killed."""
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._strike)
        self._thread.start()

    def _strike(self) -> None:
        while not self._over.wait(self.chance.uniform(5, 40)):
            with self.quiet:
                self.server.kill()
                self.kills += 1
                time.sleep(self.chance.uniform(0, 2))
                self.server.restart()

    def stop(self) -> None:
        """The server is up, and stays so."""
        self._over.set()
        self._thread.join()


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_a_server_that_is_killed_again_and_again_costs_time_alone(make_sides, postgres, chance):
    if postgres.daemon is None:
        pytest.skip("the PostgreSQL that is named is not ours to kill")
    disturbed, twin = make_sides()
    known = known_objects(disturbed.outside)
    monkey = Monkey(postgres, chance)
    try:
        rounds, refused, until = 0, 0, time.monotonic() + SPAN_S
        while time.monotonic() < until:
            publish_round(disturbed.bridge, chance, known, rounds)
            with monkey.quiet:
                twin.run()
            for name in RUN:
                while disturbed.try_run([name]):
                    refused += 1
                    time.sleep(0.5)
            rounds += 1
    finally:
        monkey.stop()
    end_alike(disturbed, twin, f"{monkey.kills} kills, {refused} tries in vain, {rounds} rounds")
    say(f"PostgreSQL killed every 5 to 40 s ({refused} tries in vain)", monkey.kills, disturbed, twin)
