"""The surveys as a table."""

from pathlib import Path

from alembic import op

revision = "0015"
down_revision = "0014"

FILES = Path(__file__).parents[1]
FUNCTIONS = FILES.parent / "schema" / "functions"


def upgrade() -> None:
    cursor = op.get_bind().connection.cursor()
    for file in (*sorted(FILES.glob(f"{revision}_*.sql")), FUNCTIONS / "night.sql", FUNCTIONS / "night_end_jd.sql"):
        cursor.execute(file.read_text(encoding="utf-8"))
