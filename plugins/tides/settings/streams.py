"""The section `streams` of `bridge.yaml`: the topics that are read, and how their messages are understood."""

from functools import cached_property
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from tides.photometry.bands import COUNTED
from tides.settings.layers import Model


def _counted_band(name: str) -> str:
    if name not in (*COUNTED,):
        raise ValueError(f"{name!r} is no band that counts; those are {', '.join(COUNTED)}")
    return name


Way = Literal["message", "bulk", "object"]
"""The way to a light curve: in the message, by a call for many objects, or by one call an object."""

Scale = Literal["jd_utc", "mjd_tai"]
Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(gt=0)]
CountedBand = Annotated[str, AfterValidator(_counted_band)]
"""A band that counts for live or not. Only of these a message's columns are read and 4MOST is told."""


class DateColumn(Model):
    """A message column that holds a date, with its time scale."""

    column: str
    scale: Scale


class BandColumns(Model):
    """The message columns of a band's newest magnitude (AB mag, or nJy), its date, and the brightest magnitude."""

    date: DateColumn
    mag: str | None = None
    flux_njy: str | None = None
    brightest: str | None = None

    @model_validator(mode="after")
    def _one_of_mag_and_flux(self) -> "BandColumns":
        if (self.mag is None) == (self.flux_njy is None):
            raise ValueError("name either `mag` (AB mag) or `flux_njy` (nJy)")
        return self


class Columns(Model):
    """The names of the columns of a stream's messages, by their meaning."""

    id: str
    ra: str
    dec: str
    first_detection: DateColumn
    last_detection: DateColumn
    detections: str
    # `class` is a word of Python.
    sherlock_class: str = Field(alias="class")
    bands: dict[CountedBand, BandColumns]

    def names(self) -> frozenset[str]:
        """Every column named here. The filter at Lasair has to select them all."""
        return self._names

    @cached_property
    def _names(self) -> frozenset[str]:
        bands = [n for b in self.bands.values() for n in (b.mag, b.flux_njy, b.brightest, b.date.column) if n]
        dates = [self.first_detection.column, self.last_detection.column]
        return frozenset([self.id, self.ra, self.dec, self.detections, self.sherlock_class, *dates, *bands])


Words = Annotated[tuple[str, ...], Field(strict=False)]


class Against(Model):
    """What speaks against targets of a function or template. What is None is as the wider setting says.

    `classes` are Sherlock's, `tns_types` TNS's, `criteria` those of the function (the section `reclassified`).
    """

    classes: Words | None = None
    tns_types: Words | None = None
    criteria: Words | None = None


class FunctionUse(Model):
    """A selection function that a stream uses, and the target template that its objects get.

    `target` says whether the transient is wanted while it is live, or only its host later. `spectra` is the number of
    good spectra that end the request. `against` is what speaks against the targets that it selected.
    """

    name: str
    template: str
    target: Literal["live", "host"] = "live"
    spectra: Annotated[int, Field(ge=1)] = 1
    against: Against | None = None


class LasairFilter(Model):
    """The stream's filter as Lasair holds it: the three parts of its query."""

    selected: str
    tables: str
    conditions: str


class StreamLive(Model):
    """When a target of this stream's survey counts as live (docs/science.md, "Live or not")."""

    faint_limit: Annotated[float, Field(gt=10, lt=30)]
    current_window_days: Positive
    current_max_age_days: Positive
    unobserved_visits: Count
    recurrent_days: Positive


class StreamAudit(Model):
    """How far a row of the broker's database can be compared with what the stream brought.

    `changed` is the column with the time of a row's last change (date and time in UTC). Without it the last detection
    stands for that time. A row younger than `settle_hours` before the last read to the end is left for later. `tns`
    tells whether the refresh also asks for TNS's entries (Lasair's table `crossmatch_tns`).
    """

    changed: str | None = None
    settle_hours: Annotated[float, Field(ge=0)]
    tns: bool = True


class Stream(Model):
    """One topic of a broker, with a survey's alerts. `survey` and `broker` are names of the sections of that name."""

    enabled: bool = True
    survey: str
    broker: str = "lasair"
    # Kafka's own rule for the name of a topic.
    topic: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,249}$")]
    group_id: Annotated[str, Field(min_length=1)]
    light_curves: Way
    columns: Columns
    # YAML has no tuples: a strict field would refuse its lists.
    functions: Annotated[tuple[FunctionUse, ...], Field(min_length=1, strict=False)]
    filter: LasairFilter
    audit: StreamAudit
    live: StreamLive
