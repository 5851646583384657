"""An export of a time is the same on each later day, whatever has been overwritten since."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from pyarrow import parquet

from tests.builders import AN_ID, an_lsst_message
from tests.pruning import pruned
from tides.__main__ import main
from tides.errors import Conflict, SettingsError
from tides.fourmost.reconcile import reconcile
from tides.hooks.fourmost import FourMostHook
from tides.sample.columns import SAMPLE
from tides.sample.export import export, in_words
from tides.sample.formats import FORMATS
from tides.targets.decisions import decide

ONE, TWO, THREE = AN_ID, AN_ID + 1, AN_ID + 2


def now(bridge):
    return bridge.row("SELECT clock_timestamp() AS at")["at"]


def live_on(bridge, outside):
    """Three targets told to 4MOST and ingested, with all that an export shows, and further nights of the stream."""
    bridge.take_in("lsst", *[an_lsst_message(ONE + n, days_ago=3, ra=150.0 + n) for n in range(3)])
    bridge.tell()
    outside.ingest()
    reconcile(bridge.connection, FourMostHook(), *bridge.to_compare, "run-1", full=True)
    ids = {int(r["object_id"]): r["tides_id"] for r in bridge.rows("SELECT object_id, tides_id FROM tides.tides_alias")}
    run = bridge.connection.execute
    run(
        "INSERT INTO tides.tides_context (survey, object_id, sherlock_class, tns_name, tns_type, redshift)"
        " VALUES ('lsst', %s::text, 'SN', '2026abc', 'SN Ia', 0.1)",
        (ONE,),
    )
    run(
        "INSERT INTO tides.tides_hosts (catalogue, catalogue_id, ra, dec, redshift, template)"
        " VALUES ('NED', 'G 1', 150.0, -30.0, 0.11, 'tides-host')"
    )
    run(
        "INSERT INTO tides.host_candidate SELECT %s, tides_id, 1, 0.5 FROM tides.tides_hosts",
        (ids[ONE],),
    )
    run(
        "INSERT INTO tides.tides_spectrum (tides_id, night, state, snr, source)"
        " VALUES (%s, '2026-11-20', 'partial', 1.5, '4MOST')",
        (ids[TWO],),
    )
    decide(bridge.connection, "veto", ids[THREE], "a star", "Ada")
    bridge.remember()
    bridge.tell()
    return ids


@pytest.fixture
def lively(bridge, outside):
    """A bridge with a past, the numbers of its targets, and a time at which everything of that was known."""
    ids = live_on(bridge, outside)
    return bridge, ids, now(bridge)


def files(folder):
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.iterdir()}


def tables(folder):
    return {t.name: parquet.read_table(folder / f"{t.name}.parquet").to_pylist() for t in SAMPLE}


@pytest.fixture
def exported(lively, tmp_path):
    bridge, _, known = lively
    return export(bridge.connection, known, "parquet", tmp_path / "first").folder


def test_an_export_shows_what_was_known(lively, exported):
    _, ids, known = lively
    shown = tables(exported)
    one, two, three = sorted(shown["targets"], key=lambda row: row["tides_id"])
    assert [row["tides_id"] for row in (one, two, three)] == sorted(ids.values())
    assert (one["live"], one["why"], one["ended_at"]) == (True, "live", "")
    assert (three["live"], three["why"]) == (False, "vetoed")
    assert three["ended_at"] <= in_words(known)
    assert (one["tns_name"], one["redshift"], one["host_catalogue_id"]) == ("2026abc", 0.1, "G 1")
    assert (one["host_redshift"], two["spectra"], two["complete_spectra"]) == (None, 1, 0)
    assert all(row["first_told"] and row["date_ingested"] and row["pk_4most"] for row in (one, two, three))
    assert one["trigger_jd"] is not None
    assert [(row["number"], row["why_ended"]) for row in shown["live"]] == [(1, ""), (1, ""), (1, "vetoed")]
    told = [(row["name"], row["verb"], row["is_active"]) for row in shown["told"]]
    created = [(target["name"], "create", 1) for target in (one, two, three)]
    assert told == [*created, (three["name"], "change", 0)]
    assert all(15 < row["mag"] < 25 and row["t_exp_d"] > 0 for row in shown["told"])
    hashes = {row["function_hash"] for row in shown["selections"]}
    assert hashes <= {row["function_hash"] for row in shown["epochs"]}
    assert {row["object_id"] for row in shown["selections"]} == {str(i) for i in (ONE, TWO, THREE)}
    assert [row["verb"] for row in shown["decisions"]] == ["veto"]
    assert {row["step"] for row in shown["steps"]} >= {"selected", "created", "ingested", "vetoed"}


def test_its_readme_and_checksums_tell_of_every_file_and_function(exported):
    said = (exported / "README.md").read_text(encoding="utf-8")
    assert "# 3 TiDES targets" in said
    assert "tidesSNLSST" in said
    listed = dict(reversed(line.split("  ")) for line in (exported / "SHA256SUMS").read_text().splitlines())
    assert listed == {name: digest for name, digest in files(exported).items() if name != "SHA256SUMS"}
    assert all(name == "README.md" or name in said for name in listed)
    assert str(exported.parent) not in said


def test_two_exports_of_one_time_are_equal_in_each_format(lively, tmp_path):
    bridge, _, known = lively
    for format_ in FORMATS:
        first, second = (
            files(export(bridge.connection, known, format_, tmp_path / f"{format_} {n}").folder) for n in (1, 2)
        )
        assert first == second
        assert len(first) == len(SAMPLE) + 2


CHANGES = {
    "position": "UPDATE tides.tides_master SET ra = ra + 0.01, dec = dec - 0.01",
    "name": "UPDATE tides.tides_master SET name = 'TiDES99zzz' WHERE tides_id = %(one)s",
    "live or not": "UPDATE tides.tides_master SET active = false, why = 'faint'",
    "template": "UPDATE tides.tides_master SET template = 'other', control = true, reachable = false",
    "keys": "UPDATE tides.tides_master SET pk_4most = pk_4most + 1000, ostd_targ_id = 7, ostd_u_obj_id = 8",
    "merge": "UPDATE tides.tides_alias SET tides_id = %(one)s",
    "merged": "UPDATE tides.tides_master SET merged_into = %(one)s WHERE tides_id = %(two)s",
    "new alias": "INSERT INTO tides.tides_alias (survey, object_id, tides_id) VALUES ('ztf', 'ZTF26aaaaaaa', %(one)s)",
    "class": "UPDATE tides.tides_context SET sherlock_class = 'AGN', reclassified = 'AGN by Sherlock'",
    "type and redshift": "UPDATE tides.tides_context SET tns_type = 'SN II', redshift = 0.5, host_redshift = 0.6",
    "no context any more": "DELETE FROM tides.tides_context",
    "host": "UPDATE tides.tides_hosts SET redshift = 0.2, ra = 151, mag = 18, band = 'r', photo_z = 0.3",
    "host rank": "UPDATE tides.host_candidate SET rank = 2, separation_arcsec = 3",
    "host of another": "UPDATE tides.host_candidate SET tides_id = %(two)s",
    "no host": "DELETE FROM tides.host_candidate",
    "spectrum": "UPDATE tides.tides_spectrum SET state = 'complete', snr = 30",
    "spectrum of another": "UPDATE tides.tides_spectrum SET tides_id = %(one)s, recorded_at = now()",
    "no spectrum": "DELETE FROM tides.tides_spectrum",
    "decision undone": "UPDATE tides.operator_decision SET undone_at = now(), undone_by = 'Bob'",
    "decision of another": "UPDATE tides.operator_decision SET tides_id = %(one)s",
    "ingested otherwise": "UPDATE tides.fourmost_target SET date_ingested = date_ingested + interval '1 day'",
    "told otherwise": "UPDATE tides.fourmost_target SET told = '{}', wanted = NULL",
    "verdicts merged again": "UPDATE tides.selection SET merged_at = NULL",
    "function": "INSERT INTO tides.selection_epoch (kind, subject, content, run_id)"
    " VALUES ('function', 'lsst/tidesSNLSST', NULL, 'run-2')",
    "function in use": "DELETE FROM tides.function_in_use",
    "bands": "DELETE FROM tides.target_band",
    "candidates": "DELETE FROM tides.candidate",
    "light curves": "DELETE FROM tides.light_curve",
}


def test_nothing_that_is_overwritten_later_changes_an_export(lively, exported, tmp_path):
    bridge, ids, known = lively
    before = files(exported)
    given = {"one": ids[ONE], "two": ids[TWO]}
    later = {}
    for number, (what, change) in enumerate(CHANGES.items()):
        assert bridge.connection.execute(change, given).rowcount > 0 or what == "merge", what
        again = export(bridge.connection, known, "parquet", tmp_path / str(number)).folder
        assert files(again) == before, what
        later[what] = files(export(bridge.connection, now(bridge), "parquet", tmp_path / f"{number} now").folder)
    shown = (
        "name",
        "live or not",
        "template",
        "keys",
        "merge",
        "merged",
        "class",
        "type and redshift",
        "host",
        "spectrum",
    )
    order = list(CHANGES)
    for what in shown:
        previous = order[order.index(what) - 1]
        changed = {name for name in later[what] if later[what][name] != later[previous][name]}
        assert changed - {"README.md", "SHA256SUMS"}, f"an export of that time shows the change: {what}"


def test_it_is_equal_after_the_stream_has_gone_on_and_old_exchanges_have_gone(lively, exported, outside, tmp_path):
    bridge, _, known = lively
    for days_ago, mag in ((2.0, 20.5), (1.0, 24.0)):
        messages = [an_lsst_message(ONE + n, days_ago=days_ago, ra=150.0001 + n, mag=mag, nights=5) for n in range(4)]
        bridge.take_in("lsst", *messages)
        bridge.tell()
        outside.ingest()
        reconcile(bridge.connection, FourMostHook(), *bridge.to_compare, "run-2", full=True)
    pruned(bridge, exchanges=0)
    assert bridge.row("SELECT count(*) AS n FROM tides.tides_master")["n"] == 4
    again = export(bridge.connection, known, "parquet", tmp_path / "again").folder
    assert files(again) == files(exported)
    assert len(tables(export(bridge.connection, now(bridge), "parquet", tmp_path / "now").folder)["targets"]) == 4


def test_the_create_of_a_target_and_its_answer_are_never_dropped(lively):
    bridge, ids, _ = lively
    pruned(bridge, exchanges=0)
    kept = bridge.rows("SELECT verb, part, count(DISTINCT id) AS n FROM tides.fourmost_exchange GROUP BY 1, 2")
    assert {(row["verb"], row["part"]): row["n"] for row in kept}.items() >= {
        ("create", "request"): len(ids),
        ("create", "answer"): len(ids),
    }.items()
    assert not any((row["verb"], row["part"]) == ("change", "request") for row in kept)


def test_before_anything_was_known_it_is_empty(lively, tmp_path):
    bridge, _, known = lively
    early = export(bridge.connection, known - timedelta(days=1), "fits", tmp_path / "early")
    assert set(early.rows.values()) == {0}


def test_a_time_to_come_and_one_before_the_past_was_kept_are_refused(lively, tmp_path):
    bridge, _, known = lively
    with pytest.raises(SettingsError, match="still to come"):
        export(bridge.connection, datetime.now(UTC) + timedelta(minutes=5), "fits", tmp_path / "no")
    bridge.connection.execute(
        "INSERT INTO tides.past (kind, key, content, at, seed) VALUES ('tides_context', '{}', '{}', now(), true)"
    )
    with pytest.raises(SettingsError, match="the past is kept since"):
        export(bridge.connection, known, "fits", tmp_path / "no")
    assert not (tmp_path / "no").exists()


def test_while_a_transaction_is_open_that_may_still_write_it_waits(lively, tmp_path, make_syncing):
    bridge, _, _ = lively
    other = make_syncing()
    with other.connection.transaction():
        other.connection.execute("UPDATE tides.tides_context SET redshift = 0.7")
        with pytest.raises(Conflict, match="is open"):
            export(bridge.connection, now(bridge), "fits", tmp_path / "no")
    assert export(bridge.connection, now(bridge), "fits", tmp_path / "yes").rows["targets"] == 3


def test_the_command_writes_a_new_folder_and_says_what_it_cannot_do(lively, tmp_path, capsys):
    known = lively[2]
    folder = tmp_path / "sample"
    assert main(["export", "--as-of", in_words(known), "--format", "votable", "--out", str(folder)]) == 0
    said = capsys.readouterr()
    assert "targets 3" in said.out
    assert "later than the last live run" in said.err
    assert main(["export", "--as-of", in_words(known), "--out", str(folder)]) == 1
    assert "is not empty" in capsys.readouterr().err
    assert main(["export", "--as-of", "yesterday", "--out", str(tmp_path / "x")]) == 1
    assert not list(tmp_path.glob("*.part"))
