"""Imported first by each file beside it: what follows takes the library of the same commit.

A Git bundle checks a commit out for each run. This puts its `plugins/` before an installed package, for this process
alone. So a run keeps its code from the first task to the last one, whatever is pushed or installed meanwhile. An
installed wheel has no `plugins/` beside these files: then the installed library is the one of the same commit.
"""

import sys
from pathlib import Path

PLUGINS = Path(__file__).resolve().parents[1] / "plugins"

if PLUGINS.is_dir() and sys.path[0] != str(PLUGINS):
    sys.path.insert(0, str(PLUGINS))

import tides  # noqa: E402 only now it can be found there

if PLUGINS.is_dir() and (found := Path(tides.__path__[0]).resolve().parent) != PLUGINS:
    raise ImportError(
        f"this process has loaded the library from {found} already, and these files are of {PLUGINS.parent}: a run must"
        " not mix two versions. Let nothing import `tides` before the files are read: no plugin, listener or"
        " airflow_local_settings.py"
    )
