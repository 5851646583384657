"""A survey that exists in tests only: ids, nights, bands and light curves are unlike those of the real ones."""

import json
import re
from collections.abc import Sequence

import numpy as np

from tides.lightcurves.model import Detections, Fadings, LightCurves
from tides.photometry.bands import BANDS
from tides.surveys.nights import Nights
from tides.surveys.survey import Survey


def decode(raws: Sequence[bytes]) -> tuple[LightCurves, dict[int, str]]:
    """Reads {"star": id, "epochs": [[jd, band, mag, err], …]}: magnitudes, and nothing that fades."""
    rows, broken = [], {}
    for place, raw in enumerate(raws):
        try:
            epochs = sorted(json.loads(raw)["epochs"])
            rows += [(place, jd, BANDS.index(band), mag, err) for jd, band, mag, err in epochs]
        except (ValueError, KeyError, TypeError) as error:
            broken[place] = f"not a light curve of the toy: {type(error).__name__}"
    objects, jd, band, mag, err = np.array(rows, dtype=float).reshape(-1, 5).T
    yes, none = np.ones(len(jd), dtype=bool), np.array([])
    seen = Detections(
        objects.astype(np.int32), jd, band.astype(np.int8), SURVEY.nights.place(jd), mag,
        err, 1.0857 / err, yes, np.full(len(jd), np.nan), yes, ~yes,
    )  # fmt: skip
    faded = Fadings(none.astype(np.int32), none, none.astype(np.int8), none, none, none, none.astype(bool), none)
    return LightCurves(len(raws), seen, faded, lite=np.zeros(len(raws), dtype=bool)), broken


SURVEY = Survey(
    name="toy",
    id_form=re.compile(r"toy-[0-9]{4}", re.ASCII),
    id_key="star",
    points_key="epochs",
    unused_id="toy-0000",
    nights=Nights("counted", 2460000.25),
    precedence=3,
    bands="gr",
    since_jd=2450000.5,
    decode=decode,
)
