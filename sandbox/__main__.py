"""`python -m sandbox serve`, `python -m sandbox replay` and `python -m sandbox simulate`."""

import argparse
import os
import sys
from pathlib import Path
from typing import get_args

from sandbox.sky.archive import Archive
from sandbox.sky.cadence import HISTORY_NIGHTS, Cadence
from sandbox.sky.clock import SandboxClock, parse_now, start_of_today
from sandbox.sky.simulation import write_simulation
from sandbox.standins.replay import replay
from sandbox.standins.server import serve
from sandbox.standins.withholding import Withholding
from sandbox.standins.world import World, open_archive

SECRETS = {
    "lasair_token": "SANDBOX_LASAIR_TOKEN",
    "fourmost_user": "SANDBOX_FOURMOST_USER",
    "fourmost_password": "SANDBOX_FOURMOST_PASSWORD",
}
"""Files of secrets, each with the variable in whose place it may stand."""


def main(arguments: list[str]) -> int:
    """Runs a command; exit 1 with one line of what is wrong."""
    options = _parser().parse_args(arguments)
    try:
        options.command(options)
    except (OSError, ValueError) as error:
        print(f"sandbox {arguments[0]}: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    commands = parser.add_subparsers(required=True)
    server = commands.add_parser("serve", help="Lasair under /api/, 4MOST under /QFSwi/, control under /control/")
    server.add_argument("--port", type=int, required=True, help="0: a free one, printed")
    server.add_argument("--host", default="127.0.0.1")
    server.add_argument("--state", type=Path, help="folder that keeps the 4MOST rows over restarts")
    server.add_argument("--speed", type=float, default=0.0, help="sandbox seconds a second; 0: it stays `now`")
    server.add_argument("--secrets", type=Path, help=f"folder of files ({', '.join(SECRETS)}) that open the stand-ins")
    server.set_defaults(command=_serve)
    replayer = commands.add_parser("replay", help="publish the messages to the topics of bridge.yaml")
    replayer.add_argument("--bootstrap", required=True, help="HOST:PORT of Kafka")
    replayer.add_argument("--fast", action="store_true", help="the past at once, and nothing of the future")
    replayer.add_argument("--speed", type=float, default=1.0, help="sandbox seconds a second, from `now` on")
    replayer.add_argument("--night-bytes", type=int, help="a filter's byte quota a night; Lasair's is 100,000,000")
    replayer.add_argument("--withhold", type=float, default=0.0, help="share of the messages that are never sent")
    replayer.set_defaults(command=_replay)
    for command in (server, replayer):
        command.add_argument("--data", type=Path, help="folder of recorded objects, instead of the sky")
        command.add_argument("--seed", type=int, default=1)
        command.add_argument("--now", type=parse_now, default=start_of_today(), help="ISO 8601; today at 00:00 UTC")
        command.add_argument("--begin", type=parse_now, help="where the sandbox's time begins; at --now without it")
        command.add_argument("--lsst", type=int, default=400, help="LSST objects of the sky")
        command.add_argument("--ztf", type=int, default=200, help="ZTF objects of the sky")
        command.add_argument("--nights", type=int, default=HISTORY_NIGHTS, help="nights of the sky before `now`")
        command.add_argument("--cadence", choices=get_args(Cadence), default="uniform", help="of the sky's surveys")
        command.add_argument("--disruptions", type=int, default=0, help="tidal disruptions of the sky, seen by LSST")
    simulator = commands.add_parser("simulate", help="supernovae with all that was generated, for `tides efficiency`")
    simulator.add_argument("--out", type=Path, required=True, metavar="FILE", help="Parquet in SNANA's columns")
    simulator.add_argument("--events", type=int, default=5000)
    simulator.add_argument("--survey", choices=("lsst", "ztf"), default="lsst")
    simulator.add_argument("--seed", type=int, default=1)
    simulator.add_argument("--now", type=parse_now, default=start_of_today(), help="ISO 8601; today at 00:00 UTC")
    simulator.set_defaults(command=_simulate)
    return parser


def _archive(options: argparse.Namespace) -> Archive:
    objects = options.lsst, options.ztf
    sky = options.nights, options.cadence, options.disruptions
    return open_archive(options.data, options.now, options.seed, *objects, *sky)


def _serve(options: argparse.Namespace) -> None:
    if options.secrets:
        os.environ.update({variable: _secret(options.secrets / name) for name, variable in SECRETS.items()})
    archive = _archive(options)
    serve(
        World(archive, SandboxClock(options.now, options.speed, options.begin)),
        options.host,
        options.port,
        options.state,
    )


def _secret(file: Path) -> str:
    return file.read_text(encoding="utf-8").removesuffix("\n")


def _replay(options: argparse.Namespace) -> None:
    archive = _archive(options)
    clock = SandboxClock(options.now, options.speed, options.begin)
    withholding = Withholding(options.night_bytes, options.withhold)
    replay(archive, options.bootstrap, clock, fast=options.fast, withholding=withholding)


def _simulate(options: argparse.Namespace) -> None:
    write_simulation(options.out, options.now, options.seed, options.events, options.survey)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
