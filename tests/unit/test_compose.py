"""docker-compose.yaml held against what the code reads, without an engine."""

import json
import os
import re
import shutil
import subprocess
import sys
from argparse import ArgumentParser
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
from airflow.cli.cli_parser import airflow_commands
from airflow.configuration import conf

from sandbox.__main__ import _parser
from sandbox.services.stack import Stack, streams
from tests.compose import FILE, PROJECT, read_compose, read_env
from tides.hooks.people import MANAGER

BUNDLE = "/opt/tides"
AIRFLOW_SERVICES = {
    "airflow-init",
    "airflow-api-server",
    "airflow-scheduler",
    "airflow-dag-processor",
    "airflow-triggerer",
}
DASK_SERVICES = {"dask-scheduler", "dask-worker"}
SECRETS = {
    "POSTGRES_PASSWORD",
    "TIDES_DB_PASSWORD",
    "AIRFLOW_DB_PASSWORD",
    "AIRFLOW_JWT_SECRET",
    "AIRFLOW_SECRET_KEY",
    "AIRFLOW_FERNET_KEY",
    "LASAIR_TOKEN",
    "FOURMOST_PASSWORD",
}
ONLY_ON_ONE_MACHINE = {
    "AIRFLOW_HOME",
    "AIRFLOW__API__HOST",
    "AIRFLOW__API__WORKERS",
    "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS",
    "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE",
    "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT",
}
"""What the embedded stack sets and a deployment leaves at Airflow's default or has in its Dockerfile."""

REQUIREMENTS = ("requirements.txt", "requirements-dev.txt")


LIMITS = (
    "AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT",
    "AIRFLOW__DAG_PROCESSOR__DAG_FILE_PROCESSOR_TIMEOUT",
    "AIRFLOW__DAG_PROCESSOR__STALE_DAG_THRESHOLD",
)
"""By which a busy machine would lose its DAGs: each longer than the one before, which lies inside it."""


def variables(file: str) -> dict[str, str]:
    return read_env((PROJECT / file).read_text())


@pytest.fixture(scope="module")
def example() -> dict[str, str]:
    """`.env.example` with the sandbox's file over it, and a value for what has to be filled in."""
    given = variables(".env.example") | variables("sandbox/compose.env")
    return {key: value or f"filled-in-{key}" for key, value in given.items()}


@pytest.fixture(scope="module")
def compose(example: dict[str, str]) -> dict[str, Any]:
    """The file as Compose sees it with the example and the sandbox's file."""
    return read_compose(example)


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """A stack that is not started: only asked for its environment."""
    return Stack(tmp_path_factory.mktemp("stack"))


def options_of(command: list[str]) -> list[str]:
    return [str(word) for word in command]


def test_every_variable_of_the_file_stands_in_the_example(example: dict[str, str]) -> None:
    used = set(re.findall(r"\$\{(\w+)", FILE.read_text()))
    assert used | {"COMPOSE_PROFILES"} == set(example)


def test_the_example_is_for_production_and_the_sandboxs_file_changes_only_what_it_has() -> None:
    production = variables(".env.example")
    assert "sandbox" not in "".join(production.values())
    assert (production["TIDES_SETTINGS"], production["COMPOSE_PROFILES"]) == ("", "")
    assert all(
        production[name].startswith("https://") for name in ("LASAIR_ZTF_API", "LASAIR_LSST_API", "FOURMOST_URL")
    )
    assert variables("sandbox/compose.env").keys() <= production.keys()


def test_no_secret_has_a_value_in_the_example() -> None:
    text = (PROJECT / ".env.example").read_text()
    assert re.findall(r"^(?:\w*(?:PASSWORD|SECRET|TOKEN|KEY))=(.+)$", text, re.M) == []


def test_all_of_airflow_is_there_with_the_same_environment(compose: dict[str, Any], example: dict[str, str]) -> None:
    environments = [compose["services"][name]["environment"] for name in AIRFLOW_SERVICES]
    assert all(environment == environments[0] for environment in environments)
    signing = {name: environments[0][f"AIRFLOW__{name}"] for name in ("API__SECRET_KEY", "API_AUTH__JWT_SECRET")}
    assert signing == {
        "API__SECRET_KEY": example["AIRFLOW_SECRET_KEY"],
        "API_AUTH__JWT_SECRET": example["AIRFLOW_JWT_SECRET"],
    }


def test_dask_gets_no_secret_no_volume_and_a_network_of_its_own(
    compose: dict[str, Any], example: dict[str, str]
) -> None:
    threads = {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"}
    for name in DASK_SERVICES:
        service = compose["services"][name]
        assert set(service["environment"]) == {"TIDES_SETTINGS"} | threads
        assert not {"volumes", "configs", "secrets", "env_file", "ports"} & set(service)
        assert service["networks"] == ["dask"]
        assert not [secret for secret in SECRETS if example[secret] in json.dumps(service)]
    assert compose["networks"]["dask"] == {"internal": True}


def test_only_the_tasks_reach_dask(compose: dict[str, Any]) -> None:
    on_it = {name for name, one in compose["services"].items() if "dask" in one.get("networks", [])}
    assert on_it - DASK_SERVICES == {"airflow-scheduler"}
    assert compose["services"]["airflow-scheduler"]["environment"]["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"


def test_a_connection_cannot_be_sent_elsewhere_by_the_test_button(compose: dict[str, Any]) -> None:
    assert compose["services"]["airflow-api-server"]["environment"]["AIRFLOW__CORE__TEST_CONNECTION"] == "Disabled"


def test_airflow_and_the_bridge_have_a_database_login_each(compose: dict[str, Any], example: dict[str, str]) -> None:
    environment = compose["services"]["airflow-scheduler"]["environment"]
    assert environment["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] == "postgresql+psycopg2://airflow@postgres:5432/airflow"
    assert environment["PGPASSWORD"] == example["AIRFLOW_DB_PASSWORD"]
    bridge = json.loads(environment["AIRFLOW_CONN_TIDES_DB"])
    assert (bridge["login"], bridge["schema"], bridge["password"]) == ("tides", "tides", {"env": "TIDES_DB_PASSWORD"})
    superusers = {
        name for name, one in compose["services"].items() if "POSTGRES_PASSWORD" in one.get("environment", {})
    }
    assert superusers == {"postgres", "check-secrets"}


def test_no_secret_stands_inside_another_value(compose: dict[str, Any], example: dict[str, str]) -> None:
    values = [value for one in compose["services"].values() for value in one.get("environment", {}).values()]
    for name in SECRETS:
        assert {value for value in values if example[name] in value} == {example[name]}
    text = re.sub(r"^ +\w+: \$\{\w+(:\?[^}]*)?\}$", "", FILE.read_text(), flags=re.M)
    assert not [name for name in SECRETS | {"FOURMOST_USER"} if f"${{{name}" in text]


def test_what_must_run_is_paused_at_first_and_a_document_says_how_to_start_it(compose: dict[str, Any]) -> None:
    environment = compose["services"]["airflow-scheduler"]["environment"]
    assert environment["AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION"] == "True"
    section = (PROJECT / "docs" / "deployment.md").read_text().split("\n## In containers\n")[1].split("\n## ")[0]
    dags = {file.stem for file in (PROJECT / "dags").glob("tides_*.py")}
    assert len(dags) == 7
    assert dags <= set(re.findall(r"tides_\w+", section))
    assert "airflow dags unpause" in section


def test_the_environment_has_every_name_that_the_embedded_stack_sets(compose: dict[str, Any], embedded: Stack) -> None:
    given = set(compose["services"]["airflow-scheduler"]["environment"])
    ours = {name for name in embedded.environment if name.startswith(("AIRFLOW", "TIDES_SETTINGS"))}
    assert ours - ONLY_ON_ONE_MACHINE - given == set()


def test_limits_of_airflow_are_the_same_as_in_the_embedded_stack(compose: dict[str, Any], embedded: Stack) -> None:
    given = compose["services"]["airflow-scheduler"]["environment"]
    both = {name: value for name, value in embedded.environment.items() if name in LIMITS}
    assert {name: given[name] for name in LIMITS} == both
    inner, outer, stale = (int(given[name]) for name in LIMITS)
    assert inner < outer < stale


@pytest.mark.parametrize("name", LIMITS)
def test_airflow_knows_each_limit_and_has_a_shorter_one_by_default(name: str, compose: dict[str, Any]) -> None:
    section, key = name.removeprefix("AIRFLOW__").lower().split("__")
    option = conf.configuration_description[section]["options"][key]
    assert float(option["default"]) < float(compose["services"]["airflow-scheduler"]["environment"][name])


def test_linear_algebra_has_one_thread_in_the_image_and_in_the_embedded_stack(
    compose: dict[str, Any], embedded: Stack
) -> None:
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        assert compose["services"]["dask-worker"]["environment"][name] == embedded.environment[name] == "1"


def test_byte_code_is_made_in_the_image_in_the_virtual_environment_and_by_the_embedded_stack(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    image = (PROJECT / "Dockerfile").read_text()
    assert "PYTHONDONTWRITEBYTECODE" not in image
    assert "pip install --compile " in image
    compiled = re.search(r"^RUN python -m compileall -q (.+)$", image, re.M)
    assert compiled
    assert compiled[1].split() == ["plugins", "dags", "config", "sandbox"]
    assert image.index("COPY sandbox sandbox") < compiled.start() < image.index("USER tides")
    install = (PROJECT / "Makefile").read_text()
    assert "uv pip sync --quiet --compile-bytecode " in install
    assert "-m compileall -q plugins dags config sandbox" in install
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    assert "PYTHONDONTWRITEBYTECODE" not in Stack(tmp_path).environment


def test_the_connections_have_the_ids_types_and_keys_of_the_embedded_stack(
    compose: dict[str, Any], embedded: Stack
) -> None:
    environment = compose["services"]["airflow-scheduler"]["environment"]
    connections = {
        name.removeprefix("AIRFLOW_CONN_").lower(): json.loads(value)
        for name, value in environment.items()
        if name.startswith("AIRFLOW_CONN_")
    }
    expected = embedded.connections()
    assert {name: sorted(value) for name, value in connections.items()} == {
        name: sorted(value) for name, value in expected.items()
    }
    assert all(value["conn_type"] == expected[name]["conn_type"] for name, value in connections.items())
    assert {f"lasair_kafka_{stream}" for stream in streams()} <= set(connections)
    assert all(
        set(value.get("extra", {})) == set(expected[name].get("extra", {})) for name, value in connections.items()
    )


def test_the_bundle_and_the_plugins_are_where_the_image_puts_them(compose: dict[str, Any]) -> None:
    environment = compose["services"]["airflow-scheduler"]["environment"]
    bundles = json.loads(environment["AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST"])
    named = [bundles[0]["kwargs"]["path"], environment["AIRFLOW__CORE__PLUGINS_FOLDER"]]
    copied = set(re.findall(r"^COPY (\w+) \1$", (PROJECT / "Dockerfile").read_text(), re.M))
    assert named == [f"{BUNDLE}/dags", f"{BUNDLE}/plugins"]
    assert copied == {"bin", "plugins", "dags", "config", "include", "sandbox"}
    assert all((PROJECT / folder).is_dir() for folder in copied)


def test_tides_is_on_the_path_of_the_image_and_runs_without_a_virtual_environment(tmp_path: Path) -> None:
    assert f" PATH={BUNDLE}/bin:$PATH\n" in (PROJECT / "Dockerfile").read_text()
    shutil.copytree(PROJECT / "bin", tmp_path / "bin")
    shutil.copytree(PROJECT / "plugins", tmp_path / "plugins", ignore=shutil.ignore_patterns("__pycache__"))
    path = os.pathsep.join([str(tmp_path / "bin"), str(Path(sys.executable).parent), os.defpath])
    done = subprocess.run(
        ["tides", "sync", "--help"], env={"PATH": path}, cwd="/", capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("usage: tides sync ")


def test_only_files_that_the_build_may_see_are_copied() -> None:
    seen = {line[1:] for line in (PROJECT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    runbook = "docs/operations.md"
    assert {"bin", "plugins", "dags", "config", "include", runbook, "sandbox", *REQUIREMENTS} == seen
    assert f"COPY {runbook} {runbook}\n" in (PROJECT / "Dockerfile").read_text()


def test_the_airflow_commands_exist(compose: dict[str, Any]) -> None:
    known = {command.name for command in airflow_commands}
    services = compose["services"].values()
    called = [service.get("command", [""]) for service in services]
    called += [service.get("healthcheck", {}).get("test", [""])[1:] for service in services]
    script = compose["services"]["airflow-init"]["command"][-1]
    called += [line.split() for line in script.splitlines() if line.startswith("airflow ")]
    called = [command for command in called if command[:1] == ["airflow"]]
    assert len(called) == 8
    assert {command[1] for command in called} <= known


def test_the_init_step_migrates_both_databases_and_makes_the_pools(compose: dict[str, Any]) -> None:
    script = compose["services"]["airflow-init"]["command"][-1].splitlines()
    assert script == [
        "airflow db migrate",
        "airflow pools import include/config/pools.json",
        "tides people roles",
        "tides migrate",
    ]
    assert (PROJECT / "include" / "config" / "pools.json").exists()


@pytest.mark.parametrize("service", ["sandbox", "sandbox-replay"])
def test_the_commands_of_the_sandbox_are_understood(compose: dict[str, Any], service: str) -> None:
    command = options_of(compose["services"][service]["command"])
    assert command[:3] == ["python", "-m", "sandbox"]
    parser: ArgumentParser = _parser()
    assert parser.parse_args(command[3:])


def test_what_the_environment_names_as_a_host_is_a_service_with_that_port(compose: dict[str, Any]) -> None:
    text = json.dumps(compose["services"]["airflow-scheduler"]["environment"])
    hosts = re.findall(r"//(?:\w+@)?([a-z-]+):\d+", text)
    # People open the page at `localhost`, as long as no proxy is ahead of it.
    assert {"postgres", "airflow-api-server"} <= set(hosts) - {"localhost"} <= set(compose["services"])
    assert "8786" in options_of(compose["services"]["dask-scheduler"]["command"])
    assert "8000" in options_of(compose["services"]["sandbox"]["command"])


def test_dask_workers_can_be_scaled(compose: dict[str, Any]) -> None:
    worker = compose["services"]["dask-worker"]
    assert not {"container_name", "ports", "hostname"} & set(worker)


def test_everything_that_runs_on_is_restarted_and_has_a_health_check(compose: dict[str, Any]) -> None:
    restarts = {name: one["restart"] for name, one in compose["services"].items()}
    running_on = {name: compose["services"][name] for name, rule in restarts.items() if rule == "unless-stopped"}
    assert len(running_on) == 10
    once = {name: rule for name, rule in restarts.items() if name not in running_on}
    assert once == {"check-secrets": "no", "airflow-init": "on-failure", "sandbox-replay": "on-failure"}
    assert {name for name, one in running_on.items() if "healthcheck" not in one} == {"dask-worker"}


def test_a_slow_start_makes_nothing_unhealthy(compose: dict[str, Any]) -> None:
    checks = {name: one["healthcheck"] for name, one in compose["services"].items() if "healthcheck" in one}
    periods = {name: check["start_period"] for name, check in checks.items() if not check.get("disable")}
    assert len(periods) == 9
    assert set(periods.values()) == {"15m"}


def test_data_lie_in_named_volumes(compose: dict[str, Any]) -> None:
    mounted = {volume.split(":")[0] for one in compose["services"].values() for volume in one.get("volumes", [])}
    assert {name for name in mounted if not name.startswith(".")} == set(compose["volumes"])
    from_the_machine = {
        name for name, one in compose["services"].items() if any(v[0] == "." for v in one.get("volumes", []))
    }
    assert from_the_machine == {"proxy"}


def test_secrets_are_looked_at_before_a_database_is_made(compose: dict[str, Any]) -> None:
    assert compose["services"]["check-secrets"]["command"] == ["python", "-m", "compose_secrets"]
    assert compose["services"]["check-secrets"]["network_mode"] == "none"
    assert compose["services"]["postgres"]["depends_on"] == {
        "check-secrets": {"condition": "service_completed_successfully"}
    }
    assert "postgres" in compose["services"]["airflow-init"]["depends_on"]


def test_people_log_in_by_fab_whose_own_roles_stay_out(compose: dict[str, Any]) -> None:
    environment = compose["services"]["airflow-api-server"]["environment"]
    assert environment["AIRFLOW__CORE__AUTH_MANAGER"] == MANAGER
    assert environment["AIRFLOW__FAB__UPDATE_FAB_PERMS"] == "False"
    assert environment["AIRFLOW__FAB__COOKIE_SECURE"] == "True"
    # FAB would believe the headers of a proxy from anybody.
    assert "AIRFLOW__FAB__ENABLE_PROXY_FIX" not in environment
    assert environment["AIRFLOW__FAB__CONFIG_FILE"] == f"{BUNDLE}/config/webserver_config.py"
    assert (PROJECT / "config" / "webserver_config.py").exists()


def test_only_the_proxy_tells_the_page_how_it_is_reached(compose: dict[str, Any]) -> None:
    page, proxy = compose["services"]["airflow-api-server"], compose["services"]["proxy"]
    assert page["command"] == ["airflow", "api-server", "--proxy-headers"]
    assert page["environment"]["FORWARDED_ALLOW_IPS"] == proxy["networks"]["proxy"]["ipv4_address"]
    assert page["environment"]["AIRFLOW__API__BASE_URL"] == proxy["environment"]["PAGE_URL"]
    (network,) = compose["networks"]["proxy"]["ipam"]["config"]
    assert ip_address(proxy["networks"]["proxy"]["ipv4_address"]) in ip_network(network["subnet"])
    assert {name for name, one in compose["services"].items() if "proxy" in one.get("networks", [])} == {
        "proxy",
        "airflow-api-server",
    }
    assert proxy["profiles"] == ["proxy"]
    assert proxy["environment"]["UPSTREAM"] == "airflow-api-server:8080"


def test_only_the_page_is_reached_from_outside_and_only_from_this_machine(compose: dict[str, Any]) -> None:
    ports = {name: one["ports"] for name, one in compose["services"].items() if "ports" in one}
    assert ports == {"airflow-api-server": ["127.0.0.1:8080:8080"], "proxy": ["80:80", "443:443"]}
