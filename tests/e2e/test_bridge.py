"""The hourly DAG, whole, by `airflow dags test` on a sandbox night."""

import csv
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
import requests

from sandbox.desk.comparison import compare, rows_at_several_keys
from tests.bridge import database_connection
from tests.e2e.conftest import Running
from tests.integration.conftest import serving
from tests.limits import LIMIT_S
from tests.marked import Search, secrets_of
from tests.runbook import PROJECT, command, session
from tests.sentences import SEEN, agrees
from tests.state import differences
from tides.__main__ import main
from tides.journal.states import unexpected
from tides.page.app import app
from tides.page.frame import READ

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def first_run(running: Running) -> str:
    """One whole run, in a process as a user starts it; its console."""
    return running.stack.run(command("airflow dags test tides_bridge"), "dags_test.log", "the first run")


@pytest.fixture(scope="module")
def undisturbed(running: Running, first_run: str) -> dict:
    """The state that an undisturbed run leaves."""
    return running.state()


def test_a_run_agrees_with_the_truth_of_the_sky(running, first_run):
    truth = running.stack.sandbox.control("truth")["sources"]
    master = running.rows(
        "SELECT a.survey, a.object_id, a.tides_id, m.active, m.pk_4most"
        " FROM tides.tides_alias AS a JOIN tides.tides_master AS m USING (tides_id)"
    )
    found, agreed = compare(truth, master, running.standins.rows())
    assert found == []
    assert rows_at_several_keys(running.standins.rows()) == []
    assert agreed["selected: yes"] > 100
    assert agreed["live: yes"] > 50


def test_the_report_is_printed_and_kept_with_the_counts(running, first_run):
    run = running.newest_run()
    assert run["good"] is True
    assert run["lane"] == "live"
    assert run["report"].startswith("# TiDES bridge: live run")
    assert "## By stream" in first_run
    drained = {d["stream"]: d["messages"] for d in run["counts"]["drained"]}
    assert set(drained) == {"lsst", "ztf"}
    assert sum(drained.values()) == running.rows("SELECT sum(messages)::integer AS n FROM tides.candidate")[0]["n"]


def test_each_task_instance_leaves_one_xcom_and_no_key_of_its_result(running, first_run):
    metadata = running.stack.postgres.url(running.stack.airflow_database)
    query = "SELECT task_id, map_index, array_agg(key) FROM xcom WHERE dag_id = 'tides_bridge' GROUP BY 1, 2"
    with psycopg.connect(metadata) as connection:
        left = {(task, index): keys for task, index, keys in connection.execute(query).fetchall()}
    assert {task for task, _ in left} >= {"drain", "evaluate", "stage_4most", "create_in_4most", "report"}
    assert {place: keys for place, keys in left.items() if keys != ["return_value"]} == {}


def test_lasair_was_called_once_for_50_ztf_objects(running, first_run):
    objects = running.rows("SELECT count(*) AS n FROM tides.candidate WHERE stream = 'ztf'")[0]["n"]
    assert running.standins.calls("/api/lightcurves/") == -(-objects // 50)


def test_the_form_of_check_objects_judges_draws_and_keeps_a_list_and_changes_no_target(running, undisturbed, tmp_path):
    truth = [row for row in running.stack.sandbox.control("truth")["sources"] if row["ztf"]]
    judged = {word: [r for r in truth if r["functions"]["tidesSNZTFSelect"] == word][:3] for word in ("yes", "no")}
    known = {str(row["ztf"]): word for word, rows in judged.items() for row in rows}
    assert len(known) == 6
    objects = [*known, "ZTF99zzzzzzz"]
    root = tmp_path / "checks"
    overlay = tmp_path / "checks.yaml"
    overlay.write_text(json.dumps({"checks": {"folder": str(root)}}))
    form = {"survey": "ztf", "objects": objects, "function": "tidesSNZTFSelect", "folder": "checked"}
    files = f"{running.stack.environment['TIDES_SETTINGS']}:{overlay}"
    command = [sys.executable, "-m", "airflow", "dags", "test", "tides_check_objects", "--conf", json.dumps(form)]
    environment = running.stack.environment | {"TIDES_SETTINGS": files}
    console = running.stack.run(command, "check.log", "the check", environment)
    with (root / "checked" / "verdicts.csv").open(newline="") as file:
        rows = {row["objectId"]: row["passed"] for row in csv.DictReader(file)}
    assert rows == {object_id: "true" if word == "yes" else "false" for object_id, word in known.items()}
    assert len(list((root / "checked").glob("*.png"))) == len(known)
    assert "ZTF99zzzzzzz: Lasair does not know this object" in console
    kept = {row["object_id"]: row["passed"] for row in running.rows("SELECT * FROM tides.checked_object")}
    assert kept == {i: word == "yes" for i, word in known.items()} | {"ZTF99zzzzzzz": None}
    assert differences(running.state(), undisturbed) == []


def test_a_second_run_sends_nothing_and_asks_lasair_for_nothing(running, undisturbed, monkeypatch):
    # The first one went through transaction pooling.
    monkeypatch.setattr(running.stack.doors, "pool_mode", "session")
    before = {path: running.standins.calls(path) for path in ("/api/", "targetCat/transients/")}
    running.dags_test()
    assert {path: running.standins.calls(path) for path in before} == before
    assert differences(running.state(), undisturbed) == []
    assert running.newest_run()["counts"]["sent"] == 0


def test_the_audit_finds_that_nothing_was_lost_and_no_target_has_changed(running, undisturbed):
    console = running.stack.airflow("dags", "test", "tides_audit", log="dags_test.log")
    assert "# TiDES audit" in console
    assert running.rows("SELECT stream FROM tides.stream_audit ORDER BY stream") == [
        {"stream": "lsst"},
        {"stream": "ztf"},
    ]
    assert running.rows("SELECT detail FROM tides.event WHERE kind = 'broker lost'") == []
    assert running.standins.calls("/api/query/") > 4
    assert differences(running.state(), undisturbed) == []


def test_the_doctor_finds_all_in_order_and_says_what_to_do_when_not(running, first_run):
    rows = running.standins.rows()
    writing = command("tides doctor --fourmost-write-test")
    found = running.stack.run(writing, "doctor.log", "the doctor")
    assert "All is in order." in found
    words = " ".join(found.split())
    assert "the server's certificate is verified (sslmode verify-full); through a pooler, whose own way" in words
    assert words.count("encrypted, certificate verified by the authorities in") == 6, "Kafka, Lasair, 4MOST, Dask"
    assert words.count("through the proxy") == 3
    assert "NOT" not in words
    assert "came back as sent" in found
    assert running.standins.rows() == rows
    doctor = [sys.executable, "-m", *command("tides doctor")]
    broken = running.stack.environment | {
        "AIRFLOW_CONN_FOURMOST": '{"conn_type": "fourmost", "host": "http://127.0.0.1:1/QFSwi/", "password": "x"}'
    }
    with pytest.raises(Exception, match=r"2 of [0-9]+ checks found something to correct"):
        running.stack.run(doctor, "doctor.log", "the doctor", broken)


def test_both_sides_agree_after_a_run_and_every_step_is_told(running, first_run):
    found = running.reconcile()
    assert "Both sides agree." in found
    assert "of our targets may be observed next." in found
    (run,) = running.rows("SELECT counts, lane FROM tides.bridge_run WHERE lane = 'reconcile'")
    assert run["counts"]["rows"] == len(running.standins.rows())
    for target in running.rows(
        "SELECT tides_id, array_agg(step ORDER BY history_id) AS steps FROM tides.tides_history GROUP BY tides_id"
    ):
        assert unexpected(target["steps"]) == []
    by = running.rows("SELECT DISTINCT by FROM tides.tides_history")
    assert all(row["by"].startswith("manual__") for row in by)
    name = running.rows("SELECT name FROM tides.observable_next WHERE (visit, tile) = ('1000', '500')")[0]["name"]
    screen = running.stack.run([sys.executable, "-m", "tides", "trace", name], "trace.log", "the trace")
    assert f"{name} (target" in screen
    assert "may be observed next: visit 1000, tile 500 (read " in screen


def test_the_page_says_of_fifty_objects_what_the_tables_say(running, first_run, monkeypatch, chance):
    monkeypatch.setenv("AIRFLOW_CONN_TIDES_DB", json.dumps(database_connection(running.url)))
    monkeypatch.setitem(app.dependency_overrides, READ.dependency, lambda: None)
    fifty = chance.sample(running.rows(SEEN), 50)
    firsts = set()
    with serving() as page:
        for each in fifty:
            asked = {"q": each["object_id"], "format": "json"}
            said = requests.get(f"{page}object", asked, timeout=LIMIT_S).json()["sentence"]
            assert agrees(running.rows, each["survey"], each["object_id"], said), (each, said)
            firsts.add(said.partition(":")[0].partition(" because")[0])
    assert firsts >= {"Live", "Never selected"}


def test_the_hosts_of_targets_are_found_and_none_is_told_while_its_transient_is_live(running, undisturbed):
    console = running.stack.airflow("dags", "test", "tides_hosts", log="hosts.log")
    assert "# TiDES hosts" in console
    hosts = running.rows("SELECT count(*) AS n FROM tides.tides_hosts")[0]["n"]
    assert hosts > 50
    found = differences(running.state(), undisturbed)
    assert found
    assert all(difference.startswith("hosts: ") for difference in found), found


@pytest.fixture
def type_in(running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> Callable[[str], str]:
    """Types a line in the shell of `make sh`; gives what it prints. `tides` runs in this process, to start at once."""
    for name, value in running.stack.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)

    def in_shell(line: str) -> str:
        return subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=True).stdout

    def type_line(line: str) -> str:
        program, _, words = line.partition(" ")
        if program != "tides":
            return in_shell(line)
        capsys.readouterr()
        main(in_shell(f"printf '%s\\0' {words}").split("\0")[:-1])
        return capsys.readouterr().out

    return type_line


@pytest.mark.parametrize("page", ["docs/tutorial.md", "README.md"])
def test_the_tutorial_and_the_readme_show_what_is_printed(undisturbed, type_in, tmp_path, page):
    text = (PROJECT / page).read_text(encoding="utf-8")
    for name, content in re.findall(r"`(\w+\.yaml)`[^`\n]*:\n\n```yaml\n(.*?)```", text, re.DOTALL):
        (tmp_path / name).write_text(content, encoding="utf-8")
    lines = [typed for typed in session(page) if not typed.line.startswith(("make ", "exit"))]
    assert lines
    for typed in lines:
        printed = type_in(typed.line)
        assert typed.fits(printed), f"{typed.line} has printed\n{printed}"


def kill_when(running: Running, task: str, later_s: float = 0.15) -> bool:
    """Starts a run and kills it (SIGKILL, the whole process group) a moment after a task of this id has started."""
    words = [sys.executable, "-m", *command("airflow dags test tides_bridge")]
    log = running.stack.folder / f"killed_at_{task}.log"
    run = running.stack.process("a run that will be killed", words, log=log)
    run.launch()
    metadata = running.stack.postgres.url(running.stack.airflow_database)
    query = "SELECT count(*) FROM task_instance WHERE task_id = %s AND state = 'running'"
    try:
        with psycopg.connect(metadata, autocommit=True) as connection:
            while run.running:
                if connection.execute(query, (task,)).fetchone()[0]:
                    time.sleep(later_s)
                    return True
                time.sleep(0.02)
        return False
    finally:
        run.kill()
        with psycopg.connect(metadata, autocommit=True) as connection:
            connection.execute("UPDATE task_instance SET state = 'failed' WHERE state = 'running'")
            connection.execute("UPDATE dag_run SET state = 'failed' WHERE state = 'running'")


def test_a_run_killed_while_it_creates_ends_like_an_undisturbed_one(running, undisturbed):
    running.fresh_database()
    assert kill_when(running, "create_in_4most")
    time.sleep(3)
    running.dags_test()
    assert differences(running.state(), undisturbed) == []
    assert rows_at_several_keys(running.standins.rows()) == []


def test_no_secret_is_in_a_file_or_in_a_database_whatever_went_well_or_failed(running, first_run):
    """After all runs, commands and kills of this file."""
    search = Search(secrets_of(running.stack))
    search.look("the console", first_run)
    search.files(running.stack.folder)
    for name in (running.stack.tides_database, running.stack.airflow_database):
        search.database(running.stack.postgres, name)
    assert search.found == set()
    assert search.places > 20


TASKS = ("drain", "plan_chunks", "evaluate", "upsert_master", "deactivate_unobserved", "stage_4most")
TASKS += ("batches_to_create", "create_in_4most", "record_4most_keys", "report")
KILLS_A_WALK = 8
"""After so many the bridge has mostly come to rest, and an empty one is more use."""


@pytest.mark.soak
@pytest.mark.timeout(6 * 3600)
def test_runs_killed_two_hundred_times_end_like_an_undisturbed_one(running, undisturbed, chance):
    kills = 0
    while kills < 200:
        running.fresh_database()
        walk: list[tuple[str, float]] = []
        while len(walk) < KILLS_A_WALK:
            task, later_s = chance.choice(TASKS), chance.uniform(0, 1)
            if not kill_when(running, task, later_s):
                break  # the run had no such task, and came to its end
            walk.append((task, later_s))
        kills += len(walk)
        time.sleep(3)
        running.dags_test()
        assert differences(running.state(), undisturbed) == [], walk
        assert rows_at_several_keys(running.standins.rows()) == [], walk
    print(f"fault SIGKILL of Airflow's processes, times {kills}, lost 0, doubled 0")
