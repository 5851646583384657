"""Simulations of SNANA are read with all the traps of their format."""

import gzip

import numpy as np
import pytest

from tests.unit.efficiency.snana_files import a_point, an_event, write_dump, write_pair
from tides.efficiency.lifetimes import _visits
from tides.efficiency.snana import read_dump, read_pair
from tides.errors import SettingsError
from tides.surveys.survey import survey as named

FIRST = an_event("1", [a_point(61000.1), a_point(61003.2, band="g")])
SECOND = an_event("2", [a_point(61005.3, fluxcal=100.0), a_point(61008.4), a_point(61009.5)])


def detected(sample, event):
    """The times (MJD) of an event's detections."""
    seen = sample.light_curves.detections
    return np.round(seen.jd_utc[seen.object_index == event] - 2400000.5, 4).tolist()


def bands(sample):
    return ["ugrizy"[code] for code in sample.light_curves.detections.band]


def test_each_event_gets_its_own_rows_counted_from_one_and_no_separator(tmp_path):
    sample = read_pair(write_pair(tmp_path, [FIRST, SECOND]), named("lsst"))
    assert detected(sample, 0) == [61000.1, 61003.2]
    assert detected(sample, 1) == [61005.3, 61008.4, 61009.5]
    assert len(sample.light_curves.fadings.jd_utc) == 0


def test_fluxcal_is_turned_into_ab_magnitudes(tmp_path):
    sample = read_pair(write_pair(tmp_path, [FIRST, SECOND]), named("lsst"))
    assert sample.light_curves.detections.mag == pytest.approx([20, 20, 22.5, 20, 20], abs=1e-4)
    assert sample.light_curves.detections.snr == pytest.approx(20, rel=1e-5)


def test_a_detection_is_what_the_simulation_flagged_whatever_its_signal_to_noise(tmp_path):
    points = [a_point(61000.1, snr=4), a_point(61001.1, snr=30, flag=0), a_point(61002.1, snr=30, flag=2)]
    sample = read_pair(write_pair(tmp_path, [an_event("1", points)]), named("lsst"))
    assert detected(sample, 0) == [61000.1]
    assert len(sample.light_curves.fadings.jd_utc) == 2


def test_without_any_such_flag_a_detection_has_signal_to_noise_five(tmp_path):
    points = [a_point(61000.1, snr=4.9, flag=0), a_point(61001.1, snr=5.1, flag=0)]
    sample = read_pair(write_pair(tmp_path, [an_event("1", points)]), named("lsst"))
    assert detected(sample, 0) == [61001.1]
    without = read_pair(write_pair(tmp_path, [an_event("1", points)], without=("PHOTFLAG",)), named("lsst"))
    assert detected(without, 0) == [61001.1]


def test_saturated_points_are_dropped(tmp_path):
    points = [a_point(61000.1, flag=4096 + 1024), a_point(61001.1), a_point(61002.1, flag=1024)]
    sample = read_pair(write_pair(tmp_path, [an_event("1", points)]), named("lsst"))
    assert detected(sample, 0) == [61001.1]
    assert len(sample.light_curves.fadings.jd_utc) == 0


def test_a_point_without_an_error_is_no_detection_and_no_upper_limit(tmp_path):
    broken = a_point(61002.1, flag=0) | {"FLUXCALERR": -9.0}
    sample = read_pair(write_pair(tmp_path, [an_event("1", [a_point(61001.1), broken])]), named("lsst"))
    assert detected(sample, 0) == [61001.1]
    assert len(sample.light_curves.fadings.jd_utc) == 0


def test_older_names_of_columns_padded_bands_and_capital_y_are_understood(tmp_path):
    event = an_event("1", [a_point(61000.1, band="Y"), a_point(61001.1, band="i")], SIM_PEAKMAG_Y=19.5)
    old = {"BAND": "FLT", "DEC": "DECL"}
    sample = read_pair(write_pair(tmp_path, [event], renamed=old, without=("SIM_TYPE_NAME",)), named("lsst"))
    assert bands(sample) == ["y", "i"]
    (row,) = sample.events.to_dict("records")
    assert (row["dec_deg"], row["type"], row["peak_mag_y"], row["id"]) == (-30.0, "1", 19.5, "1")


def test_compressed_files_are_read_though_head_names_the_plain_one(tmp_path):
    sample = read_pair(write_pair(tmp_path, [FIRST, SECOND], zipped=True), named("lsst"))
    assert detected(sample, 1) == [61005.3, 61008.4, 61009.5]
    assert [file.name for file in sample.files] == ["SIM_HEAD.FITS.gz", "SIM_PHOT.FITS.gz"]


def test_an_event_without_photometry_has_no_detection_and_moves_no_other_rows(tmp_path):
    sample = read_pair(write_pair(tmp_path, [an_event("0", []), FIRST, an_event("9", []), SECOND]), named("lsst"))
    assert [detected(sample, event) for event in (0, 2)] == [[], []]
    assert detected(sample, 3) == [61005.3, 61008.4, 61009.5]
    assert sample.events["field"].tolist() == ["", "WFD", "", "WFD"]


def test_numbers_that_snana_does_not_know_are_unknown_and_southern_places_are_not(tmp_path):
    values = {"SIM_REDSHIFT_CMB": -9.0, "SIM_PEAKMAG_r": 99.0, "MWEBV": -9.0, "DEC": -66.0}
    sample = read_pair(write_pair(tmp_path, [an_event("1", [a_point(61000.1)], **values)]), named("lsst"))
    row = sample.events.iloc[0]
    assert row[["redshift", "peak_mag_r", "mwebv"]].isna().all()
    assert row["dec_deg"] == -66.0


def test_deep_fields_are_told_from_the_wide_survey(tmp_path):
    deep = an_event("1", [a_point(61000.1) | {"FIELD": "DDF_COSMOS"}])
    sample = read_pair(
        write_pair(tmp_path, [deep, FIRST, an_event("3", [a_point(61000.1) | {"FIELD": "VOID"}])]), named("lsst")
    )
    assert sample.events["field"].tolist() == ["DDF", "WFD", ""]


def test_the_nights_of_an_event_s_place_are_those_in_which_it_was_observed(tmp_path):
    unseen = a_point(61020.1, snr=1, flag=0)
    sample = read_pair(write_pair(tmp_path, [FIRST, an_event("2", [unseen])]), named("lsst"))
    event, night = _visits(sample, np.arange(2))
    assert (event.tolist(), night.tolist()) == ([0, 0, 1], [60999, 61002, 61019])


def test_nights_of_ztf_are_its_own(tmp_path):
    sample = read_pair(write_pair(tmp_path, [FIRST]), named("ztf"))
    assert sample.light_curves.detections.night.tolist() == [61000 - 57754, 61003 - 57754]
    assert _visits(sample, np.arange(1))[1].tolist() == [61000 - 57754, 61003 - 57754]


@pytest.mark.parametrize("first_row", [0, 2])
def test_pointers_that_do_not_fit_are_refused_with_the_event(tmp_path, first_row):
    with pytest.raises(
        SettingsError, match=r"SIM_HEAD\.FITS: PTROBS.*do not fit PHOT .*has 0 separators .* for 2 events"
    ):
        read_pair(write_pair(tmp_path, [FIRST, SECOND], first_row=first_row, separated=False), named("lsst"))


@pytest.mark.parametrize(
    "trimmed",
    [{"first_row": 0}, {"first_row": 3}, {"without": ("PTROBS_MIN", "PTROBS_MAX")}, {"without": ("PTROBS_MAX",)}],
)
def test_a_trimmed_file_is_divided_by_its_separators_and_says_so(tmp_path, trimmed):
    events = [an_event("0", []), FIRST, an_event("9", []), SECOND]
    sample = read_pair(write_pair(tmp_path, events, **trimmed), named("lsst"))
    assert [detected(sample, event) for event in range(4)] == [
        [], [61000.1, 61003.2], [], [61005.3, 61008.4, 61009.5],
    ]  # fmt: skip
    (note,) = sample.notes
    assert "told apart by PHOT's separators" in note


def test_a_file_that_lost_events_of_head_and_its_pointers_is_refused(tmp_path):
    head = write_pair(tmp_path, [FIRST, SECOND])
    other = write_pair(tmp_path, [FIRST], name="LESS", without=("PTROBS_MIN", "PTROBS_MAX"))
    (tmp_path / "LESS_PHOT.FITS").write_bytes((tmp_path / "SIM_PHOT.FITS").read_bytes())
    assert read_pair(head, named("lsst")).notes == ()
    with pytest.raises(
        SettingsError, match=r"lacks PTROBS_MIN and PTROBS_MAX, and PHOT has 2 separators .* for 1 events"
    ):
        read_pair(other, named("lsst"))


def test_a_type_without_a_name_is_called_by_its_index(tmp_path):
    events = [an_event("1", [], SIM_TYPE_NAME="UNKNOWN", SIM_TYPE_INDEX=21), an_event("2", [], SIM_TYPE_NAME="Ia")]
    sample = read_pair(write_pair(tmp_path, events), named("lsst"))
    assert sample.events["type"].tolist() == ["21", "Ia"]
    dump = write_dump(tmp_path / "SIM.DUMP", {"CID": [1, 2], "SIM_TYPE_NAME": ["UNKNOWN", "Ia"], "GENTYPE": [21, 1]})
    assert read_dump(dump)["type"].tolist() == ["21", "Ia"]


def test_columns_that_are_asked_for_keep_their_names_and_lose_what_is_unknown(tmp_path):
    events = [
        an_event("1", [], SIM_VPEC=-300.0, HOSTGAL_MAG_r=21.5),
        an_event("2", [], SIM_VPEC=-9.0, HOSTGAL_MAG_r=999.0),
    ]
    sample = read_pair(write_pair(tmp_path, events), named("lsst"), ("SIM_VPEC", "none"))
    assert sample.events.loc[0, ["SIM_VPEC", "host_mag_r"]].tolist() == [-300, 21.5]
    assert sample.events.loc[1, ["SIM_VPEC", "host_mag_r", "none"]].isna().all()


def test_a_missing_phot_file_is_named(tmp_path):
    head = write_pair(tmp_path, [FIRST])
    (tmp_path / "SIM_PHOT.FITS").unlink()
    with pytest.raises(SettingsError, match=r"SIM_PHOT\.FITS or SIM_PHOT\.FITS\.gz beside it"):
        read_pair(head, named("lsst"))


@pytest.mark.parametrize("column", ["SNID", "FLUXCAL", "MJD", "BAND"])
def test_a_missing_column_is_named_with_its_file(tmp_path, column):
    with pytest.raises(SettingsError, match=rf"SIM_(HEAD|PHOT)\.FITS: lacks {column}"):
        read_pair(write_pair(tmp_path, [FIRST], without=(column,)), named("lsst"))


def test_a_head_without_events_says_so(tmp_path):
    with pytest.raises(SettingsError, match="holds no events"):
        read_pair(write_pair(tmp_path, []), named("lsst"))


def test_a_missing_file_and_what_is_no_fits_file_are_told(tmp_path):
    with pytest.raises(SettingsError, match="there is no such file"):
        read_pair(tmp_path / "none_HEAD.FITS", named("lsst"))
    text = tmp_path / "text_HEAD.FITS"
    text.write_text("SNID: 1\n")
    with pytest.raises(SettingsError, match="cannot be read as a FITS table"):
        read_pair(text, named("lsst"))


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.filterwarnings("ignore::astropy.utils.exceptions.AstropyUserWarning")
def test_a_file_that_was_cut_off_is_told(tmp_path, zipped):
    head = write_pair(tmp_path, [FIRST, SECOND], zipped=zipped)
    content = head.read_bytes()
    head.write_bytes(content[: len(content) // 2])
    with pytest.raises(SettingsError, match="cannot be read as a FITS table"):
        read_pair(head, named("lsst"))


DUMP = {"CID": [1, 2, 3], "GENTYPE": [1, 21, 1], "GENZ": [0.1, 0.2, -9], "PEAKMJD": [61010.5, 61020, 61030]}


@pytest.mark.parametrize("name", ["SIM.DUMP", "SIM.DUMP.gz"])
def test_a_dump_gives_all_generated_events_under_the_names_of_its_author(tmp_path, name):
    columns = DUMP | {"DECL": [-20, -30, -40], "MAGT0_r": [20.5, 21.5, 99], "PEAKMAG_Y": [20, 21, 22]}
    events = read_dump(write_dump(tmp_path / name, columns))
    assert events["id"].tolist() == ["1", "2", "3"]
    assert events["type"].tolist() == ["1", "21", "1"]
    assert events["redshift"].tolist()[:2] == [0.1, 0.2]
    assert events.loc[2, ["redshift", "peak_mag_r"]].isna().all()
    assert events["dec_deg"].tolist() == [-20, -30, -40]
    assert events["peak_mag_y"].tolist() == [20, 21, 22]


def test_dumps_that_were_put_together_by_cat_are_read(tmp_path):
    one = write_dump(tmp_path / "one.DUMP", {key: values[:2] for key, values in DUMP.items()})
    other = write_dump(tmp_path / "other.DUMP", {key: values[2:] for key, values in DUMP.items()})
    (tmp_path / "all.DUMP").write_bytes(one.read_bytes() + other.read_bytes())
    assert read_dump(tmp_path / "all.DUMP")["id"].tolist() == ["1", "2", "3"]


def test_what_is_wrong_with_a_dump_is_said(tmp_path):
    twice = write_dump(tmp_path / "twice.DUMP", DUMP | {"CID": [1, 2, 1]})
    empty = write_dump(tmp_path / "empty.DUMP", {key: [] for key in DUMP})
    nameless = write_dump(tmp_path / "nameless.DUMP", {"GENZ": [0.1]})
    words = write_dump(tmp_path / "words.DUMP", DUMP | {"GENZ": ["low", 0.2, 0.3]})
    cut = tmp_path / "cut.DUMP.gz"
    cut.write_bytes(gzip.compress(write_dump(tmp_path / "x.DUMP", DUMP).read_bytes())[:-20])
    for file, said in (
        (twice, "the event 1 stands twice"),
        (empty, "holds no events"),
        (nameless, "no line VARNAMES: with CID"),
        (words, "cannot be read as a .DUMP"),
        (cut, "cannot be read as a .DUMP"),
        (tmp_path / "none.DUMP", "cannot be read as a .DUMP"),
    ):
        with pytest.raises(SettingsError, match=said):
            read_dump(file)
