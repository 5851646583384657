"""Names for the types of a simulation that writes numbers, as arguments or as lines of a file."""

from collections.abc import Sequence
from pathlib import Path

from tides.errors import SettingsError


def read_type_names(texts: Sequence[str]) -> dict[str, str]:
    """Read names of types: "10=SN Ia", or files of such lines ("#" begins a comment), by what the simulation writes.

    Raises SettingsError for a file that cannot be read, and for a line without a type or a name.
    """
    names: dict[str, str] = {}
    for text in texts:
        for where, line in [("", text)] if "=" in text else _lines(Path(text)):
            written, _, name = (part.strip() for part in line.partition("="))
            if not written or not name:
                raise SettingsError(f"--type-names {where}{line}: write TYPE=NAME, such as 10=SN Ia")
            names[written] = name
    return names


def _lines(path: Path) -> list[tuple[str, str]]:
    """The lines of a file without comments, each with the file's name before it."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"--type-names {path}: cannot be read; give TYPE=NAME or a file of such lines") from error
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return [(f"{path}: ", line) for line in lines if line]
