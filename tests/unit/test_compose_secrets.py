"""Secrets of any characters from their files to where they are used, and those that a start refuses."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from airflow.configuration import conf
from airflow.sdk import BaseHook
from compose_secrets import Secrets, main, secret_faults
from compose_setup import GIVEN, OURS, is_sandbox, setting_faults, settings_of, write_new
from cryptography.fernet import Fernet
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import make_url

from tests.compose import PROJECT, read_compose

UGLY = "  @:/%#$ \"'\\{}üλ漢 ${HOME} $$ \\n ' {airflow_fernet_key} \\"
ANY = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]) | st.sampled_from(UGLY), min_size=1)
PRODUCTION = {"LASAIR_ZTF_KAFKA": "kafka.example.org:9092", "LASAIR_LSST_KAFKA": "a.example.org:9092,b.example.org:9"}
WORD = "k3Zqw9XbT7mNcVr2YpLs5HdGf8JaEu4W"


def good() -> dict[str, str]:
    return {name: make() for name, make in OURS.items()} | {
        "lasair_token": "a token",
        "fourmost_user": "tides",
        "fourmost_password": "mayall",
    }


def production(**changed: str) -> dict[str, str]:
    return settings_of(PRODUCTION, sandbox=False, folder="./secrets") | changed


def write(folder: Path, secrets: Mapping[str, str]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, value in secrets.items():
        (folder / name).unlink(missing_ok=True)
        write_new(folder / name, value + "\n", 0o444)
    return folder


def use(monkeypatch: pytest.MonkeyPatch, folder: Path, service: str = "airflow-scheduler") -> None:
    """The environment of a service, its secrets in a folder of this machine."""
    for name, value in read_compose(production())["services"][service]["environment"].items():
        if not name.startswith("AIRFLOW__") or name.endswith("_SECRET") or name == "AIRFLOW__SECRETS__BACKEND":
            monkeypatch.setenv(name, value)
    monkeypatch.setenv("TIDES_SECRETS", str(folder))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(secret=ANY, user=ANY)
def test_a_secret_of_any_characters_comes_out_of_a_connection_as_it_was_meant(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, secret: str, user: str
) -> None:
    names = ("tides_db_password", "lasair_token", "fourmost_password")
    use(monkeypatch, write(tmp_path, good() | dict.fromkeys(names, secret) | {"fourmost_user": user}))
    found = {name: BaseHook.get_connection(name) for name in ("tides_db", "lasair_api", "fourmost", "dask")}
    assert found["tides_db"].password == found["lasair_api"].password == found["fourmost"].password == secret
    assert found["fourmost"].login == user
    assert found["lasair_api"].extra_dejson["ztf"] == "https://lasair-ztf.lsst.ac.uk/api"
    assert (found["dask"].host, found["dask"].port) == ("tls://dask-scheduler", 8786)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(secret=ANY)
def test_a_secret_of_any_characters_comes_out_of_airflows_options_as_it_was_meant(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, secret: str
) -> None:
    use(monkeypatch, write(tmp_path, good() | {"airflow_db_password": secret, "airflow_jwt_secret": secret}))
    address = make_url(conf.get("database", "sql_alchemy_conn"))
    assert (address.username, address.password, address.host, address.database) == (
        "airflow",
        secret,
        "postgres",
        "airflow",
    )
    assert conf.get("api_auth", "jwt_secret") == secret


def test_only_the_end_of_the_last_line_is_no_part_of_a_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TIDES_SECRETS", str(tmp_path))
    for content, secret in ((b"word", "word"), (b"word\n", "word"), (b" word \n", " word "), (b"\xc3\xbc\n", "ü")):
        (tmp_path / "one").write_bytes(content)
        assert Secrets().get_config("one") == secret


def test_all_of_airflow_signs_with_the_same_secrets_and_none_of_them_stands_in_its_settings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    secrets = good()
    use(monkeypatch, write(tmp_path, secrets), "airflow-api-server")
    options = {
        "airflow_fernet_key": ("core", "fernet_key"),
        "airflow_secret_key": ("api", "secret_key"),
        "airflow_jwt_secret": ("api_auth", "jwt_secret"),
    }
    assert {name: conf.get(*option) for name, option in options.items()} == {name: secrets[name] for name in options}
    assert not [name for name, value in secrets.items() if len(value) > 8 and value in "".join(os.environ.values())]


def test_a_missing_file_is_an_error_and_no_empty_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TIDES_SECRETS", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="airflow_jwt_secret"):
        Secrets().get_config("airflow_jwt_secret")


def test_random_secrets_are_accepted() -> None:
    assert secret_faults(good()) == []
    both = f"{Fernet.generate_key().decode()},{Fernet.generate_key().decode()}"
    assert secret_faults(good() | {"airflow_fernet_key": both, "tides_db_password": UGLY}) == []


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("airflow_jwt_secret", "", "is empty"),
        ("airflow_jwt_secret", WORD + WORD[:31], "is shorter than 64 bytes"),
        ("airflow_secret_key", "please-change-me-" + WORD * 2, "is an example or a pattern, and not random"),
        ("airflow_secret_key", "0123" * 16, "is an example or a pattern, and not random"),
        ("airflow_fernet_key", WORD, "is no Fernet key"),
        ("airflow_fernet_key", "A" * 43 + "=", "is an example or a pattern, and not random"),
        ("airflow_db_password", WORD[:15], "is shorter than 16 bytes"),
        ("tides_db_password", "   ", "is empty"),
        ("postgres_password", "postgres-password", "is an example or a pattern, and not random"),
        ("lasair_token", "", "is empty"),
        ("lasair_token", "sandbox-lasair-token", "is the sandbox's word"),
        ("fourmost_password", "sandbox-password", "is the sandbox's word"),
    ],
)
def test_a_secret_that_protects_nothing_is_refused_by_name(name: str, value: str, fault: str) -> None:
    assert secret_faults(good() | {name: value}) == [f"{name} {fault}"]


@pytest.mark.parametrize("end", ["\n", "\r", "\nmore", "\0", "\t"])
def test_what_programs_would_read_in_different_ways_is_no_secret(end: str) -> None:
    (fault,) = secret_faults(good() | {"fourmost_password": WORD + end})
    assert fault.startswith("fourmost_password has a control character or more than one line")


@pytest.mark.parametrize("name", [*OURS, *GIVEN])
def test_no_secret_may_be_missing(name: str) -> None:
    there = good()
    del there[name]
    assert secret_faults(there) == [f"{name} is missing"]


@pytest.mark.parametrize(("name", "least"), [("airflow_jwt_secret", 64), ("tides_db_password", 16)])
def test_the_least_length_is_enough(name: str, least: int) -> None:
    assert secret_faults(good() | {name: (WORD + WORD[::-1])[:least]}) == []


def test_each_secret_is_one_of_its_own() -> None:
    there = good()
    there["airflow_db_password"] = there["tides_db_password"]
    assert secret_faults(there) == ["tides_db_password and airflow_db_password are the same"]


def test_settings_for_production_and_for_the_sandbox_are_accepted() -> None:
    assert setting_faults(production()) == []
    assert not is_sandbox(production())
    stand_ins = settings_of({}, sandbox=True, folder="./secrets")
    assert setting_faults(stand_ins) == []
    assert is_sandbox(stand_ins)


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("ALLOW_HTTP", "true", "ALLOW_HTTP: must be false"),
        ("FOURMOST_URL", "http://4most.mpe.mpg.de/QFSwi/", "must begin with https://"),
        ("FOURMOST_URL", "https://4most.mpe.mpg.de/", "must end in /QFSwi/"),
        ("FOURMOST_URL", "http://sandbox:8000/QFSwi/", "is the sandbox's, and COMPOSE_PROFILES names no sandbox"),
        ("LASAIR_LSST_API", "http://sandbox:8000/api", "is the sandbox's, and COMPOSE_PROFILES names no sandbox"),
        ("LASAIR_LSST_API", 'https://x.org/", "proxy": "https://y.org', "must be like https://host/path"),
        ("LASAIR_ZTF_KAFKA", "kafka:9092", "is the sandbox's, and COMPOSE_PROFILES names no sandbox"),
        ("LASAIR_ZTF_KAFKA", "kafka.example.org", "must be like host:port"),
        ("LASAIR_ZTF_KAFKA", "", "is missing"),
        ("TIDES_SETTINGS", "/opt/tides/sandbox/settings.yaml", "is the sandbox's"),
        ("BRIDGE_TARGET", "sandbox", "is the sandbox's"),
        ("BRIDGE_IMAGE", "tides-bridge-sandbox", "is the sandbox's"),
    ],
)
def test_settings_of_the_sandbox_are_refused_in_production(name: str, value: str, fault: str) -> None:
    found = setting_faults(production(**{name: value}))
    assert [line.split(":")[0] for line in found] == [name]
    assert fault in found[0]


@pytest.mark.parametrize("name", ["FOURMOST_URL", "LASAIR_ZTF_KAFKA"])
def test_with_the_sandboxs_profile_nothing_reaches_a_real_service(name: str) -> None:
    stand_ins = settings_of({}, sandbox=True, folder="./secrets")
    (fault,) = setting_faults(stand_ins | {name: production()[name]})
    assert "nothing may reach a real service" in fault


def check(tmp_path: Path, settings: Mapping[str, str], secrets: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """The first step of a start, as its own process with its own environment."""
    own = read_compose(settings)["services"]["check-secrets"]
    assert sorted(own["secrets"]) == sorted((*OURS, *GIVEN))
    here = {
        **own["environment"],
        "TIDES_SECRETS": str(write(tmp_path / "secrets", secrets)),
        "AIRFLOW_HOME": str(tmp_path),
        "PYTHONPATH": str(PROJECT / "config"),
    }
    command = [sys.executable, *own["command"][1:]]
    return subprocess.run(command, env=here, capture_output=True, text=True)


def test_the_check_names_what_is_wrong_and_shows_no_secret(tmp_path: Path) -> None:
    secrets = good() | {"airflow_jwt_secret": "k3Zqw9Xb", "airflow_db_password": "Xb9wqZ3k"}
    refused = check(tmp_path, production(ALLOW_HTTP="true"), secrets)
    assert refused.returncode == 1
    assert "airflow_jwt_secret is shorter than 64 bytes\n" in refused.stderr
    assert "airflow_db_password is shorter than 16 bytes\n" in refused.stderr
    assert "ALLOW_HTTP: must be false" in refused.stderr
    assert refused.stderr.endswith("Nothing was started.\n")
    assert not [name for name, value in secrets.items() if len(value) > 6 and value in refused.stderr + refused.stdout]


def test_the_check_lets_good_ones_start_and_says_when_it_is_the_sandbox(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    said = {}
    for kind in (False, True):
        made = settings_of({} if kind else PRODUCTION, sandbox=kind, folder="./secrets")
        for name, value in read_compose(made)["services"]["check-secrets"]["environment"].items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("TIDES_SECRETS", str(write(tmp_path, good())))
        assert main() == 0
        said[kind] = capsys.readouterr().out
    assert said[False] == ""
    assert said[True].startswith("This is the sandbox, by COMPOSE_PROFILES")


def test_a_file_that_cannot_be_read_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for name, value in read_compose(production())["services"]["check-secrets"]["environment"].items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("TIDES_SECRETS", str(write(tmp_path, good())))
    (tmp_path / "lasair_token").unlink()
    (tmp_path / "lasair_token").mkdir()
    (tmp_path / "fourmost_user").unlink()
    (tmp_path / "fourmost_user").write_bytes(b"\xff")
    assert main() == 1
    said = capsys.readouterr().err
    assert "lasair_token cannot be read: Is a directory" in said
    assert "fourmost_user is no text in UTF-8" in said
