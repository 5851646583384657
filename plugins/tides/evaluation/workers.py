"""Light curves on their way to the workers that judge them: where that is, in which batches, by which key."""

import hashlib
import json
import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

import msgspec

from tides.functions.functions import Function
from tides.judgement.judge import Judgement, Subject, judge
from tides.judgement.summaries import SummaryLimits
from tides.settings.streams import Stream
from tides.surveys.survey import Survey, survey
from tides.version import OtherVersion, code_version


class PackedSubject(msgspec.Struct, frozen=True, gc=False):
    """An object to judge as it travels to its worker: the light curve is packed, and `subject` is without it."""

    subject: Subject
    light_curve: bytes

    @property
    def object_id(self) -> str:
        """The object's id."""
        return self.subject.object_id

    def unpacked(self) -> Subject:
        """The object with its light curve as it was sent."""
        return msgspec.structs.replace(self.subject, light_curve=zlib.decompress(self.light_curve))


class Worked(Protocol):
    """What a cluster made of batches."""

    @property
    def results(self) -> Sequence[Judgement]:
        """The judgements of all batches, in their order."""
        ...

    @property
    def set_aside(self) -> Sequence[tuple[PackedSubject, str]]:
        """The single objects that could not be judged, each with the reason."""
        ...


class Begun(Protocol):
    """Batches that a cluster has been given."""

    def worked(self) -> Worked:
        """What became of them. Raises ServiceAway when the cluster is lost."""
        ...

    def release(self) -> None:
        """Gives up what is not done yet."""
        ...


class Cluster(Protocol):
    """Where light curves are judged."""

    @property
    def others(self) -> Sequence[OtherVersion]:
        """The workers met that run another version than this process. They judged nothing."""
        ...

    def begin(
        self,
        function: Callable[..., Judgement],
        batches: Sequence[Sequence[PackedSubject]],
        *args: object,
        key: Callable[[Sequence[PackedSubject]], str],
    ) -> Begun:
        """Begins to call `function(batch, *args)` for each batch. Raises ServiceAway when the cluster is lost."""
        ...


def give(
    cluster: Cluster, subjects: Sequence[PackedSubject], stream: Stream, functions: Sequence[Function], most_bytes: int
) -> Begun:
    """Gives a stream's light curves to the workers, in batches of so many packed bytes. Raises as `begin` does."""
    limits = SummaryLimits(stream.live.current_window_days, stream.live.recurrent_days)
    # All that a verdict depends on beside the light curve: another code or limit is other work.
    context = f"{code_version()} {limits} {[f.hash for f in functions]}"
    return cluster.begin(
        _judge_on_worker,
        list(_batches(subjects, most_bytes)),
        survey(stream.survey),
        functions,
        limits,
        key=lambda batch: _batch_key(batch, context),
    )


def _judge_on_worker(
    batch: Sequence[PackedSubject], known: Survey, functions: Sequence[Function], limits: SummaryLimits
) -> Judgement:
    return judge(known, [packed.unpacked() for packed in batch], functions, limits)


def _batches(subjects: Sequence[PackedSubject], most_bytes: int) -> Iterator[list[PackedSubject]]:
    """Splits a chunk where its light curves are too large to travel together."""
    batch: list[PackedSubject] = []
    size = 0
    for packed in subjects:
        if batch and size + len(packed.light_curve) > most_bytes:
            yield batch
            batch, size = [], 0
        batch.append(packed)
        size += len(packed.light_curve)
    if batch:
        yield batch


def _batch_key(batch: Sequence[PackedSubject], context: str) -> str:
    """A hash of all that the judgement depends on: the same key is worked on once."""
    digest = hashlib.sha256(context.encode())
    for subject in (packed.subject for packed in batch):
        columns = json.dumps(subject.columns, sort_keys=True, default=str)
        digest.update(f"{subject.object_id}\0{subject.known_until_jd}\0{subject.sent_jd}\0{columns}\0".encode())
        digest.update(f"{subject.told}\0{subject.earlier}\0".encode())
        digest.update(subject.light_curve_hash)
    return digest.hexdigest()
