"""The ledger of calls on real PostgreSQL."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tides.brokers import quota
from tides.database.session import Connection, connect
from tides.errors import QuotaSpent
from tides.settings.model import load_settings


@pytest.fixture
def open_connection(database: str) -> Iterator[Callable[[], Connection]]:
    opened: list[Connection] = []

    def open_one() -> Connection:
        opened.append(connect(database, load_settings().database, "test"))
        return opened[-1]

    yield open_one
    for connection in opened:
        connection.close()


def test_calls_are_taken_until_the_limit(open_connection):
    connection = open_connection()
    quota.take(connection, "a", 7, limit=10)
    assert quota.left(connection, "a", limit=10) == 3
    quota.take(connection, "a", 3, limit=10)
    assert quota.left(connection, "a", limit=10) == 0


def test_what_would_pass_the_limit_is_not_taken_at_all(open_connection):
    connection = open_connection()
    quota.take(connection, "a", 7, limit=10)
    with pytest.raises(QuotaSpent) as caught:
        quota.take(connection, "a", 4, limit=10)
    assert 0 < (caught.value.retry_after_s or 0) <= 3600
    assert quota.left(connection, "a", limit=10) == 3


def test_the_first_take_of_an_hour_is_limited_too(open_connection):
    connection = open_connection()
    with pytest.raises(QuotaSpent):
        quota.take(connection, "a", 11, limit=10)
    assert quota.left(connection, "a", limit=10) == 10


def test_each_token_has_a_ledger_of_its_own(open_connection):
    connection = open_connection()
    quota.take(connection, "a", 10, limit=10)
    quota.take(connection, "b", 4, limit=10)
    assert [quota.left(connection, token, limit=10) for token in ("a", "b", "c")] == [0, 6, 10]


def test_a_new_hour_begins_at_nothing(open_connection):
    connection = open_connection()
    quota.take(connection, "a", 10, limit=10)
    connection.execute("UPDATE tides.lasair_call SET hour = hour - interval '1 hour'")
    assert quota.left(connection, "a", limit=10) == 10
    quota.take(connection, "a", 10, limit=10)
    assert quota.left(connection, "a", limit=10) == 0


def test_a_limit_that_was_lowered_leaves_nothing(open_connection):
    connection = open_connection()
    quota.take(connection, "a", 10, limit=10)
    assert quota.left(connection, "a", limit=5) == 0


def test_tasks_side_by_side_do_not_pass_the_limit_together(open_connection):
    connections = [open_connection() for _ in range(4)]

    def take_many(connection: Connection) -> int:
        taken = 0
        for _ in range(50):
            try:
                quota.take(connection, "a", 1, limit=100)
            except QuotaSpent:
                continue
            taken += 1
        return taken

    with ThreadPoolExecutor(len(connections)) as pool:
        assert sum(pool.map(take_many, connections)) == 100
