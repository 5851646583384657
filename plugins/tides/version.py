"""The version of the code: verdicts and runs name it."""

import hashlib
from functools import cache

from tides.settings.model import BUNDLE


@cache
def code_version() -> str:
    """A digest of the library, the SQL and the DAGs. The same files give the same version anywhere."""
    # A DAG bundle's own version does not cover plugins/, so that DAG and library can be of two commits.
    digest = hashlib.sha256()
    for folder, pattern in (("plugins/tides", "*.py"), ("include/sql", "*.sql"), ("dags", "*.py")):
        for file in sorted((BUNDLE / folder).rglob(pattern)):
            digest.update(str(file.relative_to(BUNDLE)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:12]
