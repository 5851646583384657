"""What the conditions of a filter at Lasair say, as far as they are comparisons that AND joins."""

import pytest

from tides.functions.conditions import Comparison, comparison_of, names_in, parts_of


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", []),
        ("a > 1", ["a > 1"]),
        ("a > 1\n  and b\tIN ('x', 'y')", ["a > 1", "b IN ('x', 'y')"]),
        ("a > 1 AND (b < 2 AND c < 3) AND d = 4", ["a > 1", "(b < 2 AND c < 3)", "d = 4"]),
        ("a BETWEEN 1 AND 2 AND b > 3", ["a BETWEEN 1 AND 2", "b > 3"]),
        ("a > 1 AND b > 2 OR c > 3", ["a > 1 AND b > 2 OR c > 3"]),
        ("a > 1 AND (b > 2 OR c > 3)", ["a > 1", "(b > 2 OR c > 3)"]),
    ],
)
def test_conditions_are_parted_where_and_joins_them(text, parts):
    assert parts_of(text) == parts


@pytest.mark.parametrize(
    ("part", "read"),
    [
        ("objects.n >= 3", Comparison("objects.n", ">=", 3.0)),
        ("n<>-1.5e3", Comparison("n", "!=", -1500.0)),
        ('s.c IN ("SN", "NT")', Comparison("s.c", "in", ("SN", "NT"))),
        ("s.c not in ('AGN')", Comparison("s.c", "not in", ("AGN",))),
        ("n > m", None),
        ("(n > 1)", None),
        ("f(n) > 1", None),
        ("a BETWEEN 1 AND 2", None),
    ],
)
def test_a_comparison_with_a_number_or_words_is_read_and_nothing_else(part, read):
    assert comparison_of(part) == read


def test_a_column_has_its_alias_as_its_name_and_else_its_own():
    selected = "objects.ra, s.classification AS class,\n f(objects.a, 2) as b, n"
    assert names_in(selected) == {"objects.ra": "ra", "s.classification": "class", "f(objects.a, 2)": "b", "n": "n"}
