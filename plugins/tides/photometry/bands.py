"""The bands, in one table: which count for live or not, and in which order 4MOST is told them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Band:
    """A band of a survey's filters.

    `counts`: its detections count for live or not (docs/science.md, "Live or not"). `told` is its place among the bands
    whose current magnitude 4MOST is told. The lowest place with a known magnitude is taken; None is never told.
    """

    name: str
    counts: bool = False
    told: int | None = None


# A fixed order for 4MOST, so that the band told does not change with each point (docs/science.md).
TABLE = (
    Band("u"),
    Band("g", counts=True, told=3),
    Band("r", counts=True, told=1),
    Band("i", counts=True, told=2),
    Band("z", counts=True, told=4),
    Band("y"),
)
"""All bands, the bluest first."""

BANDS = "".join(band.name for band in TABLE)
"""A band's code is its place in this string."""

COUNTED = "".join(band.name for band in TABLE if band.counts)
"""The bands that count for live or not."""

TOLD_FIRST = tuple(name for _, name in sorted((band.told, band.name) for band in TABLE if band.told is not None))
"""The bands whose magnitude 4MOST is told, by preference: r, i, g, z."""
