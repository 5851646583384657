"""The commands of the runbook and of the README, as their texts have them."""

import re
import shlex
from pathlib import Path

PROJECT = Path(__file__).parents[1]
PAGES = [(PROJECT / page).read_text(encoding="utf-8") for page in ("docs/operations.md", "README.md")]
BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)


def commands() -> list[str]:
    """Each command of the blocks of shell, once, in their order, without its comment; a continued line is one.

    What `make` does is left out, and what needs an engine of containers: no test has one.
    """
    blocks = [block for page in PAGES for block in BLOCK.findall(page)]
    lines = [line for block in blocks for line in re.sub(r"\\\n *", "", block).splitlines()]
    said = dict.fromkeys(re.sub(r"\s+#.*", "", line) for line in lines if line)
    return [line for line in said if not line.startswith(("make ", "docker "))]


def command(beginning: str, **instead: str) -> list[str]:
    """The words of the one command that is or begins so, with other words in the place of some of its own."""
    known = commands()
    (found,) = [beginning] if beginning in known else [line for line in known if line.startswith(beginning)]
    words = shlex.split(found)
    assert instead.keys() <= set(words), f"{found} has not all of {', '.join(instead)}"
    return [instead.get(word, word) for word in words]


def blocks(heading: str) -> list[str]:
    """The blocks of shell of one section, each as the page has it, to be run by a shell."""
    (section,) = [part for page in PAGES for part in page.split("\n## ") if part.startswith(f"{heading}\n")]
    return BLOCK.findall(section)
