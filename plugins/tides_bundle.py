"""Where the files beside the library are: SQL, settings, DAGs and the runbook. One rule for a checkout and a wheel.

Every process of Airflow imports it, by way of `tides_forms.py`. So nothing of the library is imported here.
"""

from pathlib import Path

INSTALLED = "tides_files"
"""The folder beside the installed library, in which a wheel has what a checkout has at its root."""


def bundle_of(library: Path) -> Path:
    """The folder that holds dags/, include/ and docs/operations.md, for the folder that holds the package `tides`.

    A checkout keeps its library in `plugins/`, and these beside it. A wheel puts them into a folder of their own.
    """
    installed = library / INSTALLED
    return installed if installed.is_dir() else library.parent
