"""Which candidates an evaluation takes: within the calls left, and in so many tasks."""

import pytest

from tides.evaluation.plan import Task, _affordable, _tasks


def chunks(**streams: int) -> list[tuple[str, list[str]]]:
    return [(name, [f"{name} {n}"]) for name, many in streams.items() for n in range(many)]


def test_up_to_the_limit_of_mapped_tasks_each_chunk_has_a_task_of_its_own():
    tasks = _tasks(chunks(lsst=9, ztf=7), 16, 5)
    assert tasks == [Task(name, [ids]) for name, ids in chunks(lsst=9, ztf=7)]


@pytest.mark.parametrize(
    ("waiting", "shares"),
    [
        ({"lsst": 17}, [2] * 8 + [1]),
        ({"lsst": 800}, [50] * 16),
        ({"lsst": 3, "ztf": 1}, [2, 1, 1]),
        ({"lsst": 33, "ztf": 1}, [3] * 11 + [1]),
        ({"lsst": 1, "other": 1, "ztf": 1}, [1, 1, 1]),
    ],
)
def test_more_chunks_share_the_tasks_and_no_task_has_two_streams(waiting, shares):
    most = 3 if sum(waiting.values()) <= 4 else 16
    tasks = _tasks(chunks(**waiting), most, 1)
    assert [len(task.chunks) for task in tasks] == shares
    assert [(task.stream, ids) for task in tasks for ids in task.chunks] == chunks(**waiting)
    assert all(ids[0].startswith(task.stream) for task in tasks for ids in task.chunks)


def test_where_chunks_share_tasks_each_task_has_as_many_as_are_judged_together():
    assert [len(task.chunks) for task in _tasks(chunks(lsst=3, ztf=18), 16, 5)] == [3, 5, 5, 5, 3]
    assert [len(task.chunks) for task in _tasks(chunks(lsst=800), 16, 5)] == [50] * 16


def test_more_streams_than_tasks_have_one_task_each():
    assert [task.stream for task in _tasks(chunks(lsst=5, other=1, ztf=2), 2, 1)] == ["lsst", "other", "ztf"]


@pytest.mark.parametrize(
    ("source", "calls_left", "taken", "calls"),
    [("bulk", 1, ["b", "c", "a"], 1), ("bulk", 2, ["b", "c", "d", "a"], 2), ("object", 1, ["b", "a"], 1)],
)
def test_what_is_stored_costs_no_call_and_the_rest_is_what_the_calls_left_allow(source, calls_left, taken, calls):
    rows = [{"object_id": name, "stored": name == "a"} for name in "abcd"]
    assert _affordable(rows, source, calls_left, objects_a_call=2) == (taken, calls)
