"""Lists of targets that no alert brings: active galaxies, for example, each with a number of epochs and a cadence.

An entry is a target like any other: it has a name, a history, and a row at 4MOST. What is listed is live until it has
its epochs, and rests after each for the cadence (`live_verdict.sql`). Brightness, silence and catalogues never end it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from tides.database.session import Connection, master_lock
from tides.database.statements import statement
from tides.errors import SettingsError
from tides.foreign import quoted
from tides.settings.layers import nearest
from tides.settings.model import Settings
from tides.settings.sections import CATALOGUE, TargetTemplate
from tides.settings.streams import CountedBand
from tides.targets.csv_files import Optional, refuse


class Entry(BaseModel):
    """One line of a list. `name` is the list's own name of the object; `ra` and `dec` are ICRS degrees.

    `mag` (AB) in `band` is what 4MOST is told. `epochs` is the number of good spectra that are wanted, in nights that
    are at least `cadence_days` apart.
    """

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=100)]
    ra: Annotated[float, Field(ge=0, lt=360)]
    dec: Annotated[float, Field(ge=-90, le=90)]
    band: CountedBand
    mag: Annotated[float, Field(ge=5, le=30)]
    mag_err: Annotated[Annotated[float, Field(ge=0, le=5)] | None, Optional] = None
    redshift: Annotated[Annotated[float, Field(gt=0, le=10)] | None, Optional] = None
    epochs: Annotated[int, Field(ge=1)]
    cadence_days: Annotated[float, Field(ge=0)]


@dataclass(frozen=True)
class Loaded:
    """What a file changed of its list: entries that are new, that say something else, and that end."""

    new: int
    changed: int
    ended: int


def demand_template(template: str, templates: dict[str, TargetTemplate]) -> None:
    """Raises SettingsError for a template that does not exist, or that has no words for a catalogue's magnitude."""
    if template not in templates:
        raise SettingsError(f"no target template {quoted(template)}{nearest(template, templates)}")
    if not templates[template].mag_type.get(CATALOGUE):
        raise SettingsError(f"targets.{template}.mag_type: needs `{CATALOGUE}`, for targets of a list")


def load_list(
    connection: Connection,
    settings: Settings,
    name: str,
    file: Path,
    lines: Sequence[tuple[int, Entry]],
    template: str,
    by: str,
) -> Loaded:
    """Makes the list `name` what a file says: all of it, or nothing. An entry that the file lacks ends.

    The same file again changes nothing. An entry that comes back goes on with the spectra that it has.

    Raises SettingsError that names the lines which appear twice, moved away, or lie at the place of another entry; also
    for a file without a line, which would end the whole list.
    """
    if not lines:
        raise SettingsError(f"{file} has no entry: `tides list end {name}` ends the whole list")
    names = [entry.name for _, entry in lines]
    refuse(file, [f"line {n}: {entry.name!r} comes twice" for n, entry in lines if names.count(entry.name) > 1])
    common = {
        "list": name,
        "template": template,
        "by": by,
        "prefix": settings.fourmost.name_prefix,
        "radius_arcsec": settings.identity.radius_arcsec,
        **settings.reach.model_dump(),
    }
    bad, found = [], []
    with master_lock(connection, settings.database):
        for line, entry in lines:
            row = connection.execute(statement("targets/store_entry"), common | entry.model_dump()).fetchone()
            if row is None or row["near"] is not None:
                there = f"{row['near']!r} lies there" if row else "moved: give it another name"
                bad.append(f"line {line}: {entry.name!r} {there}")
            else:
                found.append(row["what"])
        refuse(file, bad)
        ended = end_list(connection, name, by, names)
    return Loaded(found.count("new"), found.count("changed"), ended)


def end_list(connection: Connection, name: str, by: str, but: Sequence[str] = ()) -> int:
    """Ends the entries of a list, but for these names. Gives how many. They go on when the list has them again."""
    given = {"list": name, "names": list(but), "by": by}
    return connection.execute(statement("targets/end_entries"), given).rowcount
