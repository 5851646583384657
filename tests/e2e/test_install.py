"""docs/install.md, followed from a checkout to a first night on the stand-ins, with each service within walls."""

import os
import re
import shlex
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from compose_setup import GIVEN, OURS, read_secret, read_variables

from tests.compose import PROJECT, read_compose
from tests.containers import Containers

pytestmark = [
    pytest.mark.soak,
    pytest.mark.timeout(3600),
    pytest.mark.skipif(os.geteuid() != 0, reason="a container's walls need root"),
]

RUN_S = 1200.0
ENV_FILE = ".env.sandbox"


def commands(*sections: str) -> list[str]:
    """The commands of sections of the page, in their order."""
    text = (PROJECT / "docs" / "install.md").read_text()
    found = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", text, re.M | re.S))
    blocks = [block for name in sections for block in re.findall(r"^ *```sh\n(.*?)^ *```", found[name], re.M | re.S)]
    joined = "".join(blocks).replace("\\\n", " ")
    return [line.strip() for line in joined.splitlines() if line.strip()]


class Operator:
    """Types the page's commands; `docker compose` is played by processes within walls."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.checkout = folder, folder / "checkout"
        listed = ["git", "ls-files", "-co", "--exclude-standard"]
        for name in subprocess.run(listed, cwd=PROJECT, capture_output=True, text=True, check=True).stdout.split("\n"):
            if name and (PROJECT / name).is_file():
                (self.checkout / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(PROJECT / name, self.checkout / name)
        self.containers: Containers | None = None
        self.said: list[str] = []

    def types(self, line: str) -> str:
        """One command; fails when it fails. Gives what it printed."""
        words = shlex.split(line.replace("NAME", "operator"))
        if words[:2] != ["docker", "compose"]:
            done = subprocess.run(words, cwd=self.checkout, capture_output=True, text=True)
            return self._done(line, done)
        words = words[2:]
        if words[0] == "--env-file":
            words = words[2:]
        if words == ["up", "-d"]:
            settings = read_variables((self.checkout / ENV_FILE).read_text())
            self.containers = Containers(self.folder, self.checkout, read_compose(settings))
            self.containers.up()
            return ""
        assert self.containers, line
        if words == ["ps"]:
            ill = [name for name in self.containers.running if not self.containers.health(name)]
            assert ill == []
            return ""
        assert words[0] == "exec", line
        return self._done(line, self.containers.run(words[1], words[2:], input="a password to try it\n"))

    def _done(self, line: str, done: subprocess.CompletedProcess[str]) -> str:
        self.said.append(f"$ {line}\n{done.stdout}{done.stderr}")
        assert done.returncode == 0, self.said[-1]
        if line.endswith(" dags list"):
            self.wait("SELECT count(*) = 7 FROM dag WHERE NOT is_stale")
        if " dags trigger " in line:
            of_it = "FROM dag_run WHERE dag_id = 'tides_bridge'"
            self.wait(f"SELECT count(*) > 0 AND bool_and(state NOT IN ('queued', 'running')) {of_it}")
            assert self.ask(f"SELECT DISTINCT state {of_it}") == "success"
        return done.stdout

    def ask(self, question: str, login: str = "airflow") -> str:
        """What a database answers to its own login."""
        assert self.containers
        password = f'PGPASSWORD="$(cat /run/secrets/{login}_db_password)"'
        command = f"{password} psql -h 127.0.0.1 -U {login} -At -c {shlex.quote(question)} {login}"
        done = self.containers.run("postgres", ["sh", "-c", command])
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def wait(self, question: str) -> None:
        """Waits until Airflow's database says yes."""
        limit = time.monotonic() + RUN_S
        while self.ask(question) != "t":
            assert time.monotonic() < limit, question
            time.sleep(3)


@pytest.fixture
def operator(tmp_path: Path) -> Iterator[Operator]:
    """One at an empty machine with a checkout; what runs at the end is ended."""
    made = Operator(tmp_path)
    try:
        yield made
    finally:
        if made.containers:
            made.containers.down()


def test_the_page_leads_from_a_checkout_to_a_first_night(operator: Operator) -> None:
    for line in commands("Try it without the services"):
        operator.types(line)
    for line in commands("Start", "Log in", "The first night")[1:]:
        operator.types(line)
    containers = operator.containers
    assert containers
    doctor = next(said for said in operator.said if "tides doctor" in said)
    assert "encrypted, certificate verified by the authorities in /certificates/authority.pem" in " ".join(
        doctor.split()
    )
    assert "the first start is released" in "".join(operator.said)
    told = "SELECT count(*) FROM tides.fourmost_target WHERE told IS NOT NULL"
    assert int(operator.ask(told, "tides")) > 100
    demand_walls(containers)
    demand_networks(containers)
    demand_no_secret(operator, containers)


def demand_walls(containers: Containers) -> None:
    """No container runs as root or may become it, or writes its own files; Dask's have no secret."""
    rights = "id -u; grep -E '^(CapEff|CapBnd|NoNewPrivs)' /proc/self/status"
    look = f"{rights}; for file in /opt/x /usr/x /x; do touch $file 2>/dev/null || echo kept; done"
    for name in containers.running:
        said = containers.run(name, ["sh", "-c", look]).stdout.split()
        assert said[0] in ("50000", "999"), name
        assert said[1:7] == ["CapEff:", "0" * 16, "CapBnd:", "0" * 16, "NoNewPrivs:", "1"], name
        # Kafka's image writes its configuration into its own folder.
        assert said[7:] == ["kept"] * 3 or not containers.services[name]["read_only"], name
    for name in ("dask-scheduler", "dask-worker"):
        assert containers.run(name, ["ls", "/run/secrets"]).returncode != 0
        assert sorted(containers.run(name, ["ls", "/certificates"]).stdout.split()) == ["authority.pem", "own.pem"]


PORTS = {"postgres": 5432, "kafka": 9092, "dask-scheduler": 8786, "sandbox": 8000, "airflow-api-server": 8080}


def demand_networks(containers: Containers) -> None:
    """Each service reaches the ports of those with which it shares a network, by their names, and no other's."""
    services = containers.services
    for name in containers.running:
        near = [one for one in PORTS if set(services[name]["networks"]) & set(services[one]["networks"])]
        places = {one: one if one in near else containers.address(one) for one in PORTS}
        tries = [f"(echo > /dev/tcp/{places[one]}/{port}) 2>/dev/null && echo {one}" for one, port in PORTS.items()]
        assert containers.run(name, ["bash", "-c", "; ".join([*tries, "true"])]).stdout.split() == near, name


def demand_no_secret(operator: Operator, containers: Containers) -> None:
    """No secret stands in what was printed, or in the environment or the arguments of a process."""
    folder = operator.checkout / "secrets-sandbox"
    secrets = [read_secret(folder / name) for name in (*OURS, *GIVEN)]
    printed = "".join(operator.said) + "".join(containers.log(name) for name in containers.services)
    for name, process in containers.running.items():
        for file in ("environ", "cmdline"):
            found = Path(f"/proc/{process.pid}/{file}").read_text(errors="replace")
            # PostgreSQL's image reads its superuser's file into the environment of its server, which nobody else sees.
            printed += found.replace(secrets[0], "") if (name, file) == ("postgres", "environ") else found
    assert [secret for secret in secrets if secret in printed] == []
