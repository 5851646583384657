"""`tides dead-letters`: lists messages and objects that could not be read or judged, or tries them again."""

import argparse

from tides.commands.output import put
from tides.database.session import Connection
from tides.errors import SettingsError
from tides.foreign import quoted
from tides.hooks.database import open_database
from tides.hooks.stream import StreamHook
from tides.settings.model import load_settings
from tides.stream.dead_letters import DeadLetter, bury, give_up, listed, replay


def run(args: argparse.Namespace) -> int:
    """Prints the newest dead letters, or replays them all and prints the outcome."""
    with open_database("dead-letters", read_only=args.what == "list") as database:
        if args.what == "list":
            put(args, listed(database, args.stream, args.limit), "No dead letters.", _shown)
            return 0
        if args.json:
            raise SettingsError("--json goes with `list`")
        if args.what == "bury":
            return _bury(database, args.place, args.by)
        if args.what == "give-up":
            return _give_up(database, args.place, args.by)
        outcomes = replay(database, load_settings().streams, args.by, args.stream)
    for stream, outcome in outcomes.items():
        print(
            f"{stream}: {outcome.folded} messages folded in and {outcome.woken} objects waiting again, for the next"
            f" run; {outcome.left} are still dead letters"
        )
    if not outcomes:
        print("No dead letters.")
    return 0


def _shown(letter: DeadLetter) -> dict[str, object]:
    about = vars(letter) | {"reason": quoted(letter.reason)}
    return {name: about[name] for name in ("id", "stream", "what", "reason", "buried_at")}


def _give_up(database: Connection, ids: list[str], by: str) -> int:
    if not ids or not all(each.isdecimal() for each in ids):
        raise SettingsError("say which: dead-letters give-up ID, as `tides dead-letters list` shows them")
    given = give_up(database, [int(each) for each in ids], by)
    print(f"{given} dead letters are given up: `retention.dead_letters` says when they go")
    return 0


def _bury(database: Connection, place: list[str], by: str) -> int:
    settings = load_settings()
    if len(place) != 3 or not (place[1].isdecimal() and place[2].isdecimal()):
        raise SettingsError("say which message: dead-letters bury STREAM PARTITION OFFSET")
    name, partition, offset = place[0], int(place[1]), int(place[2])
    if name not in settings.streams:
        raise SettingsError(f"no stream {name!r} in the settings; there are {', '.join(settings.streams)}")
    with StreamHook(name).open(settings.streams[name], settings.drain) as topic:
        bury(database, topic, name, partition, offset, by)
    print(f"{name}: the message at offset {offset} is a dead letter; the next run reads on from {offset + 1}")
    return 0
