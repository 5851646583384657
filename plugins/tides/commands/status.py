"""`tides status`: how the night went, and what needs somebody."""

import argparse
from collections.abc import Iterator
from datetime import UTC, datetime
from textwrap import fill

from tides.commands.output import put_json
from tides.foreign import quoted
from tides.hooks.database import open_database
from tides.reports.attention import Level, Need
from tides.reports.now import Now, read_now
from tides.reports.screen import WIDTH
from tides.reports.words import at
from tides.settings.model import load_settings


def run(args: argparse.Namespace) -> int:
    """Prints the first lines of the page "TiDES" in Airflow's UI. Gives 1 when something needs somebody."""
    settings, moment = load_settings(), datetime.now(UTC)
    with open_database("status", read_only=True) as database, database.transaction():
        now = read_now(database, settings, moment)
    if args.json:
        put_json(args, {"line": now.line, "needs": now.needs, "run": now.run, "streams": now.streams})
    else:
        print("\n".join(_lines(now)))
    return 0 if now.line.level is Level.GOOD and not now.needs else 1


def _lines(now: Now) -> Iterator[str]:
    yield fill(now.line.words, WIDTH)
    if now.run:
        how = "good" if now.run.good else "not good"
        yield f"The last live run ended at {at(now.run.ended_at)} UTC: {how}."
    yield "" if now.needs else "Nothing needs somebody."
    for need in now.needs:
        yield from _of(need)
    if now.needs:
        yield "docs/operations.md says more of each, by its name."


def _of(need: Need) -> Iterator[str]:
    about = f": {', '.join(quoted(each) for each in need.about)}" if need.about else ""
    words = f". {quoted(need.words)}" if need.words else ""
    said = f"{need.level.upper():4}  {need.what}, since {at(need.since)} UTC{about}{words}"
    for text in (said, f"      What to do: {need.todo}"):
        yield fill(text, WIDTH, subsequent_indent=" " * 6, break_on_hyphens=False)
