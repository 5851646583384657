"""Host galaxies: asked of Sherlock, kept by rank, wanted at 4MOST once their transient is gone, off when it is back."""

import pytest

from tests.builders import AN_ID, an_lsst_message
from tests.state import differences, dump
from tides.__main__ import main
from tides.errors import AnswerBroken, ServiceAway
from tides.journal.states import history, unexpected

GALAXY = {
    "catalogue_table_name": "SDSS", "catalogue_object_id": "77", "separationArcsec": 0.8, "z": 0.0612, "_r": 18.31,
    "_rErr": 0.03, "Mag": 15.2, "MagFilter": "K", "major_axis_arcsec": 4.5,
}  # fmt: skip
SHERLOCK = "/api/sherlock/object/"


class Place:
    """A bridge whose targets lie 1 deg apart, each with galaxies about it."""

    def __init__(self, bridge, outside):
        self.bridge, self.outside = bridge, outside

    def see(self, n=0, days_ago=60.0, **columns):
        """An alert of a target, and the run that takes it: 60 days ago it is long gone."""
        self.bridge.publish("lsst", an_lsst_message(AN_ID + n, ra=150.0 + n, days_ago=days_ago, **columns))
        self.bridge.run()

    def find(self, *galaxies):
        """What Sherlock says of the first target's place, and the day's question."""
        self.say(0, *galaxies)
        return self.bridge.find_hosts("lsst")

    def say(self, n=0, *galaxies):
        """What Sherlock says of a target's place: galaxies in the north of it."""
        said = [{**GALAXY, **galaxy} for galaxy in galaxies or ({},)]
        here = [{"raDeg": 150.0 + n, "decDeg": -30.0 + g["separationArcsec"] / 3600, **g} for g in said]
        self.outside.crossmatches(AN_ID + n, here)

    def hosts(self):
        return self.bridge.rows(
            "SELECT * FROM tides.tides_hosts JOIN tides.reason_in_words USING (tides_id) ORDER BY tides_id"
        )

    def reasons(self):
        """Why each galaxy is wanted or not; each that 4MOST has is there as it is here, once."""
        rows = self.outside.rows()
        for host in self.hosts():
            there = [row["is_active"] for row in rows if row["name"] == host["name"]]
            assert there == ([] if host["pk_4most"] is None else [host["active"]])
            assert unexpected([step.step for step in history(self.bridge.connection, host["tides_id"])]) == []
        return [host["words"] for host in self.hosts()]

    def at_4most(self):
        """The hosts that are active at 4MOST, by name."""
        rows = [row for row in self.outside.rows() if row["subsurvey"] == "tides-host" and row["is_active"]]
        return {row["name"]: row for row in rows}


@pytest.fixture
def place(bridge, outside):
    return Place(bridge, outside)


def test_the_host_of_a_transient_that_is_gone_is_told_to_4most_as_its_catalogue_has_it(place):
    place.see()
    found = place.find()
    assert (found.asked, found.with_host, found.waiting) == (1, 1, 0)
    place.bridge.run()
    assert place.reasons() == ["its transient is gone"]
    ((name, row),) = place.at_4most().items()
    assert name.startswith("TiDES-H26")
    assert (row["mag"], row["mag_err"], row["mag_type"]) == (18.31, 0.03, "SDSS_r_AB")
    assert (row["extent_flag"], row["extent_parameter"], row["extent_index"]) == (2, 4.5, 1.0)
    assert (row["classification"], row["redshift_estimate"], row["date_latest"]) == ("GAL", 0.0612, 0.0)
    assert row["dec"] == pytest.approx(-30 + 0.8 / 3600)
    steps = history(place.bridge.connection, place.hosts()[0]["tides_id"])
    assert [step.step for step in steps] == ["selected", "created"]
    assert steps[0].reason == "host of TiDES26aaa, 0.8 arcsec away"


def test_a_further_run_and_a_further_day_ask_and_change_nothing(place, database):
    place.see()
    place.find()
    place.bridge.run()
    before = dump(database, place.outside.rows())
    asked = place.outside.calls("/")
    place.bridge.run()
    assert place.bridge.find_hosts("lsst").asked == 0
    assert place.outside.calls("/") == asked
    assert differences(dump(database, place.outside.rows()), before) == []


def test_no_host_is_wanted_while_its_transient_is_live_and_it_is_off_when_the_transient_is_back(place):
    place.see(days_ago=2)
    place.find()
    place.bridge.run()
    assert place.reasons() == ["its transient is live"]
    assert place.hosts()[0]["name"] is None, "a name is drawn when it is first wanted"
    place.see(1)
    place.say(1, {"catalogue_object_id": "78"})
    place.find()
    place.bridge.run()
    assert place.reasons() == ["its transient is live", "its transient is gone"]
    place.outside.ingest()
    place.see(1, days_ago=1)
    assert place.reasons() == ["its transient is live", "its transient is live"]
    assert place.at_4most() == {}
    steps = history(place.bridge.connection, place.hosts()[1]["tides_id"])
    assert [step.step for step in steps] == ["selected", "created", "deactivated", "ingested"]
    assert steps[2].reason == "its transient TiDES26aab is live"


def test_a_transient_that_is_off_and_was_seen_lately_keeps_its_host_away_unless_it_is_very_faint(place):
    for n, mag in ((0, 23.5), (1, 24.2)):
        place.see(n, days_ago=12)
        place.see(n, days_ago=3, mag=mag)
    place.say(1, {"catalogue_object_id": "78"})
    place.find()
    place.bridge.run()
    targets = place.bridge.rows("SELECT active, why FROM tides.tides_master ORDER BY tides_id")
    assert [target["active"] for target in targets] == [False, False], targets
    assert place.reasons() == ["its transient was seen lately", "its transient is gone"]


def test_the_candidates_are_kept_by_rank_and_only_the_best_is_ever_sent(place):
    place.see()
    near = [{"catalogue_object_id": str(n), "separationArcsec": 2.0 + 2 * n} for n in range(7)]
    star = {"catalogue_object_id": "star", "catalogue_object_type": "star", "separationArcsec": 30.0}
    again = {"catalogue_table_name": "PS1", "rank": None, "merged_rank": 1}
    place.find(*near, star, again)
    place.bridge.run()
    kept = place.bridge.rows(
        "SELECT rank, catalogue_id, separation_arcsec FROM tides.host_candidate AS n"
        " JOIN tides.tides_hosts AS h ON h.tides_id = n.host_id ORDER BY rank"
    )
    assert [(k["rank"], k["catalogue_id"]) for k in kept] == [(n + 1, str(n)) for n in range(5)]
    assert [round(k["separation_arcsec"]) for k in kept] == [2, 4, 6, 8, 10]
    assert place.reasons() == ["its transient is gone"] + 4 * ["no target lies in it"]


def test_a_galaxy_of_two_transients_is_one_row_and_waits_for_both(place):
    shared = {"raDeg": 150.0, "decDeg": -30.0}
    for n, days_ago in ((0, 60), (1, 2)):
        place.bridge.publish("lsst", an_lsst_message(AN_ID + n, dec=-30 + n * 3 / 3600, days_ago=days_ago))
    place.bridge.run()
    place.say(1, {**shared, "catalogue_table_name": "PS1", "catalogue_object_id": "9", "z": 0.2})
    assert place.find(shared).asked == 2
    place.bridge.run()
    assert place.reasons() == ["its transient is live"]
    assert place.hosts()[0]["redshift"] in (0.0612, 0.2)
    assert len(place.bridge.rows("SELECT FROM tides.host_candidate WHERE rank = 1")) == 2


def test_a_galaxy_waits_while_another_transient_in_it_is_off_but_was_seen_lately(place):
    shared = {"raDeg": 150.0, "decDeg": -30.0}
    for n, days_ago in ((0, 60), (1, 12)):
        place.bridge.publish("lsst", an_lsst_message(AN_ID + n, dec=-30 + n * 3 / 3600, days_ago=days_ago))
    place.bridge.run()
    place.bridge.publish("lsst", an_lsst_message(AN_ID + 1, dec=-30 + 3 / 3600, days_ago=3, mag=23.5))
    place.bridge.run()
    place.say(1, shared)
    assert place.find(shared).asked == 2
    place.bridge.run()
    targets = place.bridge.rows("SELECT active, why FROM tides.tides_master ORDER BY tides_id")
    assert [(t["active"], t["why"]) for t in targets] == [(False, "unobserved"), (False, "faint")]
    assert [(host["why"], host["active"]) for host in place.hosts()] == [("transient_seen_lately", False)]


def test_transients_that_a_host_function_alone_selected_have_hosts_too(bridge, outside):
    use = bridge.settings.streams["lsst"].functions[0].model_copy(update={"target": "host"})
    stream = bridge.settings.streams["lsst"].model_copy(update={"functions": (use,)})
    bridge.settings = bridge.settings.model_copy(update={"streams": bridge.settings.streams | {"lsst": stream}})
    place = Place(bridge, outside)
    place.see()
    assert bridge.row("SELECT why FROM tides.tides_master")["why"] == "host_only"
    place.find()
    bridge.run()
    assert place.reasons() == ["its transient is gone"]
    assert [row["subsurvey"] for row in outside.rows()] == ["tides-host"]


def test_classes_that_have_no_host_are_not_asked_for_or_not_wanted(place):
    place.see(0, sherlock="ORPHAN")
    assert place.find().asked == 0
    place.see(1)
    place.say(1)
    place.find()
    place.bridge.connection.execute("UPDATE tides.tides_master SET sherlock_class = 'VS' WHERE name = 'TiDES26aab'")
    place.bridge.remember()
    assert place.reasons() == ["its transient is VS"]


def test_by_setting_a_host_of_known_redshift_is_not_asked_for(make_bridge, outside):
    place = Place(make_bridge(hosts={"skip_known_redshift": True}), outside)
    place.see(0)
    place.see(1)
    place.say(1, {"catalogue_object_id": "78", "z": None, "photoZ": 0.1})
    place.find()
    place.bridge.run()
    assert place.reasons() == ["its redshift is known", "its transient is gone"]
    assert [row["redshift_estimate"] for row in place.at_4most().values()] == [0.1]


def test_what_tns_or_the_catalogue_says_later_is_told_before_ingestion_and_not_after_it(place):
    place.see()
    place.find({"z": None, "_r": None, "Mag": 18.0, "MagFilter": "_r"})
    place.bridge.run()
    (row,) = place.at_4most().values()
    assert (row["redshift_estimate"], row["mag"]) == (0.1, 18.0), "the template's estimate"
    context = "INSERT INTO tides.tides_context (survey, object_id, host_redshift) VALUES ('lsst', %s, 0.07)"
    place.bridge.connection.execute(context, (str(AN_ID),))
    place.bridge.run()
    (row,) = place.at_4most().values()
    assert row["redshift_estimate"] == 0.07
    place.outside.ingest()
    place.bridge.connection.execute("UPDATE tides.tides_context SET host_redshift = 0.08")
    place.bridge.run()
    patches = place.outside.calls("targetCat", "PATCH")
    place.bridge.connection.execute("UPDATE tides.tides_context SET host_redshift = 0.09")
    place.bridge.run()
    assert place.outside.calls("targetCat", "PATCH") == patches


def test_a_galaxy_without_a_magnitude_cannot_be_sent_and_the_report_says_so(place):
    place.see()
    place.find({"_r": None})
    place.bridge.run()
    assert place.at_4most() == {}
    problem = place.bridge.row("SELECT problem FROM tides.fourmost_target WHERE name LIKE 'TiDES-H%%'")["problem"]
    assert problem == "no current magnitude in r, i, g or z"


def test_a_person_vetoes_a_host_and_undoes_it_and_a_spectrum_ends_its_request(place, tmp_path):
    place.see()
    place.find()
    place.bridge.run()
    (name,) = place.at_4most()
    assert main(["decide", "veto", name, "--reason", "a star after all", "--by", "Ada"]) == 0
    place.bridge.run()
    assert place.reasons() == ["vetoed"]
    assert main(["decide", "undo", "1"]) == 0
    place.bridge.run()
    assert place.reasons() == ["its transient is gone"]
    file = tmp_path / "spectra.csv"
    file.write_text(f"target,night,state,source\n{name},2026-11-20,complete,4MOST\n", encoding="utf-8")
    assert main(["observed", str(file)]) == 0
    place.bridge.run()
    assert place.reasons() == ["observed by 4MOST"]
    steps = [step.step for step in history(place.bridge.connection, place.hosts()[0]["tides_id"])]
    assert steps == ["selected", "created", "vetoed", "reactivated", "observed"]


def test_a_host_cannot_be_forced(place, capsys):
    place.see()
    place.find()
    place.bridge.run()
    (name,) = place.at_4most()
    assert main(["decide", "force", name, "--reason", "now"]) == 1
    assert "is a host galaxy" in capsys.readouterr().err


def test_the_trace_shows_the_hosts_of_a_target_and_the_targets_of_a_host(place, capsys):
    place.see()
    place.find()
    place.bridge.run()
    (name,) = place.at_4most()
    assert main(["trace", "TiDES26aaa"]) == 0
    screen = capsys.readouterr().out
    assert name in screen
    assert "its transient is gone" in " ".join(screen.split())
    assert main(["trace", name]) == 0
    screen = capsys.readouterr().out
    assert "SDSS 77" in screen
    assert "TiDES26aaa" in screen
    assert "at 4MOST as active" in screen


def test_withdraw_takes_hosts_back_with_all_else_that_a_run_sent(place, capsys):
    place.see()
    place.find()
    place.bridge.run()
    (name,) = place.at_4most()
    assert main(["withdraw", "--since", "2026-01-01", "--really", "--by", "Ada"]) == 0
    assert name in capsys.readouterr().out
    place.bridge.run()
    assert place.reasons() == ["vetoed"]


def test_merged_targets_have_one_set_of_hosts(place):
    for n in (0, 1):
        place.bridge.publish("lsst", an_lsst_message(AN_ID + n, dec=-30 + n * 5 / 3600, days_ago=60))
    place.bridge.run()
    place.say(1, {"raDeg": 150.0, "decDeg": -30.0})
    place.bridge.find_hosts("lsst")
    place.bridge.run()
    (name,) = place.at_4most()
    assert main(["merge", "TiDES26aaa", "TiDES26aab", "--reason", "one", "--by", "Ada"]) == 0
    place.bridge.run()
    assert list(place.at_4most()) == [name]
    (pair,) = place.bridge.rows("SELECT * FROM tides.host_candidate")
    assert pair["tides_id"] == 1


def test_a_galaxy_that_sherlock_does_not_name_any_more_is_off(place):
    place.see()
    place.find()
    place.bridge.run()
    place.bridge.connection.execute("UPDATE tides.tides_master SET hosts_asked_at = NULL")
    place.find({"catalogue_object_type": "star"})
    place.bridge.run()
    assert place.reasons() == ["no target lies in it"]
    assert place.at_4most() == {}


def test_an_object_that_lasair_does_not_know_has_no_hosts_and_is_not_asked_for_again(place):
    place.see()
    assert place.bridge.find_hosts("lsst").asked == 1
    assert place.hosts() == []
    assert place.bridge.find_hosts("lsst").asked == 0


def test_a_live_target_is_asked_for_again_after_some_time(place):
    place.see(days_ago=2)
    place.find()
    place.bridge.connection.execute("UPDATE tides.tides_master SET hosts_asked_at = now() - interval '31 d'")
    assert place.find({"z": 0.0613}).asked == 1
    assert [host["redshift"] for host in place.hosts()] == [0.0613]


def test_unreadable_answers_are_counted_and_asked_for_again_and_many_in_a_row_are_red(place):
    for n in range(12):
        place.bridge.publish("lsst", an_lsst_message(AN_ID + n, ra=150.0 + n, days_ago=60))
    place.bridge.run()
    place.say(0, {"catalogue_object_id": None})
    found = place.bridge.find_hosts("lsst")
    assert (found.asked, found.broken) == (11, 1)
    assert "catalogue entry" in found.notes[0]
    place.bridge.connection.execute("UPDATE tides.tides_master SET hosts_asked_at = NULL")
    place.outside.fault({"match": {"path": SHERLOCK}, "kind": "wrong_json", "form": "html", "times": None})
    with pytest.raises(AnswerBroken, match="unreadable"):
        place.bridge.find_hosts("lsst")
    place.outside.no_faults()
    assert place.bridge.find_hosts("lsst").broken == 1


def test_a_target_that_sherlock_fails_at_holds_up_no_other(place):
    for n in range(3):
        place.bridge.publish("lsst", an_lsst_message(AN_ID + n, ra=150.0 + n, days_ago=60))
        place.say(n, {"catalogue_object_id": str(n)})
    place.bridge.run()
    fault = {"match": {"path": SHERLOCK, "contains": str(AN_ID)}, "kind": "status", "status": 500, "times": None}
    place.outside.fault(fault)
    found = place.bridge.find_hosts("lsst")
    assert (found.asked, found.broken, found.waiting) == (2, 1, 0)
    assert place.bridge.find_hosts("lsst").broken == 1
    assert place.bridge.find_hosts("lsst").broken == 0, "it rests"
    place.outside.no_faults()
    place.bridge.connection.execute("UPDATE tides.lasair_failure SET failed_at = now() - interval '37 h'")
    assert place.bridge.find_hosts("lsst").asked == 1


def test_what_was_answered_before_lasair_went_away_is_kept(place):
    for n in range(3):
        place.bridge.publish("lsst", an_lsst_message(AN_ID + n, ra=150.0 + n, days_ago=60))
        place.say(n, {"catalogue_object_id": str(n)})
    place.bridge.run()
    place.outside.fault({"match": {"path": SHERLOCK}, "kind": "status", "status": 503, "times": None, "skip": 2})
    with pytest.raises(ServiceAway):
        place.bridge.find_hosts("lsst")
    assert len(place.hosts()) == 2
    place.outside.no_faults()
    assert place.bridge.find_hosts("lsst").asked == 1


def test_when_the_hour_has_no_calls_left_the_rest_waits(make_bridge, outside):
    place = Place(make_bridge(lasair={"calls_an_hour": 5}, audit={"quota_share": 0.4}), outside)
    for n in range(3):
        place.bridge.publish("lsst", an_lsst_message(AN_ID + n, ra=150.0 + n, days_ago=60))
    place.bridge.run()
    found = place.bridge.find_hosts("lsst")
    assert (found.asked, found.waiting) == (2, 1)
    assert "in the next hour" in found.notes[0]


def test_too_many_hosts_at_once_are_held_by_the_guard(make_bridge, outside):
    place = Place(make_bridge(guard={"host": 1}), outside)
    for n in (0, 1):
        place.bridge.publish("lsst", an_lsst_message(AN_ID + n, ra=150.0 + n, days_ago=60))
        place.say(n, {"catalogue_object_id": str(n)})
    place.bridge.run()
    place.bridge.find_hosts("lsst")
    place.bridge.run()
    assert place.at_4most() == {}
    held = place.bridge.rows("SELECT held FROM tides.fourmost_target WHERE held IS NOT NULL")
    assert [row["held"] for row in held] == ["host", "host"]


def test_after_a_restored_database_hosts_are_adopted_and_none_is_doubled(place):
    place.see()
    place.find()
    place.bridge.run()
    (name,) = place.at_4most()
    for table in ("fourmost_target", "fourmost_key", "host_candidate", "tides_hosts", "name_counter"):
        place.bridge.connection.execute(
            f"DELETE FROM tides.{table}" + (" WHERE prefix = 'TiDES-H'" * (table == "name_counter"))
        )
    place.bridge.connection.execute("UPDATE tides.tides_master SET hosts_asked_at = NULL, pk_4most = NULL")
    place.bridge.find_hosts("lsst")
    place.bridge.run()
    place.bridge.run()
    assert place.reasons() == ["its transient is gone"]
    assert list(place.at_4most()) == [name]
