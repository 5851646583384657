"""`make sbom`: the software bill of materials of production, CycloneDX as JSON, from the lock file."""

import subprocess
import sys
from pathlib import Path

from supply.locks import PRODUCTION, PROJECT, pins_of


def write(file: Path) -> int:
    """Writes it to a file, valid by CycloneDX's own schema; gives how many packages it lists.

    The same lock file gives the same bytes. Raises CalledProcessError where it would not be valid.
    """
    words = ["--pyproject", str(PROJECT / "pyproject.toml"), "--output-reproducible", "--validate"]
    words += ["--spec-version", "1.6", "--output-format", "JSON", "--output-file", str(file), str(PRODUCTION)]
    # A lock file does not say which package needs which. The tool warns of that each time.
    command = [sys.executable, "-W", "ignore::UserWarning", "-m", "cyclonedx_py", "requirements", *words]
    subprocess.run(command, check=True)  # noqa: S603 our own words
    return len(pins_of(PRODUCTION))


if __name__ == "__main__":
    (place,) = sys.argv[1:]
    print(f"{place} lists {write(Path(place))} packages.")
