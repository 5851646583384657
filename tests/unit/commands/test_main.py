"""`tides` itself: its exit codes, and what goes to which output."""

import pytest

from tides.__main__ import main
from tides.commands import sync

WRONG = (["nonsense"], [], ["sync"], ["stream", "--move", "yesterday"], ["decide", "list", "--jsn"])


@pytest.mark.parametrize("words", WRONG, ids=" ".join)
def test_wrong_words_give_2_and_the_error_output_says_which(words, capsys):
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    out, errors = capsys.readouterr()
    assert out == ""
    assert errors.startswith("usage: tides")


def test_control_c_gives_130_in_a_sentence(monkeypatch, capsys):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(sync, "run", stop)
    assert main(["sync", "--dry"]) == 130
    assert capsys.readouterr() == ("", "sync: stopped\n")


def test_an_error_leaves_the_standard_output_empty_with_json_too(monkeypatch, capsys):
    monkeypatch.delenv("AIRFLOW_CONN_TIDES_DB", raising=False)
    assert main(["epochs", "--json"]) == 1
    out, errors = capsys.readouterr()
    assert out == ""
    assert errors.startswith("epochs: connection tides_db is missing")
