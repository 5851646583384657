"""PostgreSQL's programs built with TLS, which those of the wheel lack. They come from Maven's central repository."""

import platform
import tarfile
import tempfile
import zipfile
from pathlib import Path

from sandbox.services.cache import alone, cache_folder
from sandbox.services.kafka_jars import Jar, fetch
from sandbox.services.leash import ServiceError

BUILD = "io.zonky.test.postgres:embedded-postgres-binaries-linux-{}:18.6.0"
BUILDS = {
    "x86_64": Jar(BUILD.format("amd64"), "008ee189eaa7ca2b58bd01dd950291e638b998392cf982297acd4779ec898ac1"),
    "aarch64": Jar(BUILD.format("arm64v8"), "5f54e016723afa6213925a8acb939bac52944b1d348f65c7a20f0cd2928c31be"),
}


def programs() -> Path:
    """The folder of `initdb` and `postgres`, unpacked in the cache.

    Raises ServiceError when they cannot be had.
    """
    jar = BUILDS.get(platform.machine())
    if jar is None:
        raise ServiceError(f"there is no PostgreSQL with TLS for {platform.machine()}")
    cache = cache_folder() / "postgresql"
    root = cache / jar.sha256[:16]
    with alone(cache, "PostgreSQL with TLS"):
        if not root.exists():
            with tempfile.TemporaryDirectory(dir=cache) as made, zipfile.ZipFile(fetch(jar)) as packed:
                (name,) = (name for name in packed.namelist() if name.endswith(".txz"))
                with packed.open(name) as file, tarfile.open(fileobj=file, mode="r:xz") as archive:
                    # Python has the filter from 3.11.4 on.
                    archive.extraction_filter = getattr(tarfile, "data_filter", lambda member, path: member)
                    archive.extractall(Path(made) / "root")  # noqa: S202 - the hash of the archive is pinned
                # Renamed when it is whole: a stopped download must not count as cached.
                (Path(made) / "root").rename(root)
    return root / "bin"
