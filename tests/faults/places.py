"""Where and in which nights the simulated surveys looked: what the sky itself says, apart from the bridge."""

from datetime import datetime

import numpy as np

from sandbox.sky.clock import mjd_utc_of
from sandbox.sky.sky import Sky
from sandbox.sky.truth import night_of
from tests.faults.year import Year

SILENT = (
    "SELECT m.name, m.why, a.survey, a.object_id, a.last_jd - 2400000.5 AS last_mjd"
    " FROM tides.tides_master AS m JOIN tides.tides_alias AS a USING (tides_id)"
    " WHERE m.why IN ('live', 'unobserved') AND a.last_jd IS NOT NULL"
)


def nights_since(sky: Sky, survey: str, object_id: str, last_mjd: float, now: datetime) -> tuple[int, int]:
    """In how many nights after a date (MJD UTC) the survey has told of anything in the object's field, and anywhere."""
    objects, alerts = sky.surveys[survey], sky.alerts[survey]
    fields = sky.sources.field[objects.source]
    own = fields[np.flatnonzero(objects.ids.astype(str) == object_id)[0]]
    later = (alerts.utc_mjd <= mjd_utc_of(now)) & (alerts.night > night_of(survey, np.array(last_mjd)))
    there = later & (fields[alerts.owner] == own)
    return len(np.unique(alerts.night[there])), len(np.unique(alerts.night[later]))


def what_is_not_seen_was_looked_for_at_its_place(year: Year) -> list[str]:
    """Counts, too, on how many days a target was live though the survey has looked often enough elsewhere."""
    settings, broken = year.bridge.settings, []
    for row in year.bridge.rows(SILENT):
        limit = settings.streams[row["survey"]].live.unobserved_visits
        silent_d = mjd_utc_of(year.midnight) - row["last_mjd"]
        there, anywhere = nights_since(year.sky, row["survey"], row["object_id"], row["last_mjd"], year.midnight)
        if row["why"] == "live":
            year.counts["live, and the survey looked elsewhere"] += there < limit <= anywhere
        elif there < limit and silent_d < min(settings.live.unobserved_days, settings.live.other_survey_days):
            broken.append(f"{row['name']} {row['survey']}: {there} nights, {silent_d:.1f} d")
    return broken
