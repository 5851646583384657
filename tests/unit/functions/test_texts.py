"""Functions as text: the lines of the file, the file with an edit, and the line of what is wrong."""

import subprocess

import pytest

from tides.errors import SettingsError
from tides.evaluation.edits import written_functions
from tides.functions.functions import DEFAULT_FILE, load_functions, read_functions
from tides.functions.texts import block_of, difference, text_of, with_block
from tides.settings.model import BUNDLE
from tides.settings.yaml_text import line_of

FILE = DEFAULT_FILE.read_text(encoding="utf-8")
SHIPPED = load_functions()

ODD = """\
# of the first
first:   # here
  filters: [g,
    r]
  significance: 5
  any:
    - maxAge: 3
    - minNights: 2  # two

# of the second
second: {filters: [g], significance: 5,
  maxAge: 2}
"""


@pytest.mark.parametrize("name", SHIPPED)
def test_the_lines_of_a_shipped_function_say_the_same_as_its_text(name):
    block = block_of(FILE, name)
    for text in (block, text_of(SHIPPED[name])):
        assert read_functions(text, "here")[name].hash == SHIPPED[name].hash
    assert with_block(FILE, name, block) == FILE


def test_lines_end_where_the_function_does_and_comments_between_stay():
    first, second = block_of(ODD, "first"), block_of(ODD, "second")
    assert (first.splitlines()[0], first.splitlines()[-1]) == ("first:   # here", "    - minNights: 2  # two")
    assert second == "second: {filters: [g], significance: 5,\n  maxAge: 2}\n"
    assert block_of(ODD, "third") is None
    assert with_block(ODD, "first", "\nfirst: {}\n\n") == f"# of the first\nfirst: {{}}\n\n# of the second\n{second}"
    assert with_block(ODD, "third", "third: {}") == f"{ODD}\nthird: {{}}\n"


def test_the_difference_is_a_patch_that_git_applies(tmp_path):
    place = str(DEFAULT_FILE.relative_to(BUNDLE))
    edited = with_block(
        FILE, "tidesSNLSST", block_of(FILE, "tidesSNLSST").replace("maxAge: 200", "maxAge: 20  # younger")
    )
    copy = tmp_path / place
    copy.parent.mkdir(parents=True)
    copy.write_text(FILE, encoding="utf-8")
    patch = difference(FILE, edited, place).encode()
    subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=patch, check=True)
    assert copy.read_text(encoding="utf-8") == edited
    assert difference(FILE, FILE, place) == ""


X = "x:\n  filters: [g, r]\n  significance: 5\n"
WRONG = [
    (f"{X}  minNights: 2\n  maxAge: [1,\n", 6, ()),
    (f"{X}  minNight: 2\n", 4, ("x", "minNight")),
    (f"{X}  magLimit: bright\n", 4, ("x", "magLimit")),
    (f"{X}  any:\n    - {{maxAge: 3}}\n    - maxAge: old\n", 6, ("x", "any", 1, "maxAge")),
    (f"{X}  maxAge: 1\n  maxAge: 2\n", 5, ()),
    (f"{X}  minBands: 3\n", 4, ("x", "minBands")),
    ("x:\n  filters: [q]\n  significance: 5\n  maxAge: 1\n", 2, ("x", "filters")),
    (f"{X}  maxAge: 1\n  control: {{fails: rise, fraction: 0.1, seed: 1}}\n", 5, ("x", "control")),
    (f"{X}  maxAge: &a 1\n", 4, ()),
    (f"{X}  maxAge: !!python/object/apply:os.system [ls]\n", 4, ()),
    (X, 1, ("x",)),
    ("", None, ()),
]


@pytest.mark.parametrize(("text", "line", "place"), WRONG)
def test_what_is_wrong_has_its_line_and_its_key(text, line, place):
    with pytest.raises(SettingsError) as raised:
        written_functions(text)
    assert raised.value.place == place
    found = raised.value.line if raised.value.line else line_of(text, place)
    assert found == line
