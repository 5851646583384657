"""Each further criterion: where it holds, where it fails, and where it is unknown."""

import pytest

from tests.unit.judgement import reference
from tests.unit.judgement.light_curves import (
    a_function,
    a_ztf_detection,
    a_ztf_light_curve,
    an_lsst_light_curve,
    an_lsst_source,
    random_light_curves,
)
from tides.judgement.judge import Subject, judge
from tides.judgement.summaries import SummaryLimits
from tides.surveys.survey import survey as named

JD = 2460310.75
LIMITS = SummaryLimits(current_window_days=5)


def verdict_of(survey, raw, columns=None, **keys):
    (verdict,) = judge(named(survey), [Subject("o", raw, columns or {}, None)], [a_function(**keys)], LIMITS).verdicts
    return verdict


def of_ztf(*points, columns=None, **keys):
    """The last criterion, which is the one that the test asks for."""
    return verdict_of("ztf", a_ztf_light_curve(list(points)), columns, **keys).criteria[-1]


def of_alert(columns, **keys):
    return of_ztf(a_ztf_detection(JD), columns=columns, **keys)


def a_limit(jd, band="g", mag=20.5):
    return {"jd": jd, "fid": {"g": 1, "r": 2}[band], "diffmaglim": mag}


def test_current_mag_is_the_brightest_of_the_last_days_before_the_newest_detection():
    points = [a_ztf_detection(JD, mag=18), a_ztf_detection(JD + 15, mag=19), a_ztf_detection(JD + 20, mag=20)]
    asked = of_ztf(*points, currentMag={"limit": 18.5, "days": 14})
    assert asked == {"name": "currentMag", "value": 19, "limit": 18.5, "held": False, "days": 14}
    assert of_ztf(*points, currentMag={"limit": 18.5, "days": 20})["held"] is True


def test_current_mag_looks_back_14_days_if_the_function_does_not_say():
    assert of_ztf(a_ztf_detection(JD), currentMag=20)["days"] == 14


def test_an_uncounted_newest_detection_leaves_no_current_mag_behind():
    asked = of_ztf(a_ztf_detection(JD), a_ztf_detection(JD + 20, snr=4), currentMag=20)
    assert (asked["value"], asked["held"]) == (None, False)


def test_detections_are_counted_in_all_by_band_and_of_late():
    points = [a_ztf_detection(JD, "g"), a_ztf_detection(JD + 9, "g"), a_ztf_detection(JD + 10, "r")]
    assert of_ztf(*points, minDetections=3)["held"] is True
    assert of_ztf(*points, minDetections=4)["held"] is False
    recent = of_ztf(*points, recentDetections={"limit": 2, "days": 1})
    assert (recent["value"], recent["held"]) == (2, True)
    assert of_ztf(*points, recentDetections={"limit": 3, "days": 9})["held"] is False
    verdict = verdict_of("ztf", a_ztf_light_curve(points), minBandDetections={"g": 2, "r": 2})
    assert [(c["name"], c["value"], c["held"]) for c in verdict.criteria] == [
        ("minBandDetections g", 2, True),
        ("minBandDetections r", 1, False),
    ]


def test_a_magnitude_limit_by_band_holds_in_any_of_its_bands_and_on_counted_detections_alone():
    points = [a_ztf_detection(JD, "g", 21), a_ztf_detection(JD, "r", 20), a_ztf_detection(JD + 1, "g", 18, snr=4)]
    assert of_ztf(*points, bandMagLimit={"g": 20, "r": 20})["held"] is True
    asked = of_ztf(*points, bandMagLimit={"g": 20, "r": 19})
    assert (asked["name"], asked["held"]) == ("any", False)
    assert [(part["name"], part["value"]) for part in asked["of"]] == [("bandMagLimit g", 21), ("bandMagLimit r", 20)]


def test_the_positive_fraction_is_of_all_detections_also_of_weak_ones():
    points = [a_ztf_detection(JD + day, positive=day != 3, snr=3 if day == 3 else 9) for day in range(4)]
    asked = of_ztf(*points, positiveFraction=0.8)
    assert (asked["value"], asked["held"]) == (0.75, False)
    assert of_ztf(*points, positiveFraction=0.75)["held"] is True


def test_a_fraction_of_nothing_measured_is_unknown():
    asked = of_ztf(a_ztf_detection(JD, sigmapsf=None), positiveFraction=0.8)
    assert (asked["value"], asked["held"]) == (None, None)
    assert "measured" in asked["note"]


def test_the_rise_is_since_the_last_upper_limit_of_the_same_band():
    points = [a_limit(JD - 9), a_limit(JD - 4, mag=20), a_limit(JD - 1, "r"), a_ztf_detection(JD, mag=19)]
    asked = of_ztf(*points, rise=0.2)
    assert (asked["value"], asked["held"]) == (pytest.approx(0.25), True)
    assert of_ztf(*points, rise=0.3)["held"] is False


def test_the_rise_is_unknown_without_an_upper_limit_before_a_detection_and_passes():
    verdict = verdict_of("ztf", a_ztf_light_curve([a_ztf_detection(JD), a_limit(JD + 1)]), rise=0.2)
    assert verdict.passed
    assert verdict.criteria[-1]["held"] is None
    assert "upper limit" in verdict.criteria[-1]["note"]


def test_the_rise_of_one_object_knows_no_limits_of_its_neighbour():
    raws = [a_ztf_light_curve([a_limit(JD - 1)]), a_ztf_light_curve([a_ztf_detection(JD)])]
    subjects = [Subject(str(place), raw, {}, None) for place, raw in enumerate(raws)]
    verdicts = judge(named("ztf"), subjects, [a_function(rise=0.1)], LIMITS).verdicts
    assert verdicts[1].criteria[-1]["held"] is None


def test_forced_photometry_below_5_sigma_is_an_upper_limit_for_the_rise():
    forced = [{"midpointMjdTai": 61000.0, "band": "g", "psfFlux": 10.0, "psfFluxErr": 100.0}]
    raw = an_lsst_light_curve([an_lsst_source(61002.0, "g", mag=22.0)], forced)
    asked = verdict_of("lsst", raw, rise=0.1).criteria[-1]
    assert asked["value"] == pytest.approx((31.4 - 2.5 * 2.69897 - 22.0) / 2, abs=1e-4)


def test_the_age_runs_from_the_first_counted_detection_to_the_newest_of_any_kind():
    points = [a_ztf_detection(JD - 50, snr=3), a_ztf_detection(JD), a_ztf_detection(JD + 20, positive=False)]
    asked = of_ztf(*points, maxAge=20, positiveOnly=True)
    assert (asked["value"], asked["held"]) == (20, True)
    assert of_ztf(*points, maxAge=19.9, positiveOnly=True)["held"] is False


def test_nothing_counted_has_no_age_and_is_not_young():
    assert of_ztf(a_ztf_detection(JD, snr=3), maxAge=20) == {
        "name": "maxAge",
        "value": None,
        "limit": 20,
        "held": False,
    }


def test_what_has_grown_too_old_keeps_the_trigger_that_it_had_while_it_was_young():
    young = [a_ztf_detection(JD), a_ztf_detection(JD + 5)]
    assert verdict_of("ztf", a_ztf_light_curve(young), maxAge=10).trigger_jd == JD
    old = verdict_of("ztf", a_ztf_light_curve([*young, a_ztf_detection(JD + 11)]), maxAge=10)
    assert (old.passed, old.passes_now, old.trigger_jd) == (True, False, JD)


def test_a_detection_scored_as_bogus_does_not_count_and_one_without_a_score_does_and_is_named():
    points = [a_ztf_detection(JD, drb=0.3), a_ztf_detection(JD + 1, drb=0.9)]
    keys = {"reliability": 0.5, "minDetections": 2}
    assert verdict_of("ztf", a_ztf_light_curve(points), **keys).criteria == [
        {"name": "reliability", "value": 0.9, "limit": 0.5, "held": True},
        {"name": "minDetections", "value": 1, "limit": 2, "held": False},
    ]
    verdict = verdict_of("ztf", a_ztf_light_curve([*points, a_ztf_detection(JD + 2, drb=None)]), **keys)
    assert verdict.passed
    assert verdict.criteria[0]["held"] is None
    assert "score" in verdict.criteria[0]["note"]


def test_an_asteroid_of_one_night_fails_and_a_source_of_two_nights_is_none():
    night = [an_lsst_source(61000.20, "g"), an_lsst_source(61000.23, "r")]
    moving = verdict_of("lsst", an_lsst_light_curve(night), notSolarSystem=True).criteria[-1]
    assert (moving["value"], moving["limit"], moving["held"]) == (pytest.approx(43.2), 20, False)
    fixed = an_lsst_light_curve([*night, an_lsst_source(61001.2, "g")])
    assert verdict_of("lsst", fixed, notSolarSystem=True).passed


def test_two_nights_alone_do_not_settle_what_a_lite_light_curve_does_not_say():
    nights = (61000.2, 61002.2)
    lite = an_lsst_light_curve([an_lsst_source(mjd) for mjd in nights])
    full = an_lsst_light_curve([an_lsst_source(mjd, psfFlux_flag=False, ssObjectId=None) for mjd in nights])
    unknown, held = (verdict_of("lsst", curve, notSolarSystem=True) for curve in (lite, full))
    assert (unknown.passed, unknown.criteria[-1]["held"]) == (True, None)
    assert "ssObjectId is not given" in unknown.criteria[-1]["note"]
    assert held.criteria[-1]["held"] is True


def test_a_ztf_detection_beside_a_known_asteroid_does_not_count_when_asked_for():
    points = [a_ztf_detection(JD, ssdistnr=5.0), a_ztf_detection(JD + 1, ssdistnr=5.1), a_ztf_detection(JD + 2)]
    assert of_ztf(*points, minDetections=1)["value"] == 3
    verdict = verdict_of("ztf", a_ztf_light_curve(points), notSolarSystem=True, minDetections=1)
    assert verdict.criteria[0]["value"] == 2


def test_sherlock_s_class_is_taken_from_the_alert_and_unknown_without_it():
    assert of_alert({"sherlock_class": "SN"}, classes=["SN", "NT"])["held"] is True
    assert of_alert({"sherlock_class": "AGN"}, classes=["SN", "NT"])["held"] is False
    unknown = of_alert({}, classes=["SN"])
    assert (unknown["held"], unknown["note"]) == (None, "not known: sherlock_class")


def test_the_host_lies_within_a_range_and_is_unknown_where_sherlock_has_none():
    def host(separation, **other):
        asked = of_alert({"separationArcsec": separation, "far": 40}, hostSeparation={"range": [0.3, 30], **other})
        return asked["value"], asked["held"]

    assert [host(value) for value in (0.1, 0.3, 30, 31)] == [(0.1, False), (0.3, True), (30, True), (31, False)]
    assert [host(value) for value in (None, -1, "NaN")] == [(None, None)] * 3
    assert host(1, column="far") == (40, False)


def test_declination_and_distance_to_the_galactic_plane_are_those_of_the_place():
    place = {"ra_deg": 192.85948, "dec_deg": 27.12825}
    assert of_alert(place, declination=[-80, 20])["held"] is False
    assert of_alert(place, declination=[-80, 28])["held"] is True
    assert of_alert(place, galacticLatitude=10)["value"] == pytest.approx(90, abs=1e-4)
    centre = of_alert({"ra_deg": 266.405, "dec_deg": -28.936}, galacticLatitude=10)
    assert (centre["value"], centre["held"]) == (pytest.approx(0, abs=0.01), False)
    assert of_alert({}, galacticLatitude=10)["held"] is None


def test_a_bright_star_must_be_both_near_and_bright():
    asked = {"arcsec": 5, "mag": 15}
    assert of_alert({"distpsnr1": 4.0, "srmag1": 14.0}, brightStar=asked)["held"] is False
    assert of_alert({"distpsnr1": 6.0, "srmag1": 14.0}, brightStar=asked)["held"] is True
    assert of_alert({"distpsnr1": 4.0, "srmag1": 16.0}, brightStar=asked)["held"] is True
    assert of_alert({"distpsnr1": -999.0, "srmag1": -999.0}, brightStar=asked)["held"] is None


def test_a_null_type_at_tns_means_unclassified_and_a_missing_column_unknown():
    assert of_alert({"tns_type": None}, notClassifiedAtTns="tns_type")["held"] is True
    assert of_alert({"tns_type": "SN Ia"}, notClassifiedAtTns="tns_type")["held"] is False
    assert of_alert({}, notClassifiedAtTns="tns_type")["held"] is None


@pytest.mark.parametrize(
    ("value", "op", "limit", "held"),
    [
        (3, ">=", 3, True),
        (2, ">=", 3, False),
        (0.4, "<", 0.5, True),
        ("Ia", "==", "Ia", True),
        ("Ia", "!=", "Ia", False),
        ("Ia", "in", ["Ia", "II"], True),
        ("Ib", "not in", ["Ia", "II"], True),
        (None, ">=", 3, None),
        ("x", ">=", 3, None),
    ],
)
def test_any_column_of_the_alert_can_be_compared(value, op, limit, held):
    asked = of_alert({"score": value}, column={"column": "score", "op": op, "value": limit})
    assert (asked["name"], asked["held"]) == (f"score {op}", held)


SN, AGN, NOBODY = {"sherlock_class": "SN"}, {"sherlock_class": "AGN"}, {}


@pytest.mark.parametrize(
    ("columns", "dec", "any_holds", "all_holds"),
    [
        (SN, 0, True, True),
        (SN, 50, True, False),
        (AGN, 50, False, False),
        (NOBODY, 0, True, None),
        (NOBODY, 50, None, False),
    ],
)
def test_any_and_all_are_unknown_only_where_the_unknown_part_decides(columns, dec, any_holds, all_holds):
    parts = [{"classes": ["SN"]}, {"declination": [-80, 20]}]
    assert of_alert({**columns, "dec_deg": dec}, any=parts)["held"] is any_holds
    assert of_alert({**columns, "dec_deg": dec}, all=parts)["held"] is all_holds


def test_a_map_of_several_criteria_within_any_asks_for_all_of_them():
    points = [a_ztf_detection(JD), a_ztf_detection(JD + 30)]
    asked = of_ztf(*points, any=[{"maxAge": 10}, {"minNights": 2, "magLimit": 18}])
    assert (asked["held"], asked["value"], asked["limit"]) == (False, 0, 1)
    assert [part["name"] for part in asked["of"]] == ["maxAge", "all"]
    assert [part["held"] for part in asked["of"][1]["of"]] == [True, False]


EVERYTHING = {
    "positiveOnly": True,
    "reliability": 0.5,
    "minBands": 1,
    "minNights": 1,
    "magLimit": 23,
    "minDetections": 2,
    "minBandDetections": {"g": 1},
    "recentDetections": {"limit": 2, "days": 100},
    "currentMag": {"limit": 23, "days": 60},
    "bandMagLimit": {"g": 23, "r": 22},
    "positiveFraction": 0.4,
    "rise": -0.05,
    "maxAge": 350,
    "notSolarSystem": True,
    "quietBefore": {"limit": 2, "days": 1},
    "change": 0.01,
    "dips": {"fraction": 0.3, "mag": 0.1},
    "colour": {"bands": ["g", "r"], "range": [-3, 3], "days": 40},
    "colourChange": {"bands": ["g", "r"], "range": [-3, 3], "days": 40},
}


def test_the_function_of_all_criteria_asks_for_each_that_has_a_rule():
    assert EVERYTHING.keys() >= reference.RULES.keys()


@pytest.mark.parametrize("survey", ["ztf", "lsst"])
def test_a_function_of_all_criteria_on_the_light_curve_agrees_with_the_reference(survey):
    function = a_function(**EVERYTHING)
    keys = {"filters": list("griz"), "significance": 5, **EVERYTHING}
    raws = random_light_curves(survey, 120, seed=11)
    subjects = [Subject(str(place), raw, {}, None) for place, raw in enumerate(raws)]
    judged = {int(v.object_id): v.trigger_jd for v in judge(named(survey), subjects, [function], LIMITS).verdicts}
    assert judged == {
        place: reference.trigger(survey, reference.detections(survey, raw), keys)
        for place, raw in enumerate(raws)
        if reference.is_light_curve(survey, raw)
    }
    assert 3 < sum(jd is not None for jd in judged.values()) < 115
