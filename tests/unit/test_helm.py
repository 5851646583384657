"""The values for Airflow's Helm chart: YAML, with keys that the chart documents, and words that Airflow knows.

The chart and its schema are in no registry of packages that a build may use. So the keys are written down here, from
the chart's "Parameters reference". Where Airflow or a provider has the word, they are asked themselves.
"""

import inspect
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

PROJECT = Path(__file__).parents[2]
FOLDER = PROJECT / "deploy" / "helm"
PARTS = {"logGroomerSidecar", "persistence", "replicas"}
DOCUMENTED = {
    "airflowVersion": None,
    "apiSecretKeySecretName": None,
    "config": None,
    "createUserJob": {"defaultUser"},
    "dagProcessor": {"enabled", "dagBundleConfigList", "logGroomerSidecar"},
    "data": {"metadataSecretName", "resultBackendSecretName", "brokerUrlSecretName"},
    "env": None,
    "executor": None,
    "extraEnvFrom": None,
    "fernetKeySecretName": None,
    "images": {"airflow"},
    "jwtSecretName": None,
    "migrateDatabaseJob": {"enabled", "command", "env", "args"},
    "postgresql": {"enabled"},
    "redis": {"enabled"},
    "scheduler": PARTS,
    "triggerer": PARTS,
    "uid": None,
    "workers": PARTS,
}
"""Keys of the chart, with those below them that a values file of ours may have (None: what is below is no key)."""


@pytest.fixture(scope="module")
def values() -> dict[str, Any]:
    """The values, as Helm reads them."""
    return yaml.safe_load((FOLDER / "values.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def compose() -> dict[str, str]:
    """The environment of Airflow in docker-compose.yaml."""
    file = yaml.safe_load((PROJECT / "docker-compose.yaml").read_text(encoding="utf-8"))
    return file["services"]["airflow-scheduler"]["environment"]


def test_each_key_is_one_of_the_chart(values):
    assert values.keys() <= DOCUMENTED.keys()
    for key, below in DOCUMENTED.items():
        if below and key in values:
            assert values[key].keys() <= below, key


def test_the_bundle_is_one_that_the_provider_takes(values):
    (bundle,) = values["dagProcessor"]["dagBundleConfigList"]
    module, _, name = bundle["classpath"].rpartition(".")
    known = set()
    for each in getattr(import_module(module), name).__mro__[:-1]:
        known |= set(inspect.signature(each.__init__).parameters)
    assert bundle["kwargs"].keys() <= known
    assert bundle["kwargs"]["subdir"] == "dags"


def test_airflow_knows_the_executor_and_each_option_and_compose_has_the_same_limits(values, compose):
    from airflow.configuration import conf
    from airflow.executors.executor_loader import ExecutorLoader

    assert values["executor"] in ExecutorLoader.executors
    for section, options in values["config"].items():
        for option, value in options.items():
            assert option in conf.configuration_description[section]["options"], f"{section}.{option}"
            there = compose.get(f"AIRFLOW__{section}__{option}".upper(), value)
            assert there == value or there.startswith("${"), f"{section}.{option}"


def test_the_job_does_what_the_first_service_of_compose_does(values):
    services = yaml.safe_load((PROJECT / "docker-compose.yaml").read_text(encoding="utf-8"))["services"]
    *_, script = services["airflow-init"]["command"]
    (steps,) = values["migrateDatabaseJob"]["args"]
    assert steps.replace("/opt/tides/", "").split(" && ") == script.strip().splitlines()


def test_the_versions_are_those_of_the_lock_and_of_the_image(values):
    lock = (PROJECT / "requirements.txt").read_text(encoding="utf-8")
    assert re.search(rf"^apache-airflow(\[\w+\])?=={re.escape(values['airflowVersion'])} ", lock, re.M)
    image = (PROJECT / "Dockerfile").read_text(encoding="utf-8")
    assert f"--uid {values['uid']} " in image


def test_no_secret_stands_in_it_and_each_connection_is_named(values, compose):
    text = (FOLDER / "values.yaml").read_text(encoding="utf-8")
    assert not re.search(r"(?i)(password|token|secret[_-]?key|fernet[_-]?key): *\S", text)
    assert {name for name in compose if name.startswith("AIRFLOW_CONN_")} <= set(re.findall(r"AIRFLOW_CONN_\w+", text))
    assert yaml.safe_load(values["extraEnvFrom"]) == [{"secretRef": {"name": "tides-connections"}}]
    # The login that owns the tables is that of one job alone.
    assert [each["name"] for each in values["migrateDatabaseJob"]["env"]] == ["AIRFLOW_CONN_TIDES_DB_OWNER"]
    assert "AIRFLOW_CONN_TIDES_DB_OWNER" not in text.split("migrateDatabaseJob:")[0]


def test_the_image_of_several_hosts_has_what_the_values_need():
    image = (FOLDER / "Dockerfile").read_text(encoding="utf-8")
    assert re.search(r"^FROM tides-bridge$", image, re.M)
    assert "--require-hashes -r /tmp/requirements-hosts.txt" in image
    seen = (FOLDER / "Dockerfile.dockerignore").read_text(encoding="utf-8").split()
    assert seen == ["*", *(f"!{name}" for name in re.findall(r"^COPY (\S+) ", image, re.M))]
    lock = (PROJECT / "requirements-hosts.txt").read_text(encoding="utf-8")
    assert "\napache-airflow-providers-celery==" in lock
    assert "\napache-airflow-providers-git==" in lock
    main = dict(re.findall(r"^([\w.-]+)(?:\[\w+\])?==(\S+)", (PROJECT / "requirements.txt").read_text(), re.M))
    hosts = dict(re.findall(r"^([\w.-]+)(?:\[\w+\])?==(\S+)", lock, re.M))
    assert {name: version for name, version in hosts.items() if main.get(name, version) != version} == {}
