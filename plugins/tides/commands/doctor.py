"""`tides doctor`: every hook's own test, and the checks of what Airflow needs for the bridge."""

import argparse
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from itertools import chain

from tides.brokers.broker import demand_streams, surveys_to_ask
from tides.clock import jd_utc
from tides.commands.output import put_json
from tides.database.roles import standing
from tides.database.schema_check import demand_schema
from tides.database.session import encryption
from tides.errors import Conflict, ServiceAway, SettingsError, TidesError
from tides.foreign import quoted
from tides.fourmost.columns import misfits
from tides.fourmost.reconcile import strangers
from tides.fourmost.trial import try_dates
from tides.functions.functions import functions_in_use, load_functions
from tides.hooks.dask import DaskHook
from tides.hooks.database import OWNER_ID, READER_ID, DatabaseHook, open_database, used_for
from tides.hooks.fourmost import FourMostHook
from tides.hooks.lasair import LasairHook
from tides.hooks.notifier import checked
from tides.hooks.stream import StreamHook
from tides.journal.kinds import Kind
from tides.reports.doctor import Check, as_table, examine
from tides.reports.rates import fallen_rates
from tides.settings.model import load_settings, setting_files, settings_changed

POOLS = {"lasair": "evaluate", "fourmost": "create_in_4most and update_in_4most"}
"""The Airflow pools that tasks wait for. A pool that does not exist keeps its tasks unscheduled."""


def all_checks() -> Iterator[Check]:
    """The checks, cheapest first; each costs at most one call of a service."""
    yield "settings", _settings
    yield "settings unlike bridge.yaml", _changed
    yield "selection functions", _functions
    yield "database (tides_db)", _database
    yield "schema", _schema
    yield "database roles", _roles
    yield "rates of the nights", _rates
    try:
        settings = load_settings()
    # The first check has said so already, and the others need settings.
    except SettingsError:
        return
    for name, stream in settings.enabled_streams().items():
        yield f"broker (lasair_kafka_{name})", partial(_connection, StreamHook(name).test_connection)
        yield f"topic {stream.topic}", partial(_topic, name)
    for survey in surveys_to_ask(settings.enabled_streams()):
        yield f"Lasair {survey} (lasair_api)", partial(_connection, partial(LasairHook().test_connection, survey))
    yield "4MOST (fourmost)", _fourmost
    yield "one bridge at 4MOST", _one_bridge
    yield "Dask (dask)", partial(_connection, DaskHook().test_connection)
    for name, notifier in settings.alarms.notifiers.items():
        yield f"channel {name} (alarms.notifiers)", partial(checked, name, notifier)
    for pool, tasks in POOLS.items():
        yield f"pool {pool}", partial(_pool, pool, tasks)


def _settings() -> str:
    settings = load_settings()
    demand_streams(settings.enabled_streams())
    return f"{', '.join(map(str, setting_files()))}: {len(settings.enabled_streams())} streams"


def _changed() -> str:
    changed = settings_changed()
    return "\n".join(f"{c.key}: {c.value} ({c.file})" for c in changed) or "none"


def _functions() -> str:
    used = functions_in_use(load_settings().enabled_streams(), load_functions())
    return ", ".join(f"{use['name']} ({use['stream']})" for use in used)


def _database() -> str:
    # A wrong schema is a finding of its own.
    with open_database("doctor", any_schema=True) as database:
        row = database.execute("SELECT current_database() AS name, version() AS version").fetchone() or {}
        return f"{row['name']}, {row['version'].split(' on ')[0]}, {encryption(database)}"


def _schema() -> str:
    with open_database("doctor", any_schema=True) as database:
        return f"version {demand_schema(database)}"


def _roles() -> str:
    works = {"tasks": used_for(), "migrate": used_for(owner=True), "the page": used_for(read_only=True)}
    lines = []
    for who, connection_id in works.items():
        owner, read_only = connection_id == OWNER_ID, connection_id == READER_ID
        with DatabaseHook("doctor", any_schema=True, owner=owner, read_only=read_only).get_conn() as database:
            found = standing(database)
        is_here = who != "migrate" or found.may_migrate
        lines.append(
            f"{who} ({connection_id}): {found.in_words()}" if is_here else f"{who}: not here, without {OWNER_ID}"
        )
    if found.missing:
        lines.append(f'the server has no role {", ".join(found.missing)}: docs/deployment.md, "Database roles"')
    return "\n".join(lines)


def _rates() -> str:
    with open_database("doctor", read_only=True) as database:
        fallen = fallen_rates(database)
    if fallen:
        raise TidesError(f"{Kind.RATE_FELL}: {'. '.join(fallen)}. Remedy: {Kind.RATE_FELL.remedy}")
    return "no rate has fallen far below the usual one"


def _connection(test: Callable[[], tuple[bool, str]]) -> str:
    works, found = test()
    if not works:
        raise ServiceAway(found)
    return found


def _topic(name: str) -> str:
    settings = load_settings()
    with StreamHook(name).open(settings.streams[name], settings.drain) as topic:
        partitions = topic.partitions()
        if not partitions:
            return "does not exist yet: an empty stream"
        held = [topic.extent(p) for p in partitions]
        return f"{len(partitions)} partitions, {sum(e.end - e.low for e in held)} messages held"


def _fourmost() -> str:
    hook, settings = FourMostHook(), load_settings()
    reached, options = _connection(hook.test_connection), hook.options()
    found = misfits(options, settings.targets, settings.fourmost.name_prefix)
    if found:
        raise TidesError(f"{'; '.join(found)}: correct the target template, or the bridge's payload")
    return f"{reached}; {len(settings.targets)} target templates fit its columns"


def _one_bridge() -> str:
    settings = load_settings()
    with open_database("doctor", read_only=True) as database:
        strange = strangers(database, FourMostHook(), settings.fourmost, settings.targets)
    if strange:
        newest = strange[-1]
        raise Conflict(
            f"4MOST holds {len(strange)} rows under our prefix that this database does not know; the newest is"
            f" {quoted(newest.name)} (key {newest.pk}, submitted {quoted(str(newest.date_submitted))}). Was this"
            " database restored? Then let the bridge run: it finds them again. Otherwise another bridge uses the"
            " account: stop one of the two, or give this one its own fourmost.name_prefix"
        )
    return "every row under our prefix is known here"


def _trial() -> str:
    settings = load_settings()
    return try_dates(FourMostHook(), settings.targets, settings.fourmost.name_prefix, jd_utc(datetime.now(UTC)))


def _pool(pool: str, tasks: str) -> str:
    # Airflow's models are slow to import, and only this check needs them.
    from airflow.models.pool import Pool

    try:
        found = Pool.get_pool(pool)
    except Exception as error:  # Airflow's metadata database can be away in many ways
        raise ServiceAway(f"Airflow's metadata database does not answer: {type(error).__name__}") from None
    if found is None:
        raise TidesError(f"does not exist, so {tasks} would never start: airflow pools set {pool} 4 'the bridge'")
    return f"{found.slots} slots"


def run(args: argparse.Namespace) -> int:
    """Prints the table. Gives 1 when something is wrong."""
    trial: list[Check] = [("4MOST's dates", _trial)] if args.fourmost_write_test else []
    findings = examine(chain(all_checks(), trial))
    if args.json:
        put_json(args, findings)
    else:
        print(as_table(findings))
    wrong = sum(not f.right for f in findings)
    print(f"\n{wrong} of {len(findings)} checks found something to correct." if wrong else "\nAll is in order.")
    return 1 if wrong else 0
