"""Debian's Chromium, driven by Selenium: the machine's own, else unpacked in the user's cache."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

from sandbox.services.debian import program
from sandbox.services.leash import ServiceError

NOTHING_OUTSIDE = "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"
"""No name of a host is found but our own: what a page asks of others fails, and is an error in the console."""


@contextmanager
def chromium(width: int = 1440, height: int = 900, *, trusting: bool = False) -> Iterator[Chrome]:
    """A browser with nothing stored, which keeps its console and its requests. Skips the test where there is none.

    With `trusting` it takes any certificate.
    """
    try:
        browser = program("chromium", data=("chromium-common",))
        driver = program("chromedriver", "chromium-driver")
    except ServiceError as error:
        pytest.skip(f"Chromium cannot be had: {error}")
    # The package's own `chromium` is a script that starts this file at its installed place.
    unpacked = browser.path.parents[1] / "lib" / "chromium" / "chromium"
    options = ChromeOptions()
    options.binary_location = str(unpacked if unpacked.exists() else browser.path)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    options.accept_insecure_certs = trusting
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--disable-gpu",
        "--force-device-scale-factor=1",
        f"--window-size={width},{height}",
        f"--host-resolver-rules={NOTHING_OUTSIDE}",
    ):
        options.add_argument(argument)
    environment = driver.environment | {"LD_LIBRARY_PATH": browser.needs.get("LD_LIBRARY_PATH", "")}
    chrome = Chrome(options=options, service=Service(str(driver.path), env=environment))
    try:
        yield chrome
    finally:
        chrome.quit()


def at_width(chrome: Chrome, width: int, height: int = 800) -> None:
    """Shows pages at a width, which may be as narrow as a telephone: a window has a least width."""
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    chrome.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def complaints(chrome: Chrome) -> list[str]:
    """The errors in the console since it was last asked. Chromium also warns of the sandbox in which Airflow frames."""
    return [str(entry["message"]) for entry in chrome.get_log("browser") if entry["level"] == "SEVERE"]


def picture(chrome: Chrome, file: Path) -> None:
    """Puts what the browser shows into a file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(chrome.get_screenshot_as_png())
