"""Which code judged: a verdict and a run name it, since plugins/ is no part of a DAG bundle's own version."""

import hashlib
from functools import cache

from tides.settings.model import BUNDLE


@cache
def code_version() -> str:
    """A digest of the library, the SQL and the DAGs: the same files give the same version anywhere."""
    digest = hashlib.sha256()
    for folder, pattern in (("plugins/tides", "*.py"), ("include/sql", "*.sql"), ("dags", "*.py")):
        for file in sorted((BUNDLE / folder).rglob(pattern)):
            digest.update(str(file.relative_to(BUNDLE)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:12]
