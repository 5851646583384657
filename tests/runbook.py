"""The commands of the runbook, as its text has them."""

import re
import shlex
from pathlib import Path

RUNBOOK = (Path(__file__).parents[1] / "docs" / "operations.md").read_text(encoding="utf-8")


def commands() -> list[str]:
    """Each command of the blocks of shell, once, in their order; a continued line is one."""
    blocks = re.findall(r"```sh\n(.*?)```", RUNBOOK, re.DOTALL)
    lines = [line for block in blocks for line in re.sub(r"\\\n *", "", block).splitlines()]
    return list(dict.fromkeys(" ".join(line.split()) for line in lines if line))


def command(beginning: str, **instead: str) -> list[str]:
    """The words of the one command that is or begins so, with other words in the place of some of its own."""
    known = commands()
    (found,) = [beginning] if beginning in known else [line for line in known if line.startswith(beginning)]
    words = shlex.split(found)
    assert instead.keys() <= set(words), f"{found} has not all of {', '.join(instead)}"
    return [instead.get(word, word) for word in words]
