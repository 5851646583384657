"""Efficiency in bins: the share of a bin's transients that comes through, with binomial intervals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import astropy.units as u
import numpy as np
import pandas as pd
from astropy.table import Table
from astropy_healpix import lonlat_to_healpix
from numpy.typing import NDArray
from scipy import stats

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

MOST_AXES = 3
"""More axes leave too few events in a bin."""


@dataclass(frozen=True)
class Axis:
    """An axis of efficiency: a column of the events.

    With a width its bins are [low + i · width, low + (i + 1) · width). They end at `high`, if there is one.
    `is_outcome` marks a value that only selected events have. Its bins then share all events as their denominator.
    """

    name: str
    label: str
    column: str
    width: float | None = None
    is_outcome: bool = False
    low: float = 0.0
    high: float | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of its columns in a table."""
        return (self.name,) if self.width is None else (f"{self.name}_low", f"{self.name}_high")

    @property
    def bins(self) -> str:
        """How the axis is binned, in words."""
        if self.width is None:
            return "each value"
        return f"{self.width:g} wide" + ("" if self.high is None else f", from {self.low:g} to {self.high:g}")


AXES = {
    axis.name: axis
    for axis in (
        Axis("z", "redshift (true, CMB)", "redshift", 0.05),
        *(Axis(f"mag_{b}", f"peak magnitude {b} (true, AB)", f"peak_mag_{b}", 0.25) for b in BANDS),
        *(Axis(f"host_mag_{b}", f"host's magnitude {b} (AB)", f"host_mag_{b}", 0.5) for b in BANDS),
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


def axes_with(bins: Sequence[str]) -> dict[str, Axis]:
    """Give all axes by name, those of `bins` ("z=0:1.2:0.1": from, to, width) with other bins.

    Raises SettingsError for an unknown axis, an axis of names, and numbers that do not make bins.
    """
    axes = dict(AXES)
    for text in bins:
        name, _, numbers = text.partition("=")
        if name not in AXES:
            raise SettingsError(f"--bins {text}: no axis {name}; did you mean {nearest(name, AXES)}?")
        if AXES[name].width is None:
            raise SettingsError(f"--bins {text}: {name} has a bin for each value; give bins of an axis of numbers")
        try:
            low, high, width = map(float, numbers.split(":"))
        except ValueError as error:
            raise SettingsError(f"--bins {text}: write AXIS=FROM:TO:WIDTH, such as z=0:1.2:0.1") from error
        share = (high - low) / width if width > 0 else 0.0
        if not np.isfinite(share) or round(share) < 1 or abs(share - round(share)) > ROUNDING * share:
            raise SettingsError(f"--bins {text}: the width must be more than 0 and divide the range")
        axes[name] = replace(AXES[name], low=low, high=high, width=width)
    return axes


def known_axes(events: pd.DataFrame, axes: Mapping[str, Axis] = AXES) -> list[Axis]:
    """Give the axes on which some event has a value."""
    return [axis for axis in axes.values() if _bins_of(events, axis).notna().any()]


def read_axes(text: str, events: pd.DataFrame, named: Mapping[str, Axis] = AXES) -> tuple[Axis, ...]:
    """Read up to three axes, such as "z" or "z,mag_r,type".

    Raises SettingsError for more axes, for an unknown name, and for an axis without values in the simulation.
    """
    names = text.split(",")
    if len(names) > MOST_AXES:
        raise SettingsError(f"--by {text}: {MOST_AXES} axes at most; tables of more have too few events a bin")
    for name in names:
        if name not in named:
            raise SettingsError(f"--by {text}: no axis {name}; did you mean {nearest(name, named)}?")
    if len(set(names)) < len(names):
        raise SettingsError(f"--by {text}: an axis stands twice")
    axes = tuple(named[name] for name in names)
    known = known_axes(events, named)
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
    place = np.floor((values - axis.low) / axis.width + ROUNDING)
    if axis.high is None:
        return place
    return place.where((place >= 0) & (place < round((axis.high - axis.low) / axis.width)))


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
    whole = _sums(bins, places, shared, events["weight"])
    through = [_sums(bins, places[mask], names, events["weight"][mask]) for mask in counted.values()]
    columns = {"outcome": np.repeat(list(counted), len(bins)), **_edges(bins, axes, len(counted))}
    return with_intervals(columns, pd.concat([whole] * len(counted)), pd.concat(through))


def binned_means(events: pd.DataFrame, axis: Axis, column: str, counted: Mapping[str, Bools]) -> Table:
    """Give the mean of a column in each bin of an axis, of what came through and of all: the bias of a selection.

    One row a bin and outcome: `n` and `k` events with a value, all and come through; `mean_all`, `mean` and their
    standard errors; `difference` is `mean` less `mean_all`. NaN stands where there is none.
    """
    known = events[column].notna()
    places = pd.DataFrame({axis.name: _bins_of(events, axis)})[known]
    bins = places.dropna().drop_duplicates().sort_values(axis.name, ignore_index=True)
    rows = events.loc[known, [column, "weight"]]
    groups = {"": rows} | {name: rows[mask[known.to_numpy()]] for name, mask in counted.items()}
    means = {name: _means(bins, places.loc[part.index], part) for name, part in groups.items()}
    whole = pd.concat([means.pop("")] * len(counted))
    part = pd.concat(means.values())
    columns = {"outcome": np.repeat(list(counted), len(bins)), **_edges(bins, [axis], len(counted))}
    return Table(
        {
            **columns, "n": whole["n"].to_numpy(), "k": part["n"].to_numpy(),
            "mean_all": whole["mean"].to_numpy(), "mean_all_err": whole["error"].to_numpy(),
            "mean": part["mean"].to_numpy(), "mean_err": part["error"].to_numpy(),
            "difference": part["mean"].to_numpy() - whole["mean"].to_numpy(),
            "few": (part["effective"] < FEW).to_numpy(),
        }
    )  # fmt: skip


def _means(bins: pd.DataFrame, places: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """The weighted mean of the first column of `rows` in each bin, its standard error, and the numbers behind it."""
    values, weight = rows.iloc[:, 0], rows["weight"]
    names = list(places.columns)
    sums = _sums(bins, places, names, weight)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = _sums(bins, places, names, weight * values)["weight"] / sums["weight"]
        # Around the bin's own mean, since squares of large values would lose the digits.
        centred = values - places.merge(bins.assign(mean=mean), how="left", on=names)["mean"].to_numpy()
        variance = _sums(bins, places, names, weight * centred**2)["weight"] / sums["weight"]
        error = np.sqrt(variance / (sums["effective"] - 1).where(sums["effective"] > 1))
    return sums.assign(mean=mean.where(sums["n"] > 0), error=error)


def _edges(bins: pd.DataFrame, axes: Sequence[Axis], times: int) -> dict[str, Any]:
    """The columns that name the bins, repeated for so many outcomes."""
    columns: dict[str, Any] = {}
    for axis in axes:
        values = np.tile(bins[axis.name].to_numpy(), times)
        if axis.width is None:
            columns[axis.name] = values.astype(str) if axis.column != "healpix" else values.astype(np.int64)
        else:
            # Else 3 · 0.05 is written as 0.15000000000000002.
            edges = (axis.low + (values + step) * axis.width for step in range(2))
            columns |= dict(zip(axis.columns, (np.round(edge, 9) for edge in edges), strict=True))
    return columns


def _sums(bins: pd.DataFrame, places: pd.DataFrame, names: list[str], weight: pd.Series) -> pd.DataFrame:
    """The sums of each bin: events, weights, and how many events of one weight say as much (Kish 1965)."""
    rows = places[names].assign(n=1, weight=weight, square=weight**2)
    if names:
        sums = bins[names].merge(rows.groupby(names).sum().reset_index(), how="left", on=names).fillna(0)
    else:
        sums = pd.DataFrame([rows.sum()] * len(bins))
    effective = (sums["weight"] ** 2 / sums["square"].where(sums["square"] > 0)).fillna(0)
    return pd.DataFrame({"n": sums["n"].astype(np.int64), "weight": sums["weight"], "effective": effective})


def cut_flow(events: pd.DataFrame, stages: Sequence[str], counted: Mapping[str, Bools]) -> Table:
    """Count the events left after each stage and those that it rejected first, then the outcomes."""
    masks = [*(events["stage"] > place for place in range(len(stages))), *counted.values()]
    one = pd.DataFrame(index=[0])
    everything = pd.DataFrame(index=events.index)
    left = pd.concat([_sums(one, everything[mask], [], events["weight"][mask]) for mask in masks])
    whole = _sums(one, everything, [], events["weight"])
    rejected = -np.diff([len(events), *left["n"][: len(stages)]])
    columns = {"stage": [*stages, *counted], "rejected": [*rejected.tolist(), *[0] * len(counted)]}
    return with_intervals(columns, pd.concat([whole] * len(masks)), left)


def with_intervals(columns: Mapping[str, Any], whole: pd.DataFrame, through: pd.DataFrame) -> Table:
    """Make a table with n, k, the share of the weight that came through, and its intervals by Wilson (1927).

    With unequal weights, an interval is that of as many events of one weight as say as much (`n_effective`).
    """
    weight = whole["weight"].where(whole["weight"] > 0).to_numpy()
    share, number = np.minimum(through["weight"].to_numpy() / weight, 1), whole["effective"].to_numpy()
    table = Table({**columns, "n": whole["n"].to_numpy(), "k": through["n"].to_numpy()})
    if not np.allclose(number, whole["n"]):
        table["n_effective"] = number
    table["efficiency"] = share
    for ending, level in CONFIDENCE.items():
        # astropy's and scipy's take whole numbers only.
        z = stats.norm.isf((1 - level) / 2)
        centre = (share * number + z**2 / 2) / (number + z**2)
        half = z / (number + z**2) * np.sqrt(number * share * (1 - share) + z**2 / 4)
        # Where none or all came through, rounding must not move the end off 0 or 1.
        table[f"low_{ending}"] = np.where(share == 0, 0, centre - half)
        table[f"high_{ending}"] = np.where(share == 1, 1, centre + half)
    table["few"] = number < FEW
    return table
