"""Foreign words: what comes from outside, made safe before people or programs of theirs read it.

Names and values of columns, ids, and answers of services may hold anything: control characters, markup, formulas, our
own secrets. Each place that shows them has one function here. What is stored as data is not touched.
"""

import base64
import io
import json
import re
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any, TextIO
from urllib.parse import unquote, urlsplit

LONGEST = 200
"""How many characters of foreign words stand in a sentence of ours."""

LONGEST_DETAIL = 1000
"""How many characters a text in the detail of an event has, and a cell of a table."""

DEPTH = 20
"""How deep the detail of an event may be nested."""

SECRET_CHARACTERS = 6
"""A shorter secret is no secret, and would be found in harmless words."""

HIDDEN = "***"
"""What stands in place of a secret."""

SECRET_NAMES = re.compile(r"token|passw|passphrase|secret|credential|jaas|pem\b|api_?key|private_?key", re.IGNORECASE)
"""Keys of a connection's extra whose values are secrets, such as `lsst_token`, `sasl.password`, `ssl.key.password`."""

MARKUP = re.compile(r"([\\`*\[\]~$|])|(?<![^\W_])(_)|(_)(?![^\W_])")
"""What Markdown takes for markup within a line. An underscore within a word is none (CommonMark 0.31, 6.2)."""

FORMULA = "=+-@\t\r＝＋－＠"
"""The first characters of a cell that a spreadsheet calculates (OWASP, "CSV Injection")."""

NUMBER = re.compile(r"-?\d+(\.\d*)?([eE][+-]?\d+)?")


def quoted(words: object, longest: int = LONGEST) -> str:
    """Give foreign words on one line of at most `longest` characters, for a log, a note, a report or an event.

    What is no text becomes compact JSON. A run of blanks and line ends becomes one blank, as `shown` does the rest.
    """
    line = shown(" ".join(_text(words).split()))
    return line if len(line) <= longest else line[: longest - 1] + "…"


def shown(text: str) -> str:
    r"""Give a text whose line ends stay, and whose other characters that cannot be seen are escaped, as `\x1b`.

    These are control characters (so no terminal obeys them), marks of direction, zero-width characters, line and
    paragraph separators, and halves of a surrogate pair (which no UTF-8 text can hold).
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in text)


def quoted_all(value: Any, longest: int = LONGEST_DETAIL) -> Any:
    """Give a JSON value whose texts are all quoted, keys among them. What is nested beyond `DEPTH` becomes a text."""
    return _quoted_all(value, longest, DEPTH)


def in_markdown(words: object, longest: int = LONGEST) -> str:
    """Give foreign words that Markdown, and HTML within it, shows as they are, within a line or a cell of a table."""
    return MARKUP.sub(r"\\\1\2\3", escape(quoted(words, longest), quote=False))


def in_html(text: str) -> str:
    """Give a text of several lines that HTML shows as it is, with its line ends."""
    return escape(shown(text)).replace("\n", "<br>\n")


def in_plot(words: object, longest: int = 100) -> str:
    """Give foreign words for a title or label of Matplotlib, which else reads formulas between dollar signs."""
    return quoted(words, longest).replace("$", r"\$")


def in_csv(words: str, longest: int = LONGEST_DETAIL) -> str:
    """Give foreign words for a cell of a CSV table. A spreadsheet does not calculate them; numbers stay numbers."""
    cell = quoted(words, longest - 1)
    return f"'{cell}" if cell.startswith(tuple(FORMULA)) and not NUMBER.fullmatch(cell) else cell


def in_file_name(words: str, longest: int = 100) -> str:
    """Give foreign words as the name of a file or folder, which leads nowhere else."""
    name = re.sub(r"[^A-Za-z0-9_.-]", "_", words)[:longest]
    # Points alone lead to the folder itself, or to the one above.
    return name if name.strip(".") else "_"


class Terminal(io.TextIOBase):
    """A text stream before a terminal or pipe, for what commands print: all of it is `shown`."""

    def __init__(self, under: TextIO):
        self._under = under

    def write(self, text: str) -> int:
        """Write a text as it may be seen."""
        self._under.write(shown(text))
        return len(text)

    def flush(self) -> None:
        """Flush the stream below."""
        self._under.flush()


class Secrets:
    """The secrets of a connection in use. They are found in whatever form a service repeats them.

    The forms are: as they are; escaped in JSON (once or within a text), in an address or in HTML; in base64, alone or
    within a longer text, such as `login:password`. Any mixture of the first four is found, too.
    """

    def __init__(self, *secrets: str | None, login: str | None = None):
        known = {secret for secret in secrets if secret and len(secret) >= SECRET_CHARACTERS}
        # With the login first: a part of this form is the form of the secret alone.
        known |= {f"{login}:{secret}" for secret in known} if login else set()
        parts = [part for secret in sorted(known, key=len, reverse=True) for part in _forms(secret)]
        self._pattern = re.compile("|".join(parts).encode()) if parts else None
        begins = {_literal(begin) for secret in known for begin in _begins(secret)}
        self._hint = re.compile("|".join([r"\\", "%", "&", *sorted(begins)]).encode())

    @classmethod
    def of(
        cls, password: str | None, login: str | None = None, extra: Mapping[str, Any] | None = None, *more: str | None
    ) -> "Secrets":
        """Give the secrets of an Airflow connection: its password, those in its extra, and `more` that it led to."""
        return cls(password, *_named_secrets(extra or {}), *more, login=login)

    def removed(self, body: bytes) -> bytes:
        """Give bytes without the secrets."""
        # The hint is ten times as fast: most answers are long lists of numbers.
        if self._pattern is None or not self._hint.search(body):
            return body
        return self._pattern.sub(HIDDEN.encode(), body)

    def quoted(self, words: object, longest: int = LONGEST) -> str:
        """Give foreign words without the secrets, quoted."""
        # First of all: half of a secret at the bound would not be found.
        clean = self.removed(_text(words).encode(errors="surrogatepass"))
        return quoted(clean.decode(errors="surrogatepass"), longest)


def _text(words: object) -> str:
    if isinstance(words, str):
        return words
    try:
        return json.dumps(words, ensure_ascii=False, default=str)
    except RecursionError:
        return "(nested too deeply)"


def _quoted_all(value: Any, longest: int, depth: int) -> Any:
    if isinstance(value, str):
        return quoted(value, longest)
    if isinstance(value, dict | list | tuple) and depth == 0:
        return quoted(value, longest)
    if isinstance(value, dict):
        return {quoted(str(key)): _quoted_all(each, longest, depth - 1) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_quoted_all(each, longest, depth - 1) for each in value]
    return value


def _named_secrets(extra: Mapping[str, Any]) -> Iterable[str]:
    for name, value in extra.items():
        if isinstance(value, Mapping):
            yield from _named_secrets(value)
        elif isinstance(value, str) and SECRET_NAMES.search(name):
            yield value
        elif isinstance(value, str):
            yield from _passwords_in(value)


def _passwords_in(address: str) -> Iterable[str]:
    """Give the password in an address, such as that of a proxy, as it stands there and as it is."""
    try:
        password = urlsplit(address).password
    except ValueError:
        return
    if password:
        yield from (password, unquote(password))


def _begins(secret: str) -> list[str]:
    """Give how a secret begins where nothing of it is escaped, and how its base64 does."""
    sure = [_sure_base64(encoded, place)[0] for encoded in _encoded(secret) for place in range(3)]
    both = [*sure, *(each.translate(str.maketrans("+/", "-_")) for each in sure)]
    return [text[:SECRET_CHARACTERS] for text in (secret, *both)]


def _encoded(secret: str) -> set[bytes]:
    """Give the bytes of a secret, as a header may encode them."""
    return {secret.encode(errors="replace"), secret.encode("latin-1", errors="replace")}


def _forms(secret: str) -> list[str]:
    """Give patterns of a secret: one of every mixture of escapes, and those of its base64."""
    forms = ["".join(_escaped(character) for character in secret)]
    return forms + [_in_base64(encoded, place) for encoded in sorted(_encoded(secret)) for place in range(3)]


def _escaped(character: str) -> str:
    """Give a pattern of a character as it is, or escaped in JSON, in an address or in HTML."""
    code = ord(character)
    units = character.encode("utf-16-be")
    in_json = "".join(rf"\\+u(?i:{units[n : n + 2].hex()})" for n in range(0, len(units), 2))
    in_address = "".join(rf"%(?i:{byte:02x})" for byte in character.encode())
    forms = [rf"\\*{_literal(character)}", in_json, in_address, rf"&#(?:0*{code}|(?i:x)0*(?i:{code:x}));"]
    if named := escape(character) if character in "&<>" else {'"': "&quot;", "'": "&apos;"}.get(character):
        forms.append(named)
    if character in "\b\f\n\r\t":
        forms.append(rf"\\+{json.dumps(character)[2]}")
    if character == " ":
        forms.append(r"\+")
    return f"(?:{'|'.join(forms)})"


def _literal(text: str) -> str:
    """Give a pattern, in ASCII, of the bytes of a text in UTF-8."""
    return "".join(f"\\x{byte:02x}" for byte in text.encode())


def _sure_base64(secret: bytes, place: int) -> tuple[str, bool]:
    """Give the part of base64 that a secret alone makes, `place` bytes after a group of three.

    Tells also whether one more character follows that depends on the bytes behind it.
    """
    whole = base64.b64encode(bytes(place) + secret).decode().rstrip("=")
    end = (place + len(secret)) * 8 // 6
    return whole[(0, 2, 3)[place] : end], end < len(whole)


def _in_base64(secret: bytes, place: int) -> str:
    """Give a pattern of the base64 of a secret, alone or within a longer text."""
    sure, more = _sure_base64(secret, place)
    variants = {"+": r"(?:[+-]|%2[Bb])", "/": r"(?:\\*/|_|%2[Ff])"}
    around = "[A-Za-z0-9+/_-]?"
    begin, end = around if place else "", around if more else ""
    return f"{begin}{''.join(variants.get(c, c) for c in sure)}{end}(?:={{1,2}}|(?:%3[Dd]){{1,2}})?"
