"""4MOST's own description of its columns beside the row that we send."""

import copy

import pytest

from tests.unit.fourmost.test_payload import NOW_JD, TEMPLATE, a_target
from tides.errors import AnswerBroken
from tides.fourmost.columns import differences
from tides.fourmost.payload import wanted_row

ROW = wanted_row(a_target(), TEMPLATE, NOW_JD)
TYPES = {float: "float", int: "integer", str: "string", bool: "boolean"}
OPTIONS = {
    "actions": {
        "POST": {
            "id": {"type": "integer", "required": False, "read_only": True},
            **{name: {"type": TYPES[type(v)], "required": False, "read_only": False} for name, v in ROW.items()},
        }
    }
}


def with_column(name: str, **changes: object) -> dict:
    options = copy.deepcopy(OPTIONS)
    options["actions"]["POST"][name] = {**options["actions"]["POST"].get(name, {"type": "float"}), **changes}
    return options


def test_the_row_that_we_send_fits_the_columns_of_the_contract():
    assert differences(OPTIONS, ROW) == []


@pytest.mark.parametrize(
    ("name", "changes", "word"),
    [
        ("mag", {"read_only": True}, "only be read"),
        ("mag", {"type": "string"}, "is string there"),
        ("cadence", {"type": "boolean"}, "is boolean there"),
        ("name", {"max_length": 5}, "name is string"),
        ("dec", {"min_value": 0}, "dec is float"),
        ("colour", {"required": True, "read_only": False}, "colour is required"),
    ],
)
def test_a_column_that_changed_is_named(name, changes, word):
    (found,) = differences(with_column(name, **changes), ROW)
    assert word in found


def test_a_column_that_is_gone_is_named():
    options = copy.deepcopy(OPTIONS)
    del options["actions"]["POST"]["mag_type"]
    assert differences(options, ROW) == ["mag_type is not known there"]


@pytest.mark.parametrize("said", [{}, {"actions": []}, {"actions": {"POST": []}}, {"actions": {"POST": {"ra": 1}}}])
def test_what_describes_no_columns_is_a_broken_answer(said):
    with pytest.raises(AnswerBroken):
        differences(said, ROW)
