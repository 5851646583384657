"""One task's chunks of candidates: get the missing light curves, judge all on Dask, store the verdicts.

Everything is keyed by content. A chunk that is evaluated twice, or in part by another task, ends in the same rows.
"""

import json
import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Protocol

import numpy as np

from tides.brokers import quota
from tides.brokers.source import Fetched, LightCurveClient, fetch
from tides.database.session import Connection
from tides.database.statements import statement
from tides.errors import AnswerBroken, QuotaSpent, TidesError
from tides.evaluation import store
from tides.evaluation.curves import (
    Candidate,
    Curve,
    contexts_of,
    second_curves,
    subject_of,
    tell,
    waiting,
)
from tides.evaluation.inputs import keep_inputs
from tides.evaluation.plan import Task
from tides.evaluation.points import report_points
from tides.evaluation.rates import count_night
from tides.evaluation.verdicts import store_verdicts
from tides.evaluation.workers import Begun, Cluster, PackedSubject, Worked, give
from tides.foreign import quoted
from tides.functions.functions import Function
from tides.journal.events import close_event_of_other_run, note_event
from tides.journal.failures import Call, note_failures
from tides.journal.kinds import Kind
from tides.judgement.doubts import Doubt, Moved
from tides.judgement.summaries import Summary
from tides.lightcurves.faults import Tally
from tides.runs.context import RunContext
from tides.settings.model import Settings
from tides.settings.streams import Stream
from tides.stream.bookmark import dated
from tides.surveys.cells import cells
from tides.surveys.survey import survey
from tides.version import OtherVersion, code_version

log = logging.getLogger(__name__)


class Lasair(LightCurveClient, Protocol):
    """Lasair's API, with what the ledger of calls knows its token by."""

    def token_digest(self, survey: str) -> str:
        """A digest of the token that a survey's server is asked with."""
        ...


@dataclass
class Evaluated:
    """What one task did: for the run's report. `problems` counts the objects that were set aside."""

    stream: str
    objects: int = 0
    fetched: int = 0
    calls: int = 0
    passed: int = 0
    problems: int = 0


@dataclass
class _Lot:
    """Candidates that are fetched, judged and stored together.

    `problems` has the reason of each that cannot be judged, and `failed` those of them that Lasair failed at.
    """

    candidates: dict[str, Candidate]
    curves: dict[str, Curve] = field(default_factory=dict)
    subjects: list[PackedSubject] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)


@dataclass
class _Work:
    """One task's evaluation under way. `failure` is why Lasair is not asked any more."""

    connection: Connection
    run: RunContext
    settings: Settings
    name: str
    functions: Sequence[Function]
    lasair: Lasair
    cluster: Cluster
    done: Evaluated
    failure: TidesError | None = None
    tally: Tally = field(default_factory=Tally)

    @property
    def stream(self) -> Stream:
        return self.settings.streams[self.name]

    @property
    def where(self) -> dict[str, str]:
        return {"lane": self.run.lane, "stream": self.name}

    def lots(self, lots: Iterable[list[str]]) -> None:
        """Evaluates lots of candidates: the next is fetched while the workers judge the last."""
        last: tuple[_Lot, Begun] | None = None
        try:
            for ids in lots:
                lot = self.fetched(ids)
                if last is not None:
                    self.end(*last)
                # Only now: where workers die, the lot that kills them is found with no other in flight beside it.
                last = lot, self.begin(lot)
            if last is not None:
                self.end(*last)
        finally:
            if last is not None:
                last[1].release()

    def fetched(self, ids: list[str]) -> _Lot:
        """The candidates that still wait, with their light curves: those stored, and those that Lasair gives."""
        candidates = waiting(self.connection, self.run.lane, self.name, ids)
        lot = _Lot(candidates)
        stored = store.get(self.connection, self.run.lane, self.stream.survey, list(candidates))
        # A light curve of an older alert lacks the newest detection.
        lot.curves = {
            i: Curve(s.packed, s.own, s.bands, candidates[i].known_at if s.own else s.stored_at)
            for i, s in stored.items()
            if s.alert_hash == candidates[i].alert_hash
        }
        # What is stored, and what came before a failure, is judged all the same. The failure is raised at the end.
        fetched = self.fetch(lot, [object_id for object_id in candidates if object_id not in lot.curves])
        now = datetime.now(UTC)
        lot.curves |= {i: Curve(p, False, stored[i].bands if i in stored else {}, now) for i, p in fetched.items()}
        return lot

    def end(self, lot: _Lot, begun: Begun) -> None:
        """Stores what the workers say of a lot. What came in a message and cannot be judged is asked from Lasair."""
        doubts, broken = self.judged(lot, begun)
        sent = {i: lot.curves[i] for i in doubts.keys() | broken.keys() if lot.curves[i].own}
        if not sent:
            return
        again = _Lot(lot.candidates)
        fetched = self.fetch(again, sorted(sent))
        reasons = broken | {i: doubt.cause.value for i, doubt in doubts.items()}
        # What the API lacks is no problem of its own: the reason is what the message lacked, too.
        again.problems = {i: f"{reasons[i]}; {problem}" for i, problem in again.problems.items()}
        # Those that the API was not asked for after its failure go on waiting.
        answered = {i: curve for i, curve in sent.items() if i in fetched or i in again.problems}
        again.curves = second_curves(answered, doubts, fetched, datetime.now(UTC))
        again.problems = {i: problem for i, problem in again.problems.items() if i not in again.curves}
        self.judged(again, self.begin(again))

    def fetch(self, lot: _Lot, missing: list[str]) -> dict[str, store.Packed]:
        """Gets light curves from Lasair, within the quota, and stores them before anything else is done.

        After the calls have failed once in this task, none is made. Then the objects go on waiting.
        """
        if not missing or self.failure is not None:
            return {}

        packed: dict[str, store.Packed] = {}

        def take(calls: int) -> None:
            token = self.lasair.token_digest(self.stream.survey)
            quota.take(self.connection, token, calls, self.settings.lasair.calls_an_hour)
            self.done.calls += calls

        def keep(part: Fetched) -> None:
            # Stored at once: a call that was paid for is not made again after a crash.
            alerts = {i: lot.candidates[i].alert_hash for i in part.raw}
            packed.update({i: store.pack(raw) for i, raw in part.raw.items()})
            rows = [store.LightCurveRow(i, packed[i], part.source, alerts[i]) for i in part.raw]
            store.put(self.connection, self.run.lane, self.stream.survey, rows)
            self.done.fetched += len(rows)

        # The quota is taken before each call: a crash may waste calls, but never exceeds the limit.
        try:
            fetched = fetch(self.stream, missing, self.lasair, take, keep)
        except QuotaSpent as spent:
            self.failure = spent
            return {}
        lot.problems |= fetched.problems
        lot.failed |= fetched.failed
        self.failure = fetched.failure
        return packed

    def judged(self, lot: _Lot, begun: Begun) -> tuple[dict[str, Doubt], dict[str, str]]:
        """Waits for the workers. Stores verdicts, measurements and what was set aside, in one transaction.

        Gives the doubts about light curves, and the reasons of those that could not be read, by object. An object of
        either is set aside, but where its light curve came in the message: the API is asked for it.
        """
        candidates, curves = lot.candidates, lot.curves
        worked = begun.worked()
        self.demand_functions(worked)
        for judgement in worked.results:
            self.tally.add(judgement.tally)
        verdicts = [v for j in worked.results for v in j.verdicts]
        summaries = {s.object_id: s for j in worked.results for s in j.summaries}
        broken = {b.object_id: b.reason for j in worked.results for b in j.broken}
        doubts = {d.object_id: d for j in worked.results for d in j.doubts}
        refused = {**broken, **{i: d.cause.value for i, d in doubts.items()}}
        lot.problems |= {i: reason for i, reason in refused.items() if not curves[i].own}
        lot.problems |= {packed.object_id: reason for packed, reason in worked.set_aside}
        hashes = {packed.object_id: packed.subject.light_curve_hash for packed in lot.subjects}
        measured = [
            store.Measured(
                s.object_id, hashes[s.object_id], s.detections, s.nights, s.first_jd, s.last_jd, s.resumed_jd, s.bands
            )
            for s in summaries.values()
        ]
        # One that is right as far as it goes may be all that there is.
        unfit = {i: hashes[i] for i in refused if i in broken or not doubts[i].cause.stale}
        moved = [one for j in worked.results for one in j.moved]
        # A candidate stops waiting in the transaction that stores its verdicts, so that none is lost in between.
        with self.connection.transaction():
            store.measure(self.connection, self.run.lane, self.stream.survey, measured)
            store.refuse(self.connection, self.run.lane, self.stream.survey, unfit)
            self.place(candidates, moved)
            known_at = {i: candidate.known_at for i, candidate in candidates.items()}
            about = (self.name, self.stream.survey)
            new = store_verdicts(self.connection, self.run, *about, worked.results, known_at)
            if not self.run.dry:
                keep_inputs(self.connection, self.stream.survey, lot.subjects, moved, self.functions, new)
            set_aside = self.settle(lot, sorted(summaries))
            if self.run.live:
                # What was stored before was counted then: a retry, a clear and a second copy of the task add nothing.
                counted = [v for v in verdicts if (v.object_id, v.function) in new]
                count_night(self.connection, self.name, self.functions, counted, set_aside)
                tell(self.connection, self.name, doubts.values(), moved)
                self.keep_contexts(candidates, summaries.values())
        self.done.objects += len(summaries)
        self.done.passed += len({v.object_id for v in verdicts if v.passed})
        self.done.problems += len(lot.problems)
        return doubts, broken

    def begin(self, lot: _Lot) -> Begun:
        """Gives the light curves of a lot to the workers."""
        # Sorted, so that a retry makes the same batches, which Dask knows by their key.
        lot.subjects = [subject_of(lot.candidates[i], curve, self.run.live) for i, curve in sorted(lot.curves.items())]
        return give(self.cluster, lot.subjects, self.stream, self.functions, self.settings.evaluation.submit_bytes)

    def demand_functions(self, worked: Worked) -> None:
        """Raises AnswerBroken when a worker judged by another function than it was sent."""
        asked = {function.name: function.hash for function in self.functions}
        judged = {(v.function, v.function_hash) for judgement in worked.results for v in judgement.verdicts}
        if odd := sorted(judged - set(asked.items())):
            told = [{"function": name, "judged": by, "asked": asked.get(name)} for name, by in odd]
            words = f"workers judged by other functions than they were sent: {quoted(told)}; restart all of them"
            note_event(self.connection, Kind.VERSIONS_MIXED, "dask", {"run": self.run.run_id, "words": words})
            raise AnswerBroken(f"Dask: {words}. Nothing of this batch was stored")

    def keep_contexts(self, candidates: dict[str, Candidate], summaries: Iterable[Summary]) -> None:
        """Keeps what the broker had said when the detections were first judged: a later word does not change that."""
        read = sorted({column for function in self.functions for column in function.columns})
        kept = [
            {"object_id": s.object_id, "contexts": contexts_of(candidates[s.object_id], read, s.newest_jd)}
            for s in summaries
        ]
        given = {"stream": self.name, "kept": json.dumps(kept)}
        self.connection.execute(statement("evaluation/keep_contexts"), given)

    def place(self, candidates: dict[str, Candidate], moved: list[Moved]) -> None:
        """Puts candidates at the mean of their points' positions, unless a newer alert came."""
        if not moved:
            return
        ra, dec = np.array([(one.ra, one.dec) for one in moved]).T
        cell = cells(ra, dec, survey(self.stream.survey).cell_nside).tolist()
        rows = [
            {"object_id": m.object_id, "alert_hash": candidates[m.object_id].alert_hash.hex(), "cell": c}
            | {"ra": m.ra, "dec": m.dec}
            for m, c in zip(moved, cell, strict=True)
        ]
        self.connection.execute(statement("evaluation/place_candidates"), {**self.where, "moved": json.dumps(rows)})

    def settle(self, lot: _Lot, judged: list[str]) -> int:
        """Ends the wait of judged candidates, unless a newer alert came. Sets aside those that could not be judged.

        Gives how many are set aside for the first time since their newest alert.
        """
        alerts = [{"object_id": i, "alert_hash": lot.candidates[i].alert_hash.hex()} for i in judged]
        self.connection.execute(statement("evaluation/settle_candidates"), {**self.where, "judged": json.dumps(alerts)})
        problems = [{"object_id": i, "reason": quoted(reason)} for i, reason in sorted(lot.problems.items())]
        counted = self.connection.execute(
            statement("evaluation/set_aside"),
            {**self.where, "problems": json.dumps(problems), "attempts": self.settings.evaluation.attempts},
        ).fetchone()
        for object_id, reason in lot.problems.items():
            log.warning("stream %s: %s is set aside: %s", self.name, quoted(object_id), quoted(reason))
        assert counted is not None, "set_aside.sql gives one row"
        if self.run.live:
            buried = counted["buried"]
            failed = {i: lot.problems[i] for i in buried if i in lot.failed}
            note_failures(self.connection, self.stream.survey, Call.LIGHT_CURVE, failed, [*judged, *buried], 1)
        return int(counted["n"])


def evaluate(
    connection: Connection,
    run: RunContext,
    settings: Settings,
    task: Task,
    functions: Sequence[Function],
    lasair: Lasair,
    cluster: Cluster,
) -> Evaluated:
    """Evaluates the candidates of a task's chunks that still wait. One broken object is set aside alone.

    Raises ServiceAway (QuotaSpent among it) or AnswerBroken when light curves cannot be had. Raises ServiceAway when
    the cluster is lost. All that could be judged is stored by then; the rest waits for the retry or the next run.
    """
    run = dated(connection, run)
    work = _Work(connection, run, settings, task.stream, functions, lasair, cluster, Evaluated(task.stream))
    failure: TidesError | None = None
    try:
        work.lots(_lots(task.chunks, settings.evaluation.objects_a_submit))
    except TidesError as error:
        failure = error
    if run.live:
        report_points(connection, run.run_id, task.stream, work.tally)
    _report_versions(connection, run.run_id, cluster.others)
    if failure := failure or work.failure:
        raise failure
    return work.done


def _lots(chunks: Iterable[list[str]], most: int) -> Iterator[list[str]]:
    """Joins chunks, each whole, up to so many objects."""
    lot: list[str] = []
    for ids in chunks:
        if lot and len(lot) + len(ids) > most:
            yield lot
            lot = []
        lot = lot + ids
    if lot:
        yield lot


def _report_versions(connection: Connection, run_id: str, others: Sequence[OtherVersion]) -> None:
    """Opens or closes the event of workers that run another version."""
    if others:
        workers = [{**asdict(other), "words": other.in_words()} for other in others]
        words = "; ".join(other.in_words() for other in others)
        detail = {"run": run_id, "version": code_version(), "words": words, "workers": workers}
        note_event(connection, Kind.VERSIONS_MIXED, "dask", detail)
    else:
        close_event_of_other_run(connection, Kind.VERSIONS_MIXED, "dask", run_id)
