"""Two targets that turn out to be one: what becomes of what each had, here and at 4MOST."""

import pytest

from tests.builders import AN_ID, an_lsst_message
from tides.__main__ import main
from tides.fourmost.reconcile import reconcile
from tides.hooks.fourmost import FourMostHook
from tides.journal.states import history, unexpected
from tides.reports.trace import find, trace

ARCSEC = 1 / 3600
DEC = -30.0


class Two:
    """A bridge with two live targets at 4MOST, 1.5 arcsec apart: an older and a younger one."""

    def __init__(self, bridge, outside):
        self.bridge, self.outside = bridge, outside
        self.see(0, days_ago=6)
        self.see(1, days_ago=5, dec=DEC + 1.5 * ARCSEC)
        self.older, self.younger = (row["name"] for row in self.targets())

    def see(self, n, *, dec=DEC, **columns):
        """An alert of the first or the second object, and the run that takes it."""
        self.bridge.publish("lsst", an_lsst_message(AN_ID + n, dec=dec, **columns))
        self.bridge.run()

    def converge(self):
        """The younger one's position moves onto the older one's."""
        self.see(1, days_ago=3, dec=DEC + 0.5 * ARCSEC)

    def merge(self, *names):
        return main(["merge", *names, "--reason", "one galaxy's two names", "--by", "Ada"])

    def targets(self):
        return self.bridge.rows(
            "SELECT * FROM tides.tides_master JOIN tides.reason_in_words USING (tides_id) ORDER BY tides_id"
        )

    def reasons(self):
        """Why each is live or not; each that 4MOST has is there as it is here, once."""
        for target in self.targets():
            there = [row["is_active"] for row in self.outside.rows() if row["name"] == target["name"]]
            assert there in ([], [target["active"]])
            assert unexpected(self.steps(target["tides_id"])) == []
        return [target["words"] for target in self.targets()]

    def steps(self, tides_id):
        return [step.step for step in history(self.bridge.connection, tides_id)]

    def objects(self, tides_id):
        query = "SELECT object_id FROM tides.tides_alias WHERE tides_id = %s ORDER BY object_id"
        return [int(row["object_id"]) - AN_ID for row in self.bridge.rows(query, tides_id)]


@pytest.fixture
def two(bridge, outside):
    return Two(bridge, outside)


def test_targets_whose_positions_converge_become_one_and_the_younger_is_switched_off_at_4most(two):
    assert two.reasons() == ["live", "live"]
    two.converge()
    assert two.reasons() == ["live", f"merged into {two.older}"]
    assert (two.objects(1), two.objects(2)) == ([0, 1], [])
    assert two.steps(2) == ["selected", "created", "merged", "deactivated"]
    assert history(two.bridge.connection, 2)[2].reason == f"into {two.older}: 0.50 arcsec apart"
    assert two.bridge.rows("SELECT FROM tides.target_band WHERE tides_id = 2") == []
    assert two.targets()[0]["jdmax"] > two.targets()[1]["jdmin"] + 1, "the older one is as new as the newest alert"


def test_what_is_active_too_long_before_is_another_target_at_the_same_place(two):
    two.bridge.connection.execute(
        "UPDATE tides.tides_alias SET first_jd = first_jd - 400, last_jd = last_jd - 400,"
        " seen_jd = seen_jd - 400 WHERE tides_id = 1"
    )
    two.bridge.connection.execute(
        "UPDATE tides.tides_master SET jdmin = jdmin - 400, jdmax = jdmax - 400 WHERE tides_id = 1"
    )
    two.converge()
    assert [target["merged_into"] for target in two.targets()] == [None, None]


def test_the_same_alerts_again_lead_to_the_older_one(two):
    two.converge()
    before = two.targets()
    for n in (0, 1, 1):
        two.see(n, days_ago=3, dec=DEC + 0.5 * ARCSEC)
    two.see(2, days_ago=2, dec=DEC + 0.6 * ARCSEC)
    assert len(two.targets()) == len(before)
    assert (two.objects(1), two.objects(2)) == ([0, 1, 2], [])
    assert two.reasons() == ["live", f"merged into {two.older}"]


def test_a_person_merges_two_and_the_one_that_is_named_first_stays(two, capsys):
    assert two.merge(two.younger, str(AN_ID)) == 0
    assert "the next run" in capsys.readouterr().out
    two.bridge.run()
    assert two.reasons() == [f"merged into {two.younger}", "live"]
    assert two.objects(2) == [0, 1]
    step = history(two.bridge.connection, 1)[-2]
    assert (step.step, step.by) == ("merged", "Ada")
    assert step.reason == f"into {two.younger}, 1.50 arcsec apart: one galaxy's two names"


def test_decisions_and_spectra_of_the_younger_hold_for_the_older_also_those_that_come_later(two, tmp_path):
    assert main(["decide", "veto", two.younger, "--reason", "a ghost"]) == 0
    two.merge(two.older, two.younger)
    two.bridge.run()
    assert two.reasons()[0] == "vetoed"
    assert main(["decide", "undo", "1"]) == 0
    two.bridge.run()
    assert two.reasons()[0] == "live"
    file = tmp_path / "spectra.csv"
    file.write_text(f"target,night,state,source\n{two.younger},2026-11-20,complete,4MOST\n", encoding="utf-8")
    assert main(["observed", str(file)]) == 0
    two.bridge.run()
    assert two.reasons()[0] == "observed by 4MOST"


def test_a_younger_one_whose_create_is_under_way_is_switched_off_once_its_key_is_known(two):
    bridge, outside = two.bridge, two.outside
    outside.fault({"match": {"method": "POST", "path": "targetCat/transients/$"}, "kind": "store_then_cut"})
    two.see(5, days_ago=4, dec=DEC + 3 * ARCSEC)
    (third,) = find(bridge.connection, str(AN_ID + 5))
    name = two.targets()[2]["name"]
    assert two.merge(two.older, name) == 0
    for _ in range(3):
        bridge.connection.execute("UPDATE tides.fourmost_target SET sending_since = sending_since - interval '1 h'")
        bridge.run()
    assert [row["is_active"] for row in outside.rows() if row["name"] == name] == [False]
    assert bridge.row("SELECT why FROM tides.tides_master WHERE tides_id = %s", third)["why"] == "merged"


def test_what_4most_holds_of_the_younger_is_traced_and_reconcile_finds_nothing_odd(two):
    two.converge()
    done = reconcile(two.bridge.connection, FourMostHook(), *two.bridge.to_compare, "reconcile", full=True)
    assert done.found == {}
    assert two.bridge.rows("SELECT kind FROM tides.event WHERE kind LIKE '%%4MOST'") == []
    keys = {row["name"]: row["id"] for row in two.outside.rows()}
    said = trace(two.bridge.connection, 1).as_text()
    assert f"{keys[two.older]} (current, create)" in said
    assert f"{keys[two.younger]} (of {two.younger}, create)" in said
    (merged,) = two.bridge.rows("SELECT reason FROM tides.tides_history WHERE step = 'merged'")
    assert merged["reason"] == f"into {two.older}: 0.50 arcsec apart"
    assert f"into {two.older}: 0.50" in said
    assert find(two.bridge.connection, str(keys[two.younger])) == [2]
    assert f"not live: merged into {two.older}" in trace(two.bridge.connection, 2).as_text()


def test_a_run_after_a_merge_changes_nothing_and_sends_nothing(two):
    two.converge()
    two.bridge.run()
    before, calls = two.targets(), two.outside.calls("targetCat", "PATCH")
    two.bridge.run()
    assert two.targets() == before
    assert two.outside.calls("targetCat", "PATCH") == calls


def test_what_cannot_be_merged_is_said_and_changes_nothing(two, capsys):
    two.see(7, days_ago=4, ra=160.0)
    far = two.targets()[2]["name"]
    assert two.merge(two.older, str(AN_ID)) == 1
    assert two.merge(two.older, far) == 1
    assert two.merge(two.older, "TiDES99zzz") == 1
    said = capsys.readouterr().err
    assert "are the same" in said
    assert "arcsec apart, and a merge cannot be undone" in said
    assert "no target has 'TiDES99zzz'" in said
    assert two.merge(two.older, two.younger) == 0
    assert two.merge(two.younger, far) == 1
    assert f"{two.younger} is merged into {two.older} already" in capsys.readouterr().err


def test_a_chain_of_merges_ends_at_one_target(two):
    two.see(5, days_ago=4, dec=DEC + 3 * ARCSEC)
    third = two.targets()[2]["name"]
    assert two.merge(two.younger, third) == 0
    assert two.merge(two.older, two.younger) == 0
    two.bridge.run()
    assert two.reasons() == ["live", *[f"merged into {two.older}"] * 2]
    assert two.objects(1) == [0, 1, 5]


def test_the_one_that_stays_has_the_magnitudes_of_both(two):
    two.see(1, days_ago=4, dec=DEC + 1.5 * ARCSEC, mag=19.5, bands="griz")
    two.converge()
    bands = two.bridge.rows("SELECT band, newest_jd FROM tides.target_band WHERE tides_id = 1 ORDER BY band")
    assert [row["band"] for row in bands] == ["g", "i", "r", "z"]
    assert two.targets()[0]["magrmin"] == pytest.approx(19.5, abs=0.3)
    assert two.targets()[0]["jdrmax"] == bands[2]["newest_jd"]


def test_too_many_pairs_at_once_are_not_merged_but_an_event(make_bridge, outside):
    two = Two(make_bridge(guard={"merges": 1}), outside)
    two.see(2, days_ago=4, dec=DEC + 1.5 * ARCSEC, ra=151.0)
    two.see(3, days_ago=4, ra=151.0)
    for n, ra in ((1, 150.0), (2, 151.0)):
        two.bridge.publish("lsst", an_lsst_message(AN_ID + n, dec=DEC + 0.5 * ARCSEC, ra=ra, days_ago=3))
    two.bridge.run()
    assert two.reasons() == 4 * ["live"]
    (event,) = two.bridge.rows("SELECT kind, detail FROM tides.event WHERE closed_at IS NULL")
    assert (event["kind"], event["detail"]) == ("too many merges", {"pairs": 2, "limit": 1})
    two.see(1, days_ago=2, dec=DEC + 0.5 * ARCSEC)
    assert two.reasons() == ["live", f"merged into {two.older}", "live", "live"]
    assert two.bridge.rows("SELECT FROM tides.event WHERE closed_at IS NULL") == []
