"""`tides stream`: shows how far each stream is read, and moves its bookmark."""

import argparse

from tides.commands.output import put
from tides.errors import SettingsError
from tides.hooks.database import open_database
from tides.hooks.stream import StreamHook
from tides.settings.model import load_settings
from tides.stream.positions import move, positions
from tides.stream.unbelievable import accept


def run(args: argparse.Namespace) -> int:
    """Moves the bookmark if asked to, and prints where each partition stands."""
    settings = load_settings()
    if (args.move or args.accept_unknown) and not args.name:
        raise SettingsError("--move and --accept-unknown need the name of one stream")
    if args.name and args.name not in settings.streams:
        raise SettingsError(f"no stream {args.name!r} in the settings; there are {', '.join(settings.streams)}")
    rows = []
    with open_database("stream") as database:
        if args.accept_unknown:
            accept(database, args.name, settings.streams[args.name], args.accept_unknown, args.by)
            print(f"{args.name}: implausible values of {args.accept_unknown} count as unknown from now on")
        for name in [args.name] if args.name else settings.enabled_streams():
            with StreamHook(name).open(settings.streams[name], settings.drain) as topic:
                if args.move:
                    move(database, topic, name, args.move, args.by)
                    print(f"{name}: the bookmark is moved; the next run reads on from there")
                rows += positions(database, topic, name)
    put(args, rows, "No topic exists yet: the streams are empty.")
    return 0
