"""The view *Any object*: whatever is asked for, and what is said of it."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
import yaml
from psycopg.types.json import Jsonb

from tests.bridge import Bridge
from tests.limits import LIMIT_S
from tests.sentences import SEEN, agrees
from tests.sorts import FAINT, NORTHERN, PLACELESS, TARGET, UNKNOWN_THERE, WAITING
from tests.targets import put_hosts, put_targets
from tides.database.session import master_lock
from tides.page.app import app
from tides.page.frame import READ

View = Callable[..., requests.Response]


@pytest.fixture
def look(served: str) -> Iterator[View]:
    """Asks for what words stand for, as somebody who may read: the view, or its data."""
    app.dependency_overrides[READ.dependency] = lambda: None

    def ask(words: str, **more: str) -> requests.Response:
        answer = requests.get(f"{served}object", {"q": words, **more}, timeout=LIMIT_S)
        assert answer.status_code == 200, answer.text
        return answer

    yield ask
    app.dependency_overrides.clear()


def data(look: View, words: str, **more: str) -> dict[str, Any]:
    """The view's data."""
    found: dict[str, Any] = look(words, format="json", **more).json()
    return found


def text(answer: requests.Response) -> str:
    """What a person reads of the view."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text.split("<main")[1]).split())


def test_each_object_has_the_sentence_that_the_tables_give(all_sorts, look):
    all_sorts.tell()
    seen = all_sorts.rows(SEEN)
    assert len(seen) == 7
    for each in seen:
        said = data(look, each["object_id"])["sentence"]
        assert agrees(all_sorts.rows, each["survey"], each["object_id"], said), said
    assert (
        data(look, FAINT)["sentence"]
        == "Never selected: fails minNights by 1, magLimit by 0.6 mag, currentMag in 14 d by 0.6 mag."
    )
    assert "magLimit 23.1 mag 22.5 mag 0.6 mag fails" in text(look(FAINT))
    assert "Selected, but without a position" in text(look(PLACELESS))
    assert "No stream gives a position" in text(look(PLACELESS))
    assert "Waits to be judged, since" in text(look(WAITING))
    assert "dead letter since" in text(look(UNKNOWN_THERE))


def test_every_name_of_a_target_leads_to_it(all_sorts, look):
    all_sorts.tell()
    connection = all_sorts.connection
    (row,) = all_sorts.rows(
        "SELECT tides_id, name, pk_4most FROM tides.tides_master AS m JOIN tides.tides_alias USING (tides_id)"
        " WHERE object_id = %s",
        TARGET,
    )
    connection.execute("UPDATE tides.candidate SET alert = alert || '{\"ebv\": 0.123}' WHERE object_id = %s", (TARGET,))
    connection.execute(
        "INSERT INTO tides.tides_alias (survey, object_id, tides_id) VALUES ('ztf', 'ZTF26abcdefg', %s)",
        (row["tides_id"],),
    )
    connection.execute(
        "INSERT INTO tides.tides_context (survey, object_id, tns_name, tns_type)"
        " VALUES ('ztf', 'ZTF26abcdefg', 'SN2026abc', 'SN Ia')"
    )
    words = (row["name"], TARGET, f"  {TARGET} ", "ZTF26abcdefg", str(row["pk_4most"]), "SN 2026abc", "2026ABC")
    for asked in words:
        found = data(look, asked)
        assert (found["answer"], found["name"]) == ("target", row["name"]), asked
    shown = text(look(row["name"]))
    for part in (TARGET, "ZTF26abcdefg", "SN2026abc SN Ia", "10.000000 -30.000000", "00:40:00.000 -30:00:00.00",
                 "0.123 mag, as the broker sends it", "tidesSNLSST on lsst", "Exchanges", "Steps"):  # fmt: skip
        assert part in shown, part
    assert data(look, f"lsst {TARGET}")["sentence"] == f"Is target {row['name']}."
    same_id = "UPDATE tides.candidate SET object_id = %s, survey = 'ztf', stream = 'ztf' WHERE object_id = %s"
    connection.execute(same_id, (TARGET, NORTHERN))
    connection.execute(
        "UPDATE tides.candidate SET survey = 'ztf', stream = 'ztf' WHERE object_id = %s AND dec > 0", (TARGET,)
    )
    several = data(look, TARGET)
    assert [choice["ask_for"] for choice in several["choices"]] == [row["name"], f"ztf {TARGET}"]
    assert f'href="object?q=ztf%20{TARGET}"' in look(TARGET).text


def test_a_position_lists_what_lies_there_and_looks_further(all_sorts, look):
    for asked in ("10 -30", "10.0, -30.0", "00:40:00 -30:00:00", "0h40m00s -30d00m00s", "370 -30"):
        found = data(look, asked)
        assert found["answer"] == ("no position" if asked.startswith("370") else "near"), asked
    assert [each["kind"] for each in data(look, "10 -30")["neighbours"]] == ["sn", "object", "object"]
    shown = look("10 -30.002")
    assert "Nothing that the bridge has seen lies there" in shown.text
    (further,) = re.findall(r'href="object\?q=([^"&]+)&amp;radius=60"', shown.text)
    assert len(data(look, requests.utils.unquote(further), radius="60")["neighbours"]) == 3
    assert data(look, "10 -30", radius="61")["answer"] == "no position"
    assert "is no position" in text(look("10:00:00 -30:61:00"))


def test_what_was_never_seen_says_what_was_looked_for(all_sorts, look):
    found = look("TiDES99zzz")
    shown = text(found)
    assert shown.count("Never seen: TiDES99zzz") == 1
    assert "a key at 4MOST" in shown
    assert "Read to the end: lsst until 20" in shown
    assert data(look, "")["answer"] == "nothing asked"
    assert data(look, "a\0b")["answer"] == "never seen", "no text of the database holds such a character"


def test_links_lead_out_by_a_click_alone_and_a_picture_is_asked_for_by_a_setting(all_sorts, look, tmp_path):
    def links(answer: requests.Response) -> dict[str, str]:
        found = re.findall(
            r'<a href="(https://[^"]+)" target="_blank" rel="noopener noreferrer" data-outside>([^<]+)', answer.text
        )
        return {name: address for address, name in found}

    before = look(FAINT)
    found = links(before)
    assert found["Lasair LSST"].endswith(f"/objects/{FAINT}/")
    assert "Coord=12.000000+-30.000000" in found["SIMBAD"]
    assert not {"TNS", "Lasair ZTF", "TOM"} & found.keys()
    assert "https://" not in re.sub(r"<a [^>]+>", "", before.text)
    assert "img-src" not in before.headers["Content-Security-Policy"]
    of_ztf = links(look(UNKNOWN_THERE))
    assert {"Lasair ZTF", "ALeRCE ZTF", "Fink ZTF"} <= of_ztf.keys()
    assert not {"Lasair LSST", "ALeRCE LSST", "Fink LSST"} & of_ztf.keys()
    overlay = tmp_path / "bridge.yaml"
    page = {
        "image": "https://pictures.example.org:8443/at?p={ra},{dec}",
        "links": {"TOM": {"address": "https://tom.org/{ra}"}},
    }
    overlay.write_text(yaml.safe_dump(yaml.safe_load(overlay.read_text()) | {"page": page}))
    after = look(FAINT)
    assert links(after)["TOM"] == "https://tom.org/12.000000"
    assert 'src="https://pictures.example.org:8443/at?p=12.000000,-30.000000"' in after.text
    policy = after.headers["Content-Security-Policy"]
    assert "; img-src 'self' https://pictures.example.org:8443;" in policy
    assert policy.startswith("default-src 'self'; object-src 'none';")
    assert "img-src" not in look(PLACELESS).headers["Content-Security-Policy"]


def test_while_a_run_writes_the_master_the_view_answers_by_what_stands(all_sorts, look):
    before = data(look, TARGET)["sentence"]
    with master_lock(all_sorts.connection, all_sorts.settings.database):
        all_sorts.connection.execute("UPDATE tides.tides_master SET active = NOT active, why = 'faint'")
        assert data(look, TARGET)["sentence"] == before


def test_foreign_words_of_an_object_are_shown_and_never_obeyed(all_sorts, look):
    hostile = "<script>alert(1)</script>\x1b[31m\u202e'\"{{7*7}}"
    criterion = {"name": hostile, "value": hostile, "limit": [hostile], "held": False, "of": []}
    for query in (
        "UPDATE tides.candidate SET object_id = %(x)s, problem = %(x)s, sherlock_class = %(x)s"
        " WHERE object_id = %(faint)s",
        "UPDATE tides.selection SET object_id = %(x)s, run_id = %(x)s, form_id = NULL, found = NULL, criteria = %(c)s,"
        " code_version = %(x)s WHERE object_id = %(faint)s",
        "INSERT INTO tides.event (kind, subject, detail)"
        " VALUES ('x', 'lsst ' || %(x)s, jsonb_build_object(%(x)s::text, %(x)s::text))",
    ):
        all_sorts.connection.execute(query, {"x": hostile, "faint": FAINT, "c": Jsonb([criterion])})
    answer = look(hostile)
    assert "alert(1)" in answer.text
    assert "<script>alert" not in answer.text
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202e]", answer.text)
    assert "{{7*7}}" in answer.text
    for address in re.findall(r'href="(https://[^"]+)"', answer.text):
        assert not set(address) & set("<>{}' "), address
    assert data(look, hostile)["objects"][0]["object_id"] == hostile


def test_the_view_of_a_galaxy_says_whether_it_is_wanted(make_syncing: Callable[..., Bridge], look):
    bridge = make_syncing()
    put_targets(bridge.connection, 1)
    put_hosts(bridge.connection)
    (row,) = bridge.rows("SELECT catalogue || ' ' || catalogue_id AS name FROM tides.tides_hosts")
    found = data(look, row["name"])
    assert (found["answer"], found["name"]) == ("target", row["name"])
    assert found["sentence"] == "Not wanted, as a host galaxy: new; 4MOST: not sent."
