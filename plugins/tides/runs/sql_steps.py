"""The parameters of the SQL steps of the hourly run."""

import json
from collections.abc import Sequence

from tides.database.session import lock_parameters
from tides.functions.functions import InUse
from tides.settings.model import Settings

RUN = {
    "run_id": "{{ run_id }}",
    "lane": "{{ run_of(dag_run).lane }}",
    "as_of": "{{ run_of(dag_run).as_of or '' }}",
    "live": "{{ run_of(dag_run).live }}",
    "dry": "{{ run_of(dag_run).dry }}",
}
"""The facts of the run that each step on the master gets, as templates that Airflow fills in."""


def master_parameters(settings: Settings, functions: Sequence[InUse]) -> dict[str, str]:
    """The parameters of the steps on the master. `functions` are those in use."""
    return {
        **RUN,
        **lock_parameters(settings.database),
        **settings.as_parameters(),
        "functions": json.dumps(functions),
    }
