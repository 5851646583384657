"""What Dask did for a task, as it is kept in files."""

import os

from tides.hooks.dask_reports import Batch, Report, file_of, keep, read, shares

BATCHES = [
    Batch("a", "tcp://one:1", 100.0, 2.0, 0.5, 10, True),
    Batch("b", "tcp://two:1", 101.0, 4.0, 0.0, 10, True),
    Batch("c", "tcp://two:1", 105.0, 3.0, 1.0, 10, False),
]
REPORT = Report(100.0, 110.0, 3, BATCHES)


def test_a_report_is_read_as_it_was_kept(tmp_path):
    file = file_of(str(tmp_path / "new"), "scheduled__2026-11-29T16:35:00+00:00", 3)
    assert read(file) is None
    keep(REPORT, file, 5)
    assert read(file) == REPORT


def test_the_newest_files_alone_are_kept(tmp_path):
    files = [file_of(str(tmp_path), "run", index) for index in range(4)]
    for age, file in enumerate(reversed(files[:3])):
        keep(REPORT, file, 5)
        os.utime(file, (1000 - age, 1000 - age))
    keep(REPORT, files[3], 2)
    assert [file.exists() for file in files] == [False, False, True, True]


def test_no_run_leads_out_of_the_folder(tmp_path):
    assert file_of(str(tmp_path), "../../etc/passwd", 0).parent == tmp_path


def test_a_folder_that_cannot_be_written_is_a_warning(tmp_path, caplog):
    (tmp_path / "file").write_text("in the way")
    keep(REPORT, file_of(str(tmp_path / "file"), "run", 0), 5)
    assert "could not be kept" in caplog.text


def test_the_busiest_worker_comes_first():
    first, second = shares(REPORT)
    assert (first.worker, first.batches, first.compute_s, first.move_s, first.busy) == ("tcp://two:1", 2, 7.0, 1.0, 0.8)
    assert second.worker == "tcp://one:1"
