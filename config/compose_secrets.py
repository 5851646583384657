"""Secrets on their way from `.env` into the containers of docker-compose.yaml.

Each comes as a variable of its own, with the characters that were typed. A connection names it, as `{"env": "NAME"}`,
in Airflow's JSON form. `Connections` puts the value there when the JSON has been read, so that no character breaks it.
`python -m compose_secrets` is the first step of a start: it refuses secrets that are missing, short or an example.
"""

import json
import os
import re
import sys
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

from airflow.secrets.environment_variables import EnvironmentVariablesBackend
from cryptography.fernet import Fernet

SANDBOX = Path(__file__).parents[1] / "sandbox" / "compose.env"

KEYS = ("AIRFLOW_JWT_SECRET", "AIRFLOW_SECRET_KEY")
"""Airflow signs with them. It expands `$` and `~` in what it reads, so they have none of these."""

PASSWORDS = (
    "POSTGRES_PASSWORD",
    "TIDES_DB_OWNER_PASSWORD",
    "TIDES_DB_PASSWORD",
    "TIDES_DB_READER_PASSWORD",
    "AIRFLOW_DB_PASSWORD",
)
FERNET_KEY = "AIRFLOW_FERNET_KEY"
ADDRESS_OF = {"LASAIR_TOKEN": "LASAIR_LSST_API", "FOURMOST_PASSWORD": "FOURMOST_URL"}
"""The secrets that others gave us, each with the variable that says to whom it is sent."""

KEY_BYTES = 32
PASSWORD_BYTES = 16
DIFFERENT_CHARACTERS = 8
"""A random word of the least length has more; `aaaa…` and `12341234…` have fewer."""

EXAMPLE = re.compile("change|example|secret|password|filled|insert|dummy", re.IGNORECASE)


class Connections(EnvironmentVariablesBackend):
    """The variables `AIRFLOW_CONN_…`, with the secrets that they name filled in."""

    def get_conn_value(self, conn_id: str, team_name: str | None = None) -> str | None:
        """A connection in Airflow's form; raises KeyError when it names a variable that is not there."""
        value = super().get_conn_value(conn_id, team_name)
        if value is None or not value.lstrip().startswith("{"):
            return value
        return json.dumps(_filled(json.loads(value), os.environ))


def _filled(part: Any, given: Mapping[str, str]) -> Any:
    if not isinstance(part, dict):
        return part
    if part.keys() == {"env"}:
        return given[part["env"]]
    return {key: _filled(value, given) for key, value in part.items()}


def faults(given: Mapping[str, str]) -> list[str]:
    """What is wrong with the secrets, each by its name and none by its value."""
    ours = (*KEYS, FERNET_KEY, *PASSWORDS)
    missing = [name for name in (*ours, *ADDRESS_OF) if not given.get(name, "").strip()]
    found = [f"{name} is missing" for name in missing]
    there = {name: given[name] for name in (*ours, *ADDRESS_OF) if name not in missing}
    for name, value in there.items():
        found += [f"{name} {fault}" for fault in _faults_of(name, value)]
    found += [f"{one} and {other} are the same" for one, other in combinations(ours, 2) if _same(there, one, other)]
    sandbox = dict(line.split("=", 1) for line in SANDBOX.read_text().splitlines() if not line.startswith("#"))
    for name, address in ADDRESS_OF.items():
        if there.get(name) == sandbox[name] and given.get(address) != sandbox[address]:
            found.append(f"{name} is the sandbox's, and {address} is not")
    return found


def _faults_of(name: str, value: str) -> list[str]:
    if name in ADDRESS_OF:
        return []
    found = []
    if name == FERNET_KEY and not _fernet(value):
        found.append("is no Fernet key")
    least = KEY_BYTES if name in KEYS else PASSWORD_BYTES
    if len(value.encode()) < least:
        found.append(f"is shorter than {least} bytes")
    if EXAMPLE.search(value) or len(set(value)) < DIFFERENT_CHARACTERS:
        found.append("is an example or a pattern, and not random")
    if name in KEYS and not re.fullmatch(r"[\w-]+", value, re.ASCII):
        found.append("has other characters than letters, digits, - and _")
    return found


def _fernet(value: str) -> bool:
    """Whether Airflow can use it; several keys stand beside each other while one takes over from another."""
    try:
        return bool([Fernet(key.strip()) for key in value.split(",")])
    except ValueError:
        return False


def _same(there: Mapping[str, str], one: str, other: str) -> bool:
    return one in there and there[one] == there.get(other)


def main() -> int:
    """Say what is wrong with the secrets of the environment; returns 1 then, else 0."""
    found = faults(os.environ)
    for fault in found:
        print(fault, file=sys.stderr)
    if found:
        print("Mend .env: .env.example says how each value is made. Nothing was started.", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
