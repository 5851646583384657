"""Asks Lasair for objects by one call each, until the hour's calls are spent or the service is at fault."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol, TypeVar

from tides.brokers.parts import InParts
from tides.errors import AnswerBroken, QuotaSpent
from tides.surveys.survey import survey as known_by_name

Answer = TypeVar("Answer")
Row = TypeVar("Row", bound=Mapping[str, Any])


class SherlockClient(Protocol):
    """Sherlock's matches, and the digest by which the ledger of calls knows Lasair's token."""

    def sherlock_object(
        self, survey: str, object_id: str, again: Callable[[], None], part: bool
    ) -> dict[str, Any] | None:
        """Classification and cross-matches of an object; None when Lasair does not know it.

        With `part` no failure is repeated.
        """
        ...

    def token_digest(self, survey: str) -> str:
        """The digest of the token for a survey's server."""
        ...


def probe_of(lasair: SherlockClient, survey: str, take: Callable[[], None]) -> Callable[[], object]:
    """A question about nothing real, which a server that works answers. `take` takes a call before each."""

    def probe() -> object:
        take()
        return lasair.sherlock_object(survey, known_by_name(survey).unused_id, take, True)

    return probe


def one_by_one(
    rows: Iterable[Row],
    ask: Callable[[Row], Answer],
    probe: Callable[[], object],
    record: Callable[[dict[str, str], list[str]], None],
    notes: list[str],
    words: str,
) -> Iterator[tuple[Row, Answer]]:
    """Asks for each row by its `object_id`, and gives those that were answered, each with its answer.

    At the end, however it comes, `record` gets the objects that Lasair fails at, each with the reason, and those that
    it answered for. `notes` get these reasons, and a line when the hour's calls are spent. Raises what `probe` raises
    where Lasair is down for all; AnswerBroken with `words` when it breaks one answer after the other; and whatever else
    `ask` raises.
    """
    by_id = {row["object_id"]: row for row in rows}
    in_parts = InParts(lambda part, _: ask(by_id[part[0]]), probe)
    answered: list[str] = []
    try:
        for part, answer in in_parts.answers([object_id] for object_id in by_id):
            answered += part
            yield by_id[part[0]], answer
    finally:
        # Suspects are recorded, too: they are asked for last the next time, and hold up no other for ever.
        failed = {object_id: str(error) for object_id, error in (in_parts.failed | in_parts.suspects).items()}
        notes += [f"{object_id}: {reason}" for object_id, reason in failed.items()]
        record(failed, answered)
    # No failure: other work needs the hour's further calls, and the rest waits for the next day.
    if isinstance(in_parts.failure, QuotaSpent):
        notes.append(str(in_parts.failure))
    elif isinstance(in_parts.failure, AnswerBroken):
        raise AnswerBroken(f"{words}: {in_parts.failure}")
    elif in_parts.failure is not None:
        raise in_parts.failure
