"""How a view of the page is to those who use it: what is cut off, what keys reach, what axe finds."""

import json

from axe_core_python.base import AXE_SCRIPT
from selenium.webdriver import Chrome
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from tests.browser import complaints
from tests.limits import LIMIT_S

WIDTHS = (1440, 1024, 390)
THEMES = ("light", "dark")

GRAVE = ("serious", "critical")
"""Findings of axe that a view must not have."""

AXE = """
const done = arguments[0];
for (const fold of document.querySelectorAll("details")) fold.open = true;
axe.run({ resultTypes: ["violations"] }).then(done, (error) => done({ error: `${error}` }));
"""

CUT_OFF = """
const most = document.documentElement.clientWidth, found = [];
const name = (e) => e.outerHTML.slice(0, 120);
if (document.documentElement.scrollWidth > most) found.push(`the page: ${document.documentElement.scrollWidth} px`);
for (const e of document.querySelectorAll("body *")) {
  if (!e.checkVisibility({ checkVisibilityCSS: true }) || e.closest(".hidden, .skip, svg, select, input")) continue;
  const box = e.getBoundingClientRect(), style = getComputedStyle(e);
  // What is taller than its box lies upon what follows.
  // A row of a table is as tall as one line of it, where a cell has several.
  const spills = e.tagName !== "TR" && e.clientHeight && e.scrollHeight > e.clientHeight + 4;
  if (style.overflowY === "visible" && spills) found.push(`spills: ${name(e)}`);
  if (style.overflowX === "hidden" && e.scrollWidth > e.clientWidth + 1) found.push(`hides a part: ${name(e)}`);
  // A table may be wider than the screen: its frame scrolls, by the keyboard too.
  const frame = e.parentElement.closest(".wide");
  if (!frame && (box.left < -1 || box.right > most + 1)) found.push(`lies outside: ${name(e)}`);
}
return found;
"""

FOCUS = """
window.reached ??= new Set();
const e = document.activeElement, box = e.getBoundingClientRect(), style = getComputedStyle(e);
// A date has a stop for each of its parts.
const over = e === document.body || (window.reached.has(e) && e !== window.before);
window.before = e;
if (!over) window.reached.add(e);
const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
return {
  over, name: e.outerHTML.slice(0, 120),
  fold: e.tagName === "SUMMARY" && !e.parentElement.open,
  seen: inside && style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
};
"""

MISSED = """
const all = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']";
return [...document.querySelectorAll(all)]
  // What lies on a map is listed beneath it, too.
  .filter((e) => !e.closest("svg"))
  .filter((e) => e.checkVisibility({ checkVisibilityCSS: true }) && !window.reached.has(e))
  .map((e) => e.outerHTML.slice(0, 120));
"""


def themed(chrome: Chrome, theme: str) -> None:
    """The theme of the system, which a page follows while it is open."""
    features = [{"name": "prefers-color-scheme", "value": theme}]
    chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def ground(chrome: Chrome) -> str:
    """The theme in which a page is shown, by how bright its ground is."""
    colour = chrome.execute_script("return getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
    return "light" if sum(colour) > 3 * 128 else "dark"


def barriers(chrome: Chrome) -> list[str]:
    """The serious and critical findings of axe in the view, or in the frame that is looked at, with each fold open.

    The script goes in by the driver, so the content policy of the page stays as it is.
    """
    chrome.set_script_timeout(LIMIT_S)
    chrome.execute_script(AXE_SCRIPT)
    found = chrome.execute_async_script(AXE)
    assert "error" not in found, found["error"]
    assert len(found["passes"]) > 10, "axe has looked at the view"
    return [
        f"{finding['id']} ({finding['impact']}): {node['html'][:160]}: {node['failureSummary']}"
        for finding in found["violations"]
        if finding["impact"] in GRAVE
        for node in finding["nodes"]
    ]


def by_keyboard(chrome: Chrome) -> list[str]:
    """Goes through a view with Tab, opening each fold with Enter; what is not reached, or is without a mark."""
    found = []
    chrome.execute_script("window.reached = new Set(); document.activeElement.blur(); window.focus()")
    while True:
        ActionChains(chrome).send_keys(Keys.TAB).perform()
        focus = chrome.execute_script(FOCUS)
        if focus["over"]:
            break
        if not focus["seen"]:
            found.append(f"no mark: {focus['name']}")
        if focus["fold"]:
            ActionChains(chrome).send_keys(Keys.ENTER).perform()
    return found + [f"not reached: {name}" for name in chrome.execute_script(MISSED)]


def asked(chrome: Chrome) -> list[str]:
    """The addresses that the browser has asked since this was last called; what it had already is not asked."""
    messages = [json.loads(entry["message"])["message"] for entry in chrome.get_log("performance")]
    requests = [each["params"] for each in messages if each["method"] == "Network.requestWillBeSent"]
    return [each["request"]["url"] for each in requests if not each["request"]["url"].startswith(("data:", "blob:"))]


def faults(chrome: Chrome, home: str) -> list[str]:
    """What is wrong with what the browser shows: errors, what was asked of others than `home`, and what is cut off.

    It is cut off when a reader cannot see it at the width of the screen without a scroll of the whole page.
    """
    strange = [f"asks {url}" for url in asked(chrome) if not url.startswith(home)]
    return [*strange, *complaints(chrome), *chrome.execute_script(CUT_OFF)]
