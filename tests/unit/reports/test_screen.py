"""The tables of commands: no line is longer than a terminal's, and nothing is lost."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from tides.reports.screen import WIDTH, table

TEXT = st.text(st.characters(codec="latin-1"), max_size=300)
CELLS = st.one_of(st.none(), st.booleans(), st.integers(), TEXT, st.floats(allow_nan=False))


@given(st.integers(1, 14).flatmap(lambda n: st.lists(st.lists(CELLS, min_size=n, max_size=n), min_size=1, max_size=4)))
def test_it_fits_into_80_columns_whatever_is_in_it(rows):
    shown = table([{f"column_{n}": cell for n, cell in enumerate(row)} for row in rows])
    assert max(map(len, shown.splitlines())) <= WIDTH


def test_short_words_stay_whole_and_the_widest_cells_are_broken():
    row = {"name": "TiDES26aaa", "at": datetime(2026, 11, 20, 3, tzinfo=UTC), "lag": 17, "why": "word " * 40}
    shown = table([row])
    assert "TiDES26aaa  2026-11-20 03:00:00     17  word word" in shown
    assert shown.count("word") == 40


def test_where_a_line_cannot_hold_all_columns_each_row_is_a_paragraph():
    shown = table([{f"a_long_column_{n}": n for n in range(9)}] * 2)
    assert " ".join(shown.split()).count("a long column 7 7; a long column 8 8") == 2
    assert shown.count("\na long column 0") == 1
