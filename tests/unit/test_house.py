"""The house: which room may know which, how large a room may be, where SQL lives, and what is said of the rooms."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
LIBRARY = PROJECT / "plugins" / "tides"
MODULES = sorted(LIBRARY.rglob("*.py"))
KNOW_AIRFLOW = ("hooks", "runs", "commands", "page", "watch.py")
MAY_USE_HOOKS = ("hooks", "commands", "page", "watch.py", "__main__.py")
WRITES = re.compile(r"^\s*(INSERT INTO|UPDATE|DELETE FROM|MERGE INTO|TRUNCATE)\s|\bAS \((INSERT|UPDATE|DELETE)\s")
SCHEMA = {"migrations", "schema"}
"""The folders of SQL whose files are found by their place: tests/migration looks at them."""

MOST_PACKAGES_IN_A_ROW = 9
"""A longer chain of packages, each importing the next, cannot be kept in mind."""


@cache
def tree(file: Path) -> ast.Module:
    """A file, parsed once a process."""
    return ast.parse(file.read_text(encoding="utf-8"))


@cache
def imports(file: Path) -> set[str]:
    """Every module that a file imports, wherever in it, type-only imports included."""
    found: set[str] = set()
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def room(file: Path) -> str:
    return file.relative_to(LIBRARY).parts[0]


def test_there_are_modules_to_look_at():
    assert len(MODULES) > 30


@pytest.mark.parametrize("file", MODULES, ids=lambda f: str(f.relative_to(LIBRARY)))
def test_only_the_hooks_the_runs_the_commands_and_the_watch_know_airflow(file):
    knows = {name for name in imports(file) if name.split(".")[0] == "airflow"}
    assert not knows or room(file) in KNOW_AIRFLOW


@pytest.mark.parametrize("file", MODULES, ids=lambda f: str(f.relative_to(LIBRARY)))
def test_the_domain_does_not_use_the_hooks(file):
    uses = {name for name in imports(file) if name.startswith("tides.hooks")}
    assert not uses or room(file) in MAY_USE_HOOKS


def test_nothing_imports_the_sandbox_and_the_sandbox_nothing_of_tides():
    for file in [*MODULES, *(PROJECT / "dags").glob("*.py")]:
        assert not any(name.split(".")[0] in ("sandbox", "tests") for name in imports(file)), file
    for file in (PROJECT / "sandbox").rglob("*.py"):
        assert not any(name.split(".")[0] == "tides" for name in imports(file)), file


def module_graph() -> dict[str, set[str]]:
    """What each module of the library imports of the library."""
    names = {
        ".".join(("tides", *f.relative_to(LIBRARY).with_suffix("").parts)).removesuffix(".__init__"): f for f in MODULES
    }
    return {name: {i for i in imports(f) if i in names and i != name} - {"tides"} for name, f in names.items()}


def package_graph() -> dict[str, set[str]]:
    """The same between packages: the folders of the library, and the modules that stand beside them."""
    found: dict[str, set[str]] = {}
    for name, others in module_graph().items():
        package = ".".join(name.split(".")[:2])
        found.setdefault(package, set()).update(".".join(other.split(".")[:2]) for other in others)
    return {package: others - {package} for package, others in found.items()}


def longest_chain(graph: dict[str, set[str]]) -> tuple[str, ...]:
    """The longest row of names of which each imports the next. A circle is a failure that names it."""
    longest: dict[str, tuple[str, ...]] = {}

    def visit(name: str, path: tuple[str, ...]) -> tuple[str, ...]:
        assert name not in path, f"a circle: {' → '.join((*path, name))}"
        if name not in longest:
            below = (visit(other, (*path, name)) for other in graph[name])
            longest[name] = (name, *max(below, key=len, default=()))
        return longest[name]

    return max((visit(name, ()) for name in graph), key=len)


def test_no_circle_of_modules():
    assert longest_chain(module_graph())


def test_no_circle_of_packages_and_no_long_chain():
    chain = longest_chain(package_graph())
    assert len(chain) <= MOST_PACKAGES_IN_A_ROW, " → ".join(chain)


def floors() -> dict[str, int]:
    """The floor of each package, as docs/architecture.md, "The packages" gives it."""
    text = (PROJECT / "docs" / "architecture.md").read_text(encoding="utf-8")
    return {name: int(floor) for floor, name in re.findall(r"^\| (\d+) \| `(\w+)` \|", text, flags=re.MULTILINE)}


def test_each_package_has_a_floor_in_the_documents_and_imports_from_lower_ones_alone():
    graph = {name.removeprefix("tides."): others for name, others in package_graph().items() if name != "tides"}
    assert floors().keys() == graph.keys()
    for package, others in graph.items():
        for other in others:
            floor, below = floors()[package], floors()[other.removeprefix("tides.")]
            assert below < floor, f"{package} (floor {floor}) imports {other} (floor {below})"


def test_a_circle_is_found():
    with pytest.raises(AssertionError, match="a circle: a → b → a"):
        longest_chain({"a": {"b"}, "b": {"a"}})


@pytest.mark.parametrize("file", MODULES, ids=lambda f: str(f.relative_to(LIBRARY)))
def test_no_module_and_no_function_is_a_hall(file):
    text = file.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 450
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.FunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 60, node.name


@pytest.mark.parametrize("file", MODULES, ids=lambda f: str(f.relative_to(LIBRARY)))
def test_every_public_function_and_class_is_documented_and_hinted(file):
    public: list[ast.AST] = [*tree(file).body]
    for node in public:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), f"{node.name} has no docstring"
            if isinstance(node, ast.ClassDef):
                public += node.body
            else:
                assert node.returns is not None, f"{node.name} does not say what it returns"


def test_each_sql_file_says_what_it_does_and_is_used():
    used = "\n".join(f.read_text(encoding="utf-8") for f in [*MODULES, *(PROJECT / "dags").glob("*.py")])
    folder = PROJECT / "include" / "sql"
    files = sorted(f for f in folder.rglob("*.sql") if f.relative_to(folder).parts[0] not in SCHEMA)
    used += "\n".join(f.read_text(encoding="utf-8") for f in files)
    assert len(files) > 15
    for file in files:
        assert file.read_text(encoding="utf-8").startswith("-- "), f"{file.name} has no head comment"
        place = file.relative_to(folder).with_suffix("")
        assert re.search(rf"[\"]{place}(\.sql)?[\"]", used), f"{place}.sql is unused"


def strings(file: Path) -> list[str]:
    """Every string of a module, the first part of an f-string included."""
    nodes = ast.walk(tree(file))
    return [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]


@pytest.mark.parametrize(
    "file", [*MODULES, *(PROJECT / "dags").glob("*.py")], ids=lambda f: str(f.relative_to(PROJECT))
)
def test_statements_that_write_the_database_are_in_sql_files(file):
    assert [text for text in strings(file) if WRITES.search(text)] == []


TAKE_ALL_SETTINGS = {
    "alarms/digest.py: queue_digest",
    "archive/hosts.py: find_hosts",
    "archive/refresh.py: refresh",
    "archive/strays.py: adopt",
    "efficiency/record.py: read_record",
    "evaluation/edits.py: edit_of",
    "evaluation/edits.py: in_force",
    "evaluation/epochs.py: contents_of",
    "evaluation/epochs.py: open_epochs",
    "evaluation/evaluate.py: evaluate",
    "fourmost/dry_run.py: would_send",
    "fourmost/dry_run.py: would_tell",
    "fourmost/wanted.py: stage_4most",
    "reports/dry.py: would_do",
    "reports/metrics.py: read_metrics",
    "reports/now.py: read_now",
    "reports/run.py: report",
    "runs/sql_steps.py: master_parameters",
    "archive/catalogues.py: rules_of",
    "settings/model.py: load_settings",
    "targets/lists.py: load_list",
}
"""They need four sections or more: three at most are passed one by one."""

UNTYPED_ROWS = {
    "a server's own JSON, or what is sent to it": {
        "archive/hosts.py: galaxies",
        "archive/one_by_one.py: sherlock_object",
        "archive/rows.py: query",
        "brokers/json_messages.py: columns_of",
        "fourmost/api.py: find",
        "fourmost/api.py: get",
        "fourmost/api.py: rows",
        "fourmost/api.py: visits",
        "fourmost/batch.py: fields",
        "fourmost/batch.py: foreign",
        "fourmost/batch.py: or_raise",
        "fourmost/batch.py: stored",
        "fourmost/believed.py: believed",
        "fourmost/columns.py: differences",
        "fourmost/columns.py: misfits",
        "fourmost/columns.py: note_misfits",
        "fourmost/exchange.py: keep_answer",
        "fourmost/exchange.py: keep_request",
        "fourmost/exchange.py: storable",
        "fourmost/fields.py: problem",
        "fourmost/fields.py: value",
        "fourmost/payload.py: as_told",
        "fourmost/payload.py: demand_valid",
        "fourmost/payload.py: keep_noise_out",
        "fourmost/payload.py: same_place",
        "fourmost/payload.py: wanted_row",
        "fourmost/strays.py: meet",
        "fourmost/wanted.py: as_json",
        "fourmost/wanted.py: fields",
        "hooks/fourmost.py: find",
        "hooks/fourmost.py: get",
        "hooks/fourmost.py: options",
        "hooks/fourmost.py: rows",
        "hooks/fourmost.py: visits",
        "hooks/fourmost_answers.py: is_row",
        "hooks/fourmost_answers.py: json_of",
        "hooks/fourmost_answers.py: page",
        "hooks/http.py: json",
        "hooks/http.py: words",
        "hooks/lasair.py: annotate",
        "hooks/lasair.py: query",
        "hooks/lasair.py: sherlock_object",
        "hooks/lasair_answers.py: crossmatched",
        "hooks/lasair_answers.py: rows_of",
    },
    "JSON that the database keeps as it is: details of events, contents of epochs": {
        "evaluation/changes.py: in_words",
        "foreign.py: quoted_all",
        "journal/events.py: note_event",
        "journal/events.py: record_event",
    },
    "keys of a YAML file, before they are checked": {
        "functions/functions.py: read_function",
        "functions/keys.py: known_keys",
        "functions/keys.py: read_control",
        "settings/yaml_text.py: read_yaml",
    },
    "what Airflow hands on: XComs, forms, arguments": {
        "hooks/broker.py: client_of",
        "hooks/late.py: note_late",
        "hooks/run.py: execute",
        "reports/audit.py: audit_report",
        "reports/hosts.py: hosts_report",
        "runs/airflow.py: bridge_dag",
        "runs/airflow.py: keys_of",
        "runs/form.py: run_of",
        "watch.py: serialize",
    },
}
"""Why a public function says only dict, or Any: its values have no type of ours."""


def public_functions(file: Path) -> dict[str, ast.FunctionDef]:
    """The public functions of a module and the public methods of its public classes, by `room/module.py: name`."""
    found: dict[str, ast.FunctionDef] = {}
    for node in tree(file).body:
        inner = node.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_") else [node]
        for each in inner:
            if isinstance(each, ast.FunctionDef) and not each.name.startswith("_"):
                found[f"{file.relative_to(LIBRARY)}: {each.name}"] = each
    return found


def hints(function: ast.FunctionDef) -> list[str]:
    """What a function says of its arguments and of what it returns."""
    arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    return [ast.unparse(hint) for hint in (*(a.annotation for a in arguments), function.returns) if hint]


def functions_with(hint: str) -> set[str]:
    """The public functions of the library with a pattern in their hints."""
    found = {name: f for file in MODULES for name, f in public_functions(file).items()}
    return {name for name, function in found.items() if any(re.search(hint, said) for said in hints(function))}


def test_a_function_that_takes_the_whole_settings_is_one_of_those_that_we_know():
    """Three sections at most, else Settings: a function takes those that it needs, and the whole for four or more."""
    assert functions_with(r"\bSettings$") == TAKE_ALL_SETTINGS


@cache
def aliases_in(file: Path) -> set[str]:
    """The names of a dict of anything that a module gives itself or takes from another."""
    found = set()
    for node in tree(file).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.value) == "dict[str, Any]":
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tides."):
            other = LIBRARY.parent / f"{node.module.replace('.', '/')}.py"
            found |= {alias.name for alias in node.names} & (aliases_in(other) if other.exists() else set())
    return found


def test_a_row_that_crosses_a_room_has_a_type_except_for_those_that_we_know():
    """A row of the database goes from room to room as a dataclass or a typed dict. An alias of a dict is no type."""
    untyped = functions_with(r"dict\[str, Any\]|^Any$")
    for file in MODULES:
        if names := "|".join(aliases_in(file)):
            said = public_functions(file).items()
            untyped |= {name for name, f in said if any(re.search(rf"\b({names})\b", hint) for hint in hints(f))}
    assert untyped == set().union(*UNTYPED_ROWS.values())


READS_A_SENTENCE = re.compile(
    r"(starts_with|regexp_\w+)\s*\(\s*(\w+\.)?(reason|words)\b"
    r"|\b(reason|words)\s*(!?~|=|<>|(NOT\s+)?(I?LIKE|SIMILAR|IN)\b)"
)
"""A comparison of a sentence, in SQL. `SET reason = …` writes one: it is told apart by the word before."""


def sentences_read(text: str) -> list[str]:
    """Where a text decides by a sentence."""
    found = READS_A_SENTENCE.finditer(text)
    return [m.group() for m in found if not re.search(r"\bSET\s+(\w+ = [^=]*,\s*)*$", text[: m.start()])]


def test_no_sql_decides_by_a_sentence():
    for file in (PROJECT / "include" / "sql").rglob("*.sql"):
        if "migrations" not in file.parts and file.name != "schema.sql":
            assert sentences_read(file.read_text(encoding="utf-8")) == [], file
    for file in MODULES:
        for node in ast.walk(tree(file)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert sentences_read(node.value) == [], file


def test_a_decision_by_a_sentence_is_found():
    for text in ("m.reason ~ 'faint'", "starts_with(d.reason, 'x')", "WHERE reason = 'new'", "m.reason NOT LIKE '%x'"):
        assert sentences_read(text), text
    assert sentences_read("UPDATE x SET reason = excluded.reason") == []


def test_sql_lies_in_folders_named_like_the_rooms_of_the_library():
    folder = PROJECT / "include" / "sql"
    rooms = {f.relative_to(folder).parts[0] for f in folder.rglob("*.sql")} - SCHEMA
    assert rooms
    assert rooms <= {room(f) for f in MODULES}


def test_no_survey_is_named_outside_its_room_and_that_of_the_brokers():
    texts = [f for f in MODULES if room(f) not in ("surveys", "brokers")]
    texts += [f for f in (PROJECT / "include" / "sql").rglob("*.sql") if not f.name.startswith("0001_")]
    texts += list((PROJECT / "dags").glob("*.py"))
    for file in texts:
        assert not re.search(r"[\"'](lsst|ztf)[\"']", file.read_text(encoding="utf-8")), file


ONE_PLACE = {
    r"\bhtml\b.*\bescape|markupsafe|unicode_escape|\"\*\*\*\"|\'\*\*\*\'": "foreign.py",
    r"yaml\.(load|safe_load|parse|compose)": "settings/yaml_text.py",
}
"""What is done in one module of the library alone: escaping foreign words and hiding secrets; reading YAML."""


@pytest.mark.parametrize("pattern", ONE_PLACE)
def test_foreign_words_are_escaped_and_yaml_is_read_in_one_place(pattern):
    found = {str(file.relative_to(LIBRARY)) for file in MODULES if re.search(pattern, file.read_text(encoding="utf-8"))}
    assert found == {ONE_PLACE[pattern]}


def test_every_module_that_writes_csv_defuses_formulas():
    texts = {file: file.read_text(encoding="utf-8") for file in MODULES}
    writers = {file for file, text in texts.items() if re.search(r"csv\.writer|DictWriter|to_csv|\.ecsv", text)}
    assert writers
    assert {file for file in writers if "in_csv(" not in texts[file]} == set()


def test_every_module_that_renders_markdown_escapes_foreign_words():
    texts = {file: file.read_text(encoding="utf-8") for file in MODULES}
    renderers = {file for file, text in texts.items() if re.search(r'"#+ |tablefmt="github"', text)}
    assert renderers
    assert {file for file in renderers if "in_markdown(" not in texts[file]} == set()
