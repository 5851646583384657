"""Server programs from Debian's or Ubuntu's packages, without root: downloaded, and unpacked in the user's cache.

A program that the machine has already is used as it is.
"""

import os
import platform
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.services.cache import alone, cache_folder
from sandbox.services.leash import ServiceError

SYSTEM = "/usr/local/sbin:/usr/sbin:/sbin"
"""Where servers are installed. The PATH of an ordinary user often lacks it."""


@dataclass(frozen=True)
class Program:
    """A program that can be run: its file, and the variables that it needs beside the environment."""

    path: Path
    needs: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """This process's environment with what the program needs."""
        return os.environ | self.needs


def program(name: str, package: str | None = None, data: Sequence[str] = ()) -> Program:
    """The program `name`: the machine's own, else the one in the Debian package `package` (by default of that name).

    `data` are packages of files that it needs beside its libraries.

    Raises ServiceError, which says what to install, when it cannot be had.
    """
    package = package or name
    if found := shutil.which(name, path=f"{os.environ.get('PATH', os.defpath)}:{SYSTEM}"):
        return Program(Path(found))
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb") and shutil.which("dpkg-query")):
        raise ServiceError(f"the program {name} is missing: install the package {package}, or put {name} on the PATH")
    release = platform.freedesktop_os_release()
    cache = cache_folder() / "debian" / f"{release['ID']}-{release.get('VERSION_ID', '')}-{platform.machine()}"
    root = cache / package
    with alone(cache, f"the package {package}"):
        if not root.exists():
            with tempfile.TemporaryDirectory(dir=cache) as made:
                unpacked = Path(made) / "root"
                _unpack([package, *data], unpacked, cache)
                # Renamed when it is whole: a stopped download must not count as cached.
                unpacked.rename(root)
    paths = [root / folder / name for folder in ("usr/sbin", "usr/bin", "sbin", "bin")]
    path = next((path for path in paths if path.exists()), None)
    if path is None:
        raise ServiceError(f"the Debian package {package} has no program {name}")
    # Some libraries have a folder of their own below, which they would find only where they are installed.
    shared = [file for file in root.rglob("lib*.so*") if any(p.match("lib/*-linux-*") for p in file.parents)]
    libraries = sorted({str(file.parent) for file in shared})
    return Program(path, {"LD_LIBRARY_PATH": os.pathsep.join(libraries)} if libraries else {})


def _unpack(packages: Sequence[str], root: Path, cache: Path) -> None:
    """Unpacks packages with the libraries that they need and this machine lacks."""
    listed = _run("dpkg-query", "--show", "--showformat=${db:Status-Status} ${Package}\n").stdout.splitlines()
    there = {line.split()[1] for line in listed if line.startswith("installed ")}
    wanted = list(packages)
    while wanted:
        there.update(wanted)
        with tempfile.TemporaryDirectory(dir=cache) as folder:
            _download(wanted, Path(folder), cache)
            needed: list[str] = []
            for file in Path(folder).glob("*.deb"):
                _checked("dpkg-deb", "--extract", str(file), str(root))
                needed += _libraries(_checked("dpkg-deb", "--field", str(file), "Depends"))
        wanted = sorted(set(needed) - there)


def _libraries(depends: str) -> list[str]:
    """The libraries that a package's field `Depends` names. Of alternatives the first counts."""
    names = [re.split(r"[\s(:|]", entry.strip())[0] for entry in depends.split(",")]
    return [name for name in names if name.startswith("lib")]


def _download(packages: list[str], folder: Path, cache: Path) -> None:
    """Downloads packages into a folder, by the machine's lists, or by fresh ones of our own.

    Raises ServiceError when both fail.
    """
    # As root, apt changes to a user of its own, who may not write into a home. An ordinary user stays who they are.
    options = ["-o", "APT::Sandbox::User=root", "--quiet=2"]
    if _run("apt-get", *options, "download", *packages, folder=folder).returncode == 0:
        return
    # An image of a container has no lists, and an old list names packages that are gone.
    lists, kept = cache / "apt" / "lists", cache / "apt" / "cache"
    for place in (lists / "partial", kept / "archives" / "partial"):
        place.mkdir(parents=True, exist_ok=True)
    options += ["-o", f"Dir::State::lists={lists}", "-o", f"Dir::Cache={kept}"]
    # It also fails when any one of the machine's sources does. The download shows whether ours are there.
    _run("apt-get", *options, "update")
    tried = _run("apt-get", *options, "download", *packages, folder=folder)
    if tried.returncode:
        raise ServiceError(
            f"the Debian packages {', '.join(packages)} cannot be downloaded. Check the network, or install them. "
            f"apt-get says:\n{tried.stderr.strip()}"
        )


def _checked(*command: str) -> str:
    done = _run(*command)
    if done.returncode:
        raise ServiceError(f"{' '.join(command)} failed:\n{done.stderr.strip()}")
    return done.stdout


def _run(*command: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True)
