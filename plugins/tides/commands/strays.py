"""`tides strays`: the rows at 4MOST that this database does not know, as after a restore; or makes them ours again."""

import argparse
from dataclasses import dataclass

from tides.archive.strays import Standing, adopt, strays
from tides.commands.output import put
from tides.fourmost.reconcile import meet_newer, strangers
from tides.hooks.broker import client_of
from tides.hooks.database import open_database
from tides.hooks.fourmost import FourMostHook
from tides.settings.model import load_settings


@dataclass(frozen=True)
class Listed:
    """A row at 4MOST, by its key there; `ra` and `dec` are degrees (ICRS), `object` is what lies there."""

    pk: int
    name: str
    ra: float
    dec: float
    object: str | None
    standing: Standing


def run(args: argparse.Namespace) -> int:
    """Lists the strays, each with where it stands; with `--adopt` after it has done what can be done."""
    settings, client = load_settings(), FourMostHook()
    prefix = settings.fourmost.host_prefix
    with open_database("strays", by=args.by, read_only=not args.adopt) as database:
        if args.adopt:
            # What is newer than our newest key is met first, as by a run that creates something.
            meet_newer(database, client, settings.fourmost, settings.targets, settings.database, "strays")
            clients = {name: client_of(stream) for name, stream in settings.enabled_streams().items()}
            done = adopt(database, client, clients, settings, args.by)
            rows = [Listed(s.pk, s.name, s.ra, s.dec, s.object_id, standing) for s, standing in done.items()]
        else:
            met = {stray.pk: stray for stray in strays(database)}
            rows = [
                Listed(s.pk, s.name, s.ra, s.dec, None, Standing.NEWER)
                if (known := met.get(s.pk)) is None
                else Listed(s.pk, s.name, s.ra, s.dec, known.object_id, known.standing(prefix))
                for s in strangers(database, client, settings.fourmost, settings.targets)
            ]
    put(args, rows, "This database knows every row under our prefix at 4MOST.")
    return 0
