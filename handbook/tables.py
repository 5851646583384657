"""The reference of the database: types, tables and views of the schema, as their comments explain them."""

import re
from collections.abc import Iterator

from handbook.markdown import code, page, table, words
from tides.database.statements import SQL

SCHEMA = SQL / "schema" / "schema.sql"
COMMENT = re.compile(r"^COMMENT ON \w+ tides\.([^\s(]+) IS '((?:[^']|'')*)';", re.MULTILINE)
TYPE = re.compile(r"^CREATE TYPE tides\.(\w+) AS ENUM \((.*?)\);", re.MULTILINE | re.DOTALL)
TABLE = re.compile(r"^CREATE TABLE tides\.(\w+) \(\n(.*?)\n\)", re.MULTILINE | re.DOTALL)
VIEW = re.compile(r"^CREATE VIEW tides\.(\w+) AS", re.MULTILINE)
KEY = re.compile(r"^ALTER TABLE ONLY tides\.(\w+)\n +ADD CONSTRAINT \w+ PRIMARY KEY \(([^)]*)\);", re.MULTILINE)
COLUMN = re.compile(r"    (?!CONSTRAINT )\"?(\w+)\"? (.+?)(?: DEFAULT .*?| GENERATED .*?)?( NOT NULL)?,?")

ELDER = {"schema_version": "The version of the schema, for the code before 0014"}
"""What has no comment in the database."""


def tables() -> str:
    """The page: types, tables and views, each in the order of its name."""
    schema = SCHEMA.read_text(encoding="utf-8")
    said = ELDER | {name.replace('"', ""): text.replace("''", "'") for name, text in COMMENT.findall(schema)}
    keys = dict(KEY.findall(schema))
    parts = [
        "# Tables",
        "The schema `tides` of the bridge's database, as `tides migrate` makes it. A column is never null where"
        " the table says *not null*. [Which step writes what](../architecture.md#tables-schema-tides-and-their-keys)"
        " stands in the architecture.",
        "## The tables",
    ]
    for name, columns in sorted(TABLE.findall(schema)):
        rows = [(code(column), *kind, words(said.get(f"{name}.{column}", ""))) for column, *kind in _columns(columns)]
        key = f"Key: {code(keys[name])}." if name in keys else ""
        parts += [f"### {name}", words(f"{said[name]}."), key, table(("column", "type", "", "what it is"), rows)]
    parts += ["## The views", "Each is made from the tables, and holds nothing itself."]
    parts.append(table(("view", "what it shows"), ((code(n), words(said[n])) for n in sorted(VIEW.findall(schema)))))
    parts.append("## The types")
    for name, values in sorted(TYPE.findall(schema)):
        explained = "\n".join(f"- {words(line)}" for line in said[name].splitlines()[1:])
        values = ", ".join(code(value) for value in re.findall(r"'(\w+)'", values))
        parts += [f"### {name}", words(said[name].splitlines()[0]), values, explained]
    return page(*parts)


def _columns(body: str) -> Iterator[tuple[str, str, str]]:
    """Each column of a table with its type, and whether it may be null."""
    for line in body.splitlines():
        if found := COLUMN.fullmatch(line):
            yield found[1], words(found[2]), "not null" if found[3] else ""
