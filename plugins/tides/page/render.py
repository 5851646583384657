"""Templates, reports and the runbook as HTML. Whatever comes from outside is shown as it is, and never obeyed."""

import re
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from markdown_it.token import Token

from tides.faults import anchor_of_task
from tides.foreign import quoted, shown
from tides.journal.kinds import Kind
from tides.judgement.words import measure_in_words
from tides.reports.attention import Level, anchor_of
from tides.reports.screen import in_table
from tides.reports.since import acts_in_words, in_words
from tides.reports.words import at, criterion, hours, share, trigger, verdict
from tides.settings.model import BUNDLE

FOLDER = Path(__file__).parent
RUNBOOK = BUNDLE / "docs" / "operations.md"

BOKEH = "bokeh.min.js"

STATIC = {
    "page.css": "text/css",
    "page.js": "text/javascript",
    "curve.js": "text/javascript",
    "tonight.js": "text/javascript",
    "targets.js": "text/javascript",
    "what-if.js": "text/javascript",
    BOKEH: "text/javascript",
    "icon.svg": "image/svg+xml",
}
"""What is served beside the views, and nothing else. Bokeh's script is that of the installed package."""

VIEWS = (
    ("./", "Now"),
    ("tonight", "Tonight"),
    ("targets", "Targets"),
    ("object", "Any object"),
    ("held", "Held and not sent"),
    ("decide", "Decisions"),
    ("health", "Health"),
    ("statistics", "Statistics"),
    ("sky", "Sky"),
    ("what-if", "What if"),
    ("run", "Newest report"),
    ("runbook", "Runbook"),
)
"""The navigation: the address of each view, below that of the page, and its name."""


def page(template: str, **values: object) -> str:
    """A view as HTML. Every value is escaped for HTML, and what cannot be seen in it is written out."""
    return _environment().get_template(template).render(values)


def prepare() -> None:
    """Compiles the templates, so that no first look waits for it."""
    for name in _environment().list_templates():
        _environment().get_template(name)


@cache
def static(name: str) -> bytes:
    """A file of `STATIC`."""
    folder = Path(str(files("bokeh"))) / "server" / "static" / "js" if name == BOKEH else FOLDER / "static"
    return (folder / name).read_bytes()


def report_html(markdown: str) -> str:
    """A report as HTML. Markup of HTML in it is shown as text; headings begin below that of the view.

    A link leads to our own runbook, whatever site it names; any other is text.
    """
    tokens = _markdown().parse(markdown)
    for token in tokens:
        token.children = list(_links_to_the_runbook(token.children or []))
    return shown(_rendered(markdown, tokens))


@cache
def runbook_html() -> str | None:
    """docs/operations.md as HTML, with an anchor a heading and a kind of event; None where it is not there."""
    if not RUNBOOK.exists():
        return None
    text = RUNBOOK.read_text(encoding="utf-8")
    tokens = _markdown().parse(text)
    _anchor_headings(tokens)
    _anchor_events(tokens)
    _anchor_tasks(tokens)
    for token in tokens:
        # Other documents are not served.
        token.children = [each for each in token.children or [] if not _leads_away(each)] if token.children else []
    return _rendered(text, tokens)


def _links_to_the_runbook(tokens: list[Token]) -> Iterator[Token]:
    leads = False
    for token in tokens:
        if token.type == "link_open":
            place, _, anchor = str(token.attrGet("href")).partition("#")
            leads = place.rpartition("/")[2] == "runbook"
            token.attrs = {"href": f"runbook#{anchor}"}
        if leads or token.type not in ("link_open", "link_close"):
            yield token


def _leads_away(token: Token) -> bool:
    # A closing tag without an opening one is ignored by every browser, so that only both may go.
    return token.type in ("link_open", "link_close")


def _anchor_headings(tokens: list[Token]) -> None:
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open":
            kept = re.sub(r"[^\w\- ]", "", inline.content.lower())
            opening.attrSet("id", kept.replace(" ", "-"))


def _first_cells(tokens: list[Token]) -> list[Token]:
    """What stands in the first cell of each row of a table."""
    return [
        tokens[place + 2]
        for place, token in enumerate(tokens[:-2])
        if token.type == "tr_open" and tokens[place + 1].type == "td_open"
    ]


def _anchor_events(tokens: list[Token]) -> None:
    """Puts an anchor into the first cell that names each kind: alone or in a list, else anywhere in it."""
    cells = _first_cells(tokens)
    for kind in Kind:
        exact = [cell for cell in cells if kind.value in cell.content.split(", ")]
        about = [cell for cell in cells if kind.value in cell.content]
        for cell in (exact or about)[:1]:
            _anchor(cell, anchor_of(kind))


def _anchor_tasks(tokens: list[Token]) -> None:
    """Puts an anchor into the first cell that says of each task that it is red."""
    named: set[str] = set()
    for cell in _first_cells(tokens):
        if " red" in cell.content:
            found = [name for name in re.findall(r"`(\w+)`", cell.content) if name not in named]
            for name in found:
                _anchor(cell, anchor_of_task(name))
            named.update(found)


def _anchor(cell: Token, name: str) -> None:
    anchor = Token("html_inline", "", 0, content=f'<span id="{name}"></span>')
    cell.children = [anchor, *(cell.children or [])]


def _rendered(text: str, tokens: list[Token]) -> str:
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + 1)}"
        elif token.type == "th_open":
            token.attrSet("scope", "col")
    html = str(_markdown().renderer.render(tokens, _markdown().options, {}))
    wide = '<div class="wide" tabindex="0" role="group" aria-label="table"><table>'
    return html.replace("<table>", wide).replace("</table>", "</table></div>")


@cache
def _markdown() -> MarkdownIt:
    # A picture would be fetched from wherever foreign words say.
    return MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"at": at, "quoted": quoted, "verdict": verdict, "trigger": trigger, "criterion": criterion}
    environment.filters |= {"hours": hours, "in_table": in_table, "measure": measure_in_words}
    digest = sha256(b"".join(static(name) for name in STATIC)).hexdigest()[:12]
    environment.globals |= {"Level": Level, "anchor_of": anchor_of, "version": digest, "views": VIEWS}
    environment.globals |= {"happened": in_words, "acts": acts_in_words, "share": share}
    return environment


def _finalize(value: object) -> object:
    # Markup of our own has passed through here already.
    if isinstance(value, str) and not hasattr(value, "__html__"):
        return shown(value)
    return "–" if value is None else value
