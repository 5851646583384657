"""What the bridge needs of the 4MOST API. The hook `fourmost` gives it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from tides.fourmost.outcomes import Outcome

Row = dict[str, Any]
"""A row as 4MOST answers it: the fields that we write, and those that it gives."""


class FourMostApi(Protocol):
    """Writes give an outcome, and never raise for what may have been stored. Reads raise a TidesError.

    A write that could not begin by `begin_by` (`time.monotonic`) is not sent, and its outcome is Late.
    """

    def create(self, payloads: Sequence[Mapping[str, Any]], begin_by: float | None = None) -> list[Outcome]:
        """One outcome a payload, matched by name."""

    def update(self, pk: int, fields: Mapping[str, Any], begin_by: float | None = None) -> Outcome:
        """Changes fields of one row."""

    def delete(self, pk: int) -> Outcome:
        """Deletes one row, which 4MOST allows before ingestion."""

    def get(self, pk: int) -> Row | None:
        """One row; None when there is none."""

    def find(self, name: str) -> list[Row]:
        """All rows of exactly this name."""

    def rows(self, after: int = 0, /, **lookups: object) -> Iterator[Row]:
        """The rows beyond a key that match Django look-ups, in order of their key."""

    def visits(self) -> list[Row]:
        """The candidate visits. Raises LoginMissing when they are closed to us."""
