"""Why a target or a host is as it is, as a type; the rule "live or not" as a function."""

from pathlib import Path

from alembic import op

revision = "0014"
down_revision = "0013"

FILES = Path(__file__).parents[1]
SCHEMA = FILES.parent / "schema"


def upgrade() -> None:
    cursor = op.get_bind().connection.cursor()
    cursor.execute((FILES / "0014_why.sql").read_text(encoding="utf-8"))
    cursor.execute("SET LOCAL check_function_bodies = off")  # a function may read a view that comes after it
    for folder in ("functions", "views"):
        for file in sorted((SCHEMA / folder).glob("*.sql")):
            cursor.execute(file.read_text(encoding="utf-8"))
