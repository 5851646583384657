"""Spans and shares in words, as all views write them."""

from datetime import datetime, timedelta
from statistics import median


def span(time: timedelta) -> str:
    """A span in its two largest units: 3 d 4 h, 15 h 50 min, 7 min."""
    minutes = max(0, round(time.total_seconds() / 60))
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def at(moment: datetime | None) -> str:
    """A moment (UTC) to the minute; a dash for none."""
    return f"{moment:%Y-%m-%d %H:%M}" if moment else "–"


def middle(numbers: list[int]) -> str:
    """The median of the nights that are known; a dash when there is none."""
    return f"{median(numbers):g}" if numbers else "–"


def share(hits: int, of: int) -> str:
    """A share in per cent; a dash of none."""
    return f"{hits / of:.1%}" if of else "–"
