"""What a module that the settings name holds: a survey, a broker."""

from collections.abc import Mapping
from importlib import import_module
from typing import TypeVar

from tides.errors import SettingsError
from tides.settings.layers import nearest

Kind = TypeVar("Kind")


def named_module(section: str, modules: Mapping[str, str], name: str, constant: str, kind: type[Kind]) -> Kind:
    """Gives the `constant` of the module that `section` of the settings names for `name`.

    Raises SettingsError for a name that is not there, a module that cannot be imported, and one without the constant.
    """
    if name not in modules:
        raise SettingsError(f"{section}: there is no {name!r}{nearest(name, modules)}; known are {', '.join(modules)}")
    try:
        found = getattr(import_module(modules[name]), constant, None)
    except ImportError as error:
        raise SettingsError(f"{section}.{name}: the module {modules[name]!r} cannot be imported: {error}") from None
    if not isinstance(found, kind):
        raise SettingsError(f"{section}.{name}: the module {modules[name]!r} has no {constant} of type {kind.__name__}")
    if getattr(found, "name", None) != name:
        raise SettingsError(
            f"{section}.{name}: the module {modules[name]!r} calls itself {getattr(found, 'name', None)!r}"
        )
    return found
