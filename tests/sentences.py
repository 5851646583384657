"""What the tables say of an object, in the page's sentence: by questions and rules of its own, not the library's."""

import re
from collections.abc import Callable
from typing import Any

Rows = Callable[..., list[dict[str, Any]]]

SEEN = (
    "SELECT survey, object_id FROM tides.candidate WHERE lane = 'live'"
    " UNION SELECT survey, object_id FROM tides.tides_alias ORDER BY survey, object_id"
)
"""Every object that came, selected or not."""

TARGET = (
    "SELECT m.*, m.why::text AS word, f.told, f.wanted, f.told_at, f.sending_since, f.refusal, f.problem, f.held,"
    " k.pk, i.list"
    " FROM tides.tides_alias AS a JOIN tides.tides_master AS m USING (tides_id)"
    " LEFT JOIN tides.fourmost_target AS f ON f.id = m.tides_id"
    " LEFT JOIN tides.fourmost_key AS k ON k.id = m.tides_id AND k.status = 'current'"
    " LEFT JOIN tides.listed AS i ON i.tides_id = m.tides_id"
    " WHERE a.survey = %s AND a.object_id = %s"
)
ALERTS = "SELECT * FROM tides.candidate WHERE lane = 'live' AND survey = %s AND object_id = %s"
VERDICTS = (
    "SELECT DISTINCT ON (s.function) s.passed, s.found, c.content"
    " FROM tides.selection AS s JOIN tides.function_in_use AS u ON (u.name, u.hash) = (s.function, s.function_hash)"
    " JOIN tides.criteria_form AS c USING (form_id)"
    " WHERE s.lane = 'live' AND s.survey = %s AND s.object_id = %s ORDER BY s.function, s.selection_id DESC"
)
LAST_SEEN = (
    "SELECT survey, max(coalesce(last_jd, seen_jd)) - 2400000.5 AS mjd FROM tides.tides_alias WHERE tides_id = %s"
    " GROUP BY survey ORDER BY survey"
)

OFF = {
    "faint": "it has faded",
    "unobserved": "no survey has seen it for long",
    "unreachable": "4MOST does not reach its position",
    "vetoed": "a person vetoed it",
    "reclassified": "two refreshes say that it is something else",
    "recurrent": "it was seen again after a long silence",
    "unselected": "no function in use selects it",
    "new": "no run has judged it yet",
}
MAGNITUDES = ("magLimit", "currentMag", "bandMagLimit", "change")


def expected(rows: Rows, survey: str, object_id: str) -> str:
    """The sentence of an object, or of the target that it is, as a pattern."""
    targets = rows(TARGET, survey, object_id)
    return _of_target(rows, targets[0]) if targets else _of_object(rows, survey, object_id)


def agrees(rows: Rows, survey: str, object_id: str, said: str) -> bool:
    """Whether a sentence is the expected one."""
    return bool(re.fullmatch(expected(rows, survey, object_id), said))


def _of_target(rows: Rows, target: dict[str, Any]) -> str:
    if target["word"] == "live" and not target["list"]:
        said = (_of_survey(each["survey"], f"{each['mjd']:.1f}") for each in rows(LAST_SEEN, target["tides_id"]))
        seen = rf"{'; '.join(said)}(?:; to be judged again .+)?"
        first = rf"Live because a function selects it, and a survey still sees it \({seen}\)"
    else:
        numbers = "" if target["word"] in ("new", "unreachable", "unselected") else r" \(.+\)"
        first = f"Not live because {OFF[target['word']]}{numbers}"
    return rf"{first}; 4MOST: {_at_4most(target)}\."


def _of_survey(survey: str, mjd: str) -> str:
    """What one survey says of a live target: one of several may see it no more."""
    sees = rf"(?:[\d.]+ mag in the brightest of [a-z, ]+, )?seen at MJD {mjd}"
    gone = rf"not seen in \d+ visits of its place since MJD {mjd} \(\d+ d\)"
    return rf"{survey}: (?:{sees}|{gone}|fainter than [^;]+|faded [^;]+)"


def _at_4most(target: dict[str, Any]) -> str:
    told, key = target["told"], f", key {target['pk']}" if target["pk"] else ""
    when = f", told {target['told_at']:%Y-%m-%d %H:%M} UTC" if target["told_at"] else ""
    if target["sending_since"]:
        return rf"a request is under way, or its outcome unknown, since [\d :-]+{key}{when}"
    if target["refusal"] and target["wanted"] != told:
        return rf"refused by 4MOST: .+{key}{when}"
    if target["held"]:
        return rf"held by the guard: .+{key}{when}"
    if target["problem"]:
        return f"cannot be sent: {re.escape(target['problem'])}"
    if told is None:
        return "waits to be created" if target["active"] else "not sent"
    agreed = "agrees" if told == target["wanted"] else "a change waits to be told"
    return f"{'active' if told['is_active'] else 'inactive'}{key}{when}, {agreed}"


def _of_object(rows: Rows, survey: str, object_id: str) -> str:
    alerts, verdicts = rows(ALERTS, survey, object_id), rows(VERDICTS, survey, object_id)
    if any(alert["waiting"] for alert in alerts):
        return r"Waits to be judged, since [\d :-]+ UTC(; \d+ attempts? failed)?\."
    letters = rows("SELECT reason FROM tides.dead_letter WHERE kind = 'object' AND object_id = %s", object_id)
    if letters:
        return rf"Set aside: it could not be judged \({re.escape(letters[0]['reason'])}\)\."
    if any(verdict["passed"] for verdict in verdicts):
        placed = any(alert["ra"] is not None for alert in alerts)
        return r"Selected: the next run .+" if placed else r"Selected, but without a position: it waits for one\."
    (verdict,) = verdicts
    fails = [_failed(said, *found[:2]) for said, found in zip(verdict["content"], verdict["found"], strict=True)]
    return rf"Never selected: fails {re.escape(', '.join(filter(None, fails)))}\."


def _failed(said: dict[str, Any], value: Any, held: bool | None) -> str | None:
    """A criterion that fails, with by how much; None for one that holds or is unknown."""
    if held is not False:
        return None
    name, limit = said["name"], said["limit"]
    in_days = f" in {said['days']:g} d" if "days" in said else ""
    if isinstance(limit, list) and name.split()[0] in ("declination", "hostSeparation", "colour", "colourChange"):
        by = None if value is None else max(limit[0] - value, value - limit[1])
    else:
        numbers = all(type(each) in (int, float) for each in (value, limit))
        by = abs(value - limit) if numbers else None
    units = dict.fromkeys(MAGNITUDES, "mag") | {"maxAge": "d", "rise": "mag/d", "galacticLatitude": "deg"}
    units |= {"declination": "deg", "hostSeparation": "arcsec", "notSolarSystem": "min"}
    unit = units.get(name.split()[0], "")
    return f"{name}{in_days}" + ("" if by is None else f" by {by:.4g} {unit}".rstrip())
