"""One task's chunks of candidates: get the missing light curves, judge all on Dask, store the verdicts.

Everything is keyed by content. A chunk that is evaluated twice, or in part by another task, ends in the same rows.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

import numpy as np

from tides.brokers import quota
from tides.brokers.source import Fetched, LightCurveClient, fetch
from tides.database.session import Connection
from tides.database.statements import statement
from tides.errors import AnswerBroken, QuotaSpent, TidesError
from tides.evaluation import store
from tides.evaluation.curves import Candidate, Curve, contexts_of, second_curves, subject_of, tell, waiting
from tides.evaluation.plan import Task
from tides.evaluation.points import report_points
from tides.evaluation.rates import count_night
from tides.foreign import quoted
from tides.functions.functions import Function
from tides.journal.events import close_event_of_other_run, note_event
from tides.journal.failures import Call, note_failures
from tides.journal.kinds import Kind
from tides.judgement.doubts import Doubt, Moved
from tides.judgement.judge import Judgement, Subject, Verdict, judge
from tides.judgement.summaries import Summary, SummaryLimits
from tides.lightcurves.faults import Tally
from tides.runs.context import RunContext
from tides.settings.model import Settings
from tides.settings.streams import Stream
from tides.stream.bookmark import dated
from tides.surveys.cells import cells
from tides.surveys.survey import Survey, survey
from tides.version import OtherVersion, code_version

log = logging.getLogger(__name__)


class Lasair(LightCurveClient, Protocol):
    """Lasair's API, with what the ledger of calls knows its token by."""

    def token_digest(self, survey: str) -> str:
        """A digest of the token that a survey's server is asked with."""
        ...


class Worked(Protocol):
    """What a cluster made of batches."""

    @property
    def results(self) -> Sequence[Judgement]:
        """The judgements of all batches, in their order."""
        ...

    @property
    def set_aside(self) -> Sequence[tuple[Subject, str]]:
        """The single objects that could not be judged, each with the reason."""
        ...


class Cluster(Protocol):
    """Where light curves are judged."""

    @property
    def others(self) -> Sequence[OtherVersion]:
        """The workers met that run another version than this process. They judged nothing."""
        ...

    def run(
        self,
        function: Callable[..., Judgement],
        batches: Sequence[Sequence[Subject]],
        *args: object,
        key: Callable[[Sequence[Subject]], str],
    ) -> Worked:
        """Calls `function(batch, *args)` for each batch. Raises ServiceAway when the cluster is lost."""
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
class _Work:
    """One task's evaluation under way."""

    connection: Connection
    run: RunContext
    settings: Settings
    name: str
    functions: Sequence[Function]
    lasair: Lasair
    cluster: Cluster
    done: Evaluated
    problems: dict[str, str] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)
    tally: Tally = field(default_factory=Tally)

    @property
    def stream(self) -> Stream:
        return self.settings.streams[self.name]

    @property
    def where(self) -> dict[str, str]:
        return {"lane": self.run.lane, "stream": self.name}

    def chunk(self, ids: list[str]) -> None:
        """Evaluates the candidates of a chunk that still wait. Raises only after all that is possible is stored."""
        candidates = waiting(self.connection, self.run.lane, self.name, ids)
        stored = store.get(self.connection, self.run.lane, self.stream.survey, list(candidates))
        # A light curve of an older alert lacks the newest detection.
        curves = {
            i: Curve(s.raw, s.own, s.bands, candidates[i].known_at if s.own else s.stored_at)
            for i, s in stored.items()
            if s.alert_hash == candidates[i].alert_hash
        }
        missing = [object_id for object_id in candidates if object_id not in curves]
        failure: TidesError | None = None
        if missing:
            # What is stored, and what came before a failure, is judged all the same. The failure is raised at the end.
            fetched, failure = self.fetch(candidates, missing)
            now = datetime.now(UTC)
            curves |= {i: Curve(raw, False, stored[i].bands if i in stored else {}, now) for i, raw in fetched.items()}
        doubts, broken = self.judge(candidates, curves)
        sent = {i: curves[i] for i in doubts.keys() | broken.keys() if curves[i].own}
        if sent:
            fetched, second_failure = self.fetch(candidates, sorted(sent))
            reasons = broken | {i: doubt.cause.value for i, doubt in doubts.items()}
            # What the API lacks is no problem of its own: the reason is what the message lacked, too.
            self.problems = {i: f"{reasons[i]}; {problem}" for i, problem in self.problems.items()}
            # Those that the API was not asked for after its failure go on waiting.
            answered = {i: curve for i, curve in sent.items() if i in fetched or i in self.problems}
            second = second_curves(answered, doubts, fetched, datetime.now(UTC))
            self.problems = {i: problem for i, problem in self.problems.items() if i not in second}
            self.judge(candidates, second)
            failure = failure or second_failure
        if failure is not None:
            raise failure

    def fetch(self, candidates: dict[str, Candidate], missing: list[str]) -> tuple[dict[str, bytes], TidesError | None]:
        """Gets light curves from Lasair, within the quota, and stores them before anything else is done.

        Gives why the calls ended early, too.
        """

        def take(calls: int) -> None:
            token = self.lasair.token_digest(self.stream.survey)
            quota.take(self.connection, token, calls, self.settings.lasair.calls_an_hour)
            self.done.calls += calls

        def keep(part: Fetched) -> None:
            # Stored at once: a call that was paid for is not made again after a crash.
            rows = [store.LightCurveRow(i, raw, part.source, candidates[i].alert_hash) for i, raw in part.raw.items()]
            store.put(self.connection, self.run.lane, self.stream.survey, rows)
            self.done.fetched += len(rows)

        # The quota is taken before each call: a crash may waste calls, but never exceeds the limit.
        try:
            fetched = fetch(self.stream, missing, self.lasair, take, keep)
        except QuotaSpent as spent:
            return {}, spent
        self.problems |= fetched.problems
        self.failed |= fetched.failed
        return fetched.raw, fetched.failure

    def judge(
        self, candidates: dict[str, Candidate], curves: dict[str, Curve]
    ) -> tuple[dict[str, Doubt], dict[str, str]]:
        """Judges on the cluster. Stores verdicts, measurements and what was set aside, in one transaction.

        Gives the doubts about light curves, and the reasons of those that could not be read, by object. An object of
        either is set aside, but where its light curve came in the message: the API is asked for it.
        """
        # Sorted, so that a retry makes the same batches, which Dask knows by their key.
        subjects = [subject_of(candidates[i], curve, self.run.live) for i, curve in sorted(curves.items())]
        worked = self.on_cluster(subjects)
        for judgement in worked.results:
            self.tally.add(judgement.tally)
        verdicts = [v for j in worked.results for v in j.verdicts]
        summaries = {s.object_id: s for j in worked.results for s in j.summaries}
        broken = {b.object_id: b.reason for j in worked.results for b in j.broken}
        doubts = {d.object_id: d for j in worked.results for d in j.doubts}
        refused = {**broken, **{i: d.cause.value for i, d in doubts.items()}}
        self.problems |= {i: reason for i, reason in refused.items() if not curves[i].own}
        self.problems |= {subject.object_id: reason for subject, reason in worked.set_aside}
        hashes = {s.object_id: s.light_curve_hash for s in subjects}
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
            new = self.store_verdicts(
                [
                    _row(v, j.code_version, summaries[v.object_id], candidates[v.object_id])
                    for j in worked.results
                    for v in j.verdicts
                ]
            )
            set_aside = self.settle(candidates, sorted(summaries))
            if self.run.live:
                # What was stored before was counted then: a retry, a clear and a second copy of the task add nothing.
                counted = [v for v in verdicts if (v.object_id, v.function) in new]
                count_night(self.connection, self.name, self.functions, counted, set_aside)
                tell(self.connection, self.name, doubts.values(), moved)
                self.keep_contexts(candidates, summaries.values())
        self.done.objects += len(summaries)
        self.done.passed += len({v.object_id for v in verdicts if v.passed})
        self.done.problems += len(self.problems)
        self.problems, self.failed = {}, set()
        return doubts, broken

    def on_cluster(self, subjects: list[Subject]) -> Worked:
        """What the workers say of subjects. Raises AnswerBroken when one judged by another function than was sent."""
        limits = SummaryLimits(self.stream.live.current_window_days, self.stream.live.recurrent_days)
        # All that a verdict depends on beside the light curve: another code or limit is other work.
        context = f"{code_version()} {limits} {[f.hash for f in self.functions]}"
        worked = self.cluster.run(
            _judge_on_worker,
            list(_batches(subjects, self.settings.evaluation.submit_bytes)),
            survey(self.stream.survey),
            self.functions,
            limits,
            key=lambda batch: _batch_key(batch, context),
        )
        asked = {function.name: function.hash for function in self.functions}
        judged = {(v.function, v.function_hash) for judgement in worked.results for v in judgement.verdicts}
        if odd := sorted(judged - set(asked.items())):
            told = [{"function": name, "judged": by, "asked": asked.get(name)} for name, by in odd]
            words = f"workers judged by other functions than they were sent: {quoted(told)}; restart all of them"
            note_event(self.connection, Kind.VERSIONS_MIXED, "dask", {"run": self.run.run_id, "words": words})
            raise AnswerBroken(f"Dask: {words}. Nothing of this batch was stored")
        return worked

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

    def store_verdicts(self, rows: list[dict[str, Any]]) -> set[tuple[str, str]]:
        """Stores verdicts. The same content is stored once. Gives object and function of those that are new."""
        about = {
            "survey": self.stream.survey,
            "as_of": self.run.as_of,
            "run_id": self.run.run_id,
        }
        stored = self.connection.execute(
            statement("evaluation/store_verdicts"), {**self.where, **about, "verdicts": json.dumps(rows)}
        )
        return {(row["object_id"], row["function"]) for row in stored if row["is_new"]}

    def settle(self, candidates: dict[str, Candidate], judged: list[str]) -> int:
        """Ends the wait of judged candidates, unless a newer alert came. Sets aside those that could not be judged.

        Gives how many are set aside for the first time since their newest alert.
        """
        alerts = [{"object_id": i, "alert_hash": candidates[i].alert_hash.hex()} for i in judged]
        self.connection.execute(statement("evaluation/settle_candidates"), {**self.where, "judged": json.dumps(alerts)})
        problems = [{"object_id": i, "reason": quoted(reason)} for i, reason in sorted(self.problems.items())]
        counted = self.connection.execute(
            statement("evaluation/set_aside"),
            {**self.where, "problems": json.dumps(problems), "attempts": self.settings.evaluation.attempts},
        ).fetchone()
        for object_id, reason in self.problems.items():
            log.warning("stream %s: %s is set aside: %s", self.name, quoted(object_id), quoted(reason))
        assert counted is not None, "set_aside.sql gives one row"
        if self.run.live:
            buried = counted["buried"]
            failed = {i: self.problems[i] for i in buried if i in self.failed}
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
    for ids in task.chunks:
        try:
            work.chunk(ids)
        except TidesError as error:
            failure = error
    if run.live:
        report_points(connection, run.run_id, task.stream, work.tally)
    _report_versions(connection, run.run_id, cluster.others)
    if failure is not None:
        raise failure
    return work.done


def _report_versions(connection: Connection, run_id: str, others: Sequence[OtherVersion]) -> None:
    """Opens or closes the event of workers that run another version."""
    if others:
        workers = [{**asdict(other), "words": other.in_words()} for other in others]
        words = "; ".join(other.in_words() for other in others)
        detail = {"run": run_id, "version": code_version(), "words": words, "workers": workers}
        note_event(connection, Kind.VERSIONS_MIXED, "dask", detail)
    else:
        close_event_of_other_run(connection, Kind.VERSIONS_MIXED, "dask", run_id)


def _judge_on_worker(
    batch: Sequence[Subject], known: Survey, functions: Sequence[Function], limits: SummaryLimits
) -> Judgement:
    return judge(known, batch, functions, limits)


def _batches(subjects: list[Subject], most_bytes: int) -> Iterator[list[Subject]]:
    """Splits a chunk where its light curves are too large to travel together."""
    batch: list[Subject] = []
    size = 0
    for subject in subjects:
        if batch and size + len(subject.light_curve) > most_bytes:
            yield batch
            batch, size = [], 0
        batch.append(subject)
        size += len(subject.light_curve)
    if batch:
        yield batch


def _batch_key(batch: Sequence[Subject], context: str) -> str:
    """A hash of all that the judgement depends on: the same key is worked on once."""
    digest = hashlib.sha256(context.encode())
    for subject in batch:
        columns = json.dumps(subject.columns, sort_keys=True, default=str)
        digest.update(f"{subject.object_id}\0{subject.known_until_jd}\0{subject.sent_jd}\0{columns}\0".encode())
        digest.update(f"{subject.told}\0{subject.earlier}\0".encode())
        digest.update(subject.light_curve_hash)
    return digest.hexdigest()


def _row(verdict: Verdict, judged_by: str, summary: Summary, candidate: Candidate) -> dict[str, Any]:
    """A verdict as `store_verdicts.sql` takes it; `trigger_known` is when the message that made it pass was sent."""
    return {
        "object_id": verdict.object_id,
        "function": verdict.function,
        "function_hash": verdict.function_hash,
        "input_hash": verdict.input_hash,
        "passed": verdict.passed,
        "passes_now": verdict.passes_now,
        "context_until_jd": verdict.context_until_jd,
        "control": verdict.control,
        "criteria": verdict.criteria,
        "trigger_jd": verdict.trigger_jd,
        "trigger_known": candidate.known_at.isoformat() if verdict.passed else None,
        "detections": summary.detections,
        "first_jd": summary.first_jd,
        "last_jd": summary.last_jd,
        "code_version": judged_by,
    }
