"""`make tables DATA=FOLDER`: purity and completeness of the shipped functions, written into docs/selection.md.

The objects are recorded ones (tests/recorded.py) with the labels of their index. "Passed" is operation's: some prefix
of the light curve passes.
"""

import csv
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tabulate import tabulate

from tests.recorded import recorded, recorded_folder
from tides.functions.functions import Function, load_functions, read_function
from tides.functions.keys import CLASS
from tides.judgement.judge import Subject, Verdict, judge
from tides.surveys.survey import survey

DOCUMENT = Path(__file__).parents[1] / "docs" / "selection.md"
BEGIN, END = "<!-- made by `make tables`: begin -->", "<!-- end -->"

SUPERNOVA_IA, SUPERNOVA, ACTIVE = "supernova Ia", "other supernova", "active galaxy, quasar"
TIDAL, STAR, OTHER, NONE = "tidal disruption", "star, nova", "other or doubtful", "no label"
CLASSES = {
    r"Candidate_SN|SN.* candidate|Kilonova|Afterglow|FRB|LBV|LRN|ILRT|Ca-rich|Light-Echo|[Oo]ther": OTHER,
    r"simbad:G$|Galaxy|GinPair|LensedImage|IR$|Radio|Planet|PN$|Cl\*|Blue$|Inexistent|Fail": OTHER,
    r"SN Ia": SUPERNOVA_IA,
    r"\bSN\b|SLSN|Supernova": SUPERNOVA,
    r"QSO|Sy1|AGN|AG\?|Seyfert|LINER|Blazar|BLLac": ACTIVE,
    r"TDE": TIDAL,
    r".": STAR,
}
"""The class that a label stands for, the first pattern that is found in it. A name at TNS is a supernova's."""
SAID = {SUPERNOVA_IA: "SN", SUPERNOVA: "SN", ACTIVE: "AGN", STAR: "VS"}
"""What Sherlock says of a class once it knows it."""
CONTAMINANTS = (ACTIVE, STAR)
SUPERNOVAE = (SUPERNOVA_IA, SUPERNOVA)

QUIET_DAYS = (10, 20, 30, 40)
OBJECTS_A_CHUNK = 50


@dataclass(frozen=True)
class Sample:
    """Recorded objects of a survey, with the class of each, and what Sherlock says or would say of it."""

    survey: str
    raws: Mapping[str, bytes]
    classes: Mapping[str, str]
    said: Mapping[str, str]

    def judged(self, functions: Sequence[Function], context: bool) -> dict[str, dict[str, Verdict]]:
        """The verdicts by function and object, with or without what Sherlock says."""
        subjects = [
            Subject(i, raw, {CLASS: self.said[i]} if context and i in self.said else {}, None)
            for i, raw in self.raws.items()
        ]
        verdicts: dict[str, dict[str, Verdict]] = {function.name: {} for function in functions}
        for start in range(0, len(subjects), OBJECTS_A_CHUNK):
            chunk = subjects[start : start + OBJECTS_A_CHUNK]
            for verdict in judge(survey(self.survey), chunk, functions, None).verdicts:
                verdicts[verdict.function][verdict.object_id] = verdict
        return verdicts


def sample(survey_name: str, name: str, index: str) -> Sample:
    """Reads a recorded file with its index."""
    key = "objectId" if survey_name == "ztf" else "diaObjectId"
    raws = {str(json.loads(raw, parse_constant=lambda _: None)[key]): raw for raw in recorded(name)}
    folder = recorded_folder()
    assert folder, "`recorded` has found it"
    with (folder / f"{index}.csv").open(encoding="utf-8") as file:
        rows = {row[key]: row for row in csv.DictReader(file)}
    classes = {object_id: _class_of(rows[object_id]) for object_id in raws}
    own = {i: row["classification"] for i, row in rows.items() if row["classification_origin"] == "lasair-sherlock"}
    said = {i: SAID[name] for i, name in classes.items() if name in SAID} | own
    return Sample(survey_name, raws, classes, said)


def _class_of(row: Mapping[str, str]) -> str:
    if row.get("tns_name") not in (None, "", "nan"):
        return SUPERNOVA
    return next((name for pattern, name in CLASSES.items() if re.search(pattern, row["label"])), NONE)


def text() -> str:
    """The tables, as Markdown. Raises pytest's skip without recorded objects."""
    lsst = sample("lsst", "lsst_objects", "lsst_index")
    simulated = sample("lsst", "lsst_sim_objects", "lsst_sim_index")
    ztf = sample("ztf", "ztf_lightcurves", "ztf_index")
    parts = [
        "**Real LSST objects of 2025–26.**",
        _passed(lsst),
        "**Simulated LSST objects (ELAsTiCC), without label.**",
        _passed(simulated),
        "**Real ZTF objects.**",
        _passed(ztf),
        "**What alone keeps real objects out**, on the whole light curve, of those that never pass.",
        _alone(lsst, ztf),
        "**How long before must it be quiet?** The LSST columns are of `tidesSNLSST`, the last is of `tidesSNZTF`, each"
        " with `quietBefore: {limit: 0, days: …}`.",
        _quiet(lsst, simulated, ztf),
    ]
    return "\n\n".join(parts)


def _table(rows: Sequence[Sequence[object]], headers: Sequence[str]) -> str:
    made: str = tabulate(rows, headers, tablefmt="pipe", colalign=("left", *("right",) * (len(headers) - 1)))
    # One blank is enough: the columns must not move when a number grows.
    return re.sub(r" {2,}", " ", re.sub(r"-{3,}", "--", made))


def _passed(of: Sample) -> str:
    """How many of each class pass, and with context; below, which share of those of known class are supernovae."""
    functions = _shipped(of)
    alone, with_context = of.judged(functions, context=False), of.judged(functions, context=True)
    number = Counter(of.classes.values())
    rows = []
    for name in (SUPERNOVA_IA, SUPERNOVA, ACTIVE, STAR, TIDAL, OTHER, NONE):
        if not number[name]:
            continue
        ids = [i for i, each in of.classes.items() if each == name]
        rows.append([name, _count(len(ids)), *(_both(alone[f.name], with_context[f.name], ids) for f in functions)])
    if sum(number[name] for name in SUPERNOVAE) > 1:
        shares = [f"{_purity(of, alone[f.name])} / {_purity(of, with_context[f.name])}" for f in functions]
        rows.append(["supernovae among the passed of known class", "", *shares])
    return _table(rows, ["class", "objects", *(f"`{f.name}`" for f in functions)])


def _shipped(of: Sample) -> list[Function]:
    """The shipped functions of the sample's survey, which their names tell."""
    return [function for name, function in load_functions().items() if of.survey.upper() in name]


def _both(alone: Mapping[str, Verdict], with_context: Mapping[str, Verdict], ids: Sequence[str]) -> str:
    numbers = [sum(i in verdicts and verdicts[i].passed for i in ids) for verdicts in (alone, with_context)]
    return " / ".join(map(_count, numbers))


def _count(number: int) -> str:
    return f"{number:,}"


def _purity(of: Sample, verdicts: Mapping[str, Verdict]) -> str:
    known = Counter(of.classes[i] for i, verdict in verdicts.items() if verdict.passed and of.classes[i] != NONE)
    return f"{100 * sum(known[name] for name in SUPERNOVAE) / known.total():.1f} %"


def _alone(*samples: Sample) -> str:
    found = []
    for of in samples:
        functions = [function for function in _shipped(of) if not function.as_deliverable]
        for name, verdicts in of.judged(functions, context=False).items():
            never = [verdict for verdict in verdicts.values() if not verdict.passed]
            failed = [[c["name"] for c in verdict.criteria if c["held"] is False] for verdict in never]
            single = Counter(each[0] for each in failed if len(each) == 1)
            said = ", ".join(f"`{criterion}` {number}" for criterion, number in sorted(single.items(), key=_by_number))
            found.append([f"`{name}`", _count(len(never)), said or "none"])
    table = _table(found, ["function", "never pass", "kept out by this criterion alone"])
    return table.replace("--:|\n", "---|\n")


def _by_number(counted: tuple[str, int]) -> tuple[int, str]:
    return -counted[1], counted[0]


def _quiet(lsst: Sample, simulated: Sample, ztf: Sample) -> str:
    of_lsst, of_simulated = (each.judged(_with_quiet("tidesSNLSST"), context=False) for each in (lsst, simulated))
    of_ztf = ztf.judged(_with_quiet("tidesSNZTF"), context=False)
    rows = []
    for days in of_lsst:
        contaminants = [i for i in _passing(of_lsst[days]) if lsst.classes[i] in CONTAMINANTS]
        odd = sum(int(i) % 2 for i in contaminants)
        supernovae = sum(ztf.classes[i] in SUPERNOVAE for i in _passing(of_ztf[days]))
        simulated_ones = len(_passing(of_simulated[days]))
        rows.append([days, odd, len(contaminants) - odd, _count(simulated_ones), _count(supernovae)])
    return _table(rows, ["days", "contaminants, odd ids", "contaminants, even ids", "simulated", "ZTF supernovae"])


def _with_quiet(name: str) -> list[Function]:
    """A function as it is, and with each number of days; these stand as the names."""
    keys = json.loads(load_functions()[name].written)
    quiet = {str(days): {**keys, "quietBefore": {"limit": 0, "days": days}} for days in QUIET_DAYS}
    return [read_function(name, days, asked) for days, asked in {"without": keys, **quiet}.items()]


def _passing(verdicts: Mapping[str, Verdict]) -> list[str]:
    return [i for i, verdict in verdicts.items() if verdict.passed]


def main() -> None:
    """Writes the tables between their marks in docs/selection.md."""
    before, rest = DOCUMENT.read_text(encoding="utf-8").split(BEGIN)
    after = rest.split(END, 1)[1]
    DOCUMENT.write_text(f"{before}{BEGIN}\n\n{text()}\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
