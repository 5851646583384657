"""Where the files of a form's run go: nowhere, a folder of all workers, or an object store."""

import tempfile

import pytest

from tides.errors import SettingsError
from tides.hooks.results import place_of, written_to
from tides.settings.sections import Checks

RUN = "manual__2026-11-29T20:00:00+00:00"


@pytest.fixture
def own_temporary(tmp_path, monkeypatch):
    """The temporary folder of a worker."""
    folder = tmp_path / "worker"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def write(place, text="all", fail=False):
    """One file, by work that may fail."""
    with written_to(place) as folder:
        (folder / "verdicts.csv").write_text(text)
        if fail:
            raise ZeroDivisionError


def test_without_a_place_no_file_is_written_and_none_can_be_asked_for():
    assert place_of(Checks(folder=None), None, RUN) is None
    with written_to(None) as folder:
        assert folder is None
    with pytest.raises(SettingsError, match=r"folder mine: no place for files is set \(checks.folder"):
        place_of(Checks(folder=None), "mine", RUN)


def test_a_folder_that_all_workers_share_is_written_to_as_it_is(tmp_path):
    place = place_of(Checks(folder=str(tmp_path)), "mine", RUN)
    with written_to(place) as folder:
        assert folder == place == tmp_path / "mine"


def test_an_object_store_gets_the_files_and_the_worker_keeps_none(tmp_path, own_temporary):
    store = tmp_path / "store"
    for text in ("first", "again"):
        place = place_of(Checks(folder=f"file://{store}"), None, RUN)
        write(place, text)
    (own,) = store.iterdir()
    assert (own / "verdicts.csv").read_text() == "again"
    assert str(place) == f"file://{own}"
    assert list(own_temporary.iterdir()) == []


def test_work_that_fails_leaves_nothing_in_the_store_and_nothing_on_the_worker(tmp_path, own_temporary):
    place = place_of(Checks(folder=f"file://{tmp_path / 'store'}"), "mine", RUN)
    with pytest.raises(ZeroDivisionError):
        write(place, fail=True)
    assert not (tmp_path / "store").exists()
    assert list(own_temporary.iterdir()) == []


def test_a_store_that_refuses_is_named_with_the_reason(tmp_path, own_temporary):
    (tmp_path / "store").write_text("no folder")
    place = place_of(Checks(folder=f"file://{tmp_path / 'store'}"), "mine", RUN)
    with pytest.raises(SettingsError, match=r"checks.folder: file://.*/store/mine cannot be written to \("):
        write(place)
    assert list(own_temporary.iterdir()) == []


def test_a_store_without_a_provider_is_refused_before_any_work():
    with pytest.raises(SettingsError, match=r"no object store nowhere:// \(.*\); install its provider"):
        place_of(Checks(folder="nowhere://bucket/tides"), None, RUN)


@pytest.mark.parametrize("asked", ["/x", "..", "a/../../x", "a\\b", "x" * 300])
def test_a_name_that_leads_out_of_the_store_is_refused(asked, tmp_path):
    with pytest.raises(SettingsError, match="folder"):
        place_of(Checks(folder=f"file://{tmp_path}"), asked, RUN)


@pytest.mark.parametrize("folder", ["checks", "./checks", "s3:/bucket", ""])
def test_a_setting_that_names_no_place_is_refused(folder):
    with pytest.raises(ValueError, match="folder"):
        Checks(folder=folder)
