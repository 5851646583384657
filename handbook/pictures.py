"""The gallery: the pictures of docs/ that `make pictures` takes, each with what it shows."""

from handbook.markdown import page, words
from handbook.source import PROJECT

FOLDER = PROJECT / "docs"

SHOWN = {
    "page-now": "The view *Now*: how the night went, what needs somebody, tonight's numbers, and the last runs.",
    "page-object": "The view *Object*: why it is live or not, its light curve, each criterion, what 4MOST was told.",
    "page-tonight": "The view *Tonight*: the new targets, one by one, each with its reason beside its light curve.",
    "page-targets": "The view *Targets*: the list by search and filter, and its exports.",
    "page-sky": "The view *Sky*: where the targets are, 4MOST's reach, and its candidate visits.",
    "page-statistics": "The view *Statistics*: the funnel by night, the criteria, completeness, and fibre hours.",
    "page-what-if": "The view *What if*: an edited function, and what it would change.",
    "page-decide": "The view *Decisions*: a veto, and what exactly 4MOST would be told.",
    "page-held": "The view *Held and not sent*, for somebody who may edit.",
    "page-health": "The view *Health*: events, dead letters, lag, completeness, and the nights.",
    "page-report": "The report of a run, as a tab of the run in Airflow.",
    "grid": "The hourly run in Airflow's own grid view.",
    "figure-light-curve": "A light curve by `tides check --plots`.",
    "figure-efficiency": "The efficiency of a function over redshift, by `tides efficiency`.",
}
"""What each picture shows, by its name, in the order of the gallery. Views that are still to come have their line."""


def pictures() -> str:
    """The page: each picture of docs/, with what it shows."""
    parts = [
        "# Pictures",
        "They show the sandbox. `make pictures` takes them anew: it spreads one night over 45, and holds 60 changes.",
    ]
    for name, shown in SHOWN.items():
        if (FOLDER / f"{name}.png").exists():
            parts += [words(shown), f"![{words(shown)}](../{name}.png)"]
    return page(*parts)
