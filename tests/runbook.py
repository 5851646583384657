"""The commands of the runbook, of the deployment and of the tutorial, as their texts have them."""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).parents[1]
NAMES = ("docs/operations.md", "docs/deployment.md", "docs/backup.md")
PAGES = [(PROJECT / page).read_text(encoding="utf-8") for page in NAMES]
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


SESSION = re.compile(r"```console\n(.*?)```", re.DOTALL)
ELSE = {
    r"\s*…\s*": r"[\s\S]*?",
    r"--+(?:\s+--+)*": r"[-\s]+",
    r"\s+": r"\s+",
    r"TiDES(?:-H)?\d\d[a-z]+": r"TiDES(?:-H)?\d\d[a-z]+",
    r"(?:manual|scheduled)__\S+": r"(?:manual|scheduled)__\S+",
    r"[-+−]?\d[\d,.:T-]*": r"[-+−]?\d[\d,.:T-]*",
}
"""What a document shows as an example, and what may stand there: `…` is anything, and the width of tables differs."""


@dataclass(frozen=True)
class Typed:
    """A line that a document has typed, and what it says is printed then."""

    line: str
    said: str

    def fits(self, printed: str) -> bool:
        """Whether this is what was printed. Numbers, times, and names of targets and runs may be others."""
        anything = re.compile("|".join(f"({shown})" for shown in ELSE))
        parts, place = [], 0
        for found in anything.finditer(self.said):
            parts += [re.escape(self.said[place : found.start()]), list(ELSE.values())[(found.lastindex or 1) - 1]]
            place = found.end()
        return re.fullmatch("".join([*parts, re.escape(self.said[place:])]), printed.strip()) is not None


def session(page: str) -> list[Typed]:
    """What a document has typed behind `$` in its blocks `console`, in their order."""
    blocks = SESSION.findall((PROJECT / page).read_text(encoding="utf-8"))
    parts = [part.partition("\n") for block in blocks for part in ("\n" + block).split("\n$ ")[1:]]
    return [Typed(line, said.strip()) for line, _, said in parts]
