"""Host galaxies."""

from pathlib import Path

from alembic import op

revision = "0012"
down_revision = "0011"

FILES = Path(__file__).parents[1]


def upgrade() -> None:
    cursor = op.get_bind().connection.cursor()
    for file in sorted(FILES.glob(f"{revision}_*.sql")):
        cursor.execute(file.read_text(encoding="utf-8"))
