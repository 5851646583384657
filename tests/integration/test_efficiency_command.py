"""`tides efficiency`: simulated transients in, tables and figures of a function's completeness out."""

import hashlib
import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from astropy.stats import binom_conf_interval
from astropy.table import Table
from pyarrow import parquet
from scipy import stats

from sandbox.__main__ import main as sandbox
from tests.unit.efficiency.snana_files import a_point, an_event, write_dump, write_pair
from tides.__main__ import main
from tides.functions.functions import load_functions

MAG_CUT = "magnitudeCut: {filters: [r], significance: 1, magLimit: 22}"
CUT_FLUXCAL = 10 ** (0.4 * (27.5 - 22))
KINDS = ("ecsv", "parquet", "svg")
BRIGHT = [a_point(61000.1), a_point(61003.1, band="g"), a_point(61006.1, band="i")]
FAINT = [a_point(61000.1, fluxcal=10.0)]


def run(tmp_path, *arguments, function="magnitudeCut", yaml=MAG_CUT):
    """Run the command and give its exit code; tables go to `out`."""
    functions = tmp_path / "functions.yaml"
    functions.write_text(yaml)
    given = ["--function", function, "--functions", str(functions), "--out", str(tmp_path / "out")]
    return main(["efficiency", *given, *map(str, arguments)])


def table(tmp_path, name, outcome=None):
    read = Table.read(tmp_path / "out" / f"{name}.ecsv")
    return read if outcome is None else read[read["outcome"] == outcome]


@pytest.fixture(scope="module")
def noisy(tmp_path_factory):
    """The known answer: 40 types of transients, each with its own noise, 30 in each of eight magnitudes.

    One measurement each, of Gaussian noise; the simulation triggers on S/N ≥ 5, and all that passes 22 mag has that.
    Gives the folder of a run by HEAD, PHOT and .DUMP, the chance to pass of each bin, and the number an event's bin.
    """
    folder = tmp_path_factory.mktemp("noisy")
    rng = np.random.default_rng(20261125)
    kinds, mags = np.arange(40), np.arange(21.125, 23, 0.25)
    kind, mag = (np.repeat(grid.ravel(), 30) for grid in np.meshgrid(kinds, mags, indexing="ij"))
    error = CUT_FLUXCAL / (5.5 + 6 * kind / 40)
    flux = 10 ** (0.4 * (27.5 - mag)) + rng.normal(0, 1, len(mag)) * error
    triggered = np.flatnonzero(flux >= 5 * error)
    events = [
        an_event(
            str(place), [a_point(61000.1, float(flux[place]), float(flux[place] / error[place]))],
            SIM_PEAKMAG_r=mag[place], SIM_TYPE_NAME=f"T{kind[place]}", SIM_TYPE_INDEX=kind[place],
        )
        for place in triggered
    ]  # fmt: skip
    head = write_pair(folder, events)
    dump = write_dump(
        folder / "SIM.DUMP.gz",
        {"CID": range(len(mag)), "GENTYPE": kind, "ZCMB": [0.1] * len(mag), "PEAKMAG_r": mag},
    )
    assert run(folder, "--simulation", head, "--dump", dump, "--by", "mag_r,type", "mag_r") == 0
    chance = {
        (f"T{k}", m): stats.norm.sf(CUT_FLUXCAL, 10 ** (0.4 * (27.5 - m)), CUT_FLUXCAL / (5.5 + 6 * k / 40))
        for k in kinds
        for m in mags
    }
    return folder, chance, head


def covered(rows, chance, ending, shift_mag=0.0):
    """How many bins' intervals hold their chance, how many should (exactly, by the binomial law), and its sigma."""
    level = {"68": 0.683, "95": 0.95}[ending]
    held, expected, variance, wanted = 0, 0.0, 0.0, []
    for row in rows:
        p = chance[row["type"], row["mag_r_low"] + 0.125 + shift_mag]
        k = np.arange(row["n"] + 1)
        low, high = binom_conf_interval(k, row["n"], level, interval="wilson")
        coverage = stats.binom.pmf(k, row["n"], p)[(low <= p) & (p <= high)].sum()
        held += row[f"low_{ending}"] <= p <= row[f"high_{ending}"]
        expected += coverage
        variance += coverage * (1 - coverage)
        if 0.1 < p < 0.9:
            wanted.append(coverage)
    return held, expected, np.sqrt(variance), np.mean(wanted)


@pytest.mark.parametrize(("ending", "level"), [("68", 0.683), ("95", 0.95)])
def test_a_magnitude_cut_on_known_noise_comes_out_within_its_intervals_as_often_as_they_say(noisy, ending, level):
    folder, chance, _ = noisy
    rows = table(folder, "efficiency_mag_r_type", "selected")
    assert len(rows) == 320
    assert set(rows["n"]) == {30}
    held, expected, sigma, coverage = covered(rows, chance, ending)
    assert abs(held - expected) < 3 * sigma
    assert coverage == pytest.approx(level, abs=0.02)  # Wilson's intervals hold on average what they are called


def test_a_cut_that_is_wrong_by_a_quarter_of_a_magnitude_would_be_noticed(noisy):
    folder, chance, _ = noisy
    rows = table(folder, "efficiency_mag_r_type", "selected")
    rows = rows[rows["mag_r_high"] < 23]
    held, expected, sigma, _ = covered(rows, chance, "95", shift_mag=0.25)
    assert held < expected - 10 * sigma


def test_the_whole_sample_gives_the_mean_of_the_chances(noisy):
    folder, chance, _ = noisy
    for row in table(folder, "efficiency_mag_r", "selected"):
        mag = row["mag_r_low"] + 0.125
        chances = np.array([p for (_, m), p in chance.items() if m == mag])
        sigma = np.sqrt((30 * chances * (1 - chances)).sum())
        assert row["n"] == 1200
        assert abs(row["k"] - 30 * chances.sum()) < 4 * sigma + 1e-9


def test_the_denominator_is_what_was_generated_and_without_a_dump_what_triggered(noisy, tmp_path, capsys):
    folder, _, head = noisy
    assert table(folder, "cut_flow").meta["relative_to"] == "of all generated events"
    assert run(tmp_path, "--simulation", head, "--by", "mag_r") == 0
    assert "relative to simulated triggers" in capsys.readouterr().out
    relative, whole = (table(where, "efficiency_mag_r", "selected") for where in (tmp_path, folder))
    assert relative.meta["relative_to"] == "relative to simulated triggers"
    assert relative["k"].tolist() == whole["k"][: len(relative)].tolist()
    assert (relative["n"] <= whole["n"][: len(relative)]).all()
    assert relative["efficiency"][-1] > 2 * whole["efficiency"][-1]


def test_what_never_triggered_is_rejected_by_that_and_types_are_called_as_in_head(noisy):
    folder, _, _ = noisy
    events = table(folder, "events")
    missing = events[events["rejected_by"] == "trigger in the simulation"]
    assert 0 < len(missing) < len(events) == 9600
    assert set(missing["type"]) <= {f"T{kind}" for kind in range(40)}
    assert set(events["rejected_by"][events["selected"]]) == {"none"}
    assert set(events["rejected_by"][~events["selected"]]) == {"trigger in the simulation", "magLimit"}


def test_tables_say_by_what_they_were_made_in_both_formats(noisy):
    folder, _, head = noisy
    function = load_functions(folder / "functions.yaml")["magnitudeCut"]
    ecsv = table(folder, "efficiency_mag_r")
    whole = Table.read(folder / "out" / "efficiency_mag_r.parquet")
    assert whole.meta == ecsv.meta
    assert whole["k"].tolist() == ecsv["k"].tolist()
    assert ecsv.meta["function_hash"] == function.hash
    assert ecsv.meta["inputs"][0] == {"file": "SIM_HEAD.FITS", "sha256": hashlib.sha256(head.read_bytes()).hexdigest()}
    assert [each["file"] for each in ecsv.meta["inputs"]] == ["SIM_HEAD.FITS", "SIM_PHOT.FITS", "SIM.DUMP.gz"]
    assert ecsv.meta["bins"] == {"mag_r": "0.25 wide"}
    assert len(ecsv.meta["code_version"]) == 12
    assert parquet.read_table(folder / "out" / "events.parquet").num_rows == 9600


def test_a_dump_that_holds_only_what_triggered_makes_no_other_denominator(tmp_path):
    head = write_pair(tmp_path, [an_event("1", BRIGHT), an_event("2", FAINT)])
    dump = write_dump(tmp_path / "SIM.DUMP", {"CID": [1, 2], "GENZ": [0.1, 0.2]})
    assert run(tmp_path, "--simulation", head, "--dump", dump, "--by", "z") == 0
    assert table(tmp_path, "efficiency_z").meta["relative_to"] == "relative to simulated triggers"


def test_several_files_are_counted_together(tmp_path):
    one = write_pair(tmp_path, [an_event("1", BRIGHT), an_event("2", FAINT)], name="A")
    other = write_pair(tmp_path, [an_event("1", BRIGHT)], name="B")
    assert run(tmp_path, "--simulation", one, other, "--by", "z") == 0
    (row,) = table(tmp_path, "efficiency_z", "selected")
    assert (row["n"], row["k"]) == (3, 2)


def test_filter_and_function_are_measured_together(tmp_path):
    head = write_pair(tmp_path, [an_event("1", BRIGHT), an_event("2", BRIGHT[:1])])
    assert run(tmp_path, "--simulation", head, "--by", "z", "--filter", "nPosDiaSources >= 2") == 0
    (row,) = table(tmp_path, "efficiency_z", "selected")
    assert (row["n"], row["k"]) == (2, 1)
    assert table(tmp_path, "events")["rejected_by"].tolist() == ["none", "filter nPosDiaSources >= 2"]
    assert table(tmp_path, "efficiency_z").meta["filter"] == "nPosDiaSources >= 2"


def test_what_came_of_it_is_printed_with_intervals_and_what_is_unknown(tmp_path, capsys):
    head = write_pair(tmp_path, [an_event("1", BRIGHT), an_event("2", FAINT)])
    assert run(tmp_path, "--simulation", head, "--by", "z") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith("relative to simulated triggers: what is left after each stage")
    assert any(re.fullmatch(r" +1  0\.500 \(0\.21\d to 0\.78\d\)  selected", line) for line in lines)
    assert any(line.startswith("passes where unknown: usable") for line in lines)


def texts_of(figure):
    """matplotlib writes each text of an SVG as a comment beside its outlines."""
    return set(re.findall(r"<!-- (.*?) -->", figure.read_text()))


@pytest.fixture
def varied(tmp_path):
    """A HEAD file of events that differ in all that can be an axis."""
    rng = np.random.default_rng(3)
    events = [
        an_event(
            str(place), BRIGHT if place % 3 else FAINT, SIM_TYPE_NAME=["Ia", "II"][place % 2],
            SIM_REDSHIFT_CMB=rng.uniform(0, 0.2), SIM_PEAKMAG_r=rng.uniform(20, 21), SIM_PEAKMAG_g=rng.uniform(20, 21),
            RA=rng.uniform(0, 360), DEC=rng.uniform(-60, 0),
        )
        for place in range(60)
    ]  # fmt: skip
    return write_pair(tmp_path, events)


def test_by_default_every_known_axis_is_counted_and_drawn_and_magnitude_over_redshift(tmp_path, varied):
    assert run(tmp_path, "--simulation", varied, "--format", "svg") == 0
    made = {
        kind: {file.stem.removeprefix("efficiency_") for file in (tmp_path / "out").glob(f"*.{kind}")} for kind in KINDS
    }
    axes = {"z", "mag_g", "mag_r", "phase", "type", "mwebv", "healpix", "field", "z_mag_r"}
    assert made["ecsv"] == made["parquet"] == axes | {"events", "cut_flow"}
    assert made["svg"] == axes | {"mag"}
    for figure in (tmp_path / "out").glob("*.svg"):
        assert any("relative to simulated triggers" in text for text in texts_of(figure)), figure
    assert {"redshift (true, CMB)", "n", "selected", "sent", "live 40 d"} <= texts_of(tmp_path / "out/efficiency_z.svg")
    assert {"Ia", "II"} <= texts_of(tmp_path / "out/efficiency_type.svg")
    assert {"g", "r", "fraction selected"} <= texts_of(tmp_path / "out/efficiency_mag.svg")


def test_two_axes_may_have_names_for_bins_and_the_sky_by_another_axis_is_a_table_alone(tmp_path, varied):
    assert run(tmp_path, "--simulation", varied, "--by", "type,z", "healpix,type", "--format", "svg") == 0
    assert [file.stem for file in (tmp_path / "out").glob("*.svg")] == ["efficiency_type_z"]
    assert {"Ia", "II", "live 40 d"} <= texts_of(tmp_path / "out" / "efficiency_type_z.svg")
    assert set(table(tmp_path, "efficiency_healpix_type").colnames) > {"healpix", "type", "n", "k"}


def test_weights_means_types_and_bins_are_taken_from_the_command_line(tmp_path, capsys):
    events = [
        an_event(str(place), BRIGHT if place % 4 else FAINT, SIM_TYPE_NAME="UNKNOWN", SIM_TYPE_INDEX=10 + place % 2,
                 SIM_REDSHIFT_CMB=0.1 + 0.4 * (place % 3 == 0), SIM_mB=20 + place % 4, WGT=1 + place % 4)
        for place in range(48)
    ]  # fmt: skip
    head = write_pair(tmp_path, events, without=("PTROBS_MIN",))
    (tmp_path / "types").write_text("10 = SN Ia # of the simulation\n")
    names = [tmp_path / "types", "11=SN II"]
    more = ["--weights", "WGT", "--mean", "SIM_mB", "--bins", "z=0:1:0.5", "--type-names", *names, "--format", "svg"]
    assert run(tmp_path, "--simulation", head, "--by", "z", "z,mag_r,type", *more) == 0
    assert "told apart by PHOT's separators" in capsys.readouterr().out
    rows = table(tmp_path, "efficiency_z", "selected")
    assert rows["z_low"].tolist() == [0, 0.5]
    assert rows["efficiency"].tolist() == pytest.approx([0.9, 0.9])  # of weights 1 to 4, 1 is lost
    assert rows.meta["weights"] == "WGT"
    assert len(rows.meta["notes"]) == 1
    assert set(table(tmp_path, "efficiency_z_mag_r_type")["type"]) == {"SN Ia", "SN II"}
    means = table(tmp_path, "mean_SIM_mB", "selected")
    assert means["mean_all"].tolist() == pytest.approx([22.0, 22.0])
    assert means["mean"].tolist() == pytest.approx([20 + 20 / 9] * 2)
    assert {"mean of SIM_mB", "all events", "selected"} <= texts_of(tmp_path / "out" / "mean_SIM_mB.svg")
    assert any("SN Ia (n = 24)" in text for text in texts_of(tmp_path / "out" / "efficiency_z_mag_r_type.svg"))


def test_every_wrong_argument_ends_in_one_sentence_that_names_it(tmp_path, capsys):
    head = write_pair(tmp_path, [an_event("1", BRIGHT), an_event("2", FAINT)])
    other = write_dump(tmp_path / "other.DUMP", {"CID": [1, 7], "GENZ": [0.1, 0.2]})
    (tmp_path / "file").write_text("")
    for arguments, said in (
        (["--simulation", tmp_path / "none_HEAD.FITS"], "none_HEAD.FITS: cannot be read"),
        (["--simulation", head, "--dump", tmp_path / "none.DUMP"], "none.DUMP: cannot be read as a .DUMP"),
        (["--simulation", head, "--dump", other], "--dump: lacks 1 events of the simulation, such as 2"),
        (["--simulation", head, head, "--dump", other], "--simulation: the event 1 is in two files"),
        (["--simulation", head, "--dump", other, other], "--dump: the event 1 is in two files"),
        (["--simulation", head, "--by", "colour"], "no axis colour"),
        (["--simulation", head, "--filter", "ndet > 3"], "ndet cannot be computed"),
        (["--simulation", head, "--bins", "z=0:1"], "--bins z=0:1: write AXIS=FROM:TO:WIDTH"),
        (["--simulation", head, "--weights", "WGT"], "the simulation has no weight of 0 or more for 2 of 2 events"),
        (["--simulation", head, "--mean", "x1"], "--mean x1: the simulation has no numbers in such a column"),
        (["--simulation", head, "--mean", "SIM_TYPE_NAME"], "SIM_TYPE_NAME of the simulation: holds texts"),
        (["--simulation", head, "--type-names", "10="], "--type-names 10=: write TYPE=NAME"),
        (["--simulation", head, "--type-names", tmp_path / "none"], "none: cannot be read"),
        (["--simulation", head, "--days", "0", "10"], "--days 0: must be more than 0"),
        (["--simulation", head, "--out", tmp_path / "file"], "cannot be written"),
    ):
        assert run(tmp_path, *arguments) == 1
        assert said in capsys.readouterr().err
    assert run(tmp_path, "--simulation", head, function="magnitudecut") == 1
    assert "did you mean magnitudeCut" in capsys.readouterr().err


def test_a_simulation_without_events_says_so(tmp_path, capsys):
    assert sandbox(["simulate", "--out", str(tmp_path / "one.parquet"), "--events", "1"]) == 0
    parquet.write_table(parquet.read_table(tmp_path / "one.parquet")[:0], tmp_path / "none.parquet")
    assert run(tmp_path, "--simulation", tmp_path / "none.parquet") == 1
    assert "holds no events" in capsys.readouterr().err
    assert sandbox(["simulate", "--out", str(tmp_path / "zero.parquet"), "--events", "0"]) == 1
    assert "--events 0: must be 1 or more" in capsys.readouterr().err


def test_the_sandbox_simulates_all_that_was_generated_the_same_for_a_seed(tmp_path):
    for name, seed in (("one", 5), ("two", 5), ("three", 6)):
        options = ["--events", "300", "--seed", str(seed), "--now", "2026-11-24"]
        assert sandbox(["simulate", "--out", str(tmp_path / f"{name}.parquet"), *options]) == 0
    one, two, three = (parquet.read_table(tmp_path / f"{name}.parquet") for name in ("one", "two", "three"))
    assert one == two
    assert one != three
    assert one.schema.metadata[b"events"] == b"generated"
    assert one.num_rows == 300
    assert min(one["MJD"].combine_chunks().value_lengths().to_pylist()) > 10


def test_on_the_sandbox_bright_supernovae_are_selected_and_faint_ones_are_not(tmp_path):
    assert sandbox(["simulate", "--out", str(tmp_path / "sn.parquet"), "--events", "1000"]) == 0
    assert run(tmp_path, "--simulation", tmp_path / "sn.parquet", "--by", "mag_r", "type") == 0
    rows = table(tmp_path, "efficiency_mag_r", "selected")
    assert rows.meta["relative_to"] == "of all generated events"
    assert (rows["efficiency"][(rows["mag_r_high"] <= 21) & ~rows["few"]] > 0.9).all()
    assert (rows["efficiency"][rows["mag_r_low"] >= 23] < 0.05).all()
    assert set(table(tmp_path, "efficiency_type")["type"]) == {"SN Ia", "SN II", "SN Ibc"}


def test_the_commands_of_the_docs_run_as_they_are_written(tmp_path, monkeypatch):
    docs = Path(__file__).parents[2] / "docs" / "selection.md"
    section = docs.read_text().split("## How complete is my function?")[1].split("\n## ")[0]
    commands = re.findall(r"^(?:python -m )?(sandbox|tides) (.*)$", section, flags=re.MULTILINE)
    assert len(commands) == 3
    write_pair(tmp_path, [an_event("1", BRIGHT), an_event("2", FAINT)], zipped=True)
    columns = {"CID": [1, 2, 3], "GENTYPE": [1, 1, 2], "ZCMB": [0.1, 0.1, 0.3], "PEAKMAG_r": [20, 25, 26]}
    write_dump(tmp_path / "SIM.DUMP.gz", columns)
    monkeypatch.chdir(tmp_path)
    for package, command in commands:
        arguments = shlex.split(command.replace("--events 5000", "--events 200"))
        if package == "tides" and "--by" not in arguments:
            arguments += ["--by", "z"]  # the default draws everything; another test has it
        assert {"sandbox": sandbox, "tides": main}[package](arguments) == 0
    assert {folder.name for folder in tmp_path.iterdir() if folder.is_dir()} == {"completeness", "with_filter"}
