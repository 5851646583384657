"""The definition of a survey: all that the bridge has to know of it, in one value.

Each survey has a module beside this one, which holds its `SURVEY`. The settings (`surveys`) name a module for each.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from tides.lightcurves.model import LightCurves
from tides.settings.model import load_settings
from tides.settings.modules import named_module
from tides.surveys.nights import Nights

Decoder = Callable[[Sequence[bytes]], tuple[LightCurves, dict[int, str]]]
"""Reads the light curves of a chunk. Gives the columns and, by place, the reason of each broken object."""

LARGEST_ID = 2**63
"""Ids that are numbers are below this, and so fit 64 bits with sign."""


@dataclass(frozen=True)
class Survey:
    """A survey whose objects a broker sends.

    `id_form` is the form of an object's id (ASCII). `id_is_number` tells whether the id is a number, which messages may
    send as a number. `id_key` and `points_key` are the keys of the id and of the detections in a raw light curve.
    `unused_id` is a well-formed id of no object. `precedence` orders the surveys: where several know a target, the
    lowest counts. `bands` are those of its filters. `decode` reads raw light curves, which brokers hand over in the
    survey's shape. No date of the survey lies before `since_jd` (JD UTC). Every function asks `own_criteria` on the
    survey, each with its limit, beside those of its YAML. With `measures_all`, D3.3.3 compares its limit with the
    brightest detection of any band, sign and significance. `cell_nside` sizes the HEALPix cells
    of visited places: about half as wide as the survey's field (32: 1.8 degrees; 16: 3.7 degrees). Who changes it must
    have all cells in the database made anew (docs/science.md, "Unobserved").
    """

    name: str
    id_form: re.Pattern[str]
    id_key: str
    points_key: str
    unused_id: str
    nights: Nights
    precedence: int
    bands: str
    since_jd: float
    decode: Decoder
    id_is_number: bool = False
    own_criteria: tuple[tuple[str, float], ...] = ()
    measures_all: bool = False
    cell_nside: int = 32

    def is_id(self, text: str) -> bool:
        """Whether a text is an id of an object of this survey."""
        return bool(self.id_form.fullmatch(text)) and (not self.id_is_number or int(text) < LARGEST_ID)

    def night(self, jd_utc: float) -> int:
        """The survey's own number of the night that holds a time in JD UTC."""
        return self.nights.number(jd_utc)

    def night_end(self, night: int) -> float:
        """When a night ends (JD UTC), by its number."""
        return self.nights.end_jd(night)


@cache
def survey(name: str) -> Survey:
    """The survey of a name. Raises SettingsError when the settings do not name it or its module is wrong."""
    return named_module("surveys", load_settings().surveys, name, "SURVEY", Survey)


def surveys() -> list[Survey]:
    """All surveys of the settings, in order of precedence."""
    return sorted((survey(name) for name in load_settings().surveys), key=lambda known: known.precedence)
