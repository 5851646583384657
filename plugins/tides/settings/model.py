"""The settings: `include/config/bridge.yaml` and the layers over it, as a typed model.

Secrets and addresses are in Airflow connections instead. A wrong setting is refused with file, key and reason.
"""

import json
import os
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from tides.photometry.bands import COUNTED
from tides.settings.layers import Changed, Model, changed_settings, nearest, read_layers
from tides.settings.page import Page
from tides.settings.sections import (
    CATALOGUE,
    LEAST_SETTLE_S,
    TEST_SURVEY,
    Alarms,
    Annotations,
    Audit,
    Budget,
    Checks,
    Database,
    Drain,
    Evaluation,
    FourMost,
    Guard,
    Hosts,
    Identity,
    Lasair,
    Live,
    Modules,
    Rates,
    Reach,
    Reclassified,
    Retention,
    Schedules,
    TargetTemplate,
    Tasks,
    Watch,
)
from tides.settings.streams import FunctionUse, Stream, StreamLive
from tides_bundle import bundle_of

BUNDLE = bundle_of(Path(__file__).resolve().parents[2])
"""The folder that holds dags/, include/ and docs/operations.md."""

DEFAULT_FILE = BUNDLE / "include" / "config" / "bridge.yaml"


class Settings(Model):
    """All of `bridge.yaml`."""

    surveys: Annotated[Modules, Field(min_length=1)]
    brokers: Annotated[Modules, Field(min_length=1)]
    streams: Annotated[dict[str, Stream], Field(min_length=1)]
    live: Live
    reclassified: Reclassified
    hosts: Hosts
    reach: Reach
    identity: Identity
    drain: Drain
    watch: Watch
    evaluation: Evaluation
    rates: Rates
    alarms: Alarms
    checks: Checks
    lasair: Lasair
    audit: Audit
    annotations: Annotations
    fourmost: FourMost
    guard: Guard
    budget: Budget
    targets: dict[str, TargetTemplate]
    page: Page
    database: Database
    tasks: Tasks
    schedules: Schedules
    retention: Retention

    @model_validator(mode="after")
    def _streams_agree(self) -> "Settings":
        for name, stream in self.streams.items():
            for kind, known, asked in (
                ("survey", self.surveys, stream.survey),
                ("broker", self.brokers, stream.broker),
            ):
                if asked not in known:
                    raise ValueError(f"streams.{name}.{kind}: no {kind} {asked!r}{nearest(asked, known)}")
            for use in stream.functions:
                if use.template not in self.targets:
                    near = nearest(use.template, self.targets)
                    raise ValueError(f"streams.{name}.functions: no target template {use.template!r}{near}")
        topics = [s.topic for s in self.streams.values()]
        if len(set(topics)) < len(topics):
            raise ValueError("streams: two streams read the same topic; one would take the other's messages")
        for name, link in self.page.links.items():
            if link and link.survey and link.survey not in self.surveys:
                raise ValueError(f"page.links.{name}: no survey {link.survey!r}{nearest(link.survey, self.surveys)}")
        # The limits belong to the survey: the rule "live or not" does not know which stream brought an object.
        faint = {s.survey: s.live for s in self.streams.values()}
        if any(s.live != faint[s.survey] for s in self.streams.values()):
            raise ValueError("streams: two streams of one survey must have the same `live` limits")
        return self

    @model_validator(mode="after")
    def _templates_fit(self) -> "Settings":
        if CATALOGUE in self.surveys:
            raise ValueError(f"surveys: {CATALOGUE!r} stands for catalogues of galaxies; give the survey another name")
        if self.hosts.template not in self.targets:
            near = nearest(self.hosts.template, self.targets)
            raise ValueError(f"hosts.template: no target template {self.hosts.template!r}{near}")
        if CATALOGUE not in self.targets[self.hosts.template].mag_type:
            raise ValueError(f"targets.{self.hosts.template}.mag_type: needs `catalogue`, for host galaxies")
        for name, template in self.targets.items():
            for asked in template.mag_type:
                if asked not in (*self.surveys, CATALOGUE):
                    near = nearest(asked, (*self.surveys, CATALOGUE))
                    raise ValueError(f"targets.{name}.mag_type: no survey {asked!r}{near}")
            # Rows of other surveys are observed for real, so a trial must not be able to make one.
            if not self.fourmost.production and template.uploadedfor_survey_id != TEST_SURVEY:
                raise ValueError(
                    f"targets.{name}.uploadedfor_survey_id: outside production (fourmost.production: false) it must be"
                    f" {TEST_SURVEY}, the test survey"
                )
        return self

    @model_validator(mode="after")
    def _waits_fit(self) -> "Settings":
        # A request that is still under way must not count as settled: it would be sent twice.
        if self.fourmost.settle_s <= self.fourmost.total_timeout_s:
            raise ValueError("fourmost.settle_s must be longer than fourmost.total_timeout_s")
        return self

    @model_validator(mode="after")
    def _kept_as_long_as_asked_for(self) -> "Settings":
        longest = {
            "audit.refresh_days": self.audit.refresh_days,
            "rates.days_back": self.rates.days_back,
            "live.unobserved_days": self.live.unobserved_days,
            "live.other_survey_days": self.live.other_survey_days,
            "hosts.unseen_days": self.hosts.unseen_days,
            **{f"streams.{name}.live.recurrent_days": s.live.recurrent_days for name, s in self.streams.items()},
        }
        key, days = max(longest.items(), key=lambda item: item[1])
        for name in ("candidates", "verdicts", "light_curves"):
            kept = getattr(self.retention, name)
            if kept is not None and kept <= days:
                raise ValueError(
                    f"retention.{name}: {kept:g} days must be more than {key} ({days:g}), which reads them"
                )
        return self

    @model_validator(mode="after")
    def _production_is_safe(self) -> "Settings":
        if not self.fourmost.production:
            return self
        harm = {
            "fourmost.settle_s": self.fourmost.settle_s < LEAST_SETTLE_S
            and f"{self.fourmost.settle_s:g} is below {LEAST_SETTLE_S:g}: a create stored late would be doubled",
            "fourmost.cut_off": self.fourmost.cut_off is None
            and "null: no target would be sent in time for 4MOST's daily ingestion",
            "guard.initial": not self.guard.initial and "false: a first start would send every target unasked",
        }
        if wrong := [f"{key} {why}" for key, why in harm.items() if why and key not in self.fourmost.unsafe]:
            raise ValueError(
                f"fourmost.production is true, and these settings are for a sandbox: {'; '.join(wrong)}. Take the"
                " sandbox's settings out of TIDES_SETTINGS, set production: false, or name the key in `fourmost.unsafe`"
            )
        return self

    def enabled_streams(self) -> dict[str, Stream]:
        """The streams that are read, by name."""
        return {name: stream for name, stream in self.streams.items() if stream.enabled}

    def as_parameters(self) -> dict[str, str]:
        """The parameters that the SQL steps on the master bind, all as text."""
        surveys = [
            {
                "survey": survey,
                "streams": [name for name, stream in self.streams.items() if stream.survey == survey],
                "bands": list(COUNTED),
                **limits.model_dump(),
            }
            for survey, limits in self.survey_live().items()
        ]
        return {
            "surveys": json.dumps(surveys),
            "prefix": self.fourmost.name_prefix,
            "host_prefix": self.fourmost.host_prefix,
            "host_queue": str(self.hosts.queue),
            "host_not_for": json.dumps(self.hosts.not_for),
            "host_unseen_days": str(self.hosts.unseen_days),
            "host_faint_mag": str(self.hosts.faint_mag),
            "host_skip_known_redshift": str(self.hosts.skip_known_redshift),
            "radius_arcsec": str(self.identity.radius_arcsec),
            "identity_days": str(self.identity.days),
            "most_merges": str(self.guard.merges),
            # Empty stands for a limit that is not set: the statements read it with nullif.
            **{
                name: "" if value is None else str(value)
                for part in (self.reach, self.live)
                for name, value in part.model_dump().items()
            },
        }

    def against(self, use: FunctionUse) -> Reclassified:
        """What speaks against targets that a function selected: as it says, else its template, else `reclassified`."""
        said = [each.against for each in (self.targets[use.template], use) if each.against]
        changes = {word: value for each in said for word, value in each if value is not None}
        return self.reclassified.model_copy(update=changes)

    def survey_live(self) -> dict[str, StreamLive]:
        """The live limits of each survey that a stream brings."""
        return {s.survey: s.live for s in self.streams.values()}


def setting_files() -> list[Path]:
    """`bridge.yaml` and the files that TIDES_SETTINGS lays over it, in order."""
    return [DEFAULT_FILE, *(Path(p) for p in os.environ.get("TIDES_SETTINGS", "").split(os.pathsep) if p)]


def settings_changed() -> list[Changed]:
    """The settings that TIDES_SETTINGS changes. Raises SettingsError when a file cannot be read."""
    return changed_settings(setting_files())


def load_settings(*files: Path) -> Settings:
    """Reads the files, each laid over the one before, key by key.

    Raises SettingsError with file, key and reason, and the nearest valid key for an unknown one.
    """
    files = files or tuple(setting_files())
    # The time of change is part of the cache's key, so a long-lived process sees an edited file.
    return _load(tuple((f, f.stat().st_mtime_ns if f.exists() else 0) for f in files))


@lru_cache(maxsize=8)
def _load(stamped: tuple[tuple[Path, int], ...]) -> Settings:
    return read_layers(Settings, [file for file, _ in stamped])
