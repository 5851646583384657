"""What people say of targets: kept with the target, with who and when. Nothing decides by it."""

from tides.database.session import Connection
from tides.database.statements import statement
from tides.errors import SettingsError


def comment(connection: Connection, tides_id: int, by: str, words: str) -> None:
    """Keeps what a person says of a target or host. The same words again within a minute are kept once.

    Raises SettingsError without a word.
    """
    if not words.strip():
        raise SettingsError("nothing is said: give some words")
    connection.execute(statement("targets/store_comment"), {"tides_id": tides_id, "by": by, "words": words})
