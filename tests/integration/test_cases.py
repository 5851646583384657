"""The science cases as the example settings have them: a list with a cadence, lensed candidates, nuclear transients."""

from datetime import date, timedelta

import pytest
import yaml

from tests.builders import AN_ID, an_lsst_message
from tests.runbook import command
from tides.__main__ import main
from tides.errors import SettingsError
from tides.fourmost.fibre_hours import asked_for
from tides.functions.functions import load_functions
from tides.journal.states import history, unexpected
from tides.reports.trace import find_one, trace
from tides.settings.model import BUNDLE
from tides.targets.csv_files import read_lines
from tides.targets.lists import Entry, demand_template

EXAMPLES = BUNDLE / "include" / "config" / "examples"
CASES = yaml.safe_load((EXAMPLES / "cases.yaml").read_text(encoding="utf-8"))
HEADER = "name,ra,dec,band,mag,mag_err,redshift,epochs,cadence_days"
ON_THE_LIST = "SDSS J1000-3000 on the list rm2027:"
AGN = "SDSS J1000-3000,150.0,-30.0,i,19.2,0.02,1.31,3,30"
OTHER = "SDSS J1001-3000,150.5,-30.0,i,20.5,,,3,30"


class List:
    """A list of the example template, its targets, and what 4MOST has of them."""

    def __init__(self, bridge, outside, folder):
        self.bridge, self.outside, self.file = bridge, outside, folder / "list.csv"

    def load(self, *lines, by="Alma", code=0):
        self.file.write_text("\n".join([HEADER, *lines]), encoding="utf-8")
        words = command("tides list load", **{"agn.csv": str(self.file)})
        assert main([*words[1:], "--by", by]) == code

    def run(self):
        self.bridge.remember()
        self.bridge.tell().or_raise()

    def observe(self, name, days_ago):
        """A good spectrum of an entry, by the file of spectra, and a run."""
        night = date.today() - timedelta(days=days_ago)
        self.file.write_text(f"target,night,state,snr,source\n{name},{night},complete,9,4MOST", encoding="utf-8")
        assert main(["observed", str(self.file)]) == 0
        self.run()

    def a_month_later(self):
        """As if the spectra were made a month ago."""
        self.bridge.connection.execute("UPDATE tides.tides_spectrum SET night = night - 31")
        self.run()

    def stands(self, n=1):
        row = self.bridge.row("SELECT active, why FROM tides.tides_master WHERE tides_id = %s", n)
        flags = [row["is_active"] for row in self.outside.rows() if row["name"] == self.name(n)]
        assert flags == [row["active"]], "once at 4MOST, and as here"
        return row["why"]

    def name(self, n):
        return self.bridge.row("SELECT name FROM tides.tides_master WHERE tides_id = %s", n)["name"]

    def steps(self, n=1):
        steps = [step.step for step in history(self.bridge.connection, n)]
        assert unexpected(steps) == []
        return steps


@pytest.fixture
def agn(make_syncing, outside, tmp_path):
    return List(make_syncing(targets=CASES["targets"], guard={"created": 1}), outside, tmp_path)


def test_a_listed_galaxy_is_wanted_for_each_epoch_and_rests_for_its_cadence(agn, capsys):
    agn.load(AGN)
    agn.run()
    assert agn.stands() == "live"
    (row,) = agn.outside.rows()
    assert (row["mag"], row["mag_err"], row["mag_type"], row["redshift_estimate"]) == (19.2, 0.02, "SDSS_i_AB", 1.31)
    assert (row["subsurvey"], row["classification"], row["date_latest"]) == ("tides-rm", "AGN", 0.0)
    agn.outside.ingest()
    hours = [(each.asked, each.spent) for each in asked_for(agn.bridge.connection)]
    assert hours == [(1.5, 0)], "three epochs of 30 min"
    for epoch in (1, 2):
        agn.observe("SDSS J1000-3000", days_ago=2)
        assert agn.stands() == "between_epochs"
        assert main(command("tides list show")[1:]) == 0
        assert f"{epoch} of 3" in capsys.readouterr().out
        agn.a_month_later()
        assert agn.stands() == "live"
    agn.observe("SDSS J1000-3000", days_ago=1)
    agn.a_month_later()
    assert agn.stands() == "observed"
    turns = ["deactivated", "reactivated"] * 2
    assert agn.steps() == ["selected", "created", *turns[:1], "ingested", *turns[1:], "observed"]
    screen = trace(agn.bridge.connection, find_one(agn.bridge.connection, "SDSS J1000-3000")).as_text()
    words = " ".join(screen.split())
    assert agn.bridge.rows("SELECT FROM tides.tides_history WHERE reason = %s", f"{ON_THE_LIST} 3 epochs, 30 d apart")
    assert f"{ON_THE_LIST} 3" in words
    assert "3 good spectra" in words
    agn.load(AGN.replace(",3,30", ",4,30"))
    agn.run()
    assert agn.stands() == "live", "its list asks for one more"


def test_the_same_file_again_changes_nothing_and_an_entry_that_it_lacks_ends(agn, capsys):
    # The guard's limit on creates is 1: what a person lists is no flood.
    agn.load(AGN, OTHER)
    agn.run()
    assert [agn.stands(n) for n in (1, 2)] == ["live", "live"]
    before = agn.bridge.rows("SELECT * FROM tides.listed JOIN tides.tides_master USING (tides_id) ORDER BY tides_id")
    agn.load(AGN, OTHER)
    assert "0 new, 0 changed, and 0 end" in capsys.readouterr().out
    agn.run()
    after = agn.bridge.rows("SELECT * FROM tides.listed JOIN tides.tides_master USING (tides_id) ORDER BY tides_id")
    assert [row | {"updated": 0} for row in after] == [row | {"updated": 0} for row in before]
    agn.load(OTHER.replace("20.5", "20.1"), by="Bea")
    assert "0 new, 1 changed, and 1 end" in capsys.readouterr().out
    agn.run()
    assert [agn.stands(n) for n in (1, 2)] == ["unlisted", "live"]
    assert {row["mag"] for row in agn.outside.rows() if row["is_active"]} == {20.1}
    assert history(agn.bridge.connection, 1)[-1].reason == "taken off the list rm2027 by Bea"
    agn.load(AGN, OTHER)
    agn.run()
    assert [agn.stands(n) for n in (1, 2)] == ["live", "live"]
    report = agn.bridge.report()
    assert "| targets of lists" in report
    assert len(agn.outside.rows()) == 2
    agn.load(by="Bea", code=1)
    assert main(["merge", agn.name(1), agn.name(2), "--reason", "one nucleus", "--by", "Bea"]) == 1
    errors = capsys.readouterr().err
    assert "`tides list end rm2027` ends the whole list" in errors
    assert "stands on the list rm2027" in errors
    assert main(command("tides list end")[1:]) == 0
    agn.run()
    assert [agn.stands(n) for n in (1, 2)] == ["unlisted", "unlisted"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (AGN.replace("150.0", "150.01"), "line 2: 'SDSS J1000-3000' moved"),
        (AGN.replace("J1000", "J1000b"), "line 2: 'SDSS J1000b-3000' 'SDSS J1000-3000' lies there"),
        (AGN.replace(",i,", ",y,"), "line 2, band"),
        (AGN.replace(",3,30", ",0,30"), "line 2, epochs"),
        (f"{AGN}\n{AGN}", "line 2: 'SDSS J1000-3000' comes twice"),
    ],
)
def test_a_bad_list_is_refused_whole_with_its_lines(agn, capsys, line, words):
    agn.load(AGN)
    agn.file.write_text("\n".join([HEADER, line, OTHER]), encoding="utf-8")
    assert main(["list", "load", "rm2027", str(agn.file), "--template", "tides-rm"]) == 1
    assert words in capsys.readouterr().err
    assert len(agn.bridge.rows("SELECT * FROM tides.tides_master")) == 1


def test_a_list_needs_a_template_with_a_catalogues_magnitude(agn):
    with pytest.raises(SettingsError, match="did you mean 'tides-rm'"):
        demand_template("tides-rm2", agn.bridge.settings.targets)
    with pytest.raises(SettingsError, match="needs `catalogue`"):
        demand_template("tides-sn", agn.bridge.settings.targets)
    agn.file.write_text(f"{HEADER}\n{OTHER}", encoding="utf-8")
    ((line, entry),) = read_lines(agn.file, Entry)
    assert (line, entry.mag_err, entry.redshift) == (2, None, None)


@pytest.fixture
def cases(make_bridge, topic):
    """A bridge with the streams, functions and templates of the examples."""
    streams = {**CASES["streams"], "lsst_lens": {**CASES["streams"]["lsst_lens"], "topic": topic()}}
    bridge = make_bridge(streams=streams, targets=CASES["targets"], budget=CASES["budget"])
    bridge.functions |= load_functions(EXAMPLES / "case_functions.yaml")
    return bridge


def test_a_lensed_candidate_and_a_nuclear_transient_are_told_with_their_templates(cases, outside):
    cases.publish("lsst_lens", an_lsst_message(AN_ID, lens="SL2S J0212", lens_arcsec=1.2))
    cases.publish("lsst_lens", an_lsst_message(AN_ID + 1, ra=151.0, lens="SL2S J0213", lens_arcsec=4.1))
    cases.publish("lsst", an_lsst_message(AN_ID + 2, ra=152.0, sherlock="NT"))
    cases.publish("lsst", an_lsst_message(AN_ID + 3, ra=153.0))
    cases.run()
    rows = {row["ra"]: row for row in outside.rows()}
    told = {ra: (row["subsurvey"], row["classification"]) for ra, row in rows.items()}
    assert told == {
        150.0: ("tides-lens", "TRA,LEN"),
        152.0: ("tides-nuclear", "TRA,AGN"),
        153.0: ("tides-sn", "TRA"),
    }
    sent = sorted(outside.rows(), key=lambda row: row["id"])
    assert [row["ra"] for row in sent] == [150.0, 152.0, 153.0], "by priority"
    hours = {each.subsurvey: round(each.asked * 60) for each in asked_for(cases.connection)}
    assert hours == {"tides-lens": 38, "tides-nuclear": 2 * 38, "tides-sn": 38}
