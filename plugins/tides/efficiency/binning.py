"""Efficiency in bins: the share of a bin's transients that comes through, with binomial intervals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import astropy.units as u
import numpy as np
import pandas as pd
from astropy.stats import binom_conf_interval
from astropy.table import Table
from astropy_healpix import lonlat_to_healpix
from numpy.typing import NDArray

from tides.errors import SettingsError
from tides.functions.keys import nearest
from tides.lightcurves.model import Bools, Floats
from tides.photometry.bands import BANDS

HEALPIX_NSIDE = 8
"""768 pixels of 7.3 degrees, in the RING order, in ICRS."""

FEW = 10
"""A bin with fewer events is marked."""

CONFIDENCE = {"68": 0.683, "95": 0.95}
"""The Wilson intervals of a table, by the ending of its columns."""

ROUNDING = 1e-6
"""A share of a bin. A value of 32 bits that lies this little below an edge belongs above it."""


@dataclass(frozen=True)
class Axis:
    """An axis of efficiency: a column of the events. With a width its bins are [i · width, (i + 1) · width).

    `is_outcome` marks a value that only selected events have. Its bins then share all events as their denominator.
    """

    name: str
    label: str
    column: str
    width: float | None = None
    is_outcome: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of its columns in a table."""
        return (self.name,) if self.width is None else (f"{self.name}_low", f"{self.name}_high")


AXES = {
    axis.name: axis
    for axis in (
        Axis("z", "redshift (true, CMB)", "redshift", 0.05),
        *(Axis(f"mag_{b}", f"peak magnitude {b} (true, AB)", f"peak_mag_{b}", 0.25) for b in BANDS),
        Axis("phase", "phase at trigger (days from peak, observer's frame)", "phase", 5.0, is_outcome=True),
        Axis("type", "type", "type"),
        Axis("mwebv", "Galactic E(B−V) (mag)", "mwebv", 0.05),
        Axis("healpix", f"HEALPix (nside {HEALPIX_NSIDE}, RING, ICRS)", "healpix"),
        Axis("field", "part of the survey", "field"),
    )
}


def healpix_of(ra_deg: Floats, dec_deg: Floats) -> NDArray[np.int64]:
    """Give the HEALPix pixel of places (ICRS degrees), -1 where a place is not known."""
    known = np.isfinite(ra_deg) & np.isfinite(dec_deg)
    pixels = np.full(len(ra_deg), -1, dtype=np.int64)
    pixels[known] = lonlat_to_healpix(ra_deg[known] * u.deg, dec_deg[known] * u.deg, HEALPIX_NSIDE, order="ring")
    return pixels


def known_axes(events: pd.DataFrame) -> list[Axis]:
    """Give the axes on which some event has a value."""
    return [axis for axis in AXES.values() if _bins_of(events, axis).notna().any()]


def read_axes(text: str, events: pd.DataFrame) -> tuple[Axis, ...]:
    """Read one axis or two, such as "z" or "mag_r,z".

    Raises SettingsError for more axes, for an unknown name, and for an axis without values in the simulation.
    """
    names = text.split(",")
    if len(names) > 2:
        raise SettingsError(f"--by {text}: one axis or two; tables of more have too few events a bin")
    for name in names:
        if name not in AXES:
            raise SettingsError(f"--by {text}: no axis {name}; did you mean {nearest(name, AXES)}?")
    axes = tuple(AXES[name] for name in names)
    known = known_axes(events)
    for axis in axes:
        if axis not in known:
            has = ", ".join(each.name for each in known)
            raise SettingsError(f"--by {text}: the simulation has no {axis.name} for its events; it has {has}")
    return axes


def _bins_of(events: pd.DataFrame, axis: Axis) -> pd.Series:
    """Give each event's bin: its number, or the value itself where the axis has no width. An unknown one is missing."""
    values = events[axis.column]
    if axis.width is None:
        # These stand for what a simulation does not tell: a type, a field, a place.
        return values.mask(values.isin(("", -1)))
    return np.floor(values / axis.width + ROUNDING)


def outcomes(events: pd.DataFrame, days: Sequence[float]) -> dict[str, Bools]:
    """Give the outcomes to count: selected, sent (live on some day), and live on at least so many days."""
    live = events["days_live"].to_numpy()
    return {
        "selected": events["selected"].to_numpy(dtype=bool),
        "sent": live > 0,
        **{f"live {each:g} d": live >= each for each in days},
    }


def efficiency_table(events: pd.DataFrame, axes: Sequence[Axis], counted: Mapping[str, Bools]) -> Table:
    """Count what comes through in each bin that has an event, one row a bin and outcome.

    On an outcome's axis, the denominator of a bin is all events, or all events of the other axis' bin.
    """
    names = [axis.name for axis in axes]
    shared = [axis.name for axis in axes if not axis.is_outcome]
    places = pd.DataFrame({axis.name: _bins_of(events, axis) for axis in axes})
    bins = places.dropna().drop_duplicates().sort_values(names, ignore_index=True)
    # An event that was never selected has no value on an outcome's axis, so that its bins share one denominator.
    number = _sizes(bins, places, shared) if shared else np.full(len(bins), len(events))
    through = np.concatenate([_sizes(bins, places[mask], names) for mask in counted.values()])
    columns: dict[str, Any] = {"outcome": np.repeat(list(counted), len(bins))}
    for axis in axes:
        values = np.tile(bins[axis.name].to_numpy(), len(counted))
        if axis.width is None:
            columns[axis.name] = values.astype(str) if axis.column != "healpix" else values.astype(np.int64)
        else:
            # Else 3 · 0.05 is written as 0.15000000000000002.
            columns |= {name: np.round((values + step) * axis.width, 9) for step, name in enumerate(axis.columns)}
    return with_intervals(columns, np.tile(number, len(counted)), through)


def _sizes(bins: pd.DataFrame, places: pd.DataFrame, names: list[str]) -> NDArray[np.int64]:
    sizes = places.groupby(names).size().rename("size").reset_index()
    return bins.merge(sizes, how="left", on=names)["size"].fillna(0).to_numpy(dtype=np.int64)


def cut_flow(events: pd.DataFrame, stages: Sequence[str], counted: Mapping[str, Bools]) -> Table:
    """Count the events left after each stage and those that it rejected first, then the outcomes."""
    passed = [int((events["stage"] > place).sum()) for place in range(len(stages))]
    left = [*passed, *(int(mask.sum()) for mask in counted.values())]
    rejected = [*(-np.diff([len(events), *passed])).tolist(), *[0] * len(counted)]
    columns = {"stage": [*stages, *counted], "rejected": rejected}
    return with_intervals(columns, np.full(len(left), len(events)), np.array(left))


def with_intervals(columns: Mapping[str, Any], number: NDArray[np.int64], through: NDArray[np.int64]) -> Table:
    """Make a table with n, k, k/n and its Wilson intervals (Wilson 1927, as astropy computes them)."""
    table = Table({**columns, "n": number, "k": through, "efficiency": through / np.maximum(number, 1)})
    for ending, level in CONFIDENCE.items():
        if len(table):
            low, high = binom_conf_interval(through, number, level, interval="wilson")
        else:
            low, high = np.empty((2, 0))
        table[f"low_{ending}"], table[f"high_{ending}"] = low, high
    table["few"] = number < FEW
    return table
