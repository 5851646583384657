"""The forms of our connection types in Airflow's UI. Airflow reads them without an import of a hook.

Airflow finds this module as that of a provider: by the installed package, or in a checkout by
`plugins/tides_bridge.dist-info`, which lies beside the library, on PYTHONPATH. Kafka's and PostgreSQL's forms are those
of their own providers. Every process of Airflow reads it before it forks tasks, so nothing of the library is imported
here: each task takes its own version of that.
"""

import os
from pathlib import Path
from typing import Any

import yaml

from tides_bundle import bundle_of

SETTINGS = bundle_of(Path(__file__).parent) / "include" / "config" / "bridge.yaml"

FILES = {
    "ca_file": ("CA file", "Trusted in place of the public authorities: the absolute path of a file in PEM form"),
    "client_cert": ("Our certificate", "The absolute path of a file in PEM form"),
    "client_key": ("Its key", "Where it is not in the file of the certificate: the absolute path of a file"),
}
"""The fields that name files of TLS: label and description."""


def get_provider_info() -> dict[str, Any]:
    """What Airflow asks a provider for: the connection types, the fields of their forms, and their hooks."""
    return {
        "package-name": "tides-bridge",
        "name": "TiDES bridge",
        "description": "Connections to Lasair, 4MOST and Dask",
        "connection-types": [_lasair(), _fourmost(), _dask()],
    }


def _lasair() -> dict[str, Any]:
    own = {}
    for survey in _surveys():
        name = survey.upper()
        own[survey] = _text(f"Address for {name}", "Where it is not the one above: https://…/api")
        own[f"{survey}_token"] = _text(f"Token for {name}", "Where it is not the one above", format="password")
    return {
        "connection-type": "lasair",
        "hook-class-name": "tides.hooks.lasair.LasairHook",
        "hook-name": "Lasair",
        "ui-field-behaviour": {
            "hidden-fields": ["login", "port", "schema"],
            "relabeling": {"host": "Address", "password": "Token"},
            "placeholders": {"host": "https://api.lasair.lsst.ac.uk/api"},
        },
        "conn-fields": own | _http(),
    }


def _fourmost() -> dict[str, Any]:
    basic = _text("Authorisation", "`basic` sends login and password with every call", enum=[None, "basic"])
    return {
        "connection-type": "fourmost",
        "hook-class-name": "tides.hooks.fourmost.FourMostHook",
        "hook-name": "4MOST",
        "ui-field-behaviour": {
            "hidden-fields": ["port", "schema"],
            "relabeling": {"host": "Address", "password": "Password, or token without a login"},
            "placeholders": {"host": "https://4most.mpe.mpg.de/QFSwi/"},
        },
        "conn-fields": {"auth": basic} | _http(),
    }


def _dask() -> dict[str, Any]:
    return {
        "connection-type": "dask",
        "hook-class-name": "tides.hooks.dask.DaskHook",
        "hook-name": "Dask",
        "ui-field-behaviour": {
            "hidden-fields": ["login", "password", "schema"],
            "relabeling": {"host": "Scheduler"},
            "placeholders": {"host": "tcp://scheduler or tls://scheduler", "port": "8786"},
        },
        "conn-fields": {key: _text(*words) for key, words in FILES.items()},
    }


def _surveys() -> list[str]:
    """The surveys that the settings name. What is wrong there must not stop Airflow: `tides doctor` says it."""
    found: dict[str, None] = {}
    for file in (SETTINGS, *(Path(p) for p in os.environ.get("TIDES_SETTINGS", "").split(os.pathsep) if p)):
        try:
            given = yaml.safe_load(file.read_text(encoding="utf-8"))
        except (OSError, ValueError, yaml.YAMLError):
            continue
        surveys = given.get("surveys") if isinstance(given, dict) else None
        found |= dict.fromkeys(map(str, surveys)) if isinstance(surveys, dict) else {}
    return list(found)


def _http() -> dict[str, Any]:
    """The fields that every HTTP service has (`hooks/way.py`)."""
    return {
        **{key: _text(*words) for key, words in FILES.items()},
        "proxy": _text("Proxy", "https://login:password@proxy.example.org:3128"),
        "allow_http": {
            "label": "Allow http://",
            "description": "Passwords and tokens then go over the network unencrypted",
            "schema": {"type": "boolean", "default": False},
        },
    }


def _text(label: str, description: str, **schema: object) -> dict[str, Any]:
    """A field that may stay empty."""
    return {"label": label, "description": description, "schema": {"type": ["string", "null"], **schema}}
