"""The efficiency of a criterion on real targets: what its control sample holds, by their spectra, in the same bins.

The control sample is a known share of what fails one criterion alone. So it tells how many of a bin's targets the
criterion loses. Of those with a good spectrum, TNS's type and redshift are known.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from tides.database.session import Connection
from tides.database.statements import statement
from tides.efficiency.binning import AXES, Axis, healpix_of
from tides.efficiency.record import Definition
from tides.photometry.bands import BANDS
from tides.runs.context import LIVE

OBSERVED = {"z": "redshift (TNS)", **{f"mag_{band}": f"brightest magnitude {band} (AB)" for band in BANDS}}
"""What stands on an axis for a real target, where a simulation has the true value."""


def observed(axis: Axis) -> Axis:
    """Give the axis with the name of what is known of real targets."""
    return replace(axis, label=OBSERVED.get(axis.name, axis.label))


@dataclass(frozen=True)
class Targets:
    """The targets with a good spectrum, in the columns of the axes, and what must be known of them.

    `selected` tells that the function itself selects one. Its `weight` is how many targets it stands for: those of its
    group without a spectrum, and for the control sample the others that fail its criterion alone.
    """

    events: pd.DataFrame
    notes: tuple[str, ...]


def control_targets(
    connection: Connection, survey: str, function: str, definitions: Sequence[Definition], from_jd: float, to_jd: float
) -> Targets:
    """Read the targets that a function, or its control sample, selected first in a time (JD UTC)."""
    given = {
        "lane": LIVE, "streams": sorted({each.stream for each in definitions}), "function": function,
        "survey": survey, "from_jd": from_jd, "to_jd": to_jd,
    }  # fmt: skip
    rows = connection.execute(statement("efficiency/control_targets"), given).fetchall()
    shares = {each.hash: each.function.control.fraction for each in definitions if each.function.control is not None}
    kept = [row for row in rows if not row["control"] or row["function_hash"] in shares]
    numbers = {is_control: sum(row["control"] is is_control for row in kept) for is_control in (False, True)}
    seen = [row for row in kept if row["has_spectrum"]]
    spectra = {is_control: sum(row["control"] is is_control for row in seen) for is_control in (False, True)}
    notes = [
        f"real targets first selected in this time: {numbers[False]} by the function, of which {spectra[False]} have a"
        f" good spectrum, and {numbers[True]} of its control sample, of which {spectra[True]} have one"
    ]
    if len(kept) < len(rows):
        notes.append(f"{len(rows) - len(kept)} targets of the control sample are of a definition that is not recorded")
    if not spectra[True]:
        notes.append("no target of a control sample has a spectrum, so that real targets tell no efficiency")
        seen = []
    weights = [
        numbers[row["control"]] / spectra[row["control"]] / (shares[row["function_hash"]] if row["control"] else 1)
        for row in seen
    ]
    return Targets(_events(seen, weights), tuple(notes))


def _events(rows: Sequence[dict[str, object]], weights: Sequence[float]) -> pd.DataFrame:
    """The targets in the columns of the axes; what no table has of them is unknown."""

    def numbers(name: str) -> list[object]:
        return [np.nan if row[name] is None else row[name] for row in rows]

    events = pd.DataFrame({axis.column: np.full(len(rows), np.nan) for axis in AXES.values()})
    brightest = [row["brightest"] for row in rows]
    events = events.assign(
        id=[row["name"] for row in rows],
        selected=np.array([not row["control"] for row in rows], dtype=bool),
        weight=np.array(weights, dtype=np.float64),
        type=[str(row["tns_type"] or "") for row in rows],
        field="",
        redshift=np.array(numbers("redshift"), dtype=np.float64),
        healpix=healpix_of(np.array(numbers("ra"), dtype=np.float64), np.array(numbers("dec"), dtype=np.float64)),
    )
    for band in BANDS:
        events[f"peak_mag_{band}"] = np.array(
            [mags.get(band, np.nan) if isinstance(mags, dict) else np.nan for mags in brightest], dtype=np.float64
        )
    return events
