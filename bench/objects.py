"""So many objects for the stand-ins to serve and for the topics: recorded ones, or else those of the sandbox's sky.

Where there are fewer than asked for, copies follow: other ids, places 0.01 deg away, the same light curves.
"""

import gzip
import json
from collections.abc import Iterator
from datetime import datetime
from itertools import count, islice
from pathlib import Path
from typing import Any

from sandbox.sky.lsst_packets import LITE_FORCED, LITE_SOURCE
from sandbox.sky.recorded import FILES, LSST_LISTS
from sandbox.sky.sky import build_sky
from sandbox.sky.sky_archive import SkyArchive
from tests.recorded import recorded_folder

LIGHT_CURVES = dict(zip(("ztf", "lsst"), FILES[:2], strict=True))
MESSAGES = dict(zip(("ztf", "lsst"), FILES[2:], strict=True))
KEYS = {"ztf": "objectId", "lsst": "diaObjectId"}
LSST_SHARE = 0.144
"""Of the recorded ones 144 are LSST's."""
APART_DEG = 0.01
SEED = 1
LEAST = 100
"""A smaller sky may have no object that any message tells of."""

Record = dict[str, Any]
Objects = dict[str, list[tuple[Record, list[Record]]]]
"""By survey: the light curve of each object and its messages."""


def kind() -> str:
    """Recorded or generated objects, in a word for the rows of the table."""
    return "real" if recorded_folder() else "generated"


def write(folders: dict[Path, int], everything: Path, now: datetime) -> None:
    """Writes the files of recorded objects into folders: each has its next so many objects, none is in two of them.

    The folder `everything` has all.

    Generated objects are those of the sandbox's sky at `now`.
    """
    lsst = round(sum(folders.values()) * LSST_SHARE)
    known = _recorded() if recorded_folder() else _generated(now, lsst, sum(folders.values()) - lsst)
    endless = {survey: _copies(survey, found) for survey, found in known.items()}
    for folder, objects in folders.items():
        folder.mkdir(parents=True)
        lsst = round(objects * LSST_SHARE)
        for survey, number in (("lsst", lsst), ("ztf", objects - lsst)):
            _write(folder, survey, islice(endless[survey], number))
    everything.mkdir()
    for name in FILES:
        # gzip's files, one behind the other, are one.
        parts = [(folder / f"{name}.jsonl.gz").read_bytes() for folder in folders]
        (everything / f"{name}.jsonl.gz").write_bytes(b"".join(parts))


def _write(folder: Path, survey: str, objects: Iterator[tuple[Record, list[Record]]]) -> None:
    curves_file, messages_file = (folder / f"{name}.jsonl.gz" for name in (LIGHT_CURVES[survey], MESSAGES[survey]))
    with gzip.open(curves_file, "wt", 1) as light_curves, gzip.open(messages_file, "wt", 1) as messages:
        for light_curve, told in objects:
            light_curves.write(json.dumps(_lite(light_curve)) + "\n")
            messages.writelines(json.dumps(message) + "\n" for message in told)


def _lite(light_curve: Record) -> Record:
    """Without the columns that a question for lite light curves leaves out: whole ones would take the memory."""
    wanted = {
        name: [{key: point.get(key) for key in keys} for point in light_curve.get(name) or []]
        for name, keys in zip(LSST_LISTS, (LITE_SOURCE, LITE_FORCED), strict=True)
        if name in light_curve
    }
    return light_curve | wanted


def _recorded() -> Objects:
    folder = recorded_folder()
    assert folder is not None, "there are recorded objects"
    known: Objects = {}
    for survey, key in KEYS.items():
        messages: dict[str, list[Record]] = {}
        for message in _read(folder / f"{MESSAGES[survey]}.jsonl.gz"):
            messages.setdefault(str(message[key]), []).append(message)
        light_curves = _read(folder / f"{LIGHT_CURVES[survey]}.jsonl.gz")
        known[survey] = [(curve, messages[str(curve[key])]) for curve in light_curves if str(curve[key]) in messages]
    return known


def _read(file: Path) -> Iterator[Record]:
    with gzip.open(file, "rt") as lines:
        yield from map(json.loads, lines)


def _generated(now: datetime, lsst: int, ztf: int) -> Objects:
    archive = SkyArchive(build_sky(now, SEED, max(lsst, LEAST), max(ztf, LEAST)))
    messages: dict[str, dict[str, list[Record]]] = {survey: {} for survey in KEYS}
    newest_mjd = 0.0
    for message in archive.messages(None):
        content = json.loads(message.body)
        content.pop("alert", None)  # the replay of recorded objects adds it
        if message.stream == "lsst":
            content["classification"] = content.pop("sherlock_classifications")
        messages[message.stream].setdefault(message.key.decode(), []).append(content)
        newest_mjd = max(newest_mjd, message.utc_mjd)
    return {
        "ztf": [(archive.ztf_light_curve(key, newest_mjd) or {}, told) for key, told in messages["ztf"].items()],
        "lsst": [(archive.lsst_object(int(key), newest_mjd) or {}, told) for key, told in messages["lsst"].items()],
    }


def _copies(survey: str, known: list[tuple[Record, list[Record]]]) -> Iterator[tuple[Record, list[Record]]]:
    """The objects, then copies of them without end."""
    yield from known
    for turn in count(1):
        for place, (light_curve, messages) in enumerate(known):
            number = turn * len(known) + place
            named = _ztf_name(number) if survey == "ztf" else 10**17 + number
            moved = turn * APART_DEG
            yield _other(light_curve, named, moved), [_other(message, named, moved) for message in messages]


def _ztf_name(number: int) -> str:
    """A name of ZTF's form; no recorded one begins so."""
    letters = ""
    for _ in range(7):
        number, letter = divmod(number, 26)
        letters = chr(ord("a") + letter) + letters
    return f"ZTF01{letters}"


def _other(record: Record, named: str | int, moved_deg: float) -> Record:
    """A copy of another object: its id and its right ascension differ, also inside lists."""

    def value_of(key: str, value: Any) -> Any:
        if isinstance(value, dict):
            return _other(value, named, moved_deg)
        if isinstance(value, list):
            return [_other(item, named, moved_deg) if isinstance(item, dict) else item for item in value]
        if key in KEYS.values():
            return type(value)(named)
        return (value + moved_deg) % 360 if key in ("ra", "ramean") and value is not None else value

    return {key: value_of(key, value) for key, value in record.items()}
