"""Spans, shares and verdicts in words, as all views write them."""

from datetime import datetime, timedelta
from statistics import median

from tides.clock import utc
from tides.judgement.form import Said
from tides.judgement.words import measure_in_words
from tides.reports.rows import Checked


def span(time: timedelta) -> str:
    """A span in its two largest units: 3 d 4 h, 15 h 50 min, 7 min."""
    minutes = max(0, round(time.total_seconds() / 60))
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def hours(number: float | None) -> str:
    """So many hours in words; a dash for none."""
    return "–" if number is None else span(timedelta(hours=number))


def at(moment: datetime | None) -> str:
    """A moment (UTC) to the minute; a dash for none."""
    return f"{moment:%Y-%m-%d %H:%M}" if moment else "–"


def verdict(checked: Checked) -> str:
    """A verdict in a word or two."""
    if checked.passed is None:
        return "not judged"
    if checked.control:
        return "passes, by the control sample"
    if checked.passed:
        return "passes" if checked.passes_now else "passed, and would not now"
    return "fails"


def trigger(checked: Checked) -> str:
    """The trigger date (UTC) to the minute; a dash for none."""
    return at(None if checked.trigger_jd is None else utc(checked.trigger_jd))


def criterion(said: Said) -> str:
    """A criterion with value and limit, and whether it holds; in parentheses the parts that it combines."""
    held = {True: "holds", False: "fails", None: "unknown"}[said["held"]]
    words = f"{said['name']} {measure_in_words(said['value'])}, limit {measure_in_words(said['limit'])}: {held}"
    if note := said.get("note"):
        words += f", {note}"
    parts = "; ".join(criterion(part) for part in said.get("of", []))
    return f"{words} ({parts})" if parts else words


def middle(numbers: list[int]) -> str:
    """The median of the nights that are known; a dash when there is none."""
    return f"{median(numbers):g}" if numbers else "–"


def share(hits: int, of: int) -> str:
    """A share in per cent; a dash of none."""
    return f"{hits / of:.1%}" if of else "–"
