"""Which candidates an evaluation takes: within the calls left, and in so many tasks."""

import pytest

from tides.evaluation.plan import Task, _affordable, _tasks
from tides.settings.model import load_settings

LIMITS = load_settings().evaluation.model_copy(update={"mapped_tasks": 2, "chunks_a_task": 2})


def test_up_to_the_limit_of_mapped_tasks_each_chunk_has_a_task_of_its_own():
    assert _tasks([("lsst", ["a"]), ("lsst", ["b"])], LIMITS) == [Task("lsst", [["a"]]), Task("lsst", [["b"]])]


def test_beyond_the_limit_a_task_takes_several_chunks_of_one_stream():
    chunks = [("lsst", ["a"]), ("lsst", ["b"]), ("lsst", ["c"]), ("ztf", ["d"])]
    assert _tasks(chunks, LIMITS) == [Task("lsst", [["a"], ["b"]]), Task("lsst", [["c"]]), Task("ztf", [["d"]])]


@pytest.mark.parametrize(
    ("source", "calls_left", "taken", "calls"),
    [("bulk", 1, ["b", "c", "a"], 1), ("bulk", 2, ["b", "c", "d", "a"], 2), ("object", 1, ["b", "a"], 1)],
)
def test_what_is_stored_costs_no_call_and_the_rest_is_what_the_calls_left_allow(source, calls_left, taken, calls):
    rows = [{"object_id": name, "stored": name == "a"} for name in "abcd"]
    assert _affordable(rows, source, calls_left, objects_a_call=2) == (taken, calls)
