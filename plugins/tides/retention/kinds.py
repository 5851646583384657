"""What retention takes away, a kind a setting of `retention`: what goes, what stays, and why that is safe."""

from enum import StrEnum


class Kept(StrEnum):
    """A kind of rows that are kept for some time; its value is the setting.

    `goes` says which rows go once they are too old, `stays` which ones of these stay all the same, and `safe` why
    nothing that is asked for later misses what went. `statement` is the file of `include/sql/` that takes one piece.
    `part` is what has a mark of its own.
    """

    statement: str
    part: str
    goes: str
    stays: str
    safe: str

    def __new__(cls, setting: str, statement: str, part: str, goes: str, stays: str, safe: str) -> "Kept":
        """A member whose value is the setting alone."""
        member = str.__new__(cls, setting)
        member._value_ = setting
        member.statement, member.part = statement, part
        member.goes, member.stays, member.safe = goes, stays, safe
        return member

    CANDIDATES = (
        "candidates",
        "retention/forget_objects",
        "stream",
        "objects that no function ever passed: candidate, light curves, verdicts and their inputs",
        "objects of targets; what waits, or could not be judged",
        "a new alert makes the object anew; the bookmark keeps old messages from coming again",
    )
    VERDICTS = (
        "verdicts",
        "retention/thin_verdicts",
        "survey",
        "verdicts of targets that are off, between the first and the newest",
        "of each function and hash the first and newest pass, the first failure, the newest, the earliest trigger;"
        " those with inputs",
        "each rule reads the first, the newest or an extreme; what waits or is live is not touched",
    )
    LIGHT_CURVES = (
        "light_curves",
        "retention/drop_light_curves",
        "survey",
        "the newest light curve of targets that are off",
        "the light curves that verdicts were made from",
        "the page shows that of the newest verdict, and a new alert brings a newer one",
    )
    DEAD_LETTERS = (
        "dead_letters",
        "retention/drop_dead_letters",
        "",
        "dead letters that were given up, or whose object was read and judged since",
        "each that may still be read",
        "a person, or a later message, has said that it is not needed",
    )
    EVENTS = (
        "events",
        "retention/drop_events",
        "",
        "closed events",
        "open ones, acts of people, those of live targets, and what the efficiency is measured by",
        "only open events steer anything",
    )
    EXCHANGES = (
        "exchanges",
        "retention/drop_exchanges",
        "",
        "requests to 4MOST and its answers",
        "creates, what 4MOST stored or showed, and all of live targets",
        "what 4MOST holds is in fourmost_target and fourmost_key, which are never touched",
    )
    REPORTS = (
        "reports",
        "retention/empty_reports",
        "",
        "the text of reports, and what tides_check_objects said",
        "the row of each attempt with its times, its counts and whether it was good",
        "the journal needs that an attempt has a row, and reads no report",
    )
    RED_TASKS = (
        "red_tasks",
        "retention/drop_red_tasks",
        "",
        "why a task was red",
        "its run's report",
        "only the report of the same run reads it again",
    )
