"""Foreign words: bounded, visible, escaped for where they are shown, and without our secrets."""

import base64
import csv
import html
import io
import json
import re
from contextlib import redirect_stdout
from urllib.parse import quote, quote_plus

import markdown_it
import matplotlib.cbook
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tides.__main__ import main
from tides.foreign import (
    DEPTH,
    FORMULA,
    LONGEST,
    Secrets,
    Terminal,
    in_csv,
    in_file_name,
    in_html,
    in_markdown,
    in_plot,
    quoted,
    quoted_all,
    shown,
)

UNSEEN = [
    *map(chr, range(0x20)), *map(chr, range(0x7F, 0xA0)), *map(chr, range(0x200B, 0x2010)),
    *map(chr, range(0x2028, 0x202F)), *map(chr, range(0x2060, 0x2070)), "\ufeff", "\ud800", "\udfff", "\U000e0041",
]  # fmt: skip
ANY = st.text(st.one_of(st.characters(), st.sampled_from(UNSEEN), st.sampled_from("=+-@$|<>&`*_[]\\'\"")))
SECRETS = st.text(st.characters(codec="utf-8"), min_size=8, max_size=60).filter(lambda s: len(s.strip()) > 7)


@given(ANY, st.integers(10, 300))
def test_what_is_quoted_is_short_and_can_be_seen(text, longest):
    said = quoted(text, longest)
    assert len(said) <= longest
    assert said.isprintable()
    assert not set(said) & set(UNSEEN)
    assert quoted(said, longest) == said
    said.encode()


def test_what_is_harmless_stays_as_it_is():
    assert quoted("g_psfFlux of 3 µJy: S/N > 5") == "g_psfFlux of 3 µJy: S/N > 5"
    assert quoted({"err": "not\nallowed"}) == '{"err": "not\\nallowed"}'
    assert quoted("two\r\n  lines") == "two lines"
    assert quoted("x" * 300) == "x" * (LONGEST - 1) + "…"


def test_two_names_that_look_alike_are_told_apart():
    assert quoted("ra\u200b") == "ra\\u200b"
    assert quoted("\x1b[31mred\x9b0m \u202egnp.exe") == "\\x1b[31mred\\x9b0m \\u202egnp.exe"


def test_words_that_are_nested_too_deeply_are_said_to_be_so():
    deep: list = []
    for _ in range(200_000):
        deep = [deep]
    assert quoted(deep) == "(nested too deeply)"
    while deep:  # so that its end does not nest as deeply
        deep = deep.pop()


@given(st.recursive(ANY | st.integers() | st.none(), lambda inner: st.lists(inner) | st.dictionaries(ANY, inner)))
def test_the_detail_of_an_event_can_be_seen_and_keeps_its_form(value):
    safe = quoted_all(value)
    assert json.dumps(safe, ensure_ascii=False).isprintable()
    assert type(safe) is type(value)


def test_a_detail_that_is_nested_deeply_becomes_a_text_there():
    deep: object = "x"
    for _ in range(DEPTH + 3):
        deep = [deep]
    safe = quoted_all(deep)
    for _ in range(DEPTH):
        (safe,) = safe
    assert safe == '[[["x"]]]'


@given(ANY)
def test_markdown_shows_the_words_and_nothing_else(text):
    renderer = markdown_it.MarkdownIt("gfm-like", {"html": True, "linkify": False})
    (_, inline, _) = renderer.parse(f"said: {in_markdown(text)}.")
    assert {child.type for child in inline.children} <= {"text", "text_special"}
    assert "".join(child.content for child in inline.children) == f"said: {quoted(text)}."
    assert renderer.render(f"| a |\n|---|\n| {in_markdown(text)} |").count("<td") == 1


def test_names_of_columns_stay_readable_in_markdown():
    assert in_markdown("column g_psfFlux appeared") == "column g_psfFlux appeared"
    assert in_markdown("[x](javascript:y) <script> _a_ `b` | $1") == (
        r"\[x\](javascript:y) &lt;script&gt; \_a\_ \`b\` \| \$1"
    )


@given(ANY)
def test_matplotlib_reads_no_formula(text):
    label = in_plot(text)
    assert not matplotlib.cbook.is_math_text(label)
    assert label.isprintable()


@given(ANY)
def test_a_spreadsheet_calculates_no_cell(text):
    file = io.StringIO()
    csv.writer(file).writerow([in_csv(text), "end"])
    (cells,) = csv.reader(io.StringIO(file.getvalue()))
    assert len(cells) == 2
    assert not cells[0].startswith(tuple(FORMULA)) or float(cells[0]) <= 0


@pytest.mark.parametrize(
    ("cell", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("\t=1+1", "'=1+1"),
        ("\r\n@SUM(A1)", "'@SUM(A1)"),
        ("+49", "'+49"),
        ("-2+3", "'-2+3"),
        ("-2.5", "-2.5"),
        ("-1e-5", "-1e-5"),
        ("3.5", "3.5"),
        ("313888888888888881", "313888888888888881"),
        ("", ""),
    ],
)
def test_a_cell_of_csv(cell, safe):
    assert in_csv(cell) == safe


@given(ANY)
def test_a_name_of_a_file_stays_in_its_folder(text):
    name = in_file_name(text)
    assert 0 < len(name) <= 100
    assert name not in (".", "..")
    assert name.replace("_", "a").replace("-", "a").replace(".", "a").isalnum()
    assert name.isascii()


def forms_of(secret: str) -> list[str]:
    """The ways in which a service may repeat a secret."""
    basic = f"tides:{secret}".encode()
    as_json = json.dumps(secret)[1:-1]
    return [
        secret,
        as_json,
        json.dumps(secret, ensure_ascii=False)[1:-1],
        json.dumps(as_json)[1:-1],
        as_json.replace("/", "\\/"),
        "".join(f"\\u{ord(c):04X}" if ord(c) < 0x10000 else c for c in secret),
        quote(secret),
        quote(secret, safe=""),
        re.sub("%..", lambda found: found[0].lower(), quote(secret, safe="")),
        quote_plus(secret),
        "".join(f"%{byte:02x}" for byte in secret.encode()),
        html.escape(secret),
        "".join(f"&#{ord(c)};" for c in secret),
        "".join(f"&#x{ord(c):X};" for c in secret),
        base64.b64encode(secret.encode()).decode(),
        base64.urlsafe_b64encode(secret.encode()).decode().rstrip("="),
        base64.b64encode(basic).decode(),
        base64.b64encode(b"x" + basic + b"yz").decode(),
        base64.b64encode(b"xy" + basic + b"z").decode(),
        quote(base64.b64encode(basic).decode(), safe=""),
    ]


@settings(deadline=None)
@given(SECRETS, st.sampled_from(range(20)), st.text('xyz .:"', max_size=5))
def test_no_form_of_a_secret_survives(secret, which, around):
    form = forms_of(secret)[which]
    for secrets in (Secrets.of(secret, "tides"), Secrets.of(None, None, {"lsst_token": secret})):
        left = secrets.removed(f"{around} {form} {around}".encode()).decode()
        assert form not in left
        assert secret not in left
        assert "***" in left


def test_what_is_around_a_secret_stays():
    secrets = Secrets.of("canary/7c2e+ä", "tides")
    for form in forms_of("canary/7c2e+ä")[:17]:
        assert secrets.quoted(f"before {form} after") == "before *** after", form


def test_a_secret_at_the_bound_is_found_before_the_words_are_cut():
    assert Secrets.of("canary-7c2e").quoted("x" * 195 + " canary-7c2e") == "x" * 195 + " ***"


def test_the_secrets_of_an_extra_are_those_whose_key_says_so():
    extra = {"sasl.password": "secret-1", "deep": {"ztf_token": "secret-2"}, "sasl.mechanisms": "SCRAM-SHA-256", "n": 1}
    said = Secrets.of(None, None, extra).quoted("secret-1 secret-2 SCRAM-SHA-256")
    assert said == "*** *** SCRAM-SHA-256"


def test_without_secrets_and_with_short_ones_words_stay():
    assert Secrets.of(None).quoted("short 100%") == "short 100%"
    assert Secrets.of("short").quoted("short") == "short"


@given(st.text(st.characters()))
def test_a_terminal_gets_only_what_can_be_seen_and_line_ends(text):
    under = io.StringIO()
    with redirect_stdout(Terminal(under)):
        print(text, end="")
    assert under.getvalue() == shown(text)
    assert under.getvalue().replace("\n", "").isprintable()


def test_no_command_sends_control_characters_to_the_terminal(tmp_path, capsys):
    file = tmp_path / "curves.jsonl"
    file.write_bytes(b'{"objectId": "ZTF25aaaaaaa", "candidates": 5}\n')
    assert main(["check", "--lightcurves", str(file), "--function", "no\x1b[2J\u202e\ud800"]) == 1
    said = capsys.readouterr().err
    assert r"no\x1b[2J\u202e\ud800" in said
    assert "\x1b" not in said


def test_html_shows_a_text_with_its_lines_and_obeys_nothing_of_it():
    assert in_html('<b>"x" & y\n\x1b[31m\'') == "&lt;b&gt;&quot;x&quot; &amp; y<br>\n\\x1b[31m&#x27;"
