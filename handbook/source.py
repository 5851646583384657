"""What the site is built from: the documents that docs/index.md lists, and what they lead to, in a folder of their own.

Each file has the place there that it has in the repository, so that its links need no change.
"""

import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

PROJECT = Path(__file__).parents[1]
INDEX = "docs/index.md"
MADE = "docs/reference"
LINK = re.compile(r"\]\(([^)#\s:]+)(?:#[^)\s]*)?\)")
LISTED = re.compile(r"^- \[([^\]]+)\]\(([^)#\s:]+)\.md\)", re.MULTILINE)


def gather(folder: Path, made: Mapping[str, str], project: Path = PROJECT) -> list[str]:
    """Fills an empty folder; gives the documents of the repository in it, by their places.

    `made` has the pages that are made from the code, by the names of their files. A link that leads nowhere is left for
    the build to find.
    """
    pages = {f"{MADE}/{name}.md": text for name, text in made.items()}
    documents: dict[str, str] = {}
    waiting = [INDEX, *(link for place, text in pages.items() for link in links(place, text, project))]
    while waiting:
        place = waiting.pop()
        file = project / place
        if place in pages or place in documents or not file.is_file():
            continue
        if file.suffix == ".md":
            documents[place] = file.read_text(encoding="utf-8")
            waiting += links(place, documents[place], project)
        else:
            (folder / place).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, folder / place)
    for place, text in (documents | pages).items():
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_text(text + navigation(place, text, made), encoding="utf-8")
    return sorted(documents)


def links(place: str, text: str, project: Path = PROJECT) -> Iterator[str]:
    """The files of the repository to which the document at `place` has links, by their places."""
    home = project.resolve()
    for link in LINK.findall(text):
        target = ((home / place).parent / link).resolve()
        if target.is_relative_to(home):
            yield target.relative_to(home).as_posix()


def navigation(place: str, text: str, made: Mapping[str, str]) -> str:
    """What a document adds to the site's navigation: the index its lists, a README below docs/ what lies beside it."""
    if place == INDEX:
        titles = [(page.partition("\n")[0].removeprefix("# "), name) for name, page in made.items()]
        ours = [(title, f"reference/{name}") for title, name in titles]
        shown = "".join(f"- [{title}]({file}.md)\n" for title, file in ours)
        lists = [(part.partition("\n")[0], LISTED.findall(part)) for part in text.split("\n## ")[1:]]
        return f"\n{shown}" + "".join(_tree(title, files) for title, files in [*lists, ("Reference", ours)])
    if place.startswith("docs/") and place.endswith("/README.md"):
        return "\n```{toctree}\n:hidden:\n:glob:\n\n*\n```\n"
    return ""


def _tree(title: str, files: list[tuple[str, str]]) -> str:
    if not files:
        return ""
    entries = "".join(f"{words} <{file}>\n" for words, file in files)
    return f"\n```{{toctree}}\n:hidden:\n:caption: {title}\n\n{entries}```\n"
