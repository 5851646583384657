"""The manifest of a backup: what is in its folder, of which versions, and by which checksums. It holds no secret."""

from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, ValidationError

from tides.errors import SettingsError
from tides.foreign import quoted
from tides.settings.layers import Model

NAME = "manifest.json"

Inside = Annotated[str, Field(pattern=r"^(settings/)?\w[\w.-]*$")]
"""The place of a file in the folder: it leads nowhere else."""


class Stored(Model):
    """A file of the backup: its size in bytes, and its checksum."""

    name: Inside
    size: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]

    @classmethod
    def of(cls, folder: Path, name: str) -> Self:
        """A file as it lies in the folder."""
        file = folder / name
        with file.open("rb") as content:
            digest = sha256()
            while part := content.read(1 << 20):
                digest.update(part)
        return cls(name=name, size=file.stat().st_size, sha256=digest.hexdigest())


class Dumped(Model):
    """A database as it was dumped: the server's version (as 180004), its owner, and the roles that it speaks of.

    `tables` is the number of tables whose rows were dumped.
    """

    file: Inside
    server: int
    owner: str
    roles: tuple[str, ...]
    tables: int


class BridgeDump(Dumped):
    """The bridge's database: the number of its newest migration, and when its newest live run ended (UTC)."""

    migration: int
    newest_run: AwareDatetime | None


class AirflowDump(Dumped):
    """Airflow's metadata database: the version of Airflow, and of its schema."""

    airflow: str
    revision: str


class Manifest(Model):
    """A whole backup. `made_at` (UTC) is when it began; `settings` says where each file of settings lay."""

    format: Literal[1]
    made_at: AwareDatetime
    code: str
    bridge: BridgeDump
    airflow: AirflowDump | None
    settings: dict[Inside, str]
    files: tuple[Stored, ...]

    @property
    def dumps(self) -> list[Dumped]:
        """The databases that it holds."""
        return [self.bridge, *([self.airflow] if self.airflow else [])]


def folder_name(moment: datetime) -> str:
    """The name of a backup's folder: the time (UTC) at which it began. Names are in the order of time."""
    return f"{moment:%Y-%m-%dT%H%M%SZ}"


FOLDER_NAME = r"\d{4}-\d\d-\d\dT\d{6}Z"


def read_manifest(folder: Path) -> Manifest:
    """The manifest of the backup in a folder. Raises SettingsError when it is none that this code can read."""
    file = folder / NAME
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{folder} is no backup: {NAME} cannot be read ({quoted(error)})") from None
    try:
        return Manifest.model_validate_json(text)
    except ValidationError as error:
        said = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise SettingsError(f"{file} is damaged, or of another version of the bridge: {quoted(said)}") from None


def demand_whole(folder: Path, manifest: Manifest) -> None:
    """Raises SettingsError that names each file which is missing or is not as it was written."""
    wrong = []
    for stored in manifest.files:
        if not (folder / stored.name).is_file():
            wrong.append(f"{stored.name} is missing")
        elif Stored.of(folder, stored.name) != stored:
            wrong.append(f"{stored.name} has changed since it was written")
    named = {stored.name for stored in manifest.files}
    wrong += [f"{dump.file} has no checksum" for dump in manifest.dumps if dump.file not in named]
    if wrong:
        raise SettingsError(f"{folder} is damaged: {'; '.join(wrong)}. Take another backup; nothing was changed")
