"""Bytes from a topic become an alert, or the reason why they are none; never an exception of another kind."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tides.brokers.broker import Unreadable
from tides.settings.model import load_settings
from tides.stream.messages import Alert, read_alert
from tides.surveys.survey import survey

STAMP = datetime(2026, 11, 20, 3, 4, 5, tzinfo=UTC)
STREAMS = load_settings().streams
LSST, ZTF = STREAMS["lsst"], STREAMS["ztf"]

A_ZTF_MESSAGE = {
    "objectId": "ZTF26aaabbcc",
    "ramean": 150.5,
    "decmean": -20.25,
    "jdmin": 2461350.5,
    "jdmax": 2461364.75,
    "magrmin": 19.1,
    "maggmin": 19.4,
    "rmag": 19.2,
    "gmag": 19.6,
    "jdgmax": 2461363.7,
    "jdrmax": 2461364.75,
    "ncandgp": 7,
    "classification": "SN",
    "UTC": "2026-11-20 01:02:03",
}
AN_LSST_MESSAGE = {
    "diaObjectId": 169342390973759515,
    "ra": 11.1,
    "decl": -43.5,
    "firstDiaSourceMjdTai": 60934.1,
    "lastDiaSourceMjdTai": 60937.2,
    **{f"{b}_psfFlux": 1000.0 for b in "griz"},
    **{f"{b}_latestMJD": 60937.2 for b in "griz"},
    "nPosDiaSources": 12,
    "sherlock_classifications": "ORPHAN",
    "UTC": "2025-09-19 06:25:51",
}


def read(message, stream=ZTF) -> Alert:
    return read_alert(message if isinstance(message, bytes) else json.dumps(message).encode(), STAMP, stream)


def test_a_ztf_message_is_read_with_its_own_time_and_units():
    alert = read(A_ZTF_MESSAGE)
    assert alert.object_id == "ZTF26aaabbcc"
    assert (alert.ra, alert.dec, alert.first_jd, alert.last_jd) == (150.5, -20.25, 2461350.5, 2461364.75)
    assert alert.known_at == datetime(2026, 11, 20, 1, 2, 3, tzinfo=UTC)
    assert alert.bands == {
        "g": {"jd": 2461363.7, "mag": 19.6, "brightest": 19.4},
        "r": {"jd": 2461364.75, "mag": 19.2, "brightest": 19.1},
    }
    assert alert.oddities == ()


def test_an_lsst_message_is_read_with_tai_turned_into_utc_and_flux_into_magnitudes():
    alert = read(AN_LSST_MESSAGE, LSST)
    assert alert.object_id == "169342390973759515"
    assert alert.last_jd == pytest.approx(60937.2 + 2400000.5 - 37 / 86400, abs=1e-9)
    assert alert.bands["g"]["mag"] == pytest.approx(31.4 - 2.5 * 3)


@pytest.mark.parametrize("flux", [0.0, -500.0, None])
def test_a_flux_that_is_not_positive_has_no_magnitude(flux):
    alert = read(AN_LSST_MESSAGE | {"r_psfFlux": flux}, LSST)
    assert set(alert.bands) == {"g", "i", "z"}


def test_the_light_curve_is_kept_apart_byte_for_byte():
    raw = b'{"diaSourcesList": [{"psfFlux":  1.50}]}'
    message = json.dumps(AN_LSST_MESSAGE).encode()[:-1] + b', "alert": ' + raw + b"}"
    alert = read(message, LSST)
    assert alert.light_curve == raw
    assert b"diaSourcesList" not in alert.alert
    assert alert.alert_hash == read(AN_LSST_MESSAGE, LSST).alert_hash


@pytest.mark.parametrize("alert", [None, "absent"])
def test_a_message_without_a_light_curve_is_an_alert_all_the_same(alert):
    message = AN_LSST_MESSAGE if alert == "absent" else AN_LSST_MESSAGE | {"alert": None}
    assert read(message, LSST).light_curve is None


def test_nan_and_infinity_become_null_and_are_no_fault():
    text = json.dumps(A_ZTF_MESSAGE | {"gmag": float("nan"), "rmag": float("inf"), "extra": float("-inf")})
    alert = read(text.encode())
    assert alert.bands == {}
    assert json.loads(alert.alert)["extra"] is None


def test_a_nan_inside_the_light_curve_leaves_the_rest_readable():
    text = json.dumps(AN_LSST_MESSAGE | {"alert": {"diaSourcesList": [{"psfFlux": float("nan"), "band": "r"}]}})
    alert = read(text.encode(), LSST)
    assert json.loads(alert.light_curve) == {"diaSourcesList": [{"psfFlux": None, "band": "r"}]}


def test_the_same_columns_have_the_same_hash_whatever_their_order_and_their_utc():
    turned = dict(reversed((A_ZTF_MESSAGE | {"UTC": "2026-11-21 00:00:00"}).items()))
    assert read(turned).alert_hash == read(A_ZTF_MESSAGE).alert_hash
    assert read(A_ZTF_MESSAGE | {"rmag": 19.3}).alert_hash != read(A_ZTF_MESSAGE).alert_hash


@pytest.mark.parametrize("utc", [None, "yesterday", 7, "2026-13-01 00:00:00"])
def test_without_a_readable_utc_the_brokers_stamp_counts(utc):
    assert read(A_ZTF_MESSAGE | {"UTC": utc}).known_at == STAMP


@pytest.mark.parametrize("column", ["ramean", "jdmax", "gmag", "ncandgp", "classification"])
@pytest.mark.parametrize("fault", ["missing", "wrong type"])
def test_a_column_that_is_missing_or_of_a_wrong_type_is_named(column, fault):
    message = dict(A_ZTF_MESSAGE)
    if fault == "missing":
        del message[column]
    else:
        message[column] = ["x"]
    assert read(message).oddities == (column,)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "no value"),
        (b"", "not JSON"),
        (b"not json", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b'{"objectId": "\xff"}', "text that is not Unicode"),
        (b"[1]", "not a JSON object"),
        (b"7", "not a JSON object"),
        (b"{}", "no objectId"),
        (b'{"objectId": null}', "no objectId"),
        (b'{"objectId": 7}', "not a ZTF id"),
        (b'{"objectId": "ZTF26aaabbc"}', "not a ZTF id"),
        (b'{"objectId": "ZTF26aaabbcc\\u0000"}', "not a ZTF id"),
        (b'{"objectId": "ZTF26aaabbcc", "note": "a\\u0000b"}', "a NUL character in a text"),
        (b'{"objectId": "ZTF26aaabbcc", "note": "\\ud800"}', "a lone surrogate in a text"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"objectId": "ZTF26aaabbcc", "n": ' + b"9" * 5000 + b"}", "not JSON"),
    ],
)
def test_what_is_no_alert_says_why(value, reason):
    with pytest.raises(Unreadable, match=reason):
        read_alert(value, STAMP, ZTF)


@pytest.mark.parametrize(
    ("object_id", "reason"),
    [
        (1.7e17, "its last digits are lost"),
        (2**63, "not a 64-bit integer"),
        (-5, "not a 64-bit integer"),
        (0, "not a 64-bit integer"),
        (True, "its last digits are lost"),
        ("12a", "not a 64-bit integer"),
        ([1], "not a 64-bit integer"),
    ],
)
def test_an_lsst_id_that_is_no_64_bit_integer_is_refused(object_id, reason):
    with pytest.raises(Unreadable, match=reason):
        read(AN_LSST_MESSAGE | {"diaObjectId": object_id}, LSST)


def test_an_lsst_id_may_come_as_text_and_up_to_the_largest_of_64_bits():
    assert read(AN_LSST_MESSAGE | {"diaObjectId": str(2**63 - 1)}, LSST).object_id == str(2**63 - 1)


def test_a_byte_order_mark_is_no_fault():
    assert read(b"\xef\xbb\xbf" + json.dumps(A_ZTF_MESSAGE).encode()).object_id == "ZTF26aaabbcc"


def test_an_escaped_backslash_before_u0000_is_no_nul():
    assert read(A_ZTF_MESSAGE | {"note": "\\u0000"}).object_id == "ZTF26aaabbcc"


@pytest.mark.parametrize(("ra", "wrapped"), [(-0.1, 359.9), (360.1, 0.1), (-120.0, 240.0)])
def test_a_right_ascension_is_wrapped_into_a_circle(ra, wrapped):
    assert read(A_ZTF_MESSAGE | {"ramean": ra}).ra == pytest.approx(wrapped)


@pytest.mark.parametrize(
    ("column", "value"),
    [("ramean", 1e300), ("decmean", -99999), ("gmag", -999.0), ("maggmin", 99.0), ("ncandgp", -999), ("jdmax", 0)],
)
def test_a_value_that_cannot_be_true_is_unknown_and_named_with_an_example(column, value):
    alert = read(A_ZTF_MESSAGE | {column: value})
    assert {name: odd.value for name, odd in alert.implausible.items()} == {column: value}
    assert alert.oddities == ()
    unknown = (alert.ra, alert.dec, alert.last_jd, alert.detections, alert.bands.get("g", {}).get("brightest"))
    assert None in unknown


@pytest.mark.parametrize(
    ("date", "unit"),
    [
        (2460938.7, "JD"),
        (1758261600.0, "Unix seconds"),
        (1758261600000.0, "Unix milliseconds"),
        (60937.2 * 86400, "MJD in seconds"),
        (70000.0, None),
        (-999, None),
    ],
)
def test_the_unit_of_an_implausible_date_is_recognised_where_it_is_certain(date, unit):
    alert = read(AN_LSST_MESSAGE | {"lastDiaSourceMjdTai": date}, LSST)
    assert alert.last_jd is None
    assert alert.implausible["lastDiaSourceMjdTai"].unit == unit


def test_a_date_is_held_against_the_time_at_which_it_was_sent():
    sent_jd = 2461364.543
    assert read(A_ZTF_MESSAGE | {"jdmax": sent_jd + 0.9}).last_jd == sent_jd + 0.9
    late = read(A_ZTF_MESSAGE | {"jdmax": sent_jd + 1.1})
    assert (late.last_jd, set(late.implausible)) == (None, {"jdmax"})


@pytest.mark.parametrize("sent", ["9999-12-31 00:00:00", "0001-01-01 00:00:00", "2026-11-25 00:00:00"])
def test_a_sent_time_that_cannot_be_true_is_told_and_the_brokers_stamp_counts(sent):
    alert = read(A_ZTF_MESSAGE | {"UTC": sent})
    assert (alert.known_at, set(alert.implausible)) == (STAMP, {"sent time"})


def test_columns_are_found_whatever_the_case_of_their_names():
    lower = {(name.lower() if name != "UTC" else "utc"): value for name, value in A_ZTF_MESSAGE.items()}
    assert read(lower) == read(A_ZTF_MESSAGE)
    curve = {"ALERT": {"diaSourcesList": []}, **{name.upper(): value for name, value in AN_LSST_MESSAGE.items()}}
    assert read(curve, LSST) == read(AN_LSST_MESSAGE | {"alert": {"diaSourcesList": []}}, LSST)


def test_an_exact_name_wins_over_another_case():
    both = read({"RAMEAN": 1.0} | A_ZTF_MESSAGE)
    assert both.ra == 150.5
    assert json.loads(both.alert)["RAMEAN"] == 1.0


def test_the_case_of_a_column_that_only_a_criterion_reads_follows_the_filter():
    lower = {name.lower(): value for name, value in (AN_LSST_MESSAGE | {"nPosDiaSourcesNights": 4}).items()}
    assert json.loads(read(lower, LSST).alert)["nPosDiaSourcesNights"] == 4


def nested(levels, inner="0"):
    return ("[" * levels + inner + "]" * levels).encode()


@pytest.mark.parametrize("inner", ['"\\u0000"', "NaN", '"[{"', "{}"])
def test_what_is_nested_more_than_64_deep_is_no_alert(inner):
    head = json.dumps(A_ZTF_MESSAGE).encode()[:-1] + b', "x": '
    with pytest.raises(Unreadable, match="nested too deeply"):
        read(head + nested(900, inner) + b"}")
    if "u0000" not in inner:
        assert read(head + nested(60, inner) + b"}").object_id == "ZTF26aaabbcc"


def test_brackets_in_texts_and_many_flat_points_are_not_deep():
    points = [{"note": "[{" * 3, "psfFlux": 1.0, "band": "r"}] * 500
    for separators in ((", ", ": "), (",", ":")):
        text = json.dumps(AN_LSST_MESSAGE | {"alert": {"diaSourcesList": points}}, separators=separators)
        assert read(text.encode(), LSST).light_curve is not None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"UTC": "0001-01-01T00:00:00+14:00"}, "UTC lies outside the years 1 to 9999"),
        ({"UTC": "9999-12-31T23:59:59-14:00"}, "UTC lies outside the years 1 to 9999"),
        ({f"c{n}": 1 for n in range(2000)}, "more than 2000 columns"),
        ({"n" * 257: 1}, "name of more than 256 characters"),
        ({"note": "x" * 1_000_000}, "columns of more than 1000000 bytes"),
        ({"alert": "x" * 8_000_001}, "a light curve of more than 8000000 bytes"),
        ({"note": "x" * 9_000_001}, "larger than 9000000 bytes"),
    ],
)
def test_what_is_larger_than_the_bounds_is_no_alert(changes, reason):
    with pytest.raises(Unreadable, match=reason):
        read(A_ZTF_MESSAGE | changes)


def test_numbers_beyond_a_float_become_null():
    text = json.dumps(A_ZTF_MESSAGE).replace("19.2", "1e400").encode()
    assert "r" not in read(text).bands


def test_the_newest_alert_is_that_of_the_last_detection_then_of_the_last_sending():
    old, new = read(A_ZTF_MESSAGE | {"jdmax": 2461360.0}), read(A_ZTF_MESSAGE)
    assert new.age_key > old.age_key
    resent = read(A_ZTF_MESSAGE | {"UTC": "2026-11-20 02:00:00"})
    assert resent.age_key > new.age_key


def an_alert_or_a_reason(value: bytes, stream) -> None:
    """Any exception but Unreadable fails the test; an alert can be stored."""
    try:
        alert = read_alert(value, STAMP, stream)
    except Unreadable:
        return
    assert survey(stream.survey).is_id(alert.object_id)
    assert "\0" not in json.dumps(json.loads(alert.alert), ensure_ascii=False)
    assert all(0 <= band["mag"] <= 40 for band in alert.bands.values())


@pytest.mark.parametrize("stream", [LSST, ZTF], ids=["lsst", "ztf"])
@pytest.mark.parametrize("examples", [100, pytest.param(50_000, marks=pytest.mark.soak)])
def test_arbitrary_bytes_are_an_alert_or_a_reason(examples, stream):
    @given(st.binary(max_size=300))
    @settings(max_examples=examples, deadline=None, database=None)
    def take(value):
        an_alert_or_a_reason(value, stream)

    take()
    print(f"fault arbitrary bytes, times {examples}, lost 0, doubled 0")


ANY_TEXT = st.text(st.characters(), max_size=8)  # with NUL and lone surrogates
LONE = [json.dumps(text) for text in ("\0", "\ud800", "a\udfffb", "\\u0000")]
DEEP = st.builds(lambda n, opening, inner: opening * n + inner + CLOSING[opening] * n,
    st.integers(50, 1000), st.sampled_from(["[", '{"a":', '[{"a":']), st.sampled_from(["", "1", "NaN", '"\\u0000"']),
)  # fmt: skip
CLOSING = {"[": "]", '{"a":': "}", '[{"a":': "}]"}
HUGE = st.integers(min_value=2**63).map(str) | st.integers(300, 5000).map(lambda digits: "9" * digits)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=8,
)
JSON_TEXTS = st.one_of(JSON_VALUES.map(json.dumps), DEEP, HUGE, st.sampled_from(["1e400", "-Infinity", *LONE]))


@pytest.mark.parametrize(("stream", "message"), [(LSST, AN_LSST_MESSAGE), (ZTF, A_ZTF_MESSAGE)], ids=["lsst", "ztf"])
@pytest.mark.parametrize("examples", [100, pytest.param(5000, marks=pytest.mark.soak)])
def test_any_json_is_an_alert_or_a_reason(examples, stream, message):
    columns = st.sampled_from([*message, "alert", "other", "UTC"]) | ANY_TEXT
    whole = [f"{json.dumps(name)}:{json.dumps(value)}" for name, value in message.items()]

    # A column that is given again has its name twice.
    @given(st.lists(st.tuples(columns, JSON_TEXTS), max_size=3), st.integers(0, len(whole)))
    @settings(max_examples=examples, deadline=None, database=None)
    def take(changes, place):
        parts = [f"{json.dumps(name)}:{text}" for name, text in changes]
        an_alert_or_a_reason(("{" + ",".join([*whole[:place], *parts, *whole[place:]]) + "}").encode(), stream)
        for _, text in changes:
            an_alert_or_a_reason(text.encode(), stream)

    take()
    print(f"fault arbitrary JSON, times {examples}, lost 0, doubled 0")
