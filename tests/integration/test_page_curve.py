"""The light curve on the page, on a real database and in Chromium: what it shows, tells and says of what is missing."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from psycopg.types.json import Jsonb
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

from tests.bridge import Bridge
from tests.browser import at_width, chromium, complaints
from tests.limits import LIMIT_S
from tests.looks import asked, barriers, by_keyboard, faults, themed
from tests.targets import LIVE, put_targets
from tests.unit.judgement.light_curves import an_lsst_light_curve, an_lsst_source
from tides.clock import jd_utc, jd_utc_to_mjd_tai
from tides.evaluation.store import LightCurveRow, pack, put
from tides.functions.functions import load_functions
from tides.page.app import app
from tides.page.frame import READ, may_edit
from tides.reports.curve import MOST_POINTS

NOW = datetime.now(UTC).replace(microsecond=0)
OBJECT = "42"
FUNCTION = load_functions()["tidesSNLSST"]
ADDRESS = f"light-curve?survey=lsst&object={OBJECT}"


def mjd_tai(days_ago: float) -> float:
    """A date as LSST has it."""
    return float(jd_utc_to_mjd_tai(jd_utc(NOW - timedelta(days=days_ago))))


def sources() -> list[dict[str, Any]]:
    """Two detections that count, a flagged one, one of low signal, and a negative one."""
    negative = an_lsst_source(mjd_tai(3), "i", mag=21.0, psfFlux_flag=False)
    return [
        an_lsst_source(mjd_tai(9), "g", mag=21.0, snr=20, psfFlux_flag=False),
        an_lsst_source(mjd_tai(8), "r", mag=20.5, snr=20, psfFlux_flag=False),
        an_lsst_source(mjd_tai(7), "r", mag=20.7, snr=20, psfFlux_flag=True),
        an_lsst_source(mjd_tai(6), "r", mag=22.0, snr=4, psfFlux_flag=False),
        {**negative, "psfFlux": -negative["psfFlux"]},
    ]


def forced(number: int = 2) -> list[dict[str, Any]]:
    """Forced photometry, of which every second one is an upper limit."""
    return [
        {"midpointMjdTai": mjd_tai(12 - n / 400), "band": "g", "psfFlux": 900.0 * (n % 2), "psfFluxErr": 60.0}
        for n in range(number)
    ]


def put_curve(bridge: Bridge, raw: bytes, object_id: str = OBJECT) -> None:
    """Stores a light curve as the drain does."""
    put(bridge.connection, "live", "lsst", [LightCurveRow(object_id, pack(raw), "bulk", b"a")])


def put_target(bridge: Bridge) -> None:
    """Makes the object a target: passed, live, created at 4MOST."""
    connection = bridge.connection
    put_targets(connection, 1)
    connection.execute(LIVE)
    about = {"object": OBJECT, "jd": jd_utc(NOW - timedelta(days=8)), "function": FUNCTION.name, "hash": FUNCTION.hash}
    connection.execute(
        "INSERT INTO tides.tides_alias (survey, object_id, tides_id, ra, dec, first_jd, last_jd, known_at, faint)"
        " SELECT 'lsst', %(object)s, tides_id, ra, dec, %(jd)s, %(jd)s, now(), false FROM tides.tides_master",
        about,
    )
    connection.execute(
        "INSERT INTO tides.selection (lane, stream, survey, object_id, function, function_hash, input_hash, passed,"
        " detections, code_version, run_id, trigger_jd, trigger_known)"
        " VALUES ('live', 'lsst', 'lsst', %(object)s, %(function)s, %(hash)s, 'x', true, 5, 'c', 'r', %(jd)s, now())",
        about,
    )
    connection.execute(
        "INSERT INTO tides.tides_history (tides_id, step, reason, by, at)"
        " SELECT tides_id, v.step, 'r', v.by, %(now)s - v.ago FROM tides.tides_master CROSS JOIN (VALUES"
        " ('selected', 'run-1', interval '8 d'), ('created', 'run-1', interval '8 d'),"
        " ('deactivated', 'run-2', interval '5 d'), ('reactivated', 'run-3', interval '2 d')) AS v (step, by, ago)",
        {"now": NOW},
    )
    connection.execute(
        "INSERT INTO tides.fourmost_exchange (at, run_id, id, name, verb, part, outcome, content)"
        " SELECT %s, 'run-1', tides_id, name, 'create', 'answer', 'stored', %s FROM tides.tides_master",
        (NOW - timedelta(days=8), Jsonb({"is_active": True, "mag": 20.5, "mag_type": "DECam_r_AB"})),
    )


@pytest.fixture
def bridge(make_syncing: Callable[..., Bridge]) -> Bridge:
    """A bridge with a database."""
    return make_syncing()


@pytest.fixture
def numbers(served: str) -> Iterator[Callable[..., requests.Response]]:
    """Asks for a light curve as somebody who may read."""
    app.dependency_overrides |= {READ.dependency: lambda: None, may_edit: lambda: False}
    yield lambda **given: requests.get(
        f"{served}curve.json", params={"survey": "lsst", "object": OBJECT, **given}, timeout=LIMIT_S
    )
    app.dependency_overrides.clear()


@pytest.fixture(scope="module")
def browser() -> Iterator[Chrome]:
    """One browser for all tests of the file."""
    with chromium() as chrome:
        yield chrome


@pytest.fixture
def chrome(browser: Chrome) -> Chrome:
    """The browser, wide and light, with nothing open or noted."""
    browser.get("about:blank")
    at_width(browser, 1440)
    themed(browser, "light")
    asked(browser)
    complaints(browser)
    return browser


def test_the_numbers_have_the_points_the_trigger_the_live_times_and_what_4most_was_told(bridge, numbers):
    put_curve(bridge, an_lsst_light_curve(sources(), forced()))
    put_target(bridge)
    found = numbers(format="json").json()
    assert (found["target"], found["function"], found["source"]) == ("TiDES26aaa", FUNCTION.name, "bulk")
    points = found["points"]["shown"]
    assert [(p["kind"], p["counts"]) for p in points if p["counts"] or p["kind"] != "detection"] == [
        ("forced photometry", False), ("forced photometry", False), ("detection", True), ("detection", True)
    ]  # fmt: skip
    assert [p["why"] for p in points[4:]] == [["disowned"], ["low signal"], ["negative", "no magnitude", "low signal"]]
    assert points[-1]["flux_njy"] < 0
    assert [each["function"] for each in found["triggers"]] == [FUNCTION.name]
    assert [(each["began"], each["ended"]) for each in found["live"]] == [
        ("selected", "deactivated"), ("reactivated", None)
    ]  # fmt: skip
    assert found["told"][0]["mag_type"] == "DECam_r_AB"
    assert found["limits"] == [{"mag": 22.5, "names": "magLimit, currentMag"}]
    other = numbers(format="json", function="tidesHostLSST").json()
    assert other["function"] in other["functions"]


def test_what_is_not_there_is_said(bridge, numbers):
    assert numbers().json()["notes"] == [f"No light curve of LSST {OBJECT} is stored."]
    assert numbers().json()["figure"] is None
    put_curve(bridge, b"<html>")
    assert "cannot be read: not a light curve" in numbers().json()["notes"][0]
    assert numbers(survey="<b>").status_code == 404
    assert numbers(scale="parsec").status_code == 422


def test_an_object_whose_light_curve_is_not_stored_any_more_shows_the_one_that_was_judged(bridge, numbers):
    put_target(bridge)
    packed = pack(an_lsst_light_curve(sources()))
    bridge.connection.execute(
        "INSERT INTO tides.judged_curve (survey, object_id, hash, raw) VALUES ('lsst', %s, %s, %s)",
        (OBJECT, packed.hash, packed.data),
    )
    bridge.connection.execute(
        "INSERT INTO tides.selection_input (selection_id, survey, object_id, hash, columns, contexts)"
        " SELECT selection_id, survey, object_id, %s, '{}', '[]' FROM tides.selection",
        (packed.hash,),
    )
    found = numbers().json()
    assert len(found["rows"]) == 5
    assert "No newer light curve is stored than that judged" in found["notes"][0]


def test_a_field_that_is_visited_often_is_shown_by_its_nights(bridge, numbers):
    put_curve(bridge, an_lsst_light_curve(sources(), forced(4000)))
    answer = numbers()
    assert len(answer.json()["rows"]) < 100
    assert answer.json()["notes"][0].startswith("4005 points, of which ")
    assert len(answer.content) < MOST_POINTS * 1000


def shown(chrome: Chrome, served: str, address: str = ADDRESS) -> None:
    """Opens a light curve, and waits until it is drawn."""
    chrome.get(f"{served}{address}")
    drawn(chrome)


def drawn(chrome: Chrome) -> None:
    """Waits until the figure is there, as it was last asked for."""
    WebDriverWait(chrome, LIMIT_S).until(lambda _: chrome.find_elements(By.CSS_SELECTOR, "[data-drawn=yes]"))


def choose(chrome: Chrome, what: str, value: str) -> None:
    """Chooses by a switch, and waits for the new figure."""
    chrome.execute_script("delete document.querySelector('tides-curve').dataset.drawn")
    Select(chrome.find_element(By.NAME, what)).select_by_value(value)
    drawn(chrome)


PLOT = "const plot = Bokeh.documents.at(-1).roots()[0], view = Bokeh.index.get_one(plot);"

PLACE = (
    PLOT
    + """
const marks = plot.renderers.find((each) => each.name === arguments[0]);
const { x, y } = marks.data_source.data;
const box = view.canvas_view.el.getBoundingClientRect();
return [box.left + view.frame.x_scale.compute(x[0]), box.top + view.frame.y_scale.compute(y[0])];
"""
)

TOOLTIPS = """
const deep = (node) => [...node.querySelectorAll("*")].flatMap(
  (each) => [each, ...(each.shadowRoot ? deep(each.shadowRoot) : [])]);
const tips = deep(document).filter((each) => each.classList.contains("bk-Tooltip") && each.shadowRoot);
const words = (tip) => [...tip.shadowRoot.children].filter((e) => e.tagName !== "STYLE").map((e) => e.textContent);
return tips.filter((each) => each.checkVisibility()).flatMap(words).join(" | ");
"""


def told_at(chrome: Chrome, name: str) -> str:
    """What hover tells of the first mark of a name."""
    chrome.execute_script("document.querySelector('[data-plot]').scrollIntoView({ block: 'center' })")
    x, y = chrome.execute_script(PLACE, name)
    chrome.execute_cdp_cmd("Input.dispatchMouseEvent", {"type": "mouseMoved", "x": x - 30, "y": y - 30})
    chrome.execute_cdp_cmd("Input.dispatchMouseEvent", {"type": "mouseMoved", "x": x, "y": y})
    return str(WebDriverWait(chrome, LIMIT_S).until(lambda _: chrome.execute_script(TOOLTIPS)))


def test_the_figure_is_drawn_and_hover_tells_of_each_kind_without_a_complaint(bridge, served, numbers, chrome):
    put_curve(bridge, an_lsst_light_curve(sources(), forced()))
    put_target(bridge)
    shown(chrome, served)
    assert "21.000 ± 0.054" in told_at(chrome, "counted")
    assert "the survey disowns it" in told_at(chrome, "others")
    assert "never counts" in told_at(chrome, "forced")
    assert "upper limit" not in told_at(chrome, "counted")
    assert "> " in told_at(chrome, "limits")
    assert f"Trigger of {FUNCTION.name}" in told_at(chrome, "triggers")
    assert "create stored, active, 20.50 mag (DECam_r_AB)" in told_at(chrome, "answers")
    assert faults(chrome, served) == []


AXES = PLOT + "return [plot.left[0].axis_label, plot.below.find((e) => e.axis_label).axis_label, plot.x_range.start];"


def test_the_switches_change_scale_dates_and_function(bridge, served, numbers, chrome):
    put_curve(bridge, an_lsst_light_curve(sources(), forced()))
    shown(chrome, served)
    assert chrome.execute_script(AXES)[:2] == ["difference magnitude (AB)", "UTC"]
    choose(chrome, "scale", "flux")
    assert chrome.execute_script(AXES)[0] == "difference flux (nJy)"
    choose(chrome, "dates", "mjd")
    assert chrome.execute_script(AXES)[1] == "MJD (UTC, days)"
    choose(chrome, "dates", "jd")
    begin = chrome.execute_script(AXES)[2]
    assert begin == pytest.approx(jd_utc(NOW) - 12.4, abs=0.5)
    functions = Select(chrome.find_element(By.NAME, "function"))
    assert functions.first_selected_option.text == FUNCTION.name
    chrome.find_element(By.CSS_SELECTOR, "[data-zoom='0.5']").click()
    assert chrome.execute_script(AXES)[2] > begin
    chrome.find_element(By.CSS_SELECTOR, "[data-whole]").click()
    assert chrome.execute_script(AXES)[2] == begin
    assert complaints(chrome) == []


def test_the_figure_follows_the_theme_is_whole_on_a_telephone_and_its_table_has_the_same(
    bridge, served, numbers, chrome
):
    put_curve(bridge, an_lsst_light_curve(sources(), forced()))
    put_target(bridge)
    at_width(chrome, 390)
    shown(chrome, served)
    chrome.execute_script("delete document.querySelector('tides-curve').dataset.drawn")
    themed(chrome, "dark")
    drawn(chrome)
    label = PLOT + "return plot.left[0].axis_label_text_color"
    assert chrome.execute_script(label) == "#e6edf3"
    assert faults(chrome, served) == []
    assert by_keyboard(chrome) == []
    assert barriers(chrome) == []
    rows = [row.text for row in chrome.find_elements(By.CSS_SELECTOR, ".curve tbody tr")]
    assert len(rows) == 7
    assert "the survey disowns it" in rows[4]
    assert faults(chrome, served) == [], "with open folds"


def test_a_light_curve_that_is_missing_or_cannot_be_asked_for_says_so(bridge, served, numbers, chrome):
    def words(text: str) -> bool:
        said = lambda _: text in chrome.find_element(By.TAG_NAME, "main").text  # noqa: E731
        return bool(WebDriverWait(chrome, LIMIT_S).until(said))

    chrome.get(f"{served}{ADDRESS}")
    assert words(f"No light curve of LSST {OBJECT} is stored.")
    assert complaints(chrome) == []
    chrome.get(f"{served}light-curve?survey=none&object=1")
    assert words("The light curve cannot be shown: the bridge answered 404.")


def test_only_the_word_of_its_own_answer_lets_a_style_in(bridge, served, numbers):
    answers = [requests.get(f"{served}{ADDRESS}", timeout=LIMIT_S) for _ in range(2)]
    policies = [answer.headers["Content-Security-Policy"] for answer in answers]
    assert policies[0] != policies[1]
    for answer, policy in zip(answers, policies, strict=True):
        nonce = policy.split("'nonce-")[1].split("'")[0]
        assert f'nonce="{nonce}"' in answer.text
        assert "unsafe" not in policy
        assert "script-src" not in policy, "scripts are those of our own files, as everything else"
