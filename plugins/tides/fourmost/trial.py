"""A trial row on 4MOST's test survey shows whether 4MOST stores the dates that we send, in JD.

The dates freeze at ingestion, so a wrong one could never be mended.
"""

from collections.abc import Mapping

from tides.errors import AnswerBroken, ServiceAway
from tides.fourmost.api import FourMostApi
from tides.fourmost.fields import BandMagnitude, Target
from tides.fourmost.outcomes import Stored
from tides.fourmost.payload import wanted_row
from tides.settings.sections import TEST_SURVEY, TargetTemplate

DATES = ("date_earliest", "date_latest")
SAME_DATE_D = 1e-4
"""Two dates within this (days, 9 s) are the same."""


def try_dates(client: FourMostApi, templates: Mapping[str, TargetTemplate], prefix: str, now_jd: float) -> str:
    """Creates an inactive row on the test survey, reads it back and deletes it; says what 4MOST made of its dates.

    Raises ServiceAway when 4MOST does not store or does not delete it, AnswerBroken when a date came back as another.
    """
    name, template = next(iter(templates.items()))
    survey, magnitude_types = next(iter(template.mag_type.items()))
    magnitude = BandMagnitude(survey, next(iter(magnitude_types)), 21.0, 0.1)
    target = Target(0, f"{prefix}-trial", 150.0, -30.0, (magnitude,), round(now_jd + 120, 5))
    row = wanted_row(target, template, now_jd) | {
        "uploadedfor_survey_id": TEST_SURVEY,
        # 4MOST may ingest it before it is deleted; an inactive row takes no fibre.
        "is_active": False,
        "date_earliest": round(now_jd, 5),
    }
    (outcome,) = client.create([row])
    if not isinstance(outcome, Stored):
        raise ServiceAway(f"4MOST did not store a trial row of template {name}: {outcome.reason}")
    pk = outcome.row["id"]
    stored = client.get(pk) or {}
    # It is deleted before its dates are compared: it must not stay, whatever they are.
    deleted = client.delete(pk)
    if not isinstance(deleted, Stored):
        raise ServiceAway(
            f"the trial row {pk} ({row['name']}) could not be deleted: {deleted.reason}; delete it by hand"
        )
    for date in DATES:
        if not isinstance(stored.get(date), int | float) or abs(stored[date] - row[date]) > SAME_DATE_D:
            raise AnswerBroken(f"4MOST was sent {date} {row[date]} (JD) and stores {stored.get(date)!r}: ask 4MOST")
    return (
        f"{' and '.join(f'{date} {stored[date]:.5f}' for date in DATES)} came back as sent, in JD; row {pk} is deleted"
    )
