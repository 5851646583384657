"""The site of the documents: each link leads somewhere, nothing is loaded from elsewhere, the reference is whole."""

import inspect
import re
from argparse import ArgumentParser
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import BaseModel

from handbook.dags import parsed
from handbook.pictures import FOLDER, SHOWN
from handbook.reference import reference
from handbook.settings import shipped
from handbook.site import Broken, build
from handbook.source import MADE, gather
from handbook.tables import SCHEMA
from tides.commands.arguments import ARGUMENTS
from tides.faults import Fault
from tides.functions.keys import ALL_KEYS
from tides.journal.kinds import Kind
from tides.settings import sections, streams
from tides.settings.model import DEFAULT_FILE, Settings

PROJECT = Path(__file__).parents[2]
DOCUMENTS = sorted({*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md")})
FROM_ELSEWHERE = re.compile(r"<(?:script|img|link|iframe)[^>]+(?:src|href)=\"(?:https?:)?//[^>]*>|url\(['\"]?https?:")


@dataclass(frozen=True)
class Site:
    """The built site: the pages made from the code, the documents' places, and the folder of the HTML."""

    made: dict[str, str]
    documents: list[str]
    folder: Path
    dags: dict


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Site:
    folder = tmp_path_factory.mktemp("site")
    found = parsed()
    made = reference(found)
    documents = gather(folder / "source", made)
    return Site(made, documents, folder, found)


def test_every_document_is_in_it_and_each_link_in_it_leads_somewhere(site):
    places = {str(file.relative_to(PROJECT)) for file in DOCUMENTS}
    assert places <= set(site.documents)
    build(site.folder / "source", site.folder / "looked at", "dummy")


@pytest.mark.soak  # CI has it by `make docs`, too
def test_the_pages_are_there_and_load_nothing_from_elsewhere(site):
    html = site.folder / "html"
    build(site.folder / "source", html)
    for place in (*site.documents, *(f"{MADE}/{name}.md" for name in site.made)):
        assert (html / place).with_suffix(".html").exists(), place
    assert "docs/index.html" in (html / "index.html").read_text(encoding="utf-8")
    files = [file for file in html.rglob("*") if file.suffix in (".html", ".css")]
    assert len(files) > 30
    for file in files:
        found = FROM_ELSEWHERE.search(file.read_text(encoding="utf-8"))
        assert not found, f"{file.name}: {found[0]}"


def test_a_link_that_leads_nowhere_and_a_section_that_is_not_there_break_the_build(tmp_path):
    (tmp_path / "docs").mkdir()
    index = (
        "# Index\n\n## One\n\n- [A](a.md): with [no page](none.md) and [no section](a.md#none), but [one](a.md#a-b).\n"
    )
    (tmp_path / "docs" / "index.md").write_text(index, encoding="utf-8")
    (tmp_path / "docs" / "a.md").write_text("# A\n\n## A `b`\n\n![no picture](none.png)\n", encoding="utf-8")
    gather(tmp_path / "source", {}, tmp_path)
    with pytest.raises(Broken) as broken:
        build(tmp_path / "source", tmp_path / "looked at", "dummy")
    said = str(broken.value)
    assert said.count("WARNING") == 3
    assert all(words in said for words in ("none.md", "'none'", "none.png")), said


def test_a_document_that_the_index_does_not_list_breaks_the_build(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text("# Index\n\nSee [b](b.md).\n", encoding="utf-8")
    (tmp_path / "docs" / "b.md").write_text("# B\n", encoding="utf-8")
    gather(tmp_path / "source", {}, tmp_path)
    with pytest.raises(Broken, match="isn't included in any toctree"):
        build(tmp_path / "source", tmp_path / "looked at", "dummy")


def rows(page: str) -> set[str]:
    """The first cells of all tables of a page, without the marks of code."""
    return {line.split(" | ")[0].strip("| `") for line in page.splitlines() if line.startswith("| ")}


def test_each_key_of_the_settings_has_a_row_with_what_it_takes(site):
    page = site.made["settings"]
    last_words = {key.rpartition(".")[2].removesuffix("[]") for key in rows(page)}
    models = [one for room in (sections, streams) for _, one in inspect.getmembers(room, inspect.isclass)]
    for model in models:
        if issubclass(model, BaseModel) and model is not sections.Model:
            for name, field in model.model_fields.items():
                asked = field.alias or name
                assert asked in last_words or f".{asked}." in page, f"{model.__name__}.{name}"
    assert [f"## {key}" in page.splitlines() for key in Settings.model_fields].count(False) == 0
    assert "| `reach.dec_min_deg` | a number ≥ -90 and ≤ 90 | `-80` |" in page
    assert "| `fourmost.cut_off` | `null`, or the keys below |" in page


def test_each_value_and_each_comment_of_the_shipped_settings_stands_there(site):
    text = DEFAULT_FILE.read_text(encoding="utf-8")
    page = " ".join(site.made["settings"].split())
    for line in text.split("\nstreams:", 1)[1].splitlines():
        if comment := re.search(r"(?:^|\s)# (.{8,})", line):
            assert comment[1].strip().replace("<", r"\<").replace("|", r"\|") in page, line
    assert shipped("a:\n  # why\n  b: 1  # how\n        # much\n  c: {d: 2, e: 3}  # flow\n")["a.b"].comment == (
        "why how much"
    )


def test_each_command_has_its_help(site):
    for name, add in ARGUMENTS.items():
        part = site.made["commands"].split(f"\n## tides {name}\n")[1].split("\n## ")[0]
        parser = ArgumentParser(prog=f"tides {name}")
        add(parser)
        options = re.findall(r"--[a-z][\w-]+", parser.format_help())
        assert all(option in part for option in options), name


def test_each_key_of_a_selection_function_has_a_row_that_says_what_it_takes(site):
    page = site.made["criteria"]
    for key in ALL_KEYS:
        if key == "control":
            assert "`control` takes" in page
            continue
        (row,) = [line for line in page.splitlines() if line.startswith(f"| `{key}` |")]
        assert len(row.split(" | ")[1]) > 5, row
    assert "| `minBands` | a whole number (bands), between 1 and 6 |" in page


def test_each_table_view_and_type_stands_there_with_each_column(site):
    page, schema = site.made["tables"], SCHEMA.read_text(encoding="utf-8")
    for kind, name in re.findall(r"^CREATE (TABLE|VIEW|TYPE) tides\.(\w+)", schema, re.MULTILINE):
        assert (f"| `{name}` |" if kind == "VIEW" else f"\n### {name}\n") in page, name
    for name, body in re.findall(r"^CREATE TABLE tides\.(\w+) \(\n(.*?)\n\)", schema, re.MULTILINE | re.DOTALL):
        columns = re.findall(r"^    \"?([a-z]\w*)", body, re.MULTILINE)
        part = page.split(f"\n### {name}\n")[1].split("\n### ")[0]
        assert [column for column in columns if f"| `{column}` |" not in part] == [], name


def test_each_dag_stands_there_with_its_form_and_its_tasks(site):
    for name, dag in site.dags.items():
        part = site.made["dags"].split(f"\n## {name}\n")[1].split("\n## ")[0]
        expected = {task.task_id for task in dag.tasks} | set(dag.params)
        assert expected <= rows(part), name
    assert "| `evaluate` | `plan_chunks` |" in site.made["dags"]


def test_each_kind_of_event_and_each_fault_stands_there_with_its_remedy(site):
    page = site.made["events"]
    for each in (*Kind, *Fault):
        (row,) = [line for line in page.splitlines() if line.startswith(f"| {each} |")]
        assert not each.remedy or each.remedy[:20].replace("<", r"\<") in row


def test_each_picture_of_the_documents_is_in_the_gallery(site):
    taken = {file.stem for file in FOLDER.glob("*.png")}
    assert len(taken) > 3
    assert taken <= SHOWN.keys()
    assert all(f"(../{name}.png)" in site.made["pictures"] for name in taken)
