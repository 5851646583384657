"""The files of deploy/monitoring: they name metrics and places that exist, and promtool finds the rules right."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.services.debian import program
from sandbox.services.leash import ServiceError
from tides.page.render import runbook_html
from tides.reports.metrics import METRICS
from tides.settings.model import DEFAULT_FILE, load_settings

PROJECT = Path(__file__).parents[2]
FOLDER = PROJECT / "deploy" / "monitoring"
(GROUP,) = yaml.safe_load((FOLDER / "alerts.yaml").read_text(encoding="utf-8"))["groups"]
RULES: dict[str, dict[str, Any]] = {rule["alert"]: rule for rule in GROUP["rules"]}
MAPPINGS = yaml.safe_load((FOLDER / "statsd-mapping.yaml").read_text(encoding="utf-8"))["mappings"]
DASHBOARD = json.loads((FOLDER / "dashboard.json").read_text(encoding="utf-8"))
TARGETS = [target for panel in DASHBOARD["panels"] for target in panel["targets"]]
NAMED = re.compile(r"\btides_(\w+)")
LABELS = {metric.name: {metric.label} - {None} for metric in METRICS}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_each_alert_asks_for_metrics_of_the_table_and_leads_to_a_place_of_the_runbook(rule):
    names = NAMED.findall(rule["expr"])
    assert names
    assert set(names) <= LABELS.keys()
    used = set(re.findall(r"(\w+)=", rule["expr"])) | set(re.findall(r"\$labels\.(\w+)", str(rule["annotations"])))
    assert used <= set().union(*(LABELS[name] for name in names))
    assert rule["labels"]["severity"] in ("critical", "warning")
    base, _, anchor = rule["annotations"]["runbook_url"].partition("#")
    assert base == "{{ $externalLabels.tides }}/tides/runbook"
    assert (runbook_html() or "").count(f'id="{anchor}"') == 1, anchor


def test_the_dashboard_shows_metrics_of_the_table_and_leaves_none_out():
    shown = {name for target in TARGETS for name in NAMED.findall(target["expr"])}
    assert shown == LABELS.keys()
    for target in TARGETS:
        (label,) = set().union(*(LABELS[name] for name in NAMED.findall(target["expr"]))) or {None}
        legend = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
        assert legend | set(re.findall(r"(\w+)=", target["expr"])) == {label} - {None}


def test_the_limits_of_the_alerts_are_those_of_the_settings():
    alarms = load_settings(DEFAULT_FILE).alarms
    limits = {
        "TidesStandsStill": f"> {alarms.no_good_run_h:g} * 3600",
        "TidesBacklogGrows": f">= {alarms.lag_messages}",
        "TidesNotTold": f"[{alarms.waiting_h:g}h]",
        "TidesManyRefused": f"> {alarms.refused}",
        "TidesManyDeadLetters": f"> {alarms.dead_letters_a_day}",
    }
    assert {name for name, limit in limits.items() if limit not in RULES[name]["expr"]} == set()


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_the_exporter_of_statsd_gives_each_metric_the_name_that_prometheus_gets_from_the_page(metric):
    sent = f"airflow.tides.{metric.name}" + (".a_value" if metric.label else "")
    mapping = next(m for m in MAPPINGS if re.fullmatch(m["match"], sent))
    found = re.fullmatch(mapping["match"], sent)
    assert mapping["name"].replace("$1", found[1]) == f"tides_{metric.name}"
    labels = {name: found[int(place[1:])] for name, place in mapping.get("labels", {}).items()}
    assert labels == ({metric.label: "a_value"} if metric.label else {})


def test_the_document_has_the_tables_of_metrics_and_of_alerts():
    text = (PROJECT / "docs" / "monitoring.md").read_text(encoding="utf-8")
    rows = [tuple(row.strip("| ").split(" | ")) for row in text.splitlines() if row.startswith("| `tides_")]
    assert rows == [(f"`tides_{m.name}`", m.label or "–", m.unit, m.help) for m in METRICS]
    alerts = re.findall(r"^\| (Tides\w+) \| (\w+) \|", text, re.MULTILINE)
    assert sorted(alerts) == sorted((name, rule["labels"]["severity"]) for name, rule in RULES.items())


def test_promtool_takes_the_files_and_the_rules_raise_what_they_should(tmp_path):
    try:
        promtool = program("promtool", "prometheus")
    except ServiceError as error:
        pytest.skip(str(error))
    token = tmp_path / "token"
    token.write_text("x", encoding="utf-8")
    for file in FOLDER.glob("*.yaml"):
        text = file.read_text(encoding="utf-8").replace("/etc/prometheus/tides_metrics_token", str(token))
        (tmp_path / file.name).write_text(text, encoding="utf-8")
    for words in (["check", "config", "prometheus.yaml"], ["test", "rules", "alerts.test.yaml"]):
        done = subprocess.run(
            [promtool.path, *words], cwd=tmp_path, env=promtool.environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(RULES)} rules found" in subprocess.run(
        [promtool.path, "check", "rules", "alerts.yaml"], cwd=tmp_path, env=promtool.environment,
        capture_output=True, text=True,
    ).stdout  # fmt: skip
