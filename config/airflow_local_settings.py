"""Imported by every Airflow process, the scheduler among them.

Tasks are forked from the scheduler: what it has imported, they find loaded (60 mapped tasks that use Dask take 15 s
instead of 55–72 s). No thread and no client may be made here, because neither survives a fork.
"""

import os

# One thread for linear algebra: tasks run side by side, and each one's threads would take the others' cores. OpenBLAS
# and MKL read this once, when NumPy or SciPy is first imported; a site that sets another number keeps it.
for _library in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_library, "1")

# Of the library itself nothing is imported here: each task takes its own version of it.
import astropy_healpix  # noqa: E402, F401 see above
import confluent_kafka.admin  # noqa: E402, F401
import distributed  # noqa: E402, F401
import lasair  # noqa: E402, F401
import msgspec  # noqa: E402, F401
import numpy  # noqa: E402, F401
import psycopg.types.json  # noqa: E402, F401
import pydantic  # noqa: E402, F401
import requests  # noqa: E402, F401
import tabulate  # noqa: E402, F401
import tenacity  # noqa: E402, F401
import yaml  # noqa: E402, F401
from airflow.providers.apache.kafka.hooks import base  # noqa: E402, F401
from airflow.providers.common.sql.operators import sql  # noqa: E402, F401
from airflow.providers.postgres.hooks import postgres  # noqa: E402, F401
from airflow.providers.standard.operators import empty  # noqa: E402, F401

# Airflow's SDK imports each of these when a DAG file first names it, which would be in each task.
from airflow.sdk import Asset, Param, TaskGroup, dag, get_current_context, task  # noqa: E402, F401
from airflow.timetables import trigger  # noqa: E402, F401
