"""`tides preview`: what an edit of functions, filters or limits would change, before it is made."""

import argparse
import sys

from tides.commands.output import put_json
from tides.efficiency.lifetimes import nights_live
from tides.errors import SettingsError
from tides.evaluation.edits import edit_of, record
from tides.evaluation.preview import preview
from tides.evaluation.previewed import write_changes, write_nights
from tides.functions.functions import load_functions
from tides.hooks.database import open_database
from tides.settings.model import load_settings, setting_files


def run(args: argparse.Namespace) -> int:
    """Judges what is stored by the edited files, and prints what they would change.

    It writes nothing to the database, but with `--record` the counts. Raises SettingsError for a wrong file, and when
    no live run has recorded what it selects by.
    """
    if args.nights < 1:
        raise SettingsError(f"--nights {args.nights}: must be at least 1")
    if args.record and not args.reason.strip():
        raise SettingsError("--record: say why the edit is made by --reason")
    functions = load_functions() | (load_functions(args.functions) if args.functions else {})
    settings = load_settings(*setting_files(), *([args.settings] if args.settings else []))
    with open_database("preview", read_only=True) as database:
        edit = edit_of(database, settings, functions)
        streams = settings.enabled_streams() if edit.changed else {}
        result = preview(database, edit, streams, args.nights, nights_live, lambda words: print(words, file=sys.stderr))
    if args.json:
        put_json(args, result)
    else:
        print("\n".join(result.in_words()))
    for path, write in ((args.csv, write_changes), (args.nights_csv, write_nights)):
        if path:
            write(result, path)
            print(f"written: {path}")
    if args.record:
        with open_database("preview", by=args.by) as database:
            record(database, edit, result.numbers(), args.by, args.reason)
        print("recorded: the epoch that these changes open will name it")
    return 0
