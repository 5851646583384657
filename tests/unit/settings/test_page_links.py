"""The addresses of the page's links: filled with what is asked for, escaped, and refused when they are none."""

import pytest

from tides.errors import SettingsError
from tides.settings.model import DEFAULT_FILE, load_settings
from tides.settings.page import filled, origin

PLACE = {"ra": "10.5", "dec": "-30.5", "object": 'A b/c?d#e&f"<x>', "tns": "2026abc"}


def test_every_value_is_escaped_and_every_link_of_the_settings_can_be_filled():
    assert filled("https://x.org/{object}?p={ra},{dec}", PLACE) == (
        "https://x.org/A%20b%2Fc%3Fd%23e%26f%22%3Cx%3E?p=10.5,-30.5"
    )
    links = {name: link for name, link in load_settings(DEFAULT_FILE).page.links.items() if link}
    assert {"SIMBAD", "NED", "TNS", "Legacy Survey", "Aladin"} <= links.keys()
    for link in links.values():
        address = filled(link.address, PLACE)
        assert address.startswith(origin(link.address) + "/")
        assert not set(address) & set('{}"<> ')


def test_an_address_without_its_value_is_left_out():
    assert filled("https://x.org/{tns}", {"ra": "1"}) is None
    assert origin("https://x.org:8443/a/{ra}") == "https://x.org:8443"


@pytest.mark.parametrize(
    "address",
    ["http://x.org/{ra}", "javascript:alert(1)", "https://{object}.org/", "https://x.org/{other}", 'https://x.org/"{ra}',
     "https://x.org/{ra.real}", "https://x.org/{}"],
)  # fmt: skip
def test_an_address_that_leads_elsewhere_is_refused(tmp_path, address):
    file = tmp_path / "page.yaml"
    file.write_text(f"page: {{links: {{TOM: {{address: '{address}'}}}}}}", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"page\.links\.TOM"):
        load_settings(DEFAULT_FILE, file)


def test_a_link_of_a_survey_that_is_none_is_refused_and_null_takes_a_link_away(tmp_path):
    file = tmp_path / "page.yaml"
    file.write_text("page: {links: {TNS: {address: 'https://x.org/{tns}', survey: lsts}}}", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"no survey 'lsts'.*lsst"):
        load_settings(DEFAULT_FILE, file)
    file.write_text("page: {links: {TNS: null}}", encoding="utf-8")
    assert load_settings(DEFAULT_FILE, file).page.links["TNS"] is None
