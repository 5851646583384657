"""The Tell protocol: how 4MOST is told of a target at most once, whatever happens on the way.

Before a request the row is marked as under way, in a transaction of its own, and `told` becomes unknown. A clean answer
that names the target writes `told` from its own words and clears the mark. A clean refusal puts `told` back. Any other
answer leaves the mark. Then the row is left alone for the settle time, read back, and compared like any other.
"""

from collections.abc import Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from tides.database.session import Connection
from tides.errors import AccessRefused, AnswerBroken, QuotaSpent, ServiceAway
from tides.fourmost.api import FourMostApi
from tides.fourmost.batch import Batch, Told
from tides.fourmost.bulks import in_bulks, remember, rows_a_bulk
from tides.fourmost.exchange import keep_answer, keep_outcome, keep_request
from tides.fourmost.ingestion import only_flags
from tides.fourmost.outcomes import Denied, Outcome, Refused, Spared
from tides.fourmost.payload import as_told, same_place
from tides.fourmost.wanted import Wanted
from tides.settings.sections import FourMost, TargetTemplate
from tides.settings.streams import StreamLive


def create(
    connection: Connection,
    client: FourMostApi,
    limits: FourMost,
    templates: Mapping[str, TargetTemplate],
    live: Mapping[str, StreamLive],
    run_id: str,
    ids: list[int],
) -> Told:
    """Creates the targets of a batch that 4MOST lacks. Those of an unknown outcome are looked up by name first.

    `live` are the live limits of each survey. About the cut-off no create is begun: they wait for a later run.
    """
    batch = Batch(connection, limits, templates, live, run_id, ids)
    _look_up_by_name(batch, client)
    # The next one is at the end.
    waiting = in_bulks([w for w in batch.wanted() if _to_create(w)])[::-1]
    while waiting and not batch.over:
        # The cut-off may come between two bulks.
        batch.done.waiting = only_flags(connection, client, limits.cut_off, datetime.now(UTC))
        if batch.done.waiting:
            break
        asked = waiting.pop()
        # Asked anew each time, since another batch may have learnt more.
        at_most = rows_a_bulk(connection, limits.objects_a_create)
        if len(asked) > at_most:
            asked, rest = asked[:at_most], asked[at_most:]
            waiting.append(rest)
        if answers := _create(batch, client, asked):
            waiting += [asked] if batch.rest() or batch.late() else _again(answers)
    return batch.done


def _create(batch: Batch, client: FourMostApi, asked: list[Wanted]) -> list[tuple[Wanted, Outcome]]:
    """One bulk: the outcome of each row that was ours to send."""
    ours, begin_by = batch.mark(asked, "create")
    if not ours:
        return []
    outcomes = client.create([w.row for w in ours if w.row], begin_by)
    answers = list(zip(ours, outcomes, strict=True))
    batch.done.created += batch.settle(answers, "create")
    remember(batch.connection, answers, batch.limits.objects_a_create)
    return answers


def _again(answers: list[tuple[Wanted, Outcome]]) -> list[list[Wanted]]:
    """The bulks that go at once after one that 4MOST refused, the next one at the end."""
    spared = [target for target, outcome in answers if isinstance(outcome, Spared)]
    # A bulk that is refused for some rows stores nothing, so the others go again without them. One that is refused
    # without a name is halved until the bad row is alone.
    if len(spared) < len(answers):
        return [spared] if spared else []
    middle = len(spared) // 2
    return [spared[middle:], spared[:middle]] if middle else []


def _to_create(target: Wanted) -> bool:
    free = target.pk is None and target.mark is None and not target.blocked
    return free and target.state == "live" and target.row is not None


def _look_up_by_name(batch: Batch, client: FourMostApi) -> None:
    """Looks up, after the settle time, whether a create was stored. Adopts only where survey and position agree."""
    for target in batch.wanted():
        if not target.settled or target.pk is not None or batch.over:
            continue
        found = _ask(batch, target, {"name": target.name}, lambda t=target: client.find(t.name))
        if found is None:
            continue
        ours = [row for row in found if _is_ours(target, row)]
        if ours:
            # Further rows of this name and place are doubles, which reconcile switches off.
            first, *doubles = sorted(ours, key=lambda row: row["id"])
            with batch.connection.transaction():
                batch.stored(target, first, "looked up by name")
                for double in doubles:
                    batch.learn_key(target, double["id"], "looked up by name")
            batch.done.adopted += 1
        elif found:
            for row in found:
                batch.foreign(target, row)
        else:
            # After the settle time the request can store nothing any more, so absence is certain.
            batch.put_back_unclear(target)


def _is_ours(target: Wanted, row: dict[str, Any]) -> bool:
    wanted = target.row or {}
    survey = row.get("uploadedfor_survey_id") == wanted.get("uploadedfor_survey_id")
    return survey and same_place(row, wanted)


def update(
    connection: Connection,
    client: FourMostApi,
    limits: FourMost,
    templates: Mapping[str, TargetTemplate],
    live: Mapping[str, StreamLive],
    run_id: str,
    ids: list[int],
) -> Told:
    """Brings the rows of a batch at 4MOST to what we want: whole before ingestion, after it only the flag.

    `live` are the live limits of each survey. A row whose state is unknown is read back first.
    About the cut-off only flags are sent.
    """
    batch = Batch(connection, limits, templates, live, run_id, ids)
    _read_back(batch, client)
    while True:
        batch.done.waiting = only_flags(connection, client, limits.cut_off, datetime.now(UTC))
        _send(batch, client, [w for w in batch.wanted() if _differs(w, batch.done.waiting is not None)])
        if not (batch.rest() or batch.late()):
            return batch.done


def _send(batch: Batch, client: FourMostApi, differing: list[Wanted]) -> None:
    """Sends the changes of these targets, until 4MOST takes no more."""
    in_flight = batch.limits.updates_in_flight
    to_send = _marked(batch, differing, in_flight)
    # Requests go out side by side, but never two of one target: the older could land last.
    with ThreadPoolExecutor(in_flight) as pool:
        under_way: dict[Future[list[tuple[dict[str, Any], Outcome]]], Wanted] = {}
        while True:
            while len(under_way) < in_flight and (next_one := next(to_send, None)):
                target, begin_by = next_one
                fields = batch.fields(target)
                under_way[pool.submit(_patch, client, target, fields, begin_by)] = target
            if not under_way:
                break
            # Each answer is stored at once, so that a crash leaves few rows marked.
            ended = wait(under_way, return_when=FIRST_COMPLETED).done
            _settle_patches(batch, [(under_way.pop(answer), answer.result()) for answer in ended])


def _read_back(batch: Batch, client: FourMostApi) -> None:
    """Reads back, after the settle time, the outcome of a change."""
    for target in batch.wanted():
        pk = target.pk
        if not target.settled or pk is None or batch.over:
            continue
        found = _ask(batch, target, {"id": pk}, lambda pk=pk: [row for row in [client.get(pk)] if row])
        if found is None:
            continue
        if not found:
            batch.missing(target)
        elif found[0].get("name") != target.name:
            batch.foreign(target, found[0])
        elif as_told(found[0]) == target.before and (found[0].get("date_ingested") is not None) == target.ingested:
            # As it was before the change, which can do nothing any more.
            batch.put_back_unclear(target)
        else:
            with batch.connection.transaction():
                batch.stored(target, found[0], "read back")


def _differs(target: Wanted, flag_only: bool) -> bool:
    if target.pk is None or target.mark is not None or target.blocked or target.row is None:
        return False
    if flag_only and target.told is not None:
        return bool(target.row["is_active"] != target.told.get("is_active"))
    return target.row != target.told


def _marked(batch: Batch, targets: list[Wanted], at_once: int) -> Iterator[tuple[Wanted, float]]:
    """Marks a few targets at a time, shortly before they are sent. Puts back those that could not be sent."""
    for start in range(0, len(targets), at_once):
        if batch.over:
            return
        # A mark that is set early would use up the time in which the request may begin.
        ours, begin_by = batch.mark(targets[start : start + at_once], "change")
        for target in ours:
            if batch.over:
                batch.put_back(target)
            else:
                yield target, begin_by


def _patch(
    client: FourMostApi, target: Wanted, fields: dict[str, Any], begin_by: float
) -> list[tuple[dict[str, Any], Outcome]]:
    """One change, with what was sent. If 4MOST has ingested the row meanwhile, the flag is sent again alone."""
    pk = target.pk or 0
    answers = [(fields, client.update(pk, fields, begin_by))]
    refused = isinstance(answers[0][1], Refused) and answers[0][1].status == 400
    # After ingestion 4MOST takes the flag alone. Its 400 would set the target aside.
    if refused and len(fields) > 1 and _ingested_meanwhile(client, pk):
        flag = {"is_active": fields["is_active"]}
        answers.append((flag, client.update(pk, flag, begin_by)))
    return answers


def _ingested_meanwhile(client: FourMostApi, pk: int) -> bool:
    try:
        row = client.get(pk)
    except (ServiceAway, AnswerBroken, AccessRefused):  # then its refusal stands until the row differs
        return False
    return row is not None and row.get("date_ingested") is not None


def _settle_patches(batch: Batch, ended: list[tuple[Wanted, list[tuple[dict[str, Any], Outcome]]]]) -> None:
    for target, answers in ended:
        for (_, refusal), (flag, _) in pairwise(answers):
            keep_outcome(batch.connection, batch.run_id, target.id, target.name, "change", refusal)
            keep_request(batch.connection, batch.run_id, target.id, target.name, "change", flag)
    batch.done.updated += batch.settle([(target, answers[-1][1]) for target, answers in ended], "change")


def _ask(batch: Batch, target: Wanted, request: dict[str, Any], question: Any) -> list[dict[str, Any]] | None:
    """What 4MOST holds of a target; both sides are kept. None when it does not say, and then the mark stays."""
    said = _ask_once(batch, target, request, question)
    while batch.rest():
        said = _ask_once(batch, target, request, question)
    return said


def _ask_once(batch: Batch, target: Wanted, request: dict[str, Any], question: Any) -> list[dict[str, Any]] | None:
    keep_request(batch.connection, batch.run_id, target.id, target.name, "look up", request)
    said, outcome = None, "unknown"
    content: Any
    try:
        said = content = question()
        outcome = "found" if said else "not found"
    except AccessRefused as error:
        content = str(error)
        batch.stop(content)
    except ServiceAway as error:
        content = str(error)
        if isinstance(error, QuotaSpent) or error.retry_after_s is not None:
            outcome, batch.done.denied = "denied", Denied(429, error.retry_after_s, content)
        else:
            batch.done.not_sent = content
    except AnswerBroken as error:
        content = str(error)
        batch.unclear(target, content)
    keep_answer(batch.connection, batch.run_id, target.id, target.name, "look up", outcome, content)
    return said
