"""Apache Kafka's jars: versions and hashes in `kafka.lock.toml`, files in a cache that all clones share.

`python -m sandbox.services.kafka_jars` fetches what the cache lacks. With `--lock` it resolves the newest dependencies
of `KAFKA` anew and rewrites the lock file.
"""

import hashlib
import sys
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from jgo.maven import Artifact, MavenContext

from sandbox.services.cache import alone, cache_folder
from sandbox.services.leash import ServiceError

KAFKA = ("org.apache.kafka:kafka_2.13:4.4.0", "org.slf4j:slf4j-simple:1.7.36")
LOCK_FILE = Path(__file__).with_name("kafka.lock.toml")
ATTEMPTS = 3
DOWNLOADS_AT_ONCE = 8


@dataclass(frozen=True)
class Jar:
    """One locked jar; `coordinate` is group:artifact:version."""

    coordinate: str
    sha256: str


def locked() -> list[Jar]:
    """The jars of the lock file, Kafka's own first."""
    return [Jar(**entry) for entry in tomllib.loads(LOCK_FILE.read_text())["jar"]]


def class_path() -> list[Path]:
    """All jars, fetched into the cache where they are not there yet, each with the locked hash.

    Raises ServiceError when a jar cannot be had or does not match its hash after several tries.
    """
    cache = cache_folder() / "jars"
    jars = locked()
    with alone(cache, "Kafka's jars"), ThreadPoolExecutor(DOWNLOADS_AT_ONCE) as pool:
        return list(pool.map(lambda jar: _fetch(jar, cache), jars))


def fetch(jar: Jar) -> Path:
    """One jar, as those of `class_path`.

    Raises ServiceError as it does.
    """
    cache = cache_folder() / "jars"
    with alone(cache, jar.coordinate):
        return _fetch(jar, cache)


def _fetch(jar: Jar, cache: Path) -> Path:
    artifact = _artifact(jar.coordinate, cache)
    reason = ""
    for _ in range(ATTEMPTS):
        try:
            path = artifact.resolve()
        except (OSError, RuntimeError) as error:
            reason = f"cannot be downloaded ({type(error).__name__})"
            # A part of a jar must not count as cached at the next try.
            if artifact.cached_path is not None:
                artifact.cached_path.unlink(missing_ok=True)
            continue
        if _sha256(path) == jar.sha256:
            return path
        reason = "does not have the hash of the lock file"
        path.unlink()
    raise ServiceError(
        f"{jar.coordinate} {reason}. Check the network, or copy a filled cache from another machine to {cache}. "
        f"A running Kafka can be named in TIDES_KAFKA."
    )


def _artifact(coordinate: str, cache: Path) -> Artifact:
    group, name, version = coordinate.split(":")
    context = MavenContext(repo_cache=cache, timeout=60)
    return context.project(group, name).at_version(version).artifact()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_lock() -> None:
    """Resolve `KAFKA` with all its dependencies and write versions and hashes to the lock file."""
    cache = cache_folder() / "jars"
    context = MavenContext(repo_cache=cache, timeout=60)
    given, below = context.resolver.resolve([context.create_dependency(name) for name in KAFKA])
    needed = [*given, *(dependency for dependency in below if dependency.scope in ("compile", "runtime"))]
    lines = ["# Written by `make lock`: Apache Kafka and what it needs at run time."]
    for dependency in needed:
        coordinate = f"{dependency.groupId}:{dependency.artifactId}:{dependency.version}"
        digest = _sha256(dependency.artifact.resolve())
        lines.append(f'\n[[jar]]\ncoordinate = "{coordinate}"\nsha256 = "{digest}"')
    LOCK_FILE.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    if "--lock" in sys.argv[1:]:
        write_lock()
    try:
        print(f"Kafka: {len(class_path())} jars in {cache_folder()}")
    except ServiceError as failure:
        sys.exit(str(failure))
