"""The sections of `bridge.yaml`: the keys of each, and the values that each key takes."""

from datetime import UTC, date, datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import Field, JsonValue, model_validator

from tides.settings.layers import Model, nearest
from tides.settings.streams import Against, Count, CountedBand, Positive, Words

Share = Annotated[float, Field(ge=0, le=1)]
ClockTime = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]

Modules = dict[str, Annotated[str, Field(pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$")]]
"""Python modules, by the names that the rest of the settings uses for their surveys or brokers."""

DashboardAddress = Annotated[
    str, Field(pattern=r"^(https://[\w.-]+|http://(localhost|127\.0\.0\.1|\[::1\]))(:\d{1,5})?(/[\w./~%-]*)?$")
]
"""An address that a browser opens: on its own machine, or encrypted."""

CATALOGUE = "catalogue"
"""The word in place of a survey where the magnitude of a host galaxy is meant."""

LEAST_SILENT_DAYS = 90.0
"""An object that was silent for less may be one that the rules still count nights of, or that a topic brings again."""

LEAST_OLD_DAYS = 30.0
"""The journal, the digest and the nights on the page look back less far."""

TEST_SURVEY = 5
"""4MOST's survey id for tests: its rows are never observed."""


class Live(Model):
    """When a target is live: the limits that do not depend on the survey."""

    hysteresis_mag: Annotated[float, Field(ge=0)]
    unobserved_days: Positive
    survey_night_objects: Count
    visit_objects: Count
    other_survey_days: Positive
    complete_snr: Positive | None


class Reclassified(Model):
    """The classes, types and criteria that end a target once two refreshes, so many hours apart, agree on them.

    `classes` are Sherlock's, `tns_types` TNS's. `criteria` are criteria of selection functions that never hold again
    once they fail. They end a target when the newest verdict of each of its functions fails by one of them. A
    template or a function may have other words (`against`).
    """

    hours_apart: Positive
    classes: Words
    tns_types: Words
    criteria: Words


class Hosts(Model):
    """Host galaxies: for which targets, when they are wanted at 4MOST, and how many Lasair is asked for a day.

    `not_for` are Sherlock's classes. A host is wanted when its transient was not seen for `unseen_days`, or is fainter
    than `faint_mag` (AB) in all bands that are known.
    """

    queue: bool
    template: str
    not_for: Annotated[tuple[str, ...], Field(strict=False)]
    unseen_days: Positive
    faint_mag: float
    skip_known_redshift: bool
    candidates: Count
    same_galaxy_arcsec: Annotated[float, Field(gt=0, le=10)]
    ask_again_days: Positive
    calls_a_day: Count


class Reach(Model):
    """The part of the sky that 4MOST reaches: declination (deg) and distance from the Galactic plane (deg)."""

    dec_min_deg: Annotated[float, Field(ge=-90, le=90)]
    dec_max_deg: Annotated[float, Field(ge=-90, le=90)]
    galactic_latitude_min_deg: Annotated[float, Field(ge=0, lt=90)]


class Identity(Model):
    """When two survey objects are one target."""

    radius_arcsec: Annotated[float, Field(gt=0, le=10)]
    days: Positive


class Drain(Model):
    """Bounds and waits of reading a topic."""

    batch_messages: Count
    batch_bytes: Count
    batch_s: Positive
    bound_s: Positive
    no_progress_s: Positive
    request_timeout_s: Positive


class Watch(Model):
    """Whether a run also starts when a topic has grown, how often topics are asked (s), and the least spacing (s)."""

    enabled: bool
    poll_s: Positive
    spacing_s: Positive


class Evaluation(Model):
    """Bounds and waits of judging objects."""

    objects_a_chunk: Annotated[int, Field(gt=0, le=50)]
    mapped_tasks: Annotated[int, Field(gt=0, le=1024)]
    objects_a_run: Annotated[int, Field(gt=0, le=80_000)]
    oldest_share: Share
    attempts: Count
    pause_s: Annotated[float, Field(ge=0)]
    result_timeout_s: Positive
    objects_a_submit: Count
    submit_bytes: Count
    in_flight: Count
    restart_workers: bool
    dashboard: DashboardAddress | None
    reports_folder: Annotated[str, Field(pattern="^/")] | None
    reports_kept: Count


class Rates(Model):
    """When a rate of a night has fallen: the least objects and nights that say something, and how far and how unlikely.

    The usual rate is that of the last `nights`, none of them more than `days_back` days ago.
    """

    objects_least: Count
    nights: Count
    nights_least: Count
    days_back: Count
    fraction: Annotated[float, Field(gt=0, lt=1)]
    chance: Annotated[float, Field(gt=0, lt=1)]

    @model_validator(mode="after")
    def _nights_can_be_had(self) -> "Rates":
        if self.nights_least > self.nights:
            raise ValueError("nights_least: more nights than are compared (nights)")
        return self


class Notifier(Model):
    """A channel of alarms: the class of one of Airflow's notifiers, and its arguments.

    The arguments are templates: `alarm_title`, `alarm_text`, `alarm_html` and `alarm_id` stand for those of a message.
    """

    notifier: Annotated[str, Field(pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)+$")]
    arguments: dict[str, JsonValue]

    @model_validator(mode="after")
    def _says_something(self) -> "Notifier":
        if not any(name in str(self.arguments) for name in ("alarm_text", "alarm_html")):
            raise ValueError("arguments: none has {{ alarm_text }} or {{ alarm_html }}, so that nothing would be said")
        return self


class Alarms(Model):
    """When somebody is told, and how.

    The bridge counts as standing still when no live run has ended well for `no_good_run_h` (h). The other limits:
    changes wait within `cut_off_min` (min) before the cut-off; a live target waits for 4MOST for `waiting_h` (h); a lag
    of at least `lag_messages` has grown over `lag_runs` runs; more new dead letters a day, or refused targets; a
    database of more than `database_gb` (10⁹ bytes). `digest` is when the day's digest is due (HH:MM in the cut-off's
    zone). `reports` says of which runs the report is sent. A certificate or token ends within `ends_within_d` (days);
    `tokens_end` are the days on which tokens end, by a name that people know.
    """

    no_good_run_h: Positive
    cut_off_min: Positive
    waiting_h: Positive
    lag_runs: Annotated[int, Field(ge=2, le=20)]
    lag_messages: Count
    dead_letters_a_day: Annotated[int, Field(ge=0)]
    refused: Annotated[int, Field(ge=0)]
    database_gb: Positive | None
    ends_within_d: Positive
    # A day may stand in quotes.
    tokens_end: dict[str, Annotated[date, Field(strict=False)]]
    digest: ClockTime | None
    reports: Literal["none", "not_good", "all"]
    notifiers: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")], Notifier]


class Checks(Model):
    """Where `tides_check_objects` and `tides_preview` write files: below this folder, or place of an object store.

    None: they write none.
    """

    folder: Annotated[str, Field(pattern="^(/|[a-z][a-z0-9+.-]*://)")] | None


class Lasair(Model):
    """Quota and waits of the Lasair API."""

    calls_an_hour: Count
    # The most that one call of `lightcurves` is used for (docs/contracts/lasair.md, "Calls").
    objects_a_call: Annotated[int, Field(gt=0, le=50)]
    connect_timeout_s: Positive
    read_timeout_s: Positive
    total_timeout_s: Positive
    query_timeout_s: Positive
    attempts: Count
    backoff_max_s: Positive


class Audit(Model):
    """Bounds of the daily audit: how far back it asks the broker's database, how much a call, and for which targets."""

    first_days: Positive
    overlap_days: Positive
    rows_a_call: Count
    ids_a_call: Annotated[int, Field(gt=0, le=500)]
    quota_share: Share
    refresh_days: Positive


class Annotations(Model):
    """Whether Lasair is told the state of its objects here, and on which topic of ours there."""

    enabled: bool
    topic: Annotated[str, Field(max_length=255)] | None

    @model_validator(mode="after")
    def _topic_named(self) -> "Annotations":
        if self.enabled and not self.topic:
            raise ValueError("topic: name the annotator's topic, as registered with Lasair, or set enabled: false")
        return self


class CutOff(Model):
    """4MOST's daily ingestion: its time (HH:MM in `zone`), and the limits before it (min) and after it (h)."""

    time: ClockTime
    zone: str
    # Less than an hour, since the hourly run starts at that minute.
    last_run_min: Annotated[float, Field(ge=1, lt=60)]
    no_create_min: Positive
    failed_after_h: Positive

    @model_validator(mode="after")
    def _zone_exists(self) -> "CutOff":
        try:
            zone = ZoneInfo(self.zone)
        except (ValueError, OSError, ZoneInfoNotFoundError):  # also a path, or a folder of zones
            # The list is not read without need: every start of a task checks the settings.
            raise ValueError(f"zone: no time zone {self.zone!r}{nearest(self.zone, available_timezones())}") from None
        # Lord Howe Island moves its clocks by half an hour, for example.
        months = (datetime(2026, month, 1, tzinfo=UTC).astimezone(zone) for month in range(1, 13))
        if len({local.minute for local in months}) > 1:
            raise ValueError(f"zone: summer time of {self.zone} is not whole hours; the hourly run has one minute")
        return self


class Schedules(Model):
    """When the DAGs run, where a site wants other times than those by the cut-off (`runs/schedules.py` has the rules).

    `hourly_minute` is a minute of each hour (UTC); the others are times (HH:MM) in the cut-off's zone.
    """

    hourly_minute: Annotated[int, Field(ge=0, le=59)] | None
    audit: ClockTime | None
    hosts: ClockTime | None
    reconcile: ClockTime | None


class Guard(Model):
    """How many changes one run tells 4MOST unasked, by kind. Deactivations are shares of the active targets there.

    A kind of deactivation is why the target is off (the type `tides.why`). `faint`, `unobserved`, `reclassified` and
    `unselected` each have a limit of their own. `other` is the limit of each further kind (`recurrent`, `merged`,
    `unreachable`, `host_only`), and each of these is counted by itself.
    """

    initial: bool
    created: Count
    host: Count
    merges: Annotated[int, Field(ge=0)]
    faint: Share
    reclassified: Share
    unobserved: Share
    unselected: Share
    other: Share
    at_least: Annotated[int, Field(ge=0)]
    unchanged_days: Annotated[float, Field(ge=0)]


UNSAFE = Literal["fourmost.settle_s", "fourmost.cut_off", "guard.initial"]
"""Settings whose value of a sandbox would do harm in production."""

LEAST_SETTLE_S = 300.0
"""A create can be stored so late after we gave up on it (docs/contracts/fourmost.md, "Addresses"): seconds."""


class FourMost(Model):
    """Bounds, waits and tolerances towards 4MOST. Outside `production` rows go to the test survey only.

    `unsafe` names the settings that production may have although they do harm there.
    """

    production: bool
    unsafe: Annotated[tuple[UNSAFE, ...], Field(strict=False)]
    objects_a_create: Annotated[int, Field(gt=0, le=50)]
    objects_an_update_batch: Count
    mapped_tasks: Annotated[int, Field(gt=0, le=1024)]
    updates_in_flight: Annotated[int, Field(gt=0, le=16)]
    connect_timeout_s: Positive
    read_timeout_s: Positive
    create_timeout_s: Positive
    total_timeout_s: Positive
    read_attempts: Count
    backoff_max_s: Positive
    settle_s: Positive
    throttle_s: Annotated[float, Field(ge=0)]
    retry_s: Positive
    retry_max_s: Positive
    refusals_in_a_row: Count
    failures_alone: Count
    cut_off: CutOff | None
    magnitude_tolerance: Annotated[float, Field(ge=0)]
    position_tolerance_arcsec: Annotated[float, Field(ge=0)]
    visit_radius_deg: Annotated[float, Field(gt=0, le=5)]
    name_prefix: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z-]*$")]

    @property
    def host_prefix(self) -> str:
        """The prefix of host galaxies' names: one list of 4MOST's rows by `name_prefix` shows both."""
        return f"{self.name_prefix}-H"

    @property
    def prefixes(self) -> tuple[str, str]:
        """Both prefixes of ours."""
        return self.name_prefix, self.host_prefix


class Exposure(Model):
    """Exposure times (min) in dark, grey, bright and super-bright time, for targets fainter than a magnitude."""

    fainter_than: float
    t_exp_d: Positive
    t_exp_g: Positive
    t_exp_b: Positive
    t_exp_s: Positive


class Budget(Model):
    """The survey's fibre hours (dark time), of all and of some subsurveys. `hold`: creates beyond them are held."""

    fibre_hours: Positive
    subsurveys: dict[str, Positive]
    hold: bool


class TargetTemplate(Model):
    """The values by which 4MOST is told a kind of target (docs/contracts/fourmost.md, "Columns").

    Of live targets the highest `priority` goes first. `against` is what speaks against them, where their function says
    nothing else. 4MOST itself is told neither.
    """

    priority: int = 0
    against: Against | None = None
    uploadedfor_survey_id: Count
    subsurvey: str
    ruleset: str
    template: str
    resolution: Literal[1, 2]
    cadence: int
    classification: Annotated[str, Field(pattern=r"^[A-Z]{3}(,[A-Z]{3}){0,2}$")]
    redshift_estimate: Annotated[float, Field(ge=0)]
    window_days: Annotated[float, Field(ge=0)]
    exposures: Annotated[tuple[Exposure, ...], Field(min_length=1, strict=False)]
    mag_type: dict[str, dict[CountedBand, str]]

    @model_validator(mode="after")
    def _exposures_ascend(self) -> "TargetTemplate":
        # A target gets the first row whose limit its magnitude exceeds.
        limits = [e.fainter_than for e in self.exposures]
        if limits != sorted(set(limits), reverse=True):
            raise ValueError("exposures: `fainter_than` must descend, the faintest row first")
        return self

    def exposure_of(self, mag: float) -> Exposure | None:
        """The exposure times of a target of so many mag (AB); None where it is brighter than each row."""
        return next((row for row in self.exposures if mag > row.fainter_than), None)


class Tasks(Model):
    """Retries and time limits of the DAGs' tasks and runs (s). A run is late when it has not ended within `late_s`."""

    retries: Annotated[int, Field(ge=0)]
    retry_delay_s: Positive
    retry_delay_max_s: Positive
    time_limit_s: Positive
    run_limit_s: Positive
    late_s: Positive


class Database(Model):
    """Time-outs of the bridge's sessions and of the transactions that write the master (s)."""

    statement_timeout_s: Count
    lock_timeout_s: Count
    idle_in_transaction_s: Count
    master_lock_timeout_s: Count
    master_statement_timeout_s: Count


Silent = Annotated[float, Field(ge=LEAST_SILENT_DAYS)]
Old = Annotated[float, Field(ge=LEAST_OLD_DAYS)]


class Retention(Model):
    """For how many days each kind of rows is kept (None: for ever), and how much of a day goes at most.

    The first three count from when an object was last heard of, the others from the row's own time.
    """

    candidates: Silent | None
    verdicts: Silent | None
    light_curves: Silent | None
    dead_letters: Old | None
    events: Old | None
    exchanges: Old | None
    reports: Old | None
    red_tasks: Old | None
    airflow: Old | None
    rows_a_piece: Annotated[int, Field(gt=0, le=10_000)]
    rows_a_day: Count
    seconds_a_day: Positive
