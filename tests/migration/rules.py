"""What a migration must not do, so that the code before it and the code after it both work with it."""

import json
import re
import subprocess
import sysconfig
from pathlib import Path

from tides.database.migrations import VALUES
from tides.database.schema_files import Migration

TAKES = ("ban-drop-", "ban-truncate-", "renaming-", "changing-", "adding-required-field")
"""How squawk's rules begin that keep what code in use relies on: a contract may break them."""

NOT_OURS = {
    "require-lock-timeout": "migrate sets it",
    "require-statement-timeout": "migrate sets it",
    "require-concurrent-index-creation": "migrate is one transaction, and the hourly run can wait",
    "require-concurrent-index-deletion": "the same",
    "constraint-missing-not-valid": "a scan of our tables is short",
    "adding-field-with-default": "a computed column writes our tables anew within minutes, and the hourly run can wait",
    "ban-drop-constraint": "a wider check replaces a narrower one",
    "adding-not-nullable-field": "allowed with a default: looked at below",
    "require-enum-value-ordering": "our enums have no order",
    "prefer-bigint-over-int": "ids at 4MOST are integers, and so are ours",
}

REQUIRED = re.compile(r"\bALTER\s+(?:COLUMN\s+)?(\w+)\s+SET\s+NOT\s+NULL", re.IGNORECASE)


def broken_rules(migration: Migration, file: Path) -> list[str]:
    """The rules that a migration breaks, in words; a contract may take away what no code uses any more."""
    found = [f"{f['rule_name']}: {f['message']}" for f in _squawk(file)]
    code = re.sub(r"--.*", "", migration.text)
    found += [f"adding-required-field: {c} has no default" for c in REQUIRED.findall(code) if not _has_default(code, c)]
    if len(re.findall(r"\bADD\s+VALUE\b", code, re.IGNORECASE)) != len(VALUES.findall(migration.text)):
        found.append("add-value-once: write ALTER TYPE … ADD VALUE IF NOT EXISTS …; as a line of its own")
    if migration.contract:
        found = [f for f in found if not f.startswith(TAKES)]
    return found


def _has_default(code: str, column: str) -> bool:
    return bool(re.search(rf"\b{column}\s+(SET\s+DEFAULT|[^,;]*\bDEFAULT)\b", code, re.IGNORECASE))


def _squawk(file: Path) -> list[dict[str, str]]:
    command = [Path(sysconfig.get_path("scripts")) / "squawk", "--reporter", "json", "--pg-version", "18"]
    command += ["--assume-in-transaction", "--include", "require-table-schema", "--exclude", ",".join(NOT_OURS), file]
    done = subprocess.run(command, capture_output=True, text=True)
    return json.loads(done.stdout)
