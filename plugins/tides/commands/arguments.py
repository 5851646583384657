"""What can be typed behind `tides`, by command. Nothing here takes long to import: `--help` needs no more than this."""

import argparse
from collections.abc import Callable
from datetime import UTC, datetime
from getpass import getuser
from pathlib import Path

from tides.people.roles import Role

WHAT = (
    "a target (TiDES26aaa); a survey's object id, selected or not; a primary key at 4MOST; SURVEY and ID; or a"
    " position: RA DEC in deg, or sexagesimal in quotes"
)
"""What `trace` is asked for."""

WHERE = "a target (name, object id or key at 4MOST), or a position: RA DEC in deg, or sexagesimal in quotes"
"""What people decide on."""

NIGHTS = 30
"""How far back a preview looks if nothing is said."""

FORMATS = ("parquet", "fits", "votable", "ecsv")
"""The formats of an export, as in `sample/formats.py`."""


def add_json(parser: argparse.ArgumentParser) -> None:
    """`--json`: the table goes to the standard output as JSON, and all sentences to the standard error."""
    parser.add_argument("--json", action="store_true", help="print the table as JSON; sentences go to the error output")


def _time(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)


def _place_to_read_from(text: str) -> datetime | str:
    from tides.stream.positions import read_target  # its room brings Kafka's client

    return read_target(text)


def _migrate(parser: argparse.ArgumentParser) -> None:
    """`tides migrate` has no arguments."""


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("one backup at least is kept")
    return number


def _backup(parser: argparse.ArgumentParser) -> None:
    """`tides backup (--to DIR [--keep N] [--without-airflow] | --verify FOLDER)`."""
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--to", type=Path, metavar="DIR", help="write a new folder into this one")
    what.add_argument(
        "--verify", type=Path, metavar="FOLDER", help="check a backup: its checksums, and the contents of its dumps"
    )
    parser.add_argument(
        "--keep", type=_count, metavar="N", help="then remove all but the newest N (default: remove none)"
    )
    parser.add_argument("--without-airflow", action="store_true", help="leave Airflow's metadata database out")


def _restore(parser: argparse.ArgumentParser) -> None:
    """`tides restore FOLDER [--airflow]`."""
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="the backup's folder")
    parser.add_argument("--airflow", action="store_true", help="restore Airflow's metadata database, too")


def _status(parser: argparse.ArgumentParser) -> None:
    """`tides status [--json]`."""
    add_json(parser)


def _doctor(parser: argparse.ArgumentParser) -> None:
    """`tides doctor [--fourmost-write-test] [--json]`."""
    parser.add_argument(
        "--fourmost-write-test",
        action="store_true",
        help="also create, read back and delete a row on 4MOST's test survey: it must keep dates as sent, in JD",
    )
    add_json(parser)


def _stream(parser: argparse.ArgumentParser) -> None:
    """`tides stream [NAME] [--move earliest|end|TIME] [--accept-unknown COLUMN --by NAME] [--json]`."""
    parser.add_argument("name", nargs="?", help="a stream of bridge.yaml (default: all that are read)")
    parser.add_argument(
        "--move",
        type=_place_to_read_from,
        metavar="TO",
        help="earliest, end, or a time like 2026-11-20T03:00 (UTC): needs NAME",
    )
    parser.add_argument(
        "--accept-unknown", metavar="COLUMN", help="take this column's implausible values as unknown: needs NAME"
    )
    parser.add_argument("--by", default=getuser(), metavar="NAME", help="who decides (default: you)")
    add_json(parser)


def _dead_letters(parser: argparse.ArgumentParser) -> None:
    """`tides dead-letters list|replay [--stream NAME]`, `bury STREAM PARTITION OFFSET` or `give-up ID…`, by NAME."""
    parser.add_argument("what", choices=("list", "replay", "bury", "give-up"), nargs="?", default="list")
    parser.add_argument(
        "place",
        nargs="*",
        help="of `bury`: STREAM PARTITION OFFSET, where the bookmark stands; of `give-up`: the ids that `list` shows",
    )
    parser.add_argument("--by", default=getuser(), metavar="NAME", help="who decides (default: you)")
    parser.add_argument("--stream", help="only dead letters of this stream")
    parser.add_argument("--limit", type=int, default=100, help="list at most this many, the newest first (default 100)")
    add_json(parser)


def _free(parser: argparse.ArgumentParser) -> None:
    """`tides free SURVEY OBJECT [--by NAME]`."""
    parser.add_argument("survey", help="the survey, as lsst")
    parser.add_argument("object", help="the object's id, as ZTF26aaaaaaa")
    parser.add_argument("--by", default=getuser(), metavar="NAME", help="who asks (default: you)")


def _export(parser: argparse.ArgumentParser) -> None:
    """`tides export --as-of TIME --out DIR [--format FORMAT]`."""
    parser.add_argument("--as-of", required=True, metavar="TIME", help="UTC, such as 2026-11-20 or 2026-11-20T03:00:00")
    parser.add_argument("--format", choices=FORMATS, default="parquet", help="default: parquet")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="a new folder")


def _rejudge(parser: argparse.ArgumentParser) -> None:
    """`tides rejudge [--function NAME] (--all | ID...) [--json]`."""
    parser.add_argument("ids", nargs="*", metavar="ID", help="objects' ids, or names of targets")
    parser.add_argument("--function", metavar="NAME", help="only verdicts of this function, in all its versions")
    parser.add_argument("--all", action="store_true", help="all verdicts whose input is kept")
    add_json(parser)


def _trace(parser: argparse.ArgumentParser) -> None:
    """`tides trace WHAT... [--radius ARCSEC] [--ask] [--json]`."""
    parser.add_argument("what", nargs="+", help=WHAT)
    parser.add_argument(
        "--radius", type=float, metavar="ARCSEC", help="radius around a position (default: identity.radius_arcsec)"
    )
    parser.add_argument("--ask", action="store_true", help="ask Lasair what it says of an object now: one call")
    add_json(parser)


def _preview(parser: argparse.ArgumentParser) -> None:
    """`tides preview [--functions FILE] [--settings FILE] [--nights N] [--csv OUT] [--json]`, and `--record`."""
    parser.add_argument(
        "--functions", type=Path, metavar="FILE", help="selection functions, laid over the shipped ones name by name"
    )
    parser.add_argument("--settings", type=Path, metavar="FILE", help="settings, laid over bridge.yaml key by key")
    parser.add_argument("--nights", type=int, default=NIGHTS, metavar="N", help=f"look so far back (default: {NIGHTS})")
    parser.add_argument("--csv", type=Path, metavar="OUT", help="write one row a change to this file")
    parser.add_argument("--nights-csv", type=Path, metavar="OUT", help="write one row a night to this file")
    parser.add_argument("--record", action="store_true", help="keep the counts for the epoch that the edit will open")
    parser.add_argument("--by", default=getuser(), metavar="NAME", help="who makes the edit (default: you)")
    parser.add_argument("--reason", default="", metavar="TEXT", help="why; asked for by --record")
    add_json(parser)


def _epochs(parser: argparse.ArgumentParser) -> None:
    """`tides epochs [--kind KIND] [--json]`."""
    parser.add_argument(
        "--kind", choices=("filter", "function", "template", "limits"), help="only changes of this kind"
    )
    add_json(parser)


def _sync(parser: argparse.ArgumentParser) -> None:
    """`tides sync --dry [--limit N] [--json]`."""
    parser.add_argument("--dry", action="store_true", required=True, help="send nothing; only the DAG sends")
    parser.add_argument("--limit", type=int, default=200, help="list at most this many (default 200)")
    add_json(parser)


def _strays(parser: argparse.ArgumentParser) -> None:
    """`tides strays [--adopt] [--by NAME] [--json]`."""
    parser.add_argument("--adopt", action="store_true", help="make them ours again, as far as it can be done now")
    parser.add_argument("--by", default=getuser(), metavar="NAME", help="who asks (default: you)")
    add_json(parser)


def _release(parser: argparse.ArgumentParser) -> None:
    """`tides release (--run R | --initial | --refused) --by NAME`."""
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "--run",
        dest="run_id",
        metavar="R",
        help="what this run's latest report showed as held; R#1: its first attempt's",
    )
    what.add_argument(
        "--initial", action="store_true", help="the creates of a first start, when 4MOST has nothing of ours"
    )
    what.add_argument("--refused", action="store_true", help="what 4MOST refused: send it again as it is")
    parser.add_argument("--by", required=True, metavar="NAME", help="who has looked at it; it is recorded")


def _reactivate(parser: argparse.ArgumentParser) -> None:
    """`tides reactivate NAME --reason WORDS [--by NAME]`."""
    parser.add_argument("name", help="the target, as TiDES26aaa")
    parser.add_argument("--reason", required=True, help="why it is wanted again")
    parser.add_argument("--by", default=getuser(), help="who decides (default: you)")


def _decide(parser: argparse.ArgumentParser) -> None:
    """`tides decide (veto | force) WHERE... --reason WORDS | undo NUMBER | list [--json]`, with `--by NAME`."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for verb, words in (("veto", "never live"), ("force", "live, whatever its brightness")):
        command = verbs.add_parser(verb, help=words)
        command.add_argument("where", nargs="+", help=WHERE)
        command.add_argument(
            "--radius", type=float, default=1.0, metavar="ARCSEC", help="radius around a position (default: 1)"
        )
        command.add_argument("--reason", required=True, help="why, in words")
        command.add_argument("--by", default=getuser(), metavar="NAME", help="who decides (default: you)")
    command = verbs.add_parser("undo", help="undo a decision")
    command.add_argument("number", type=int)
    command.add_argument("--reason", help="why, in words")
    command.add_argument("--by", default=getuser(), metavar="NAME", help="who decides (default: you)")
    add_json(verbs.add_parser("list", help="list the decisions that are not undone"))


def _comment(parser: argparse.ArgumentParser) -> None:
    """`tides comment NAME WORDS [--by NAME]`."""
    parser.add_argument("name", help="the target, its object id or its key at 4MOST")
    parser.add_argument("words", help="what you say of it, in quotes")
    parser.add_argument("--by", default=getuser(), metavar="NAME", help="who says it (default: you)")


def _list(parser: argparse.ArgumentParser) -> None:
    """`tides list load NAME FILE --template T | end NAME | show [NAME] [--json]`, with `--by NAME`."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    load = verbs.add_parser("load", help="make a list what a file says; an entry that the file lacks ends")
    load.add_argument("name", help="the list's name")
    load.add_argument(
        "file", type=Path, help="CSV: name, ra, dec (deg), band, mag, epochs, cadence_days; mag_err, redshift if known"
    )
    load.add_argument("--template", required=True, help="the target template in the settings")
    load.add_argument("--by", default=getuser(), metavar="NAME", help="who loads it (default: you)")
    end = verbs.add_parser("end", help="end all entries of a list")
    end.add_argument("name", help="the list's name")
    end.add_argument("--by", default=getuser(), metavar="NAME", help="who ends it (default: you)")
    show = verbs.add_parser("show", help="show the entries and how far each is")
    show.add_argument("name", nargs="?", help="the list's name (default: all lists)")
    add_json(show)


def _merge(parser: argparse.ArgumentParser) -> None:
    """`tides merge KEEP DROP --reason WORDS [--by NAME]`."""
    parser.add_argument("keep", help="the target that stays: name, object id or key at 4MOST")
    parser.add_argument("drop", help="the target that is merged into it, and switched off at 4MOST")
    parser.add_argument("--reason", required=True, help="why they are one, in words")
    parser.add_argument("--by", default=getuser(), metavar="NAME", help="who decides (default: you)")


def _withdraw(parser: argparse.ArgumentParser) -> None:
    """`tides withdraw (--run R | --function-hash H | --since TIME) [--really | --undo] --by NAME`."""
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "--run",
        dest="run_id",
        metavar="R",
        help="what this run created at 4MOST; R#1: its first attempt",
    )
    what.add_argument("--function-hash", metavar="H", help="what this version of a function alone has selected")
    what.add_argument("--since", type=_time, metavar="TIME", help="what was created since this time (ISO, UTC)")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--really", action="store_true", help="do it (default: only show it)")
    how.add_argument("--undo", action="store_true", help="undo a withdrawal")
    parser.add_argument("--by", required=True, metavar="NAME", help="who decides; it is recorded")
    add_json(parser)


def _observed(parser: argparse.ArgumentParser) -> None:
    """`tides observed FILE`."""
    parser.add_argument("file", type=Path, help="CSV with the columns target, night (YYYY-MM-DD), state, snr, source")


def _check(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `check` to its parser."""
    judged = parser.add_mutually_exclusive_group(required=True)
    judged.add_argument(
        "--lightcurves",
        type=Path,
        metavar="FILE",
        help="light curves or messages as Lasair sends them: JSON lines or a list; .gz too",
    )
    judged.add_argument(
        "--from-database",
        nargs=2,
        metavar=("FROM", "TO"),
        help="the stored candidates whose newest detection lies in these nights (UTC dates on which they begin)",
    )
    parser.add_argument("--function", required=True, metavar="NAME", help="the selection function to judge by")
    parser.add_argument(
        "--functions", type=Path, metavar="YAML", help="file of selection functions (default: the shipped one)"
    )
    parser.add_argument(
        "--columns",
        type=Path,
        metavar="FILE",
        help="columns of the objects' alerts, each row with its id: JSON or CSV; .gz too",
    )
    parser.add_argument("--against", metavar="NAME", help="another function: list what only one of the two passes")
    parser.add_argument("--csv", type=Path, metavar="OUT", help="write one row an object to this file")
    parser.add_argument("--parquet", type=Path, metavar="OUT", help="the same as Parquet")
    parser.add_argument("--plots", type=Path, metavar="DIR", help="draw each object's light curve into this folder")
    parser.add_argument("--format", choices=("png", "svg"), default="png", help="the format of the plots")
    add_json(parser)


def _efficiency(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `efficiency` to its parser."""
    parser.add_argument(
        "--simulation", type=Path, required=True, nargs="+", metavar="FILE",
        help="HEAD files of SNANA (PHOT beside them), .gz too, or Parquet",
    )  # fmt: skip
    parser.add_argument(
        "--dump", type=Path, nargs="+", default=[], metavar="FILE", help="SNANA's .DUMP files of all generated events"
    )
    parser.add_argument("--survey", help="whose nights and limits apply (default: the first of the settings)")
    parser.add_argument("--function", required=True, metavar="NAME", help="the selection function")
    parser.add_argument(
        "--functions", type=Path, metavar="YAML", help="file of selection functions (default: the shipped one)"
    )
    parser.add_argument(
        "--as-operated", nargs=2, metavar=("FROM", "TO"),
        help="by what this bridge was: its dated functions and filters, nights, outages, holds and cut-offs",
    )  # fmt: skip
    parser.add_argument(
        "--shift-days", type=int, default=0, metavar="N", help="move the simulation by N days, for --as-operated"
    )
    parser.add_argument(
        "--filter", metavar="CONDITIONS", help='as in the filter at Lasair, such as "nPosDiaSources >= 3 AND decl < 20"'
    )
    parser.add_argument(
        "--by", nargs="+", metavar="AXES", help="up to three axes of docs/selection.md, joined by commas (default: all)"
    )
    parser.add_argument(
        "--bins", nargs="+", default=[], metavar="AXIS=FROM:TO:WIDTH", help="other bins, such as z=0:1.2:0.1"
    )
    parser.add_argument("--weights", metavar="COLUMN", help="the simulation's column of the events' weights")
    parser.add_argument(
        "--mean", nargs="+", default=[], metavar="COLUMN", help="columns of which the mean is given by redshift"
    )
    parser.add_argument(
        "--type-names", nargs="+", default=[], metavar="INDEX=NAME", help="names of types, or files of such lines"
    )
    parser.add_argument(
        "--days", type=float, nargs="+", default=[10, 20, 40], metavar="D", help="count what is live this many days"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of the tables and figures")
    parser.add_argument("--format", choices=("png", "svg"), default="png", help="the format of the figures")
    add_json(parser)


def _retention(parser: argparse.ArgumentParser) -> None:
    """`tides retention [--airflow] [--really] [--json]`."""
    parser.add_argument("--airflow", action="store_true", help="of Airflow's own database, by `airflow db clean`")
    parser.add_argument("--really", action="store_true", help="take it now, in place of only saying so")
    add_json(parser)


def _people(parser: argparse.ArgumentParser) -> None:
    """`tides people roles | add LOGIN ROLE [--name N] [--email E] [--password-file F] | off LOGIN | list [--json]`."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    verbs.add_parser("roles", help="make the roles what docs/people.md says; a repeat changes nothing")
    add = verbs.add_parser("add", help="make a user, or change one; the password comes from a file or the input")
    add.add_argument("login", help="the name with which they log in, and which decisions carry")
    add.add_argument("role", choices=tuple(Role), type=Role, help="what they may do")
    add.add_argument("--name", default="", help="first and last name")
    add.add_argument("--email", help="their address; each user has another one (default: LOGIN@localhost)")
    add.add_argument(
        "--password-file", type=Path, metavar="FILE", help="its first line is the password (default: the input)"
    )
    off = verbs.add_parser("off", help="let a user no longer in; what they have done stays")
    off.add_argument("login")
    add_json(verbs.add_parser("list", help="list the users, each with the role"))


ARGUMENTS: dict[str, Callable[[argparse.ArgumentParser], None]] = {
    "migrate": _migrate,
    "backup": _backup,
    "restore": _restore,
    "status": _status,
    "doctor": _doctor,
    "stream": _stream,
    "dead-letters": _dead_letters,
    "free": _free,
    "export": _export,
    "rejudge": _rejudge,
    "trace": _trace,
    "preview": _preview,
    "epochs": _epochs,
    "sync": _sync,
    "strays": _strays,
    "release": _release,
    "reactivate": _reactivate,
    "decide": _decide,
    "comment": _comment,
    "list": _list,
    "merge": _merge,
    "retention": _retention,
    "withdraw": _withdraw,
    "observed": _observed,
    "check": _check,
    "efficiency": _efficiency,
    "people": _people,
}
"""What adds the arguments of each command to its parser."""
