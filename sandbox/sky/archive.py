"""The data that the stand-ins serve and the replayer publishes: one interface for the sky and recorded objects."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class Message:
    """One Kafka message: its stream in bridge.yaml, key, stamp (MJD UTC) and body."""

    stream: str
    key: bytes
    utc_mjd: float
    body: bytes


class Archive(Protocol):
    """The interface of both kinds of data."""

    def ztf_light_curve(self, object_id: str, at_mjd_utc: float) -> dict[str, Any] | None:
        """`{"objectId", "candidates", "forcedphot"}` as known at that time; None for an unknown id."""

    def lsst_object(self, object_id: int, at_mjd_utc: float) -> dict[str, Any] | None:
        """The whole LSST object as known at that time; None for an unknown id."""

    def sherlock_class(self, object_id: str | int) -> str | None:
        """Sherlock's class of an object of either survey, None where there is none."""

    def matches(self, object_id: str | int) -> list[dict[str, Any]]:
        """What catalogues have near an object of either survey, the best first: see `crossmatches`."""

    def rows(self, survey: str, at_mjd_utc: float) -> list[dict[str, Any]]:
        """Every object's columns as the filter selects them, with the `UTC` of their newest change up to that time.

        Objects that the filter does not pass are among them.
        """

    def messages(self, until_mjd_utc: float | None) -> Iterator[Message]:
        """All messages in order of `UTC`, up to a time or (None) to the end of the data."""

    def truth(self) -> list[dict[str, Any]] | None:
        """The truth of each source; None where nobody knows it."""
