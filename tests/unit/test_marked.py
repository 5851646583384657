"""The search for marked secrets finds each of them, in whatever form and wherever it is."""

import base64
import json
import subprocess
import sys
import time
from urllib.parse import quote, quote_plus, urlencode

import pytest

from tests.limits import LIMIT_S
from tests.marked import Search, arguments_of_all

SECRET = "canary-7c2e/+%\"&'\\end"
LEAKS = {
    "as it is": SECRET,
    "JSON": json.dumps({"detail": SECRET}),
    "JSON within JSON": json.dumps({"extra": json.dumps({"password": SECRET})}),
    "an address": f"https://tides:{quote(SECRET, safe='')}@example.org/",
    "a path": quote(SECRET),
    "a form": urlencode({"password": SECRET}),
    "a query": f"?p={quote_plus(SECRET)}",
    "a dump of bytes": f"\\x{(b'before ' + SECRET.encode() + b' after').hex()}",
    **{f"a login, {len(n)}": base64.b64encode(f"{n}:{SECRET}".encode()).decode() for n in ("a", "ab", "abc", "abcd")},
    "a header": "Basic " + base64.urlsafe_b64encode(f"tides:{SECRET}".encode()).decode(),
}


@pytest.fixture
def search() -> Search:
    """Looks for one secret."""
    return Search({"the canary": SECRET})


@pytest.mark.parametrize("form", LEAKS)
def test_a_secret_is_found_in_each_form(search, form):
    search.look("here", f"some words, {LEAKS[form]} and others")
    assert search.found == {"here: the canary"}


def test_words_without_the_secret_are_left_alone(search):
    search.look("here", f"{SECRET[:-1]} {base64.b64encode(SECRET[:-3].encode())!r}")
    assert search.found == set()


def test_files_are_read_and_those_that_hold_secrets_are_closed_to_others(search, tmp_path):
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "task.log").write_text(SECRET, encoding="utf-8")
    for name, mode in (("users.txt", 0o600), ("passwords.json", 0o644)):
        (tmp_path / name).write_text(SECRET, encoding="utf-8")
        (tmp_path / name).chmod(mode)
    search.files(tmp_path)
    assert search.found == {"logs/task.log: the canary", "passwords.json can be read by others"}


def test_the_arguments_of_another_process_are_seen():
    with arguments_of_all() as seen:
        waits = subprocess.Popen([sys.executable, "-c", "input()", SECRET], stdin=subprocess.PIPE)
        until = time.monotonic() + LIMIT_S
        while not any(SECRET in each for each in seen.copy()) and time.monotonic() < until:
            time.sleep(0.05)
        waits.communicate(b"\n")
    assert any(SECRET in each for each in seen)
