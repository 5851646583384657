"""The questions of a morning, as docs/page.md has them, and their paths, which a browser follows."""

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.expected_conditions import element_to_be_clickable as clickable
from selenium.webdriver.support.expected_conditions import frame_to_be_available_and_switch_to_it as frame
from selenium.webdriver.support.expected_conditions import visibility_of_element_located as visible
from selenium.webdriver.support.ui import WebDriverWait

from tests.limits import LIMIT_S

PAGE = Path(__file__).parents[1] / "docs" / "page.md"
MOST_CLICKS = 3
SECTION = "## The questions of a morning\n"
PLACES = {"the first line": (By.TAG_NAME, "h1"), "the report": (By.CLASS_NAME, "report")}
"""Where an answer stands that has no heading of its own."""


@dataclass(frozen=True)
class Question:
    """A question; the words of the links that lead to its answer, from Airflow's home; and where the answer stands."""

    words: str
    clicks: tuple[str, ...]
    place: str


def questions() -> list[Question]:
    """Those of docs/page.md."""
    (_, found) = PAGE.read_text(encoding="utf-8").split(SECTION)
    rows = re.findall(r"^\| (.+\?) \| (.+) \| (.+) \|$", found.split("\n## ")[0], re.MULTILINE)
    return [Question(words, tuple(re.findall(r"\*(.+?)\*", clicks)), place) for words, clicks, place in rows]


def answers(chrome: Chrome, home: str) -> dict[str, str]:
    """What stands at the end of each path, as a person sees it, by question. Equal paths are gone once."""
    paths = defaultdict(list)
    for question in questions():
        paths[question.clicks].append(question)
    found = {}
    for clicks, asked in paths.items():
        follow(chrome, home, *clicks)
        for question in asked:
            found[question.words] = _seen(chrome, question.place)
        chrome.switch_to.default_content()
    return found


def follow(chrome: Chrome, home: str, first: str, *others: str) -> None:
    """Opens Airflow's home and clicks: the first link is Airflow's own, and the others are in the frame of the page."""
    chrome.get(home)
    wait = WebDriverWait(chrome, LIMIT_S)
    wait.until(clickable((By.XPATH, f"//a[normalize-space()='{first}']"))).click()
    wait.until(frame((By.TAG_NAME, "iframe")))
    for words in others:
        wait.until(clickable((By.LINK_TEXT, words))).click()
        wait.until(visible((By.XPATH, f"//nav//a[@aria-current and normalize-space()='{words}']")))


def _seen(chrome: Chrome, place: str) -> str:
    heading = place.strip("*")
    by = PLACES.get(place, (By.XPATH, f"//section[h2[normalize-space()='{heading}']]"))
    return " ".join(WebDriverWait(chrome, LIMIT_S).until(visible(by)).text.split())
