"""The documents: short sentences, links and files that exist, sections that code cites, house words explained."""

import ast
import inspect
import re
from collections.abc import Iterator
from functools import cache
from importlib.metadata import Distribution
from pathlib import Path
from statistics import median

import pytest
import yaml

PROJECT = Path(__file__).parents[2]
DOCS = PROJECT / "docs"
VERSION = Distribution.at(PROJECT / "plugins" / "tides_bridge.dist-info").version
DOCUMENTS = sorted({*PROJECT.glob("*.md"), *DOCS.rglob("*.md")})
DECISIONS = sorted((DOCS / "decisions").glob("[0-9]*.md"))
ROOMS = ("plugins", "dags", "config", "include", "deploy", "supply", "sandbox", "tests", "bench", "handbook")
CITING = [file for room in ROOMS for file in (PROJECT / room).rglob("*")]
CODE = [f for f in CITING if f.suffix in (".py", ".sql", ".yaml") and f != Path(__file__)]

LIBRARY = PROJECT / "plugins" / "tides"
PACKAGES = sorted(p for p in LIBRARY.iterdir() if p.suffix == ".py" or (p / "__init__.py").exists())
DOCUMENTED = [*(p for p in PACKAGES if p.name != "__init__.py"), PROJECT / "dags"]

MEDIAN_WORDS = 16
LONG_WORDS = 28
SHORT_SHARE = 0.9

SENTENCE_END = re.compile(r"(?<=[.!?])[)”\"*_]*\s+(?=[(“\"*_`]*[A-ZÀ-Ü0-9`])")
BLOCK = re.compile(r"\s*(?:[-*+]|\d+\.)\s+")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
SECTION_CITED = re.compile(r"([\w/-]+\.md),\s+(?:--\s+|#\s+)?\"([^\"]+)\"")
ANCHOR_CITED = re.compile(r"(docs/[\w/-]+\.md)#([\w-]+)")
FILE_NAMED = re.compile(r"`([\w./-]+\.(?:py|sql|yaml|json|toml))`")
OF_THE_READER = ("mine.yaml", "roles.sql", "manifest.json")
"""The reader's own file in the walk through, and those of a backup."""
TABLE_NAMED = re.compile(r"`tides\.(\w+)`")

HOUSE_WORDS = """
absent; adopt; alert; alias; annotation; archive; as of; attempt; audit; backlog; band; batch; between epochs; bookmark;
breaker; bridge; broken; buried; candidate; caught up; cell; chunk; compare and set; control sample; counted detection;
criterion; current magnitude; cut-off; dead letter; decision; double; drain; drift; dry run; epoch; event; exchange;
fading; faint; fibre hours; filter; flag; fold; force; foreign; function; gap; guard; hand; hash; held; history; host;
host only; house; identity; inactive; ingestion; journal; kind; lane; layer; learn; leash; ledger; level-triggered;
list; listed; lite; live; lost; mark; master; master lock; meet; merge; misfit; name; night; object; observable next;
observed; origin; orphan; outcome; page; past; payload; precedence; priority; problem; production; put back; quota;
rate; reach; reclassified; reconcile; recurrent; refresh; refused; release; replay; report; resting; room;
room of a run; run; run context; sample; sandbox; selected; set aside; settle time; settled; silence; sky; soak;
spare call; spectrum; stage; stamp; stand-in; state; step; stray; stream; subject; summary; survey night; target;
target template; tell; told; trial row; trigger; trusted; truth; unknown; unlisted; unobserved; upper limit; verdict;
veto; visit; visit of a place; waiting; walk; wanted; watch; window; withdraw; withhold; world; year
"""
"""The words that the code uses in a sense of its own: each has a row in docs/glossary.md."""


def label(file: Path) -> str:
    return str(file.relative_to(PROJECT))


def prose(markdown: str) -> Iterator[str]:
    """The paragraphs and list items of a document, each on one line: no code, table, heading or picture."""
    text = re.sub(r"^```.*?^```", "\n\n", markdown, flags=re.DOTALL | re.MULTILINE)
    block: list[str] = []
    for line in [*text.splitlines(), ""]:
        bare = line.strip()
        is_break = not bare or bare.startswith(("|", "#", "![", "<!--"))
        if is_break or BLOCK.match(line):
            if block:
                yield " ".join(block)
            block = []
        if not is_break:
            block.append(BLOCK.sub("", line, count=1).strip() if BLOCK.match(line) else bare)


def sentences(markdown: str) -> list[int]:
    """How many words each sentence has; an inline command or a link's text counts by its words."""
    found = []
    for block in prose(markdown):
        for sentence in SENTENCE_END.split(LINK.sub(lambda m: m[0][1 : m[0].index("]")], block)):
            words = [word for word in sentence.split() if re.search(r"\w", word)]
            if words:
                found.append(len(words))
    return found


def slug(heading: str) -> str:
    """A heading's anchor, as forges make it."""
    text = LINK.sub(lambda m: m[0][1 : m[0].index("]")], heading).replace("`", "").lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


@cache
def headings(file: Path) -> tuple[str, ...]:
    text = re.sub(r"^```.*?^```", "", file.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    return tuple(re.findall(r"^#+ (.+?)\s*$", text, flags=re.MULTILINE))


def cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip().strip("|").split("|")]


def glossary() -> list[list[str]]:
    text = (DOCS / "glossary.md").read_text(encoding="utf-8")
    return [cells(line) for line in text.splitlines() if line.startswith("| **")]


def docstrings(code: str) -> Iterator[str]:
    """The docstrings of modules, classes and functions, and those below constants and attributes."""
    for node in ast.walk(ast.parse(code)):
        for part in node.body if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) else ():
            if (
                isinstance(part, ast.Expr)
                and isinstance(part.value, ast.Constant)
                and isinstance(part.value.value, str)
            ):
                yield inspect.cleandoc(part.value.value)


def demand_short(words: list[int]) -> None:
    """Fails when the sentences, given by their words, are too long by median or by share."""
    short = sum(number <= LONG_WORDS for number in words) / len(words)
    assert median(words) <= MEDIAN_WORDS, f"half of its sentences have {median(words)} words or more"
    assert short >= SHORT_SHARE, f"{1 - short:.0%} of its {len(words)} sentences have more than {LONG_WORDS} words"


def test_there_are_documents_to_look_at():
    assert {"README.md", "docs/science.md", "docs/contracts/lasair.md"} <= set(map(label, DOCUMENTS))
    assert len(CODE) > 100


def test_a_sentence_is_counted_by_its_words():
    text = (
        "# No\n\nOne two `three`. Four [five six](x.md)\nseven.\n- Eight.\n\n| a | table |\n\n```sh\ncode here\n```\n"
    )
    assert sentences(text) == [3, 4, 1]


@pytest.mark.parametrize("file", DOCUMENTS, ids=label)
def test_its_sentences_are_short(file):
    words = sentences(file.read_text(encoding="utf-8"))
    assert words, f"{label(file)} says nothing"
    demand_short(words)


@pytest.mark.parametrize("package", DOCUMENTED, ids=label)
def test_the_sentences_of_its_docstrings_are_short(package):
    files = [package] if package.is_file() else sorted(package.rglob("*.py"))
    texts = [text for file in files for text in docstrings(file.read_text(encoding="utf-8"))]
    words = [number for text in texts for number in sentences(text)]
    assert words, f"{label(package)} says nothing"
    demand_short(words)


def test_every_docstring_of_a_module_is_found():
    code = (
        '"""One."""\nX = 1\n"""Two words."""\n\nclass A:\n    """A."""\n    def b(self):\n        """B\n        c."""\n'
    )
    assert sorted(docstrings(code)) == ["A.", "B\nc.", "One.", "Two words."]


@pytest.mark.parametrize("words", [[17, 17, 3], [5] * 8 + [29] * 2], ids=["by their median", "by their share"])
def test_long_sentences_are_refused(words):
    with pytest.raises(AssertionError, match="of its"):
        demand_short(words)


@pytest.mark.parametrize("file", DOCUMENTS, ids=label)
def test_its_links_lead_somewhere(file):
    for link in LINK.findall(file.read_text(encoding="utf-8")):
        if re.match(r"\w+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (file.parent / path).resolve() if path else file
        assert target.exists(), f"{link} leads nowhere"
        assert not anchor or anchor in map(slug, headings(target)), f"{link}: there is no such section"


@pytest.mark.parametrize("file", DOCUMENTS, ids=label)
def test_the_files_and_tables_that_it_names_exist(file):
    text = file.read_text(encoding="utf-8")
    known = ["/" + label(f) for f in [*CITING, *PROJECT.glob("*.*")]]
    sql = "\n".join(f.read_text(encoding="utf-8") for f in CODE if f.suffix == ".sql")
    for name in FILE_NAMED.findall(text):
        if name not in OF_THE_READER:
            assert any(path.endswith("/" + name) for path in known), f"there is no file {name}"
    for name in TABLE_NAMED.findall(text):
        assert re.search(rf"\btides\.{name}\b", sql), f"there is no tides.{name} in the database"


def test_every_section_that_code_cites_exists():
    documents = {label(f): f for f in DOCUMENTS}
    cited = set()
    for file in CODE:
        text = file.read_text(encoding="utf-8")
        for path, section in SECTION_CITED.findall(text):
            cited.add((label(file), path, slug(" ".join(section.split()))))
        cited |= {(label(file), path, anchor) for path, anchor in ANCHOR_CITED.findall(text)}
    assert len(cited) >= 5
    for where, path, anchor in sorted(cited):
        named = [f for name, f in documents.items() if name == path or name.endswith("/" + path)]
        assert named, f"{where} cites {path}, which does not exist"
        assert anchor in map(slug, headings(named[0])), f"{where} cites the section {anchor} of {path}"


@pytest.mark.parametrize("word", [word.strip() for word in HOUSE_WORDS.replace("\n", " ").split(";")])
def test_the_glossary_explains_the_house_word(word):
    assert f"**{word}**" in {cell for row in glossary() for cell in row[0].split(", ")}


def test_the_glossary_is_alphabetical_and_short():
    rows = glossary()
    words = [re.sub(r"[*-]", " ", row[0]).casefold().split() for row in rows]
    assert words == sorted(words)
    for word, meaning, where in rows:
        assert where, f"{word} lives nowhere"
        assert 1 <= len(SENTENCE_END.split(meaning)) <= 3, f"{word} needs a shorter explanation"
        assert sum(sentences(meaning)) <= 50, f"{word} needs a shorter explanation"


@pytest.mark.parametrize("file", DECISIONS, ids=label)
def test_a_decision_has_its_parts_and_stands_in_the_index(file):
    assert headings(file)[1:] == ("Context", "Decision", "Consequences")
    text = file.read_text(encoding="utf-8")
    assert text.startswith(f"# {int(file.name[:4])}. ")
    assert re.search(r"^Status: (proposed|accepted|replaced by \[)", text, flags=re.MULTILINE)
    assert f"]({file.name})" in (DOCS / "decisions" / "README.md").read_text(encoding="utf-8")


def test_decisions_are_numbered_without_a_gap():
    assert [int(file.name[:4]) for file in DECISIONS] == list(range(1, len(DECISIONS) + 1))
    assert len(DECISIONS) >= 10


def test_the_citation_is_of_this_version():
    citation = yaml.safe_load((PROJECT / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"cff-version", "message", "title", "authors"} <= set(citation)
    assert (citation["cff-version"], citation["version"]) == ("1.2.0", VERSION)
    assert citation["license"] == "BSD-3-Clause"
    assert all("name" in author or "family-names" in author for author in citation["authors"])


def test_the_changelog_has_this_version_and_what_is_to_come():
    found = [heading.split(" ")[0] for heading in headings(PROJECT / "CHANGELOG.md")]
    assert found[1] == "[Unreleased]"
    assert f"[{VERSION}]" in found


def test_pre_commit_fetches_nothing():
    hooks = yaml.safe_load((PROJECT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    assert [repo["repo"] for repo in hooks] == ["local"]
    entries = [hook["entry"] for hook in hooks[0]["hooks"]]
    assert all(entry.startswith(".venv/bin/python -m ") for entry in entries)
    assert {entry.split()[2] for entry in entries} == {"ruff", "mypy"}
