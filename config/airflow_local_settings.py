"""Imported by every Airflow process, the scheduler among them.

Tasks are forked from the scheduler: what it has imported, they find loaded (60 mapped tasks that use Dask take 15 s
instead of 55–72 s). No thread and no client may be made here, because neither survives a fork.
"""

import distributed  # noqa: F401 see above
import msgspec  # noqa: F401
import numpy  # noqa: F401
