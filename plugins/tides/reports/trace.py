"""The history of a target on one screen: its objects, verdicts, steps, exchanges with 4MOST, and present state."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tides.database.session import Connection
from tides.database.statements import statement
from tides.errors import SettingsError
from tides.foreign import quoted
from tides.journal.states import Step, history, unexpected
from tides.reports.retention import Horizon, PrunedObject, horizons, pruned_of_target
from tides.reports.screen import NEWEST, moment, table
from tides.reports.standing import TargetStands, target_stands
from tides.retention.kinds import Kept


@dataclass(frozen=True)
class Trace:
    """What the tables hold of one target; each list in the order of time."""

    target: dict[str, Any]
    verdict: list[dict[str, Any]]
    objects: list[dict[str, Any]]
    verdicts: list[dict[str, Any]]
    steps: list[Step]
    decisions: list[dict[str, Any]]
    comments: list[dict[str, Any]]
    spectra: list[dict[str, Any]]
    merged: list[dict[str, Any]]
    hosts: list[dict[str, Any]]
    visits: list[dict[str, Any]]
    exchanges: list[dict[str, Any]]
    events: list[dict[str, Any]]
    pruned: list[PrunedObject]
    horizons: list[Horizon]

    @property
    def stands(self) -> TargetStands:
        """How it stands, typed."""
        return target_stands(self.target, self.verdict[0] if self.verdict else None)

    @property
    def standing(self) -> str:
        """Its state at 4MOST, in words: there, waiting, under way, or why not."""
        return self.stands.at_4most.in_words

    @property
    def tables(self) -> dict[str, Sequence[Mapping[str, object]]]:
        """What is known of it beside that, as tables by their title; those that have rows."""
        parts: list[tuple[str, Sequence[Mapping[str, object]]]] = [
            ("objects", self.objects),
            ("verdicts", [_short(v) for v in self.verdicts]),
            ("steps", [vars(step) for step in self.steps]),
            ("merged into it", self.merged),
            ("decisions", self.decisions),
            ("comments", self.comments),
            ("spectra", self.spectra),
            ("host galaxies", self.hosts),
            ("exchanges", self.exchanges),
            ("events", self.events),
        ]
        return {title: rows for title, rows in parts if rows}

    def as_text(self) -> str:
        """The screen."""
        target = self.target
        tns = f", TNS: {target['tns']}" if target["tns"] else ""
        lines = [
            f"{target['name']} (target {target['tides_id']}): ra {target['ra']:.5f}, dec {target['dec']:.5f} deg ICRS,"
            f" {target['template']}, {target['what'] or 'no class'}{tns}",
            f"{'live' if target['active'] else 'not live'}: {target['reason']}",
            *(_by_the_rule(verdict, target) for verdict in self.verdict),
            f"4MOST: {self.standing}",
            f"keys: {target['keys'] or 'none'}; OSTD target {target['ostd_targ_id'] or '-'}, object"
            f" {target['ostd_u_obj_id'] or '-'}; ingested {moment(target['date_ingested']) or 'not yet'}",
            *(_may_be_observed(visit) for visit in self.visits),
        ]
        tables = [f"{title}\n{table(rows)}" for title, rows in self.tables.items()]
        # The triggers and steps should never write such a history: the screen shows where they did.
        odd = unexpected([step.step for step in self.steps])
        gone = ["pruned\n" + "\n".join(self.gone)] if self.gone else []
        return "\n\n".join(["\n".join(lines), *tables, *gone, *(f"The history is odd: {what}." for what in odd)])

    @property
    def gone(self) -> list[str]:
        """What retention took of it, and when, a sentence each."""
        return [*(words for each in self.pruned for words in each.words), *(each.words for each in self.horizons)]


def targets_named(connection: Connection, asked: str) -> list[int]:
    """The targets or hosts that a name stands for: ours, TNS's, a list's, an object id, or a primary key at 4MOST."""
    return [row["tides_id"] for row in connection.execute(statement("targets/trace_find"), {"asked": asked})]


def find(connection: Connection, asked: str) -> list[int]:
    """The targets or hosts that a word stands for, as `targets_named`. Raises SettingsError when there is none."""
    found = targets_named(connection, asked)
    if not found:
        raise SettingsError(f"no target has {asked!r} as its name, object id, name at TNS or key at 4MOST")
    return found


def find_one(connection: Connection, asked: str) -> int:
    """The target that a word stands for, as in `find`. Raises SettingsError when there is none, or several."""
    found = find(connection, asked)
    if len(found) > 1:
        raise SettingsError(f"{asked!r} stands for {len(found)} targets: give the name of one")
    return found[0]


def trace(connection: Connection, tides_id: int, newest: int = NEWEST) -> Trace:
    """Everything that the tables hold of a target; of verdicts and exchanges the `newest`."""
    where = {"tides_id": tides_id, "newest": newest}

    def rows(name: str) -> list[dict[str, Any]]:
        return connection.execute(statement(name), where).fetchall()

    (target,) = rows("reports/trace_target")
    steps = history(connection, tides_id)
    begun = steps[0].at if steps else None
    return Trace(
        target,
        rows("reports/trace_verdict"),
        rows("reports/trace_objects"),
        rows("reports/trace_verdicts"),
        steps,
        rows("reports/trace_decisions"),
        rows("reports/trace_comments"),
        rows("reports/trace_spectra"),
        rows("reports/trace_merged"),
        rows("reports/trace_hosts"),
        rows("reports/trace_visits"),
        rows("reports/trace_exchanges"),
        connection.execute(statement("reports/events_of"), {"subject": target["name"]}).fetchall(),
        pruned_of_target(connection, tides_id),
        horizons(connection, (Kept.EXCHANGES, Kept.EVENTS), begun),
    )


def _by_the_rule(verdict: dict[str, Any], target: dict[str, Any]) -> str:
    """What the rule says now, with its numbers, and whether the next run switches the target."""
    switched = "" if verdict["active"] == target["active"] else f"; the next run switches it {_on_or_off(verdict)}"
    return f"by the rule now {verdict['why']}: {verdict['words']}{switched}"


def _on_or_off(verdict: dict[str, Any]) -> str:
    return "on" if verdict["active"] else "off"


def _may_be_observed(visit: dict[str, Any]) -> str:
    """Of a candidate visit: its name, its tile, when 4MOST plans it, if it says so, and when we read that."""
    named = [f"{what} {quoted(visit[what])}" for what in ("visit", "tile", "planned") if visit[what]]
    return f"may be observed next: {', '.join(named)} (read {moment(visit['read_at'])})"


def _short(verdict: dict[str, Any]) -> dict[str, Any]:
    return {
        "judged": verdict["judged_at"],
        "object": f"{verdict['survey']} {verdict['object_id']}",
        "function": f"{verdict['function']} {verdict['function_hash'][:8]}",
        "light curve": verdict["input_hash"][:8],
        "verdict": _passed(verdict),
        "trigger JD": verdict["trigger_jd"],
        "run": verdict["run_id"],
        "code": verdict["code_version"],
    }


def _passed(verdict: dict[str, Any]) -> str:
    if verdict["passed"] and verdict["failed"]:
        return f"passed; now it fails {verdict['failed']}"
    return "passed" if verdict["passed"] else f"failed: {verdict['failed']}"
