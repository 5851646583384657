"""People's decisions and spectra: what they make of a target, at 4MOST too, and how each is taken back."""

import pytest

from tests.builders import AN_ID, an_lsst_message
from tides.__main__ import main
from tides.journal.states import history, unexpected
from tides.reports.trace import trace

COLUMNS = "target,night,state,snr,source"


class Hand:
    """A bridge with one live target at 4MOST."""

    def __init__(self, bridge, outside):
        self.bridge, self.outside = bridge, outside
        self.see(mag=21.0, days_ago=6)

    def see(self, n=0, **columns):
        """An alert, and the run that takes it."""
        self.bridge.publish("lsst", an_lsst_message(AN_ID + n, ra=150.0 + n, **columns))
        self.bridge.run()

    def do(self, *command):
        """A command, and the run after it."""
        assert main(list(command)) == 0
        self.bridge.run()

    def stands(self, tides_id=1):
        """Why the target is live or not; 4MOST, if it knows the target, knows that too."""
        target = self.bridge.row(
            "SELECT name, active, words FROM tides.tides_master JOIN tides.reason_in_words USING (tides_id)"
            " WHERE tides_id = %s",
            tides_id,
        )
        there = [row["is_active"] for row in self.outside.rows() if row["name"] == target["name"]]
        assert there in ([], [target["active"]])
        assert unexpected(self.steps(tides_id)) == []
        return target["words"]

    def steps(self, tides_id=1):
        return [step.step for step in history(self.bridge.connection, tides_id)]


@pytest.fixture
def hand(bridge, outside):
    return Hand(bridge, outside)


@pytest.fixture
def spectra(tmp_path):
    """Writes a file of spectra."""

    def write(*lines):
        file = tmp_path / "spectra.csv"
        file.write_text("\n".join([COLUMNS, *lines]), encoding="utf-8")
        return str(file)

    return write


def test_a_veto_takes_a_target_out_of_the_queue_and_stands_until_it_is_undone(hand):
    hand.do("decide", "veto", str(AN_ID), "--reason", "a known variable", "--by", "Ada")
    assert hand.stands() == "vetoed"
    hand.see(mag=19.0, days_ago=1)
    assert hand.stands() == "vetoed", "brightness changes nothing"
    hand.do("decide", "undo", "1", "--by", "Ada")
    assert hand.stands() == "live"
    assert hand.steps() == ["selected", "created", "vetoed", "reactivated"]
    assert history(hand.bridge.connection, 1)[2].reason == "vetoed by Ada: a known variable"


def test_a_forced_target_stays_though_it_fades_until_that_is_undone(hand):
    hand.do("decide", "force", str(AN_ID), "--reason", "a rare kind", "--by", "Ada")
    hand.see(mag=23.5, days_ago=1)
    assert hand.stands() == "forced"
    hand.do("decide", "undo", "1")
    assert hand.stands() == "lsst: faded"
    hand.do("decide", "force", str(AN_ID), "--reason", "after all")
    assert hand.stands() == "forced"
    assert hand.steps() == ["selected", "created", "deactivated", "forced"]


def test_the_newest_decision_wins(hand, capsys):
    hand.do("decide", "veto", str(AN_ID), "--reason", "one")
    hand.do("decide", "force", str(AN_ID), "--reason", "two")
    assert hand.stands() == "forced"
    capsys.readouterr()
    assert main(["decide", "list"]) == 0
    listed = capsys.readouterr().out
    assert listed.index("two") < listed.index("one")
    hand.do("decide", "undo", "2")
    assert hand.stands() == "vetoed"


def test_a_veto_on_a_position_meets_the_target_that_comes_there_later_and_no_other(hand):
    hand.do("decide", "veto", "152.0", "-30.0", "--reason", "a ghost of a bright star")
    hand.see(1)
    hand.see(2)
    assert [hand.stands(n) for n in (1, 2, 3)] == ["live", "live", "vetoed"]
    assert len(hand.outside.rows()) == 2, "what is vetoed before it is sent is never sent"
    traced = trace(hand.bridge.connection, 3)
    assert [d["reason"] for d in traced.decisions] == ["a ghost of a bright star"]
    assert "a ghost of a bright star" in traced.as_text()


def test_what_cannot_be_decided_is_said_and_changes_nothing(hand, capsys):
    assert main(["decide", "veto", "TiDES99zzz", "--reason", "x"]) == 1
    assert main(["decide", "veto", "400", "10", "--reason", "x"]) == 1
    assert main(["decide", "undo", "7"]) == 1
    said = capsys.readouterr().err
    assert "no target has 'TiDES99zzz'" in said
    assert "ra is 0 to 360 deg" in said
    assert "no decision 7 can be undone" in said
    assert hand.bridge.rows("SELECT * FROM tides.operator_decision") == []


def test_a_complete_spectrum_ends_the_request_and_brightness_never_brings_it_back(hand, spectra):
    hand.do("observed", spectra(f"{AN_ID}, 2026-11-20, partial, 2.5, 4MOST"))
    assert hand.stands() == "live", "a partial one keeps the request"
    hand.do("observed", spectra(f"{AN_ID}, 2026-11-20, complete, 7.5, 4MOST"))
    assert hand.stands() == "observed by 4MOST"
    hand.see(mag=18.0, days_ago=1)
    assert hand.stands() == "observed by 4MOST"
    assert hand.steps() == ["selected", "created", "observed"]
    assert history(hand.bridge.connection, 1)[2].reason == "1 good spectra, the newest of 2026-11-20 by 4MOST"
    assert [s["state"] for s in trace(hand.bridge.connection, 1).spectra] == ["complete"]


def test_a_function_can_ask_for_another_epoch_and_a_high_signal_to_noise_counts_as_complete(make_bridge, outside):
    bridge = make_bridge(live={"complete_snr": 5.0})
    stream = bridge.settings.streams["lsst"]
    twice = tuple(use.model_copy(update={"spectra": 2}) for use in stream.functions)
    bridge.settings.streams["lsst"] = stream.model_copy(update={"functions": twice})
    hand = Hand(bridge, outside)
    add = "INSERT INTO tides.tides_spectrum (tides_id, night, state, snr, source) VALUES (1, %s, %s, %s, 'WHT')"
    reasons = []
    for spectrum in (("2026-11-10", "complete", None), ("2026-11-15", "partial", 4.9), ("2026-11-20", "partial", 5.1)):
        bridge.connection.execute(add, spectrum)
        bridge.run()
        reasons.append(hand.stands())
    assert reasons == ["live", "live", "observed by WHT"]


def test_a_file_of_spectra_is_stored_whole_or_not_at_all_and_twice_as_once(hand, spectra, capsys):
    good = f"{AN_ID},2026-11-20,attempted,,4MOST"
    assert main(["observed", spectra(good, "TiDES99zzz,2026-11-20,complete,,4MOST")]) == 1
    assert "line 3: no target" in capsys.readouterr().err
    assert main(["observed", spectra(good, f"{AN_ID},20th,complete,,4MOST", f"{AN_ID},2026-11-21,done,,x")]) == 1
    said = capsys.readouterr().err
    assert "line 3, night" in said
    assert "line 4, state" in said
    assert hand.bridge.rows("SELECT * FROM tides.tides_spectrum") == []
    assert main(["observed", spectra(good)]) == 0
    assert main(["observed", spectra(good)]) == 0
    assert "0 of them new" in capsys.readouterr().out
    assert main(["observed", "no such file.csv"]) == 1


def test_what_a_run_sent_is_taken_back_whole_shown_first_and_given_back(hand, capsys):
    (by,) = {step.by for step in history(hand.bridge.connection, 1) if step.step == "created"}
    hand.outside.ingest()
    command = ["withdraw", "--run", by, "--by", "Ada"]
    hand.do(*command)
    assert "Nothing is done yet" in capsys.readouterr().out
    assert hand.stands() == "live"
    hand.do(*command, "--really")
    assert hand.stands() == "vetoed"
    assert main([*command, "--really"]) == 0
    assert "0 targets are vetoed" in capsys.readouterr().out
    hand.see(1)
    assert [hand.stands(n) for n in (1, 2)] == ["vetoed", "live"]
    hand.do(*command, "--undo")
    assert hand.stands() == "live"
    assert main([*command, "--undo"]) == 1
    assert "is withdrawn" in capsys.readouterr().err


def test_what_a_functions_hash_alone_selected_and_what_was_sent_since_a_time_is_found(hand, capsys):
    (verdict,) = {
        v["function_hash"] for v in hand.bridge.rows("SELECT function_hash FROM tides.selection WHERE passed")
    }
    hand.see(1)
    hand.do("withdraw", "--function-hash", verdict, "--by", "Ada", "--really")
    assert [hand.stands(n) for n in (1, 2)] == ["vetoed", "vetoed"]
    assert main(["withdraw", "--function-hash", "0" * 64, "--by", "Ada"]) == 1
    assert "nothing of ours" in capsys.readouterr().out
    assert main(["withdraw", "--since", "2999-01-01", "--by", "Ada"]) == 1
    assert main(["withdraw", "--since", "2020-01-01", "--by", "Ada"]) == 0
