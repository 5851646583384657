"""The tables of an export: each column with its kind, unit and meaning.

A new column is one line here and one in its SQL.
Every value comes from what is dated and only added to, or from `tides.past`. So it is the same on each later day.
"""

from dataclasses import dataclass
from enum import StrEnum


class Is(StrEnum):
    """The kind of a column. A truth is never unknown; a moment is a text, ISO 8601 in UTC to the microsecond."""

    TEXT = "text"
    INTEGER = "integer"
    REAL = "real"
    TRUTH = "truth"
    MOMENT = "moment"


@dataclass(frozen=True)
class Column:
    """A column: its name, kind and meaning, the unit (as FITS and VOTable write it), and the UCD of VOTable."""

    name: str
    kind: Is
    meaning: str
    unit: str = ""
    ucd: str = ""


@dataclass(frozen=True)
class SampleTable:
    """A table of an export: what its rows are, the statement that gives them in order, and their columns."""

    name: str
    rows: str
    place: str
    columns: tuple[Column, ...]


NAME = Column("name", Is.TEXT, "Name of the target at 4MOST", ucd="meta.id;meta.main")
ID = Column("tides_id", Is.INTEGER, "Number of the target; it never changes", ucd="meta.id")
KIND = Column("kind", Is.TEXT, "sn: a transient; host: a galaxy")
SURVEY = Column("survey", Is.TEXT, "Survey that sees the object: lsst or ztf")
OBJECT = Column("object_id", Is.TEXT, "The survey's own id of the object", ucd="meta.id")
HASH = Column("function_hash", Is.TEXT, "SHA-256 of what the function says; its text is in epochs")
KNOWN = Column("trigger_known", Is.MOMENT, "When the message that made it pass was sent (UTC)", ucd="time.epoch")
INGESTED = Column("date_ingested", Is.MOMENT, "When 4MOST took it into its operations system (UTC)", ucd="time.epoch")
PK = Column("pk_4most", Is.INTEGER, "Primary key of its row at 4MOST")


def _jd(name: str, meaning: str) -> Column:
    return Column(name, Is.REAL, f"{meaning} (JD UTC)", "d", "time.epoch")


def moment(name: str, meaning: str) -> Column:
    """A column of moments."""
    return Column(name, Is.MOMENT, f"{meaning} (UTC)", ucd="time.epoch")


def place(what: str, *, main: bool = False) -> tuple[Column, Column]:
    """The two columns of a place (deg); `main`: it is the place of the row."""
    end = ";meta.main" if main else ""
    return (
        Column("ra", Is.REAL, f"Right ascension of {what}, ICRS", "deg", f"pos.eq.ra{end}"),
        Column("dec", Is.REAL, f"Declination of {what}, ICRS", "deg", f"pos.eq.dec{end}"),
    )


def _z(name: str, meaning: str, ucd: str = "src.redshift") -> Column:
    return Column(name, Is.REAL, meaning, ucd=ucd)


TARGETS = SampleTable(
    "targets",
    "one row a transient that a selection function has made a target, live or not",
    "sample/export_targets",
    (
        ID,
        NAME,
        *place("the target, as it stood when any other column of it last changed", main=True),
        Column("position_survey", Is.TEXT, "Survey whose position it is"),
        Column("template", Is.TEXT, "Target template: what kind of target it is told as"),
        Column("control", Is.TRUTH, "Only a control sample has selected it: leave it out of what functions select"),
        Column("reachable", Is.TRUTH, "4MOST can reach its position"),
        _jd("trigger_jd", "Earliest trigger of a function: last detection of the first prefix that passes"),
        KNOWN,
        _jd("first_jd", "First counted detection, by the light curves that were judged"),
        _jd("last_jd", "Last counted detection, by the light curves that were judged"),
        Column("live", Is.TRUTH, "4MOST should observe it at the time of the export"),
        Column("why", Is.TEXT, "Why it is live or not, in one word of docs/science.md"),
        Column("live_intervals", Is.INTEGER, "How many times it was live: see the table live"),
        moment("first_live", "Since when it was live for the first time"),
        moment("ended_at", "When it was last switched off; missing while it is live"),
        moment("first_told", "When 4MOST first answered that it holds it"),
        PK,
        INGESTED,
        Column("ostd_targ_id", Is.INTEGER, "4MOST's target id after ingestion"),
        Column("ostd_u_obj_id", Is.INTEGER, "4MOST's unique object id after ingestion"),
        Column("spectra", Is.INTEGER, "Spectra by any telescope, of any state"),
        Column("complete_spectra", Is.INTEGER, "Spectra that are called complete"),
        Column("sherlock_class", Is.TEXT, "Class by Sherlock at the newest refresh", ucd="src.class"),
        Column("tns_name", Is.TEXT, "Name at the Transient Name Server", ucd="meta.id"),
        Column("tns_type", Is.TEXT, "Type by a spectrum, as TNS has it", ucd="src.class"),
        _z("redshift", "Redshift of the transient by TNS"),
        _z("host_redshift", "Redshift of its host by TNS"),
        Column("host_name", Is.TEXT, "Name of its best host at 4MOST; missing if the host was never wanted there"),
        Column("host_catalogue", Is.TEXT, "Catalogue of its best host"),
        Column("host_catalogue_id", Is.TEXT, "Id of its best host there", ucd="meta.id"),
        Column("host_separation", Is.REAL, "Distance of its best host", "arcsec", "pos.angDistance"),
        _z("host_catalogue_redshift", "Spectroscopic redshift of its best host, by the catalogue"),
        _z("host_photo_z", "Photometric redshift of its best host, by the catalogue", "src.redshift.phot"),
        Column("merged_into", Is.TEXT, "The target that it turned out to be; objects and spectra are there"),
        Column("same_place_as", Is.TEXT, "An older target at its place, active too long before to be the same"),
    ),
)

OBJECTS = SampleTable(
    "objects",
    "one row an object of a survey that is a target",
    "sample/export_objects",
    (
        NAME,
        ID,
        SURVEY,
        OBJECT,
        Column("sherlock_class", Is.TEXT, "Class by Sherlock at the newest refresh", ucd="src.class"),
        Column("tns_name", Is.TEXT, "Name at TNS", ucd="meta.id"),
        Column("tns_type", Is.TEXT, "Type by TNS", ucd="src.class"),
        _z("redshift", "Redshift of the transient by TNS"),
        _z("host_redshift", "Redshift of its host by TNS"),
        Column("reclassified", Is.TEXT, "What two refreshes have called it, if it is not wanted as that"),
    ),
)

SELECTIONS = SampleTable(
    "selections",
    "of each object, stream, function and hash the first verdict that passed",
    "sample/export_selections",
    (
        NAME,
        ID,
        SURVEY,
        OBJECT,
        Column("stream", Is.TEXT, "Stream whose message was judged"),
        Column("function", Is.TEXT, "Selection function"),
        HASH,
        Column("epoch", Is.INTEGER, "Newest change of the selection before this verdict: see the table epochs"),
        Column("control", Is.TRUTH, "It passed for the function's control sample alone"),
        _jd("trigger_jd", "Last detection of the first prefix of the light curve that passes"),
        KNOWN,
        moment("judged_at", "When it was judged"),
        _jd("context_until_jd", "Detections up to then were judged by what the broker had said before"),
        Column("detections", Is.INTEGER, "Counted detections of the light curve that was judged"),
        Column("lane", Is.TEXT, "live, or the replay that judged it"),
        Column("code_version", Is.TEXT, "Digest of the code that judged"),
        Column("input_hash", Is.TEXT, "SHA-256 of all that the verdict depends on beside the function"),
    ),
)

LIVE = SampleTable(
    "live",
    "one row an interval in which a transient or a host was wanted at 4MOST",
    "sample/export_live",
    (
        NAME,
        ID,
        KIND,
        Column("number", Is.INTEGER, "1 for the first interval of the target"),
        moment("since", "Begin of the interval"),
        moment("until", "End of the interval; missing while it lasts"),
        Column("why_ended", Is.TEXT, "Why it ended, in one word of docs/science.md"),
    ),
)

STEPS = SampleTable(
    "steps",
    "every step of a target's history, with the reason in words",
    "sample/export_steps",
    (
        NAME,
        ID,
        KIND,
        moment("at", "When"),
        Column(
            "step", Is.TEXT, "selected, created, ingested, deactivated, reactivated, vetoed, forced, observed, merged"
        ),
        Column("reason", Is.TEXT, "Why, in words for people"),
    ),
)

TOLD = SampleTable(
    "told",
    "one row an answer of 4MOST's that shows what it holds of a target: after a create, a change or a look-up",
    "sample/export_told",
    (
        NAME,
        ID,
        moment("at", "When 4MOST answered"),
        Column("verb", Is.TEXT, "create, change or look up"),
        Column("pk", Is.INTEGER, "Primary key of the row at 4MOST"),
        Column("uploadedfor_survey_id", Is.INTEGER, "4MOST's survey that asks for it"),
        Column("subsurvey", Is.TEXT, "Its subsurvey"),
        Column("is_active", Is.INTEGER, "1: 4MOST may observe it; 0: it must not"),
        *place("the row"),
        Column("mag", Is.REAL, "AB magnitude that was told", "mag", "phot.mag"),
        Column("mag_err", Is.REAL, "Its error", "mag", "stat.error;phot.mag"),
        Column("mag_type", Is.TEXT, "Its band, as 4MOST calls it"),
        _z("redshift_estimate", "Redshift that was told: measured, or the template's"),
        Column("template", Is.TEXT, "Spectral template"),
        Column("ruleset", Is.TEXT, "Rule by which a spectrum is complete"),
        Column("cadence", Is.INTEGER, "Cadence, as 4MOST codes it"),
        Column("classification", Is.TEXT, "Classification, as 4MOST codes it"),
        _jd("date_latest", "End of the window; 0: none"),
        Column("t_exp_d", Is.REAL, "Exposure time in dark time", "min"),
        Column("t_exp_g", Is.REAL, "Exposure time in grey time", "min"),
        Column("t_exp_b", Is.REAL, "Exposure time in bright time", "min"),
    ),
)

SPECTRA = SampleTable(
    "spectra",
    "one row a spectrum of a target, by any telescope",
    "sample/export_spectra",
    (
        NAME,
        ID,
        KIND,
        Column("night", Is.TEXT, "Date of the evening"),
        Column("source", Is.TEXT, "Who took it"),
        Column("state", Is.TEXT, "attempted, partial or complete"),
        Column("snr", Is.REAL, "Signal to noise, as the source counts it", ucd="stat.snr"),
        moment("recorded_at", "When the bridge learnt of it as it is"),
    ),
)

HOSTS = SampleTable(
    "hosts",
    "one row a galaxy that may be the host of a target",
    "sample/export_hosts",
    (
        NAME,
        ID,
        Column("rank", Is.INTEGER, "1: the best host of the target, the only one that may be sent"),
        Column("separation", Is.REAL, "Distance from the target", "arcsec", "pos.angDistance"),
        Column("host_id", Is.INTEGER, "Number of the galaxy; it never changes", ucd="meta.id"),
        Column("host_name", Is.TEXT, "Its name at 4MOST; missing if it was never wanted there", ucd="meta.id"),
        Column("catalogue", Is.TEXT, "Its catalogue"),
        Column("catalogue_id", Is.TEXT, "Its id there", ucd="meta.id"),
        *place("the galaxy"),
        _z("redshift", "Its spectroscopic redshift by the catalogue"),
        _z("photo_z", "Its photometric redshift by the catalogue", "src.redshift.phot"),
        Column("band", Is.TEXT, "Band of mag"),
        Column("mag", Is.REAL, "Its magnitude by the catalogue", "mag", "phot.mag"),
        Column("mag_err", Is.REAL, "The error of mag", "mag", "stat.error;phot.mag"),
        Column("radius", Is.REAL, "Its semi-major axis by the catalogue", "arcsec", "phys.angSize.smajAxis"),
        Column("live", Is.TRUTH, "It is wanted at 4MOST at the time of the export"),
        Column("why", Is.TEXT, "Why it is wanted or not, in one word"),
        PK,
        INGESTED,
    ),
)

DECISIONS = SampleTable(
    "decisions",
    "one row a veto or a force by a person",
    "sample/export_decisions",
    (
        Column("decision_id", Is.INTEGER, "Its number", ucd="meta.id;meta.main"),
        Column("verb", Is.TEXT, "veto or force"),
        Column("name", Is.TEXT, "The target; missing for a decision on a place"),
        *place("the place; missing for a decision on a target"),
        Column("radius", Is.REAL, "Radius around the place", "arcsec", "phys.angSize"),
        Column("reason", Is.TEXT, "Why, in the person's words"),
        moment("at", "When it was made"),
        moment("undone_at", "When it was taken back; missing while it stands"),
    ),
)

EPOCHS = SampleTable(
    "epochs",
    "every filter, function, template and limit that made the selection, with its time of use",
    "sample/export_epochs",
    (
        Column("epoch", Is.INTEGER, "Its number: they follow one another in time", ucd="meta.id;meta.main"),
        Column("kind", Is.TEXT, "filter, function, template or limits"),
        Column("subject", Is.TEXT, "Stream, stream/function, template, or name of the limits"),
        moment("since", "Since when"),
        moment("until", "Until when; missing while it holds"),
        HASH,
        Column("content", Is.TEXT, "What holds (JSON), of a function its text; missing: no longer in use"),
    ),
)

SAMPLE = (TARGETS, OBJECTS, SELECTIONS, LIVE, STEPS, TOLD, SPECTRA, HOSTS, DECISIONS, EPOCHS)
"""All tables of an export, in the order of its README."""
