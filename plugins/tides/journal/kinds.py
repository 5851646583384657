"""Every kind of event that an operator can meet in `tides.event`: what it means, what to do, and when it ends."""

from enum import StrEnum

AT_ONCE = "at once"
"""When a record of what is over is closed."""


class Kind(StrEnum):
    """A kind of event; its value is the text in `tides.event.kind`, which an SQL file may write, too.

    `meaning` says what happened and `remedy` what a person does about it. `ends` says when the event is closed;
    `AT_ONCE` marks a record of what is over.
    """

    meaning: str
    remedy: str
    ends: str

    def __new__(cls, text: str, meaning: str, remedy: str, ends: str) -> "Kind":
        """A member whose value is the text alone."""
        member = str.__new__(cls, text)
        member._value_ = text
        member.meaning, member.remedy, member.ends = meaning, remedy, ends
        return member

    # The stream of alerts.
    GAP = (
        "gap",
        "retention took messages before they were read",
        "nothing: the next tides_audit takes in what Lasair's database still has",
        "never: it counts each further gap of its stream",
    )
    TOPIC_RECREATED = (
        "topic recreated",
        "the stream's topic was made anew, and is read from its earliest message",
        "if the filter was edited at Lasair, give the stream's `filter` in bridge.yaml the same text",
        "never: it counts each further time",
    )
    LOG_CHANGED = (
        "log changed",
        "the message before the bookmark is another one now; the topic is read from its earliest message",
        "if the filter was edited at Lasair, give the stream's `filter` in bridge.yaml the same text",
        "never: it counts each further time",
    )
    LOG_SHORTER = (
        "log shorter than the bookmark",
        "the broker lost its newest messages; the topic is read from its earliest message",
        "if the filter was edited at Lasair, give the stream's `filter` in bridge.yaml the same text",
        "never: it counts each further time",
    )
    TOPIC_MISSING = (
        "topic missing",
        "a stream that has been read has no topic any more",
        "look at the filter at Lasair; if it was renamed, change `topic` in bridge.yaml",
        "when the topic is there again",
    )
    SCHEMA_DRIFT = (
        "schema drift",
        "columns of a stream vanished, appeared or changed their type; a missing column is NULL meanwhile",
        "change the filter at Lasair, or `columns` in bridge.yaml",
        "for a column that we read: when every message has it again; for another column: at once",
    )
    LIGHT_CURVE_DRIFT = (
        "light curve drift",
        "points of a stream's light curves lack a value or hold one that cannot be true; it is unknown there, and a"
        " light curve without any point that has time, band and flux is set aside",
        "look at the example in the event; if the survey or the broker changed its form, change the survey's decoder",
        "when a later run reads enough points without it",
    )
    IMPLAUSIBLE = (
        "implausible values",
        "values of a column that we read cannot be true; they are unknown, and the event names an example",
        "if the column's unit changed, change the filter at Lasair, or `columns` in bridge.yaml",
        "when every value of the column is plausible again",
    )
    UNKNOWN_ACCEPTED = (
        "unknown values accepted",
        "a person let a column's implausible values through as unknown, by `tides stream`",
        "nothing; the acceptance ends by itself when the column is mostly plausible again",
        AT_ONCE,
    )
    LETTER_BURIED = (
        "message buried",
        "a person made a message at the bookmark a dead letter by `tides dead-letters bury` or by the page",
        "tell the developers why the drain could not read on",
        AT_ONCE,
    )
    READER_FAULT = (
        "reader fault",
        "our reader failed at a message, which is a dead letter now; the stream went on",
        "tell the developers; once it is mended: `tides dead-letters replay`",
        "when a replay leaves no dead letter of the stream",
    )
    BROKER_LOST = (
        "broker lost",
        "Lasair did not send what its database has; the audit took it in, by UTC day",
        "nothing; many on several days: ask Lasair for more bytes a night for the filter",
        AT_ONCE,
    )
    BOOKMARK_MOVED = (
        "bookmark moved",
        "a person moved the bookmark of a stream by `tides stream`",
        "nothing",
        AT_ONCE,
    )
    CONTRADICTION = (
        "light curve contradicts its message",
        "light curves of a stream do not fit their messages, or what was measured before: none of them is believed",
        "nothing where Lasair's API has a right one; many at once: ask the Lasair team what changed",
        "when none has been seen for a day",
    )
    TAKEN_BACK = (
        "taken back",
        "the broker took detections back: the newest one of some objects is older than what it said before",
        "nothing; many at once: ask the Lasair team whether the survey reprocessed its data",
        AT_ONCE,
    )
    FREED = (
        "freed",
        "a person freed an object by `tides free`: the broker's next word counts, whatever its dates",
        "nothing",
        AT_ONCE,
    )
    LETTERS_REPLAYED = (
        "dead letters replayed",
        "a person replayed dead letters by `tides dead-letters` or by the page",
        "nothing",
        AT_ONCE,
    )
    LETTERS_GIVEN_UP = (
        "dead letters given up",
        "a person gave dead letters up by `tides dead-letters`: retention may take them",
        "nothing",
        AT_ONCE,
    )
    LASAIR_FAILS = (
        "Lasair fails at an object",
        "Lasair answers for other objects, but fails again and again at this one, which is set aside; it is asked for"
        " after growing pauses",
        "tell the Lasair team the object and the words of the event; `tides dead-letters replay` asks for a"
        " light curve at once",
        "when Lasair answers for the object",
    )

    # Runs.
    RUN_LOST = (
        "run ended without its report",
        "an attempt of a run ended before its report: by its time limit, a lost server, or a clear; the next run wrote"
        " its row from the tables",
        "nothing; again and again: look at the run's tasks in Airflow, and at `tasks.run_limit_s`",
        AT_ONCE,
    )

    RUN_LATE = (
        "run late",
        "a run that nobody started by hand has not ended `tasks.late_s` after it was due; the event names it",
        "look at the run's tasks in Airflow: one may hang, or wait for a pool or a worker; Airflow ends the run after"
        " `tasks.run_limit_s`, and the next one takes up what waits",
        "when the run has ended",
    )

    # What is kept.
    PRUNED = (
        "pruned",
        "rows older than the settings of `retention` went; the event counts them by setting",
        "nothing; `tides trace` of an object or a target says what went of it",
        AT_ONCE,
    )
    RETENTION_BEHIND = (
        "retention falls behind",
        "a day was not enough to take what is older than the settings of `retention`; the event names the settings",
        "wait some days after a pause, or after a setting was made shorter; for weeks: raise `retention.rows_a_day` and"
        " `retention.seconds_a_day`",
        "when a day takes all that is too old",
    )

    # What the watchdog measures.
    NO_GOOD_RUN = (
        "no good run",
        "no live run has ended well for `alarms.no_good_run_h`; monitors outside are told no",
        "see whether Airflow's scheduler works, whether the DAG tides_bridge is paused, and which tasks are red",
        "when a live run has ended well",
    )
    CUT_OFF_NEAR = (
        "changes wait at the cut-off",
        "changes wait to be told to 4MOST, and less than `alarms.cut_off_min` are left before the cut-off",
        "look at the day's last run: is it red, or still at work? `tides sync --dry` shows the changes",
        "when nothing waits, or the cut-off is over",
    )
    WAITS_LONG = (
        "target waits for 4MOST",
        "a live target that is neither held nor refused is not active at 4MOST after `alarms.waiting_h`",
        "`tides trace` of the target says why; look at the newest reports",
        "when no target waits for so long",
    )
    LAG_GROWS = (
        "lag grows",
        "each of the last runs left more messages of a stream at the broker than the one before it",
        "look at how long the drains last, and at the broker's rate; raise `drain.bound_s` if the runs have time left",
        "when a run leaves less than the one before it",
    )
    MANY_LETTERS = (
        "many new dead letters",
        "more than `alarms.dead_letters_a_day` messages or objects were set aside within a day",
        "`tides dead-letters list` has the reasons",
        "when fewer have come within a day",
    )
    QUOTA_USED_UP = (
        "quota used up",
        "the calls to Lasair of this hour, or of the one before it, are used up; objects wait for the next hour",
        "see what uses them; again and again: ask Lasair for more calls, or have light curves sent with the messages",
        "when an hour and the one before it have calls left",
    )
    MANY_REFUSED = (
        "many refused targets",
        "4MOST refuses more than `alarms.refused` targets",
        "look at 4MOST's words on the page; when the cause is mended: `tides release --refused`",
        "when fewer are refused",
    )
    DATABASE_LARGE = (
        "database too large",
        "the database has more bytes than `alarms.database_gb`",
        "give its disk more room, then raise `alarms.database_gb`",
        "when it is smaller, or the limit larger",
    )
    ENDS_SOON = (
        "certificate or token ends",
        "a certificate of a server or of ours, or a token of `alarms.tokens_end`, ends within `alarms.ends_within_d`",
        "renew it before that day: the event names the connection; for a token, change its date in the settings, too",
        "when its successor is in use, or no connection names it any more",
    )
    METRICS_NOT_SENT = (
        "metrics not sent",
        "what a monitor outside is told could not be read or sent; no run is affected",
        "look at the words; correct the section [metrics] of Airflow's settings",
        "when the metrics are sent again",
    )

    # What is judged.
    RATE_FELL = (
        "rate fell",
        "of a night's objects none, or far fewer than usual, passed a function, could be read, or held or failed a"
        " criterion of it",
        "look at the named criteria in the newest verdicts (docs/operations.md has the queries); something changed at"
        " the broker, in the survey, or in the bridge",
        "when a night's rates are usual again, or the function or the stream's filter changes",
    )

    VERSIONS_MIXED = (
        "versions mixed",
        "workers of Dask run another version of the code than the bridge; they judge nothing, and others do their work",
        "restart the workers that the event names; where their files differ, install the same release first",
        "when a later run meets no such worker",
    )

    # Targets.
    TOO_MANY_MERGES = (
        "too many merges",
        "more pairs of targets than `guard.merges` came within 1 arcsec of each other in one run; none was merged",
        "compare positions with Lasair's; if they are right, raise `guard.merges` or merge by hand",
        "when a run merges pairs again",
    )
    RECURRENT = (
        "recurrent target",
        "a target is seen again after a long silence; it is not live",
        "if it is wanted: `tides reactivate`",
        "when a person reactivates it",
    )
    RECLASSIFIED = (
        "reclassified target",
        "two refreshes call a target something else than a supernova; it is not live",
        "nothing",
        "when two refreshes say it no more",
    )

    # What is sent to 4MOST.
    HELD = (
        "held by the guard",
        "one run had more changes of a kind than the guard's limit; all of that kind are held",
        "look at them, then `tides release`",
        "when nothing of its kind is held any more",
    )
    OVER_BUDGET = (
        "over budget",
        "what live targets ask for and what spectra took is more than the budget of fibre hours",
        "select less, or raise `budget`; `budget.hold: true` holds further creates",
        "when all of it fits into the budget again",
    )
    RELEASED = ("released", "a person released held changes of a run", "nothing", AT_ONCE)
    FIRST_START_RELEASED = (
        "first start released",
        "a person released the creates of the first start",
        "nothing",
        AT_ONCE,
    )
    REFUSALS_RELEASED = (
        "refusals released",
        "a person asked that the targets which 4MOST refused are sent again",
        "nothing",
        AT_ONCE,
    )
    WITHDRAWN = (
        "withdrawn",
        "a person withdrew what was sent for one cause, or undid that",
        "nothing",
        AT_ONCE,
    )
    FAILS_AT_TARGET = (
        "4MOST fails at a target",
        "sent alone, a target got no clear answer several times while 4MOST stored others; it is not sent again",
        "show 4MOST its words; when the cause is mended: `tides release --refused`",
        "when the target's row differs, is released or is at 4MOST",
    )
    REFUSES_EVERYTHING = (
        "4MOST refuses everything",
        "401, 403, or several targets in a row refused: the sync has stopped, and each run tries one batch",
        "mend the connection fourmost, the target template, or what `tides doctor` finds",
        "when 4MOST stores a row, or nothing waits any more",
    )
    NOT_INGESTED = (
        "4MOST has not ingested",
        "no row of ours has a `date_ingested` of this day three hours after the cut-off",
        "ask 4MOST; creates are sent again",
        "when 4MOST shows an ingestion",
    )
    COLUMNS_CHANGED = (
        "4MOST's columns changed",
        "4MOST's description of its columns does not fit what a target template makes",
        "change the template, or tell the developers",
        "when the columns fit again",
    )

    # What 4MOST holds.
    MISSING = (
        "missing at 4MOST",
        "a key that 4MOST gave us does not exist there any more; it is never created anew",
        "ask 4MOST who deleted it",
        "when a full reconcile does not meet it again",
    )
    ANOTHER_TARGET = (
        "another target at 4MOST",
        "4MOST's row under our key, or under our name, is not our target; it is refused and not sent again",
        "ask 4MOST which of the two is right",
        "when a full reconcile does not meet it again",
    )
    DOUBLE = (
        "double at 4MOST",
        "a further row of a target could not be switched off yet",
        "nothing: the next reconcile tries again",
        "when it is switched off, or a full reconcile does not meet it again",
    )
    UNKNOWN_ROW = (
        "unknown row at 4MOST",
        "a row of our prefix that this database does not know",
        "after a restore nothing; else another bridge uses the account: stop it, or change its `name_prefix`",
        "when a full reconcile does not meet it again",
    )
    IMPLAUSIBLE_AT_4MOST = (
        "implausible row at 4MOST",
        "a row of 4MOST has a value that cannot be true; the bridge takes it as unknown",
        "ask 4MOST; nothing is lost",
        "when a full reconcile does not meet it again",
    )
    FILTER_IGNORED = (
        "4MOST ignores a filter",
        "a list came whole instead of what changed; nothing is lost",
        "tell 4MOST, or look at its OPTIONS",
        "when a full reconcile does not meet it again",
    )
    DRIFT = (
        "drift at 4MOST",
        "4MOST's row differed from what it was told, and is told again",
        "nothing",
        AT_ONCE,
    )
    KEY_LEARNT_AGAIN = (
        "key learnt again",
        "a row at 4MOST was recognised as a target of ours, and its key is known again",
        "nothing",
        AT_ONCE,
    )
    RENAMED = (
        "target renamed",
        "a target that was never sent took another name, since 4MOST has its name elsewhere",
        "nothing",
        AT_ONCE,
    )

    # 4MOST's candidate visits.
    VISITS_CLOSED = (
        "candidate visits closed",
        "the connection fourmost has a token only, which does not open 4MOST's candidate visits",
        "nothing, or give the connection a login and password",
        "with the next reading",
    )
    VISITS_UNREADABLE = (
        "visits unreadable",
        "some candidate visits of 4MOST could not be read and were set aside",
        "nothing; on several days: tell the developers",
        "when all visits can be read",
    )


MEASURED_BY = (Kind.HELD, Kind.REFUSES_EVERYTHING, Kind.NOT_INGESTED, Kind.GAP)
"""The kinds by which the efficiency as operated knows when targets could not be told."""

FOR_THE_RECORD = (*MEASURED_BY, Kind.BROKER_LOST)
"""The kinds that are kept for ever: what the survey missed, and when."""
