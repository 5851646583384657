"""Several functions on one stream: each selection records which, the order decides on the template, hosts stay here."""

import pytest

from tests.builders import AN_ID, an_lsst_message

TEMPLATE = {
    "uploadedfor_survey_id": 15,
    "subsurvey": "tides-young",
    "ruleset": "r",
    "template": "t",
    "resolution": 1,
    "cadence": 0,
    "classification": "TRA",
    "redshift_estimate": 0.1,
    "window_days": 120,
    "exposures": [{"fainter_than": 0, "t_exp_d": 1, "t_exp_g": 1, "t_exp_b": 1, "t_exp_s": 1}],
    "mag_type": {"lsst": {"r": "LSST_r_AB"}, "ztf": {}},
}
BRIGHT, FAINT = AN_ID, AN_ID + 1


@pytest.fixture
def bridge_with(make_bridge):
    """A bridge whose LSST stream uses these functions, in this order."""

    def make(*functions):
        bridge = make_bridge(targets={"other": TEMPLATE})
        lsst = bridge.settings.streams["lsst"]
        uses = tuple(type(lsst.functions[0])(**function) for function in functions)
        streams = bridge.settings.streams | {"lsst": lsst.model_copy(update={"functions": uses})}
        bridge.settings = bridge.settings.model_copy(update={"streams": streams})
        return bridge

    return make


def master(bridge):
    rows = bridge.rows(
        "SELECT a.object_id, m.template, m.active, m.why FROM tides.tides_master AS m"
        " JOIN tides.tides_alias AS a USING (tides_id)"
    )
    return {int(row["object_id"]): (row["template"], row["active"], row["why"]) for row in rows}


HOSTS = {"name": "tidesHostLSSTSelect", "template": "other", "target": "host"}
LIVE = {"name": "tidesSNLSST", "template": "tides-sn"}


def test_the_first_function_in_the_settings_gives_the_template_and_each_selection_records_its_function(bridge_with):
    bridge = bridge_with({"name": "tidesSNLSSTSelect", "template": "other"}, LIVE)
    bridge.take_in("lsst", an_lsst_message(BRIGHT))
    assert master(bridge) == {BRIGHT: ("other", True, "live")}
    selected = bridge.rows("SELECT function FROM tides.selection WHERE passed ORDER BY function")
    assert [row["function"] for row in selected] == ["tidesSNLSST", "tidesSNLSSTSelect"]


def test_what_only_a_host_function_selects_is_in_the_master_and_never_sent(bridge_with):
    bridge = bridge_with(HOSTS, LIVE)
    bridge.take_in("lsst", an_lsst_message(BRIGHT), an_lsst_message(FAINT, mag=22.8, ra=151.0))
    assert master(bridge) == {BRIGHT: ("tides-sn", True, "live"), FAINT: ("other", False, "host_only")}
    assert bridge.tell().created == 1


def test_a_host_only_target_that_brightens_becomes_one_of_its_own_with_its_own_template(bridge_with):
    bridge = bridge_with(HOSTS, LIVE)
    bridge.take_in("lsst", an_lsst_message(FAINT, mag=22.8, days_ago=6))
    assert master(bridge)[FAINT] == ("other", False, "host_only")
    bridge.take_in("lsst", an_lsst_message(FAINT, mag=21.0, days_ago=1))
    assert master(bridge)[FAINT] == ("tides-sn", True, "live")
