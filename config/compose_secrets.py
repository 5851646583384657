"""Secrets on their way from files into the processes of docker-compose.yaml.

Each is a file of its own in the folder that TIDES_SECRETS names, with the characters that were typed. A connection
names it, as `{"secret": "NAME"}`, in Airflow's JSON form. An option of Airflow names it by `…_SECRET`. `Secrets` puts
the value there when the text around it has been read, so that no character breaks it.
`python -m compose_secrets` is the first step of a start: it refuses secrets that are missing, short or an example, and
settings of the sandbox in production.
"""

import json
import os
import re
import sys
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path
from typing import Any
from urllib.parse import quote

from airflow.secrets.environment_variables import EnvironmentVariablesBackend
from compose_setup import GIVEN, OURS, is_sandbox, read_secret, secret_fault, setting_faults
from cryptography.fernet import Fernet

KEYS = ("airflow_jwt_secret", "airflow_secret_key")
"""Airflow signs with them."""

FERNET_KEY = "airflow_fernet_key"

KEY_BYTES = 64
"""Airflow's tokens are signed with HS512, whose key should have as many bytes as its hash (RFC 7518, section 3.2)."""
PASSWORD_BYTES = 16
DIFFERENT_CHARACTERS = 8
"""A random word of the least length has more; `aaaa…` and `12341234…` have fewer."""

PATTERN = re.compile("change|example|secret|password|filled|insert|dummy|sandbox", re.IGNORECASE)


class Secrets(EnvironmentVariablesBackend):
    """The variables `AIRFLOW_CONN_…` with the secrets that they name filled in, and those of Airflow's options."""

    def get_conn_value(self, conn_id: str, team_name: str | None = None) -> str | None:
        """A connection in Airflow's form; raises OSError when the file of a secret cannot be read."""
        value = super().get_conn_value(conn_id, team_name)
        if value is None or not value.lstrip().startswith("{"):
            return value
        return json.dumps(_filled(json.loads(value)))

    def get_config(self, key: str) -> str | None:
        """What stands behind an option `…_SECRET`: a secret's name, or an address with the name in braces.

        In an address the secret is percent-encoded. Raises OSError when its file cannot be read.
        """
        if re.fullmatch(r"\w+", key):
            return _secret(key)
        return re.sub(r"\{(\w+)\}", lambda found: quote(_secret(found[1]), safe=""), key)


def _folder() -> Path:
    return Path(os.environ["TIDES_SECRETS"])


def _secret(name: str) -> str:
    return read_secret(_folder() / name)


def _filled(part: Any) -> Any:
    if not isinstance(part, dict):
        return part
    if part.keys() == {"secret"}:
        return _secret(part["secret"])
    return {key: _filled(value) for key, value in part.items()}


def secret_faults(there: Mapping[str, str]) -> list[str]:
    """What is wrong with the secrets, each by its name and none by its value."""
    found = [f"{name} is missing" for name in (*OURS, *GIVEN) if name not in there]
    for name, value in there.items():
        found += [f"{name} {fault}" for fault in _faults_of(name, value)]
    return found + [
        f"{one} and {other} are the same"
        for one, other in combinations(OURS, 2)
        if one in there and there[one] == there.get(other)
    ]


def _faults_of(name: str, value: str) -> list[str]:
    if fault := secret_fault(value):
        return [fault]
    if name in GIVEN:
        return ["is the sandbox's word"] if name != "fourmost_user" and "sandbox" in value else []
    found = []
    if name == FERNET_KEY and not _fernet(value):
        found.append("is no Fernet key")
    least = KEY_BYTES if name in KEYS else PASSWORD_BYTES
    if len(value.encode()) < least:
        found.append(f"is shorter than {least} bytes")
    if PATTERN.search(value) or len(set(value)) < DIFFERENT_CHARACTERS:
        found.append("is an example or a pattern, and not random")
    return found


def _fernet(value: str) -> bool:
    """Whether Airflow can use it; several keys stand beside each other while one takes over from another."""
    try:
        return bool([Fernet(key.strip()) for key in value.split(",")])
    except ValueError:
        return False


def _read_all() -> tuple[dict[str, str], list[str]]:
    """The secrets that can be read, and what is wrong with the files of the others."""
    there, found = {}, []
    for name in (*OURS, *GIVEN):
        try:
            there[name] = _secret(name)
        except FileNotFoundError:
            continue
        except OSError as error:
            found.append(f"{name} cannot be read: {error.strerror}")
        except UnicodeError:
            found.append(f"{name} is no text in UTF-8")
    return there, found


def main() -> int:
    """Say what is wrong with the secrets and the settings of the environment; returns 1 then, else 0."""
    there, unread = _read_all()
    found = [*unread, *secret_faults(there), *setting_faults(os.environ)]
    for fault in found:
        print(fault, file=sys.stderr)
    if found:
        print("Mend .env and the files of secrets: docs/install.md says how. Nothing was started.", file=sys.stderr)
    elif is_sandbox(os.environ):
        print("This is the sandbox, by COMPOSE_PROFILES: unencrypted ways to its stand-ins are allowed.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
