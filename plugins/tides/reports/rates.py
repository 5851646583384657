"""The rates that fell, in words: for the run's report and for `doctor`."""

from typing import Any

from tides.database.session import Connection
from tides.journal.kinds import Kind

WORDS = {"passed": "passed", "read": "could be read", "held": "held {criterion}", "failed": "failed {criterion}"}


def fallen_rates(connection: Connection) -> list[str]:
    """A sentence for each function of which a rate fell, by the open events."""
    rows = connection.execute(
        "SELECT subject, detail FROM tides.event WHERE kind = %s AND closed_at IS NULL ORDER BY subject",
        (Kind.RATE_FELL.value,),
    )
    return [_in_words(row["subject"], row["detail"]) for row in rows]


def _in_words(subject: str, detail: dict[str, Any]) -> str:
    fell = [
        f"{each['hits']} of {each['of']} objects {WORDS[each['what']].format(criterion=each['criterion'])}"
        f" (usually {each['usual']:.1%})"
        for each in detail["fell"]
    ]
    rose = [f"{each['criterion']} {each['share']:.1%} (usually {each['usual']:.1%})" for each in detail["rose"]]
    parts = [f"{subject} on {detail['night']}: {', '.join(fell)}"]
    if rose:
        parts.append(f"these fail more often: {', '.join(rose)}")
    if detail["set_aside"]:
        parts.append(f"{detail['set_aside']} objects were set aside")
    return "; ".join(parts)
