"""`python -m sandbox.services.metadata`: Airflow's metadata database and our pools, in one process.

Each `airflow` command takes seconds to import. The commands `airflow db migrate` and
`airflow pools import include/config/pools.json` do the same.
"""

import json
from pathlib import Path

from airflow.models.pool import Pool
from airflow.utils.db import upgradedb

POOLS = Path(__file__).parents[2] / "include" / "config" / "pools.json"


def migrate() -> None:
    """Bring the metadata database of this environment to Airflow's version, and make or change the pools."""
    upgradedb()
    for name, pool in json.loads(POOLS.read_text()).items():
        Pool.create_or_update_pool(name, pool["slots"], pool["description"], pool["include_deferred"])


if __name__ == "__main__":
    migrate()
