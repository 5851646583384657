"""`config/compose_setup.py`: what it writes, asks for and refuses, with the Python of an empty machine."""

import ast
import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from compose_secrets import secret_faults
from compose_setup import CPUS, GIVEN, OURS, main, read_secret, read_variables, setting_faults, settings_of, write_new

from tests.compose import PROJECT

KAFKA = ["--set", "LASAIR_ZTF_KAFKA=ztf.example.org:9092", "--set", "LASAIR_LSST_KAFKA=lsst.example.org:9092"]
UGLY = " quotes ' and \", $HOME, %s, back\\slash, ü λ 漢 and spaces "


class Machine:
    """A folder in which the files are made."""

    def __init__(self, folder: Path) -> None:
        self.env, self.secrets = folder / "made.env", folder / "secrets"
        self.given = folder / "given"
        self.given.write_text(f"{UGLY}\n", encoding="utf-8")

    def run(self, *arguments: str) -> int:
        return main(["--env-file", str(self.env), "--secrets", str(self.secrets), "--no-questions", *arguments])

    def all_given(self) -> list[str]:
        return [word for name in GIVEN for word in ("--secret-from", f"{name}={self.given}")]

    def read(self) -> dict[str, str]:
        return {file.name: read_secret(file) for file in self.secrets.iterdir()}

    def settings(self) -> dict[str, str]:
        return read_variables(self.env.read_text(encoding="utf-8"))


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """One without any of the files."""
    return Machine(tmp_path)


def test_all_that_a_start_demands_is_made(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    assert machine.run(*KAFKA, *machine.all_given()) == 0
    secrets = machine.read()
    assert secret_faults(secrets) == []
    assert setting_faults(machine.settings()) == []
    assert {secrets[name] for name in GIVEN} == {UGLY}
    assert len({secrets[name] for name in OURS}) == len(OURS)
    assert machine.settings()["LASAIR_ZTF_KAFKA"] == "ztf.example.org:9092"
    assert machine.settings()["SECRETS_FOLDER"] == str(machine.secrets)
    said = capsys.readouterr()
    assert not [name for name, value in secrets.items() if value in said.out + said.err]
    assert said.out.endswith("up -d\n")


def test_other_users_of_the_machine_read_no_secret_and_containers_do(machine: Machine) -> None:
    machine.run(*KAFKA, *machine.all_given())
    assert machine.secrets.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in machine.secrets.iterdir()} == {0o444}


def test_the_settings_hold_no_secret(machine: Machine) -> None:
    machine.run(*KAFKA, *machine.all_given())
    text = machine.env.read_text(encoding="utf-8")
    assert not [name for name, value in machine.read().items() if value in text]
    assert not {name.upper() for name in (*OURS, *GIVEN)} & set(machine.settings())


def test_a_repeat_changes_nothing(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    machine.run(*KAFKA, *machine.all_given())
    before = machine.read(), machine.env.read_bytes()
    capsys.readouterr()
    assert machine.run() == 0
    assert (machine.read(), machine.env.read_bytes()) == before
    assert capsys.readouterr().out.count("nothing was missing") == 2


def test_what_a_newer_version_needs_is_added_and_the_rest_kept(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.run(*KAFKA, *machine.all_given())
    old = machine.read()
    (machine.secrets / "airflow_jwt_secret").unlink()
    lines = machine.env.read_text().splitlines()
    lines = [line for line in lines if not line.startswith("POSTGRES_IMAGE=")]
    machine.env.write_text("\n".join(lines).replace("AIRFLOW_PORT=8080", "AIRFLOW_PORT=9999"))
    assert machine.run() == 0
    assert "added POSTGRES_IMAGE\n" in capsys.readouterr().out
    assert (machine.settings()["AIRFLOW_PORT"], machine.settings()["POSTGRES_IMAGE"]) == ("9999", "postgres:18.4")
    new = machine.read()
    assert new.pop("airflow_jwt_secret") != old.pop("airflow_jwt_secret")
    assert new == old


def test_a_file_that_is_there_is_never_overwritten(machine: Machine, tmp_path: Path) -> None:
    write_new(tmp_path / "one", "first", 0o444)
    with pytest.raises(FileExistsError):
        write_new(tmp_path / "one", "second", 0o444)
    assert (tmp_path / "one").read_text() == "first"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["given", "one"]


def test_a_try_with_the_stand_ins_needs_no_answer(machine: Machine) -> None:
    assert machine.run("--sandbox") == 0
    assert secret_faults(machine.read()) == []
    made = machine.settings()
    assert setting_faults(made) == []
    assert (made["COMPOSE_PROJECT_NAME"], made["COMPOSE_PROFILES"]) == ("tides-sandbox", "sandbox")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], ["LASAIR_ZTF_KAFKA: is missing", "LASAIR_LSST_KAFKA: is missing", "--set NAME=ADDRESS"]),
        (KAFKA, ["lasair_token is missing: give its file with --secret-from lasair_token=FILE"]),
        ([*KAFKA, "--set", "NO_SUCH=1"], ["NO_SUCH: .env.example has no such variable"]),
        ([*KAFKA, "--set", "word"], ["--set word: must be NAME=VALUE"]),
        ([*KAFKA, "--set", "ALLOW_HTTP=true"], ["ALLOW_HTTP: must be false"]),
        ([*KAFKA, "--set", "FOURMOST_URL=http://x.org/QFSwi/"], ["FOURMOST_URL: http://x.org/QFSwi/ must begin"]),
        ([*KAFKA, "--secret-from", "no_such=/x"], ["no_such: no secret has this name"]),
        ([*KAFKA, "--secret-from", "lasair_token=/nowhere"], ["lasair_token: /nowhere cannot be read"]),
        ([*KAFKA, "--secret-from", "lasair_token=/dev/null"], ["lasair_token is empty"]),
        (["--sandbox", "--set", "FOURMOST_URL=https://real.org/QFSwi/"], ["nothing may reach a real service"]),
    ],
)
def test_what_cannot_be_right_is_refused_by_name_and_nothing_is_written(
    machine: Machine, capsys: pytest.CaptureFixture[str], arguments: list[str], words: list[str]
) -> None:
    assert machine.run(*arguments) == 1
    said = capsys.readouterr().err
    assert [word for word in words if word not in said] == []
    assert said.endswith("Nothing was written.\n")
    assert not machine.env.exists()
    assert not machine.secrets.exists()


def test_what_is_there_already_is_refused_by_name(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    machine.run(*KAFKA, *machine.all_given())
    assert machine.run(*machine.all_given()) == 1
    assert "lasair_token, fourmost_user" in (said := capsys.readouterr().err) or "is not overwritten" in said
    assert machine.run("--sandbox") == 1
    assert "is there already: edit it, or name another file with --env-file" in capsys.readouterr().err
    machine.secrets.chmod(0o755)
    assert machine.run() == 1
    assert "is open to other users of the machine: chmod 700" in capsys.readouterr().err


def test_secrets_that_an_earlier_version_had_in_its_settings_are_not_made_anew(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.env.write_text("TIDES_DB_PASSWORD='old'\nPOSTGRES_PASSWORD=old\n")
    assert machine.run(*machine.all_given()) == 1
    assert "has POSTGRES_PASSWORD, TIDES_DB_PASSWORD, as in earlier versions" in capsys.readouterr().err
    assert not machine.secrets.exists()


def test_no_container_may_use_more_cores_than_the_machine_has() -> None:
    small, large = (settings_of({}, sandbox=True, folder="./x", cores=cores) for cores in (1, 64))
    assert {small[name] for name in CPUS} == {"1"}
    assert small["DASK_WORKERS"] == "1"
    assert {name: large[name] for name in CPUS} == {
        name: settings_of({}, sandbox=True, folder="./x", cores=4)[name] for name in CPUS
    }


def test_it_runs_with_an_older_python_and_the_standard_library_alone() -> None:
    source = (PROJECT / "config" / "compose_setup.py").read_text(encoding="utf-8")
    tree = ast.parse(source, feature_version=(3, 9))
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    imported |= {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    assert {str(name).split(".")[0] for name in imported} <= sys.stdlib_module_names
    assert "from __future__ import annotations" in source
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Match)]


def test_at_a_terminal_it_asks_and_shows_no_secret(machine: Machine) -> None:
    python = shutil.which("python3", path="/usr/bin:/usr/local/bin") or sys.executable
    command = [python, str(PROJECT / "config" / "compose_setup.py")]
    command += ["--env-file", str(machine.env), "--secrets", str(machine.secrets)]
    process, terminal = pty.fork()
    if process == 0:
        os.execv(python, command)
    answers = ["", "https://lsst.example.org/api", "ztf.example.org:9092", "lsst.example.org:9092", ""]
    answers += ["the token", "the user", "the pass word"]
    seen = ""
    for answer in answers:
        seen = answered(terminal, seen, answer)
    while text := read(terminal):
        seen += text
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 0, seen
    os.close(terminal)
    assert {name: machine.read()[name] for name in GIVEN} == {
        "lasair_token": "the token",
        "fourmost_user": "the user",
        "fourmost_password": "the pass word",
    }
    assert machine.settings()["LASAIR_LSST_API"] == "https://lsst.example.org/api"
    assert "the pass word" not in seen
    assert "the token" not in seen


def answered(terminal: int, seen: str, answer: str) -> str:
    """What the terminal shows up to the end of the next question, which is then answered."""
    start = len(seen)
    while not seen[start:].rstrip("\r\n").endswith(": "):
        text = read(terminal)
        assert text, seen
        seen += text
    os.write(terminal, f"{answer}\n".encode())
    return seen + "\n"


def read(terminal: int) -> str:
    try:
        return os.read(terminal, 1000).decode()
    except OSError:  # its other end is closed
        return ""


def test_git_and_the_build_of_the_image_leave_out_what_is_made(tmp_path: Path) -> None:
    ignored = subprocess.run(
        ["git", "check-ignore", "--no-index", ".env", ".env.sandbox", "secrets/lasair_token", "secrets-2/x"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
    )
    assert ignored.stdout.split() == [".env", ".env.sandbox", "secrets/lasair_token", "secrets-2/x"]
    shown = subprocess.run(["git", "check-ignore", "--no-index", ".env.example"], cwd=PROJECT, capture_output=True)
    assert shown.returncode == 1
