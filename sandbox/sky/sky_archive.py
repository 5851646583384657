"""The generated sky as an archive: its objects, messages and truth."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np

from sandbox.sky.archive import Message
from sandbox.sky.clock import mjd_utc_of
from sandbox.sky.hosts import matches_of
from sandbox.sky.lsst_packets import lsst_columns, lsst_message, lsst_object
from sandbox.sky.sky import Sky
from sandbox.sky.sources import KINDS
from sandbox.sky.truth import EITHER, NO, WORDS, YES
from sandbox.sky.ztf_packets import ztf_light_curve, ztf_message

REPEAT_EVERY = 20


class SkyArchive:
    """The generated sky."""

    def __init__(self, sky: Sky) -> None:
        self.sky = sky
        self._index = {
            name: {key: i for i, key in enumerate(objects.ids.tolist())} for name, objects in sky.surveys.items()
        }
        self._names: dict[int, str] = {}  # by source: the id that its first survey has for it
        for objects in sky.surveys.values():
            for source, object_id in zip(objects.source.tolist(), objects.ids.tolist(), strict=True):
                self._names.setdefault(source, str(object_id))

    def ztf_light_curve(self, object_id: str, at_mjd_utc: float) -> dict[str, Any] | None:
        """As in `Archive`."""
        index = self._index["ztf"].get(object_id)
        return None if index is None else ztf_light_curve(self.sky.surveys["ztf"], index, at_mjd_utc)

    def lsst_object(self, object_id: int, at_mjd_utc: float) -> dict[str, Any] | None:
        """As in `Archive`."""
        index = self._index["lsst"].get(object_id)
        return None if index is None else lsst_object(self.sky.surveys["lsst"], index, at_mjd_utc)

    def sherlock_class(self, object_id: str | int) -> str | None:
        """As in `Archive`."""
        survey = "ztf" if isinstance(object_id, str) else "lsst"
        index = self._index[survey].get(object_id)
        return None if index is None else str(self.sky.surveys[survey].sherlock[index])

    def matches(self, object_id: str | int) -> list[dict[str, Any]]:
        """As in `Archive`; both surveys' objects of one source have the same."""
        survey = "ztf" if isinstance(object_id, str) else "lsst"
        index = self._index[survey].get(object_id)
        if index is None:
            return []
        sky, source = self.sky, int(self.sky.surveys[survey].source[index])
        return matches_of(
            self._names[source],
            str(sky.sources.sherlock[source]),
            float(sky.sources.redshift[source]),
            float(sky.ra_deg[source]),
            float(sky.dec_deg[source]),
        )

    def rows(self, survey: str, at_mjd_utc: float) -> list[dict[str, Any]]:
        """As in `Archive`."""
        objects, alerts = self.sky.surveys[survey], self.sky.alerts[survey]
        changed_mjd = np.full(len(objects.ids), -np.inf)
        told = alerts.utc_mjd <= at_mjd_utc
        np.maximum.at(changed_mjd, alerts.owner[told], alerts.utc_mjd[told])
        seen = objects.photometry.rows(objects.photometry.detected & (objects.photometry.known_mjd_utc <= at_mjd_utc))
        # No message tells of objects that the filter does not pass; the database has them all the same.
        untold = ~objects.in_feed[seen.owner]
        np.maximum.at(changed_mjd, seen.owner[untold], seen.known_mjd_utc[untold])
        columns = lsst_columns if survey == "lsst" else ztf_message
        return [columns(objects, int(i), float(changed_mjd[i])) for i in np.flatnonzero(np.isfinite(changed_mjd))]

    def messages(self, until_mjd_utc: float | None) -> Iterator[Message]:
        """As in `Archive`."""
        alerts = self.sky.alerts
        merged = sorted(
            (float(utc), survey, int(owner))
            for survey in alerts
            for utc, owner in zip(alerts[survey].utc_mjd, alerts[survey].owner, strict=True)
        )
        for number, (utc_mjd, survey, owner) in enumerate(merged):
            if until_mjd_utc is not None and utc_mjd > until_mjd_utc:
                return
            objects = self.sky.surveys[survey]
            content = (lsst_message if survey == "lsst" else ztf_message)(objects, owner, utc_mjd)
            message = Message(survey, str(objects.ids[owner]).encode(), utc_mjd, json.dumps(content).encode())
            yield message
            # Lasair repeats messages after a failed transfer (docs/contracts/lasair.md, "Messages").
            if number % REPEAT_EVERY == 0:
                yield message

    def truth(self) -> list[dict[str, Any]]:
        """As in `Archive`; each source with ids, kind, verdicts, `live` and why."""
        sky = self.sky
        now_mjd = mjd_utc_of(sky.now)
        rows: list[dict[str, Any]] = [
            {
                "source": i,
                "kind": KINDS[sky.sources.kind[i]],
                "redshift": round(float(sky.sources.redshift[i]), 4) or None,
                "sherlock": str(sky.sources.sherlock[i]),
                "ra": float(sky.ra_deg[i]),
                "dec": float(sky.dec_deg[i]),
                "reachable": WORDS[YES if sky.reachable[i] else NO],
                "lsst": None,
                "ztf": None,
                "in_stream": "no",
                "functions": {},
            }
            for i in range(len(sky.sources))
        ]
        for survey, objects in sky.surveys.items():
            told = set(sky.alerts[survey].owner[sky.alerts[survey].utc_mjd <= now_mjd].tolist())
            for number, source in enumerate(objects.source.tolist()):
                row = rows[source]
                row[survey] = objects.ids[number] if survey == "ztf" else int(objects.ids[number])
                row["in_stream"] = "yes" if number in told else row["in_stream"]
                for name, verdict in sky.verdicts[survey].items():
                    row["functions"][name] = WORDS[int(verdict[number])]
        for i, row in enumerate(rows):
            row |= self._selected_and_live(row, int(sky.off[i]), bool(sky.faint[i]))
            row["magnitude"] = WORDS[int(sky.magnitude[i])]
        return rows

    def _selected_and_live(self, row: dict[str, Any], off: int, faint: bool) -> dict[str, str]:
        """Selected by a function that makes targets of a stream that told of it; live, and why not."""
        live_functions = set().union(*self.sky.rules.live_functions.values())
        words = [verdict for name, verdict in row["functions"].items() if name in live_functions]
        selected = "yes" if "yes" in words else "either" if "either" in words else "no"
        if row["in_stream"] == "no":
            return {"selected": "no", "live": "no", "reason": "not in the stream"}
        if selected == "no":
            return {"selected": selected, "live": "no", "reason": "not selected"}
        if row["reachable"] == "no":
            return {"selected": selected, "live": "no", "reason": "unreachable"}
        if off == YES:
            return {"selected": selected, "live": "no", "reason": "faint" if faint else "unobserved"}
        if off == EITHER or selected == "either":
            return {"selected": selected, "live": "either", "reason": "near a limit"}
        return {"selected": selected, "live": "yes", "reason": "bright and current"}
