"""Secrets of any characters from `.env` to where they are used, and those that a start refuses."""

import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest
from airflow.sdk import BaseHook
from cryptography.fernet import Fernet
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.compose_secrets import KEYS, PASSWORDS, SANDBOX, faults, main
from tests.compose import PROJECT, quoted, read_compose, read_env

UGLY = "@:/%#$ \"'\\{}üλ漢 ${HOME} $$ \\n"
ANY = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]) | st.sampled_from(UGLY), min_size=1).filter(
    # .env.example: these two need double quotes
    lambda secret: not secret.endswith("\\") and "\\'" not in secret
)


def good() -> dict[str, str]:
    return {name: secrets.token_urlsafe(32) for name in (*KEYS, *PASSWORDS, "LASAIR_TOKEN")} | {
        "AIRFLOW_FERNET_KEY": Fernet.generate_key().decode(),
        "LASAIR_LSST_API": "https://lasair.example.org/api",
        "LASAIR_ZTF_API": "https://lasair.example.org/api",
        "LASAIR_LSST_KAFKA": "kafka.example.org:9092",
        "LASAIR_ZTF_KAFKA": "kafka.example.org:9092",
        "FOURMOST_URL": "https://fourmost.example.org/QFSwi/",
        "FOURMOST_USER": "tides",
        "FOURMOST_PASSWORD": "mayall",
    }


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(secret=ANY, user=ANY)
def test_a_secret_of_any_characters_comes_out_of_a_connection_as_it_was_meant(
    monkeypatch: pytest.MonkeyPatch, secret: str, user: str
) -> None:
    monkeypatch.syspath_prepend(PROJECT / "config")
    typed = good() | dict.fromkeys(("TIDES_DB_PASSWORD", "LASAIR_TOKEN", "FOURMOST_PASSWORD"), secret)
    typed["FOURMOST_USER"] = user
    file = "\n".join(f"{name}={quoted(value)}" for name, value in typed.items())
    container = read_compose(read_env(file))["services"]["airflow-scheduler"]["environment"]
    for name, value in container.items():
        if not name.startswith("AIRFLOW__") or name == "AIRFLOW__SECRETS__BACKEND":
            monkeypatch.setenv(name, value)
    found = {name: BaseHook.get_connection(name) for name in ("tides_db", "lasair_api", "fourmost", "dask")}
    assert found["tides_db"].password == found["lasair_api"].password == found["fourmost"].password == secret
    assert found["fourmost"].login == user
    assert found["lasair_api"].extra_dejson["ztf"] == "https://lasair.example.org/api"
    assert (found["dask"].host, found["dask"].port) == ("tcp://dask-scheduler", 8786)


def test_random_secrets_are_accepted() -> None:
    assert faults(good()) == []
    both = f"{Fernet.generate_key().decode()},{Fernet.generate_key().decode()}"
    assert faults(good() | {"AIRFLOW_FERNET_KEY": both, "TIDES_DB_PASSWORD": UGLY}) == []


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("AIRFLOW_JWT_SECRET", "", "is missing"),
        ("AIRFLOW_JWT_SECRET", "k3Zqw9Xb" * 3 + "1234567", "is shorter than 32 bytes"),
        ("AIRFLOW_SECRET_KEY", "please-change-me-0123456789-abcdef", "is an example or a pattern, and not random"),
        ("AIRFLOW_SECRET_KEY", "0123" * 8, "is an example or a pattern, and not random"),
        ("AIRFLOW_SECRET_KEY", "$HOME~" + "k3Zqw9Xb" * 4, "has other characters than letters, digits, - and _"),
        ("AIRFLOW_FERNET_KEY", "k3Zqw9Xb" * 5, "is no Fernet key"),
        ("AIRFLOW_FERNET_KEY", "A" * 43 + "=", "is an example or a pattern, and not random"),
        ("AIRFLOW_DB_PASSWORD", "k3Zqw9Xb1234567", "is shorter than 16 bytes"),
        ("TIDES_DB_PASSWORD", "   ", "is missing"),
        ("POSTGRES_PASSWORD", "postgres-password", "is an example or a pattern, and not random"),
        ("LASAIR_TOKEN", "", "is missing"),
        ("LASAIR_TOKEN", read_env(SANDBOX.read_text())["LASAIR_TOKEN"], "is the sandbox's, and LASAIR_LSST_API is not"),
        (
            "FOURMOST_PASSWORD",
            read_env(SANDBOX.read_text())["FOURMOST_PASSWORD"],
            "is the sandbox's, and FOURMOST_URL is not",
        ),
    ],
)
def test_a_secret_that_protects_nothing_is_refused_by_name(name: str, value: str, fault: str) -> None:
    assert faults(good() | {name: value}) == [f"{name} {fault}"]


@pytest.mark.parametrize(("name", "least"), [("AIRFLOW_JWT_SECRET", 32), ("TIDES_DB_PASSWORD", 16)])
def test_the_least_length_is_enough(name: str, least: int) -> None:
    word = "k3Zqw9XbT7mNcVr2YpLs5HdGf8JaEu4W"
    assert faults(good() | {name: word[:least]}) == []


def test_each_secret_is_one_of_its_own() -> None:
    given = good()
    given["AIRFLOW_DB_PASSWORD"] = given["TIDES_DB_PASSWORD"]
    assert faults(given) == ["TIDES_DB_PASSWORD and AIRFLOW_DB_PASSWORD are the same"]


def test_the_sandboxs_secrets_go_with_the_sandboxs_addresses() -> None:
    assert faults(good() | read_env(SANDBOX.read_text())) == []


def test_the_check_names_what_is_wrong_and_shows_no_secret(tmp_path: Path) -> None:
    typed = good() | {"AIRFLOW_JWT_SECRET": "k3Zqw9Xb", "AIRFLOW_DB_PASSWORD": "Xb9wqZ3k"}
    container = read_compose(typed)["services"]["check-secrets"]["environment"]
    environment = os.environ | container | {"AIRFLOW_HOME": str(tmp_path), "PYTHONPATH": str(PROJECT / "config")}
    command = [sys.executable, "-m", "compose_secrets"]
    refused = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert refused.returncode == 1
    assert "AIRFLOW_JWT_SECRET is shorter than 32 bytes\n" in refused.stderr
    assert "AIRFLOW_DB_PASSWORD is shorter than 16 bytes\n" in refused.stderr
    assert not [name for name, value in container.items() if value in refused.stderr + refused.stdout]


def test_the_check_sees_every_secret_and_lets_good_ones_start(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in read_compose(good())["services"]["check-secrets"]["environment"].items():
        monkeypatch.setenv(name, value)
    assert main() == 0
    assert capsys.readouterr() == ("", "")
