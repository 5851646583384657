"""What the parse of our DAG costs beside a DAG without tasks, as Airflow's DAG processor does it and as Python does.

The DAG processor forks a process for a file, with its own modules and those of `config/airflow_local_settings.py`
loaded; that process reads the file and serialises its DAGs. `python FILE` starts from nothing. Times are processor
times, the least of several. A parse that opened a session or a connection would end with an error here.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from sandbox.services.service import PROJECT, library_environment

EMPTY = "from airflow.sdk import DAG\n\ndag = DAG('empty')\n"
ROUNDS = 7

FORKED = '''
import gc, json, os, sys, time
import airflow.settings, airflow_local_settings, structlog
from airflow.dag_processing import processor

def seconds(file):
    """The processor time of one parse in a fork."""
    processor._pre_import_airflow_modules(file, log)
    read, write = os.pipe()
    if not os.fork():
        asked = processor.DagFileParseRequest(
            file=file, bundle_path=os.path.dirname(file), bundle_name="bench", callback_requests=[]
        )
        begin = time.process_time()
        found = processor._parse_file(asked, log)
        spent = time.process_time() - begin
        os.write(write, json.dumps([spent, len(found.serialized_dags)]).encode())
        os._exit(0)
    spent, dags = json.loads(os.read(read, 100))
    os.wait()
    assert dags == 1, f"{file} has {dags} DAGs"
    return spent

log = structlog.get_logger()
gc.freeze()  # as the DAG processor does
print(json.dumps({file: min(seconds(file) for _ in range(int(sys.argv[1]))) for file in sys.argv[2:]}))
'''
ALONE = """
import os, resource, socket, sys

def refuse(*_, **__):
    raise OSError("a DAG file talks to nobody while it is parsed")

socket.socket.connect = socket.socket.connect_ex = refuse
import psycopg, runpy
psycopg.connect = psycopg.Connection.connect = refuse
runpy.run_path(sys.argv[1])
spent = resource.getrusage(resource.RUSAGE_SELF)
print(spent.ru_utime + spent.ru_stime)
"""


def rows() -> list[dict[str, Any]]:
    """Measure both ways; each row is {name, value, unit, against, ratio, goal}."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        empty, ours = folder / "empty_dag.py", PROJECT / "dags" / "tides_bridge.py"
        empty.write_text(EMPTY, encoding="utf-8")
        environment = library_environment() | {"AIRFLOW_HOME": name}
        # No process may open the metadata database: this is no address.
        environment["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] = "postgresql+psycopg2://nobody@127.0.0.1:1/none"
        alone = {
            file: min(float(_said(environment, ALONE, str(file))) for _ in range(ROUNDS)) for file in (empty, ours)
        }
        forked = json.loads(_said(environment, FORKED, str(ROUNDS), str(empty), str(ours)))
        return [
            _row("python dags/tides_bridge.py, from nothing", alone[ours], alone[empty], "≤ 1.2"),
            _row("the same in a fork of the DAG processor", forked[str(ours)], forked[str(empty)], ""),
        ]


def _said(environment: dict[str, str], program: str, *words: str) -> str:
    """What a program prints last."""
    command = [sys.executable, "-c", program, *words]
    made = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=os.fspath(PROJECT))
    assert made.returncode == 0, made.stderr[-2000:]
    return made.stdout.splitlines()[-1]


def _row(name: str, ours: float, empty: float, goal: str) -> dict[str, Any]:
    return {
        "name": f"parse: {name}",
        "value": round(ours * 1000),
        "unit": "ms of the processor",
        "against": f"a DAG without tasks: {empty * 1000:.0f} ms",
        "ratio": round(ours / empty, 2),
        "goal": goal,
    }
