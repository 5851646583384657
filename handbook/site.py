"""The site itself, by Sphinx. It loads nothing from elsewhere, and can be read from a disk."""

import io
import re
from pathlib import Path

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

from handbook.source import INDEX

SETTINGS = {
    "project": "TiDES bridge",
    "html_title": "TiDES bridge",
    "extensions": ["myst_parser"],
    "html_theme": "furo",
    "root_doc": INDEX.removesuffix(".md"),
    "source_suffix": {".md": "markdown"},
    # The anchors of headings, as forges make them.
    "myst_heading_anchors": 6,
    "highlight_language": "none",
    "smartquotes": False,
    "html_show_copyright": False,
    "html_show_sphinx": False,
    # The sources are in the repository, and the reference has none.
    "html_copy_source": False,
    "html_show_sourcelink": False,
}

START = '<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0; url={0}"><a href="{0}">{0}</a>\n'
"""The page at the site's root, which leads to the index."""

COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class Broken(Exception):
    """A page cannot be built, or a link leads nowhere; the message has each case with its file and line."""


def build(source: Path, out: Path, builder: str = "html") -> None:
    """Builds all documents below `source` into `out`, each page anew. The builder `dummy` only looks at the links.

    Raises Broken when anything is wrong with a document.
    """
    warnings = io.StringIO()
    kept = out.with_name("doctrees")
    # So that a process may build several.
    with patch_docutils(), docutils_namespace():
        app = Sphinx(source, None, out, kept, builder, SETTINGS, status=None, warning=warnings, freshenv=True)
        # Forges draw it; here its text is shown.
        app.add_lexer("mermaid", TextLexer)
        app.build(force_all=True)
    if said := COLOUR.sub("", warnings.getvalue()).strip():
        raise Broken(said)
    if builder == "html":
        (out / "index.html").write_text(START.format(f"{INDEX.removesuffix('.md')}.html"), encoding="utf-8")
