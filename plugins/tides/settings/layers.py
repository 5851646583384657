"""Layers: YAML files laid over each other and read as a typed model. An error names file, key and reason."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from tides.errors import SettingsError
from tides.foreign import quoted
from tides.settings.yaml_text import read_yaml

Root = TypeVar("Root", bound=BaseModel)


class Model(BaseModel):
    """A part of the settings: no unknown key, no silent conversion of a text to a number."""

    # Strict, so that a misspelt key cannot leave its default in force unseen.
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


def read_layers(model: type[Root], files: Sequence[Path]) -> Root:
    """Reads the files, each laid over the one before, key by key, as `model`.

    Raises SettingsError with file, key and reason, and the nearest valid key for an unknown one.
    """
    # Checked only as a whole: a layer alone may lack what another one has.
    merged, origin = _laid_over(files)
    try:
        return model.model_validate(merged)
    except ValidationError as error:
        raise SettingsError("\n".join(_explain(model, e, origin, files[0]) for e in error.errors())) from None


@dataclass(frozen=True)
class Changed:
    """A setting that differs from the first file's: its key, its value, and the last file that names it."""

    key: str
    value: Any
    file: Path


def changed_settings(files: Sequence[Path]) -> list[Changed]:
    """The settings that the files after the first one change, by key. Raises SettingsError as `read_layers`."""
    merged, origin = _laid_over(files)
    default = _flat(_laid_over(files[:1])[0])
    return [
        Changed(".".join(place), value, origin[place])
        for place, value in sorted(_flat(merged).items())
        if place not in default or default[place] != value
    ]


def _laid_over(files: Sequence[Path]) -> tuple[dict[str, Any], dict[tuple[str, ...], Path]]:
    """The settings of all files, and by place the last file that names it."""
    merged: dict[str, Any] = {}
    origin: dict[tuple[str, ...], Path] = {}
    for file in files:
        _lay_over(merged, _read(file), file, origin, ())
    return merged, origin


def _flat(settings: Mapping[str, Any], place: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    found: dict[tuple[str, ...], Any] = {}
    for key, value in settings.items():
        if isinstance(value, Mapping) and value:
            found |= _flat(value, (*place, str(key)))
        else:
            found[(*place, str(key))] = value
    return found


def _read(file: Path) -> dict[str, Any]:
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"{file}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise SettingsError(f"{file}: not valid YAML: {error}") from None
    content = read_yaml(text, str(file))
    if not isinstance(content, dict):
        raise SettingsError(f"{file}: must be a mapping of settings")
    return content


def _lay_over(
    under: dict[str, Any],
    over: Mapping[str, Any],
    file: Path,
    origin: dict[tuple[str, ...], Path],
    place: tuple[str, ...],
) -> None:
    for key, value in over.items():
        # The last file that names a key is the one to mend, so an error names it.
        origin[(*place, str(key))] = file
        if isinstance(value, Mapping):
            below = under.get(key)
            under[key] = below if isinstance(below, dict) else {}
            _lay_over(under[key], value, file, origin, (*place, str(key)))
        else:
            # A list is replaced as a whole: a layer can then also take an entry away.
            under[key] = value


def _explain(model: type[BaseModel], error: Any, origin: dict[tuple[str, ...], Path], default: Path) -> str:
    place = tuple(str(part) for part in error["loc"])
    file = next((origin[place[:n]] for n in range(len(place), 0, -1) if place[:n] in origin), default)
    key = quoted(".".join(place))
    match error["type"]:
        case "extra_forbidden":
            reason = f"unknown key{nearest(place[-1], _known_keys(model, place[:-1]))}"
        case "missing":
            reason = "missing"
        case "value_error":
            reason = str(error["ctx"]["error"])
        case _:
            reason = f"{error['msg']}, not {quoted(repr(error['input']))}"
    return f"{file}: {key}: {reason}" if key else f"{file}: {reason}"


def _known_keys(model: Any, place: tuple[str, ...]) -> list[str]:
    """The keys that the model has at a place."""
    for part in place:
        if isinstance(model, type) and issubclass(model, BaseModel):
            fields = {f.alias or n: f.annotation for n, f in model.model_fields.items()}
            model = fields.get(part)
        else:
            model = _item(model)
    if isinstance(model, type) and issubclass(model, BaseModel):
        return [f.alias or n for n, f in model.model_fields.items()]
    return []


def _item(annotation: Any) -> Any:
    """The type of the values in a dict or tuple annotation."""
    args = [a for a in getattr(annotation, "__args__", ()) if a is not Ellipsis]
    return args[-1] if args else None


def nearest(word: str, known: Iterable[str]) -> str:
    """A question that names the nearest of the known words; empty when none is near."""
    close = get_close_matches(word, list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""
