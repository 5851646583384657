"""What `make bench` measures, and the objects that its whole runs work on."""

import gzip
import json
from datetime import UTC, datetime
from importlib.util import find_spec

import pytest

from bench import objects
from bench.__main__ import GROUPS, chosen
from sandbox.sky.recorded import RecordedArchive

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def test_groups_are_chosen_by_name_in_the_order_of_the_table():
    assert chosen("whole, parse") == ["parse", "whole"]
    assert chosen("") == list(GROUPS)
    assert all(find_spec(module) for module in GROUPS.values())


def test_an_unknown_group_is_told_with_the_list():
    with pytest.raises(ValueError, match="no group nothing; the groups are selection, verdicts, "):
        chosen("parse,nothing")


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Two parts of the objects, and the folder of all."""
    place = tmp_path_factory.mktemp("objects")
    few, more, everything = place / "few", place / "more", place / "all"
    objects.write({few: 20, more: 80}, everything, NOW)
    return few, more, everything


def ids(folder, name, key):
    with gzip.open(folder / f"{name}.jsonl.gz", "rt") as lines:
        return [str(json.loads(line)[key]) for line in lines]


@pytest.mark.parametrize("survey", ["ztf", "lsst"])
def test_parts_have_other_objects_and_the_whole_has_all_copies_too(folders, survey):
    few, more, everything = (ids(folder, objects.LIGHT_CURVES[survey], objects.KEYS[survey]) for folder in folders)
    assert everything == few + more
    assert len(set(everything)) == len(everything) == {"ztf": 85, "lsst": 15}[survey]
    told = [ids(folder, objects.MESSAGES[survey], objects.KEYS[survey]) for folder in folders]
    assert set(told[0]) == set(few)
    assert set(told[1]) == set(more)


def test_the_stand_ins_serve_them_and_the_replay_publishes_them(folders):
    archive = RecordedArchive(folders[2], NOW)
    told = {message.key.decode() for message in archive.messages(None)}
    assert len(told) == 100
    served = [archive.lsst_object(int(key), 0) if key.isdigit() else archive.ztf_light_curve(key, 0) for key in told]
    assert all(served)
