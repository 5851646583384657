"""Each role of Airflow's users against each route of a real api-server with FAB on PostgreSQL.

tests/unit/people/test_rights.py is the short form.
"""

import json
import re
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import psycopg
import pytest
import requests
from requests.adapters import HTTPAdapter

from sandbox.services.servers import PostgreSQL
from sandbox.services.service import HOST, PROJECT
from tests.limits import LIMIT_S
from tests.people import TRUSTED, Served, WithoutTls, behind_tls, people_served, word_of
from tests.routes import ALIVE, BY_TICKET, BY_TOKEN, closed_requests
from tides.people.roles import Role

pytestmark = pytest.mark.soak
DOCUMENT = (PROJECT / "docs" / "people.md").read_text(encoding="utf-8")
OWN = {"/auth/resetmypassword/form", "/auth/userinfoeditview/form", "/auth/users/userinfo/"}
"""FAB's forms of one's own password and name."""
OTHER_WAYS = {BY_TICKET, BY_TOKEN}
"""The paths of the page that no login opens."""
ACTIONS = {"users": "resetpasswords", "roles": "copyrole"}
"""What can be done with a row of FAB's lists. The others have nothing of the kind, and FAB itself fails there."""
OPEN_VIEWS = re.compile(r"/auth/(|back|login/|logout/|static/.*|api/v1/security/.*)")
"""FAB's views that need no login, or that log in and out."""


@pytest.fixture(scope="module")
def served(postgres: PostgreSQL, migrated_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Airflow with the three roles, and a bridge's empty database behind the page."""
    bridge = postgres.create_database("test", template=migrated_database)
    with people_served(postgres, bridge, tmp_path_factory.mktemp("people")) as running:
        yield running
    postgres.drop_database(bridge)


def stated() -> dict[str, list[tuple[str, str]]]:
    """The routes of the document, by who may use them."""
    blocks = re.findall(r"^### (\w+)\n[^`]*```\n(.*?)```", DOCUMENT, re.DOTALL | re.MULTILINE)
    return {who: [(line.split(" ")[0], line.split(" ")[1]) for line in lines.splitlines()] for who, lines in blocks}


def people_tables(served: Served) -> list[object]:
    """All that is stored of users, roles and permissions, but for when somebody logged in."""
    with psycopg.connect(served.metadata) as connection:
        return [
            connection.execute(f"SELECT {columns} FROM {table} ORDER BY 1, 2").fetchall()
            for table, columns in (
                ("ab_user", "id, username, first_name, last_name, email, password, active"),
                ("ab_role", "id, name"),
                ("ab_user_role", "user_id, role_id"),
                ("ab_permission_view_role", "role_id, permission_view_id"),
                ("ab_permission_view", "permission_id, view_menu_id"),
                ("ab_permission", "id, name"),
                ("ab_view_menu", "id, name"),
            )
        ]


def test_each_route_stands_in_the_document_and_is_open_to_exactly_the_roles_that_it_names(served):
    page = [(method, f"/tides{path}") for method, path in closed_requests() if path not in OTHER_WAYS]
    known = {*served.routes, *page, ("GET", f"/tides{ALIVE}"), ("HEAD", f"/tides{ALIVE}")}
    named = [(who, *route) for who, routes in stated().items() for route in routes]
    assert {(method, path) for _, method, path in named} == known
    assert len(named) == len(known)
    ladder = (None, *Role)
    asking = {who: served.session(who) for who in ladder}
    # A logout ends a session, and is nothing that could be refused.
    asked = [one for one in named if not one[2].endswith("logout")]

    def wrong(one: tuple[str, str, str]) -> list[str]:
        """What is wrong with a route: all who may not use it are refused, and the least role that may is not."""
        least, method, path = one
        rank = {"Everybody": 0, "Nobody": len(ladder)}.get(least)
        rank = ladder.index(Role(least)) if rank is None else rank
        found = []
        for place, role in enumerate(ladder[: rank + 1]):
            status, refused = served.ask(asking[role], method, path), 403 if role else 401
            if status != refused if place < rank else status in (401, 403, 500):
                found.append(f"{role or 'a stranger'} gets {status}: {method} {path}")
        return found

    with ThreadPoolExecutor(4) as pool:
        assert [fault for faults in pool.map(wrong, asked) for fault in faults] == []


def test_only_an_admin_gets_to_the_forms_of_users_and_roles_and_nobody_else_changes_one(served):
    closed = [(method, path) for method, path in served.views if not OPEN_VIEWS.fullmatch(path) and path not in OWN]
    assert {"GET", "POST"} == {method for method, _ in closed}
    assert len(closed) > 20
    before = people_tables(served)
    for role in (Role.VIEWER, Role.OPERATOR):
        browser = served.browser(role)
        own = browser.get(f"{served.url}/auth/resetmypassword/form", timeout=LIMIT_S)
        assert (own.status_code, own.history) == (200, [])
        form = {"csrf_token": word_of(own.text), "rowid": "1", "name": "Mine", "roles": "1"}
        for method, path in closed:
            kind = path.split("/")[2]
            place = path.replace("<string:name>", ACTIONS.get(kind, "none"))
            answer = browser.request(
                method,
                served.url + re.sub(r"<(?:string:)?\w+>", "1", place),
                data=form | {"action": ACTIONS.get(kind, "none")} if method == "POST" else None,
                timeout=LIMIT_S,
                allow_redirects=False,
            )
            # FAB leads elsewhere whoever may not see a view.
            fails = method == "POST" and "/action" in path.removeprefix(f"/auth/{kind}") and kind not in ACTIONS
            assert answer.status_code == (500 if fails else 302), (role, method, path)
    assert people_tables(served) == before
    admin = served.browser(Role.ADMIN)
    for path in ("/auth/users/list/", "/auth/roles/list/", "/auth/users/add"):
        assert admin.get(f"{served.url}{path}", timeout=LIMIT_S, allow_redirects=False).status_code == 200


def test_a_role_that_was_changed_by_hand_is_made_right_and_a_repeat_changes_nothing(served):
    said = [part.strip() for part in re.findall(r"^\$ tides people roles\n(.*?)(?=^\$)", served.said, re.M | re.S)]
    assert "Made right: Admin, Operator, Viewer." in said[0]
    assert "Made right: Viewer." in said[1]
    assert "All roles are right." in said[2]
    listed = served.said.split("$ tides people list\n")[1]
    assert re.search(r"^ada +ada +Operator +(no|False)\b", listed, re.M), listed
    assert re.search(r"^viewer +The Viewer +Viewer +(yes|True)\b", listed, re.M), listed


def test_a_password_that_will_not_do_makes_nobody_and_its_cause_is_said(served):
    assert "people: the password must have at least 12 characters" in served.said
    assert re.search(r"people: .*empty.txt has no password in its first line: write it there", served.said)
    assert re.search(r"people: the password cannot be read from .*none.txt", served.said)
    assert "people: there is no user bob: `tides people list` shows all" in served.said
    assert "bob" not in json.dumps(people_tables(served))


def test_no_password_is_in_a_log_or_stored_as_it_is(served):
    stored = json.dumps(people_tables(served))
    for password in served.passwords.values():
        assert password not in served.said
        assert password not in stored


def test_whoever_is_switched_off_gets_no_login_and_a_running_session_ends(served):
    login = {"username": "ada", "password": served.passwords[Role.OPERATOR]}
    assert requests.post(f"{served.url}/auth/token", json=login, timeout=LIMIT_S).status_code == 401
    viewer = served.session(Role.VIEWER)
    assert served.ask(viewer, "GET", "/tides/") == 200
    with psycopg.connect(served.metadata) as connection:
        connection.execute("UPDATE ab_user SET active = false WHERE username = 'viewer'")
    try:
        until = time.monotonic() + LIMIT_S
        while served.ask(viewer, "GET", "/tides/") != 403:
            assert time.monotonic() < until
            time.sleep(0.2)
        assert served.ask(viewer, "GET", "/api/v2/dags") == 403
    finally:
        with psycopg.connect(served.metadata) as connection:
            connection.execute("UPDATE ab_user SET active = true WHERE username = 'viewer'")


def test_what_an_operator_decides_by_the_page_carries_their_login(served):
    form = {"q": "0 89", "act": "veto", "state": "0.0", "reason": "looked at it"}
    for role, status in ((Role.VIEWER, 403), (Role.OPERATOR, 303)):
        who = served.session(role)
        answer = who.post(f"{served.url}/tides/decide", data=form, timeout=LIMIT_S, allow_redirects=False)
        assert answer.status_code == status, answer.text
    page = served.session(Role.VIEWER).get(f"{served.url}/tides/decide?format=json", timeout=LIMIT_S).text
    assert '"operator"' in page
    assert '"viewer"' not in page


def test_a_viewer_sees_no_form_that_changes_something_and_an_operator_does(served):
    seen = {role: served.session(role).get(f"{served.url}/tides/decide?q=0+89", timeout=LIMIT_S).text for role in Role}
    assert {role: "Veto: never live" in text for role, text in seen.items()} == {
        Role.VIEWER: False,
        Role.OPERATOR: True,
        Role.ADMIN: True,
    }


def test_a_stored_secret_goes_to_no_other_host_whoever_asks(served):
    stored = {"connection_id": "kafka_by_hand", "conn_type": "kafka"}
    login = {"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "PLAIN", "sasl.username": "tides"}
    whole = {"bootstrap.servers": f"{HOST}:9", **login, "sasl.password": "a-stored-secret"}
    api = f"{served.url}/api/v2/connections"
    made = served.session(Role.ADMIN).post(api, json=stored | {"extra": json.dumps(whole)}, timeout=LIMIT_S)
    assert made.status_code == 201, made.text
    with socket.create_server((HOST, 0)) as theirs:
        theirs.settimeout(0.1)
        changed = whole | {"bootstrap.servers": f"{HOST}:{theirs.getsockname()[1]}", "sasl.password": "***"}
        for role in Role:
            for path in ("test", "enqueue-test"):
                asked = stored | {"extra": json.dumps(changed)}
                answer = served.session(role).post(f"{api}/{path}", json=asked, timeout=LIMIT_S)
                assert answer.status_code == 403, answer.text
        with pytest.raises(TimeoutError):
            theirs.accept()
    for role in (Role.VIEWER, Role.OPERATOR):
        who = served.session(role)
        assert who.get(f"{api}/kafka_by_hand", timeout=LIMIT_S).status_code == 403
        moved = stored | {"host": "elsewhere.example.org"}
        assert who.patch(f"{api}/kafka_by_hand", json=moved, timeout=LIMIT_S).status_code == 403
    shown = served.session(Role.ADMIN).get(f"{api}/kafka_by_hand", timeout=LIMIT_S)
    assert "a-stored-secret" not in shown.text
    assert "elsewhere" not in shown.text


class From(HTTPAdapter):
    """Sends requests from another address of this machine."""

    def __init__(self, address: str) -> None:
        self._address = address
        super().__init__()

    def init_poolmanager(self, *args: object, **more: object) -> None:
        """Binds each connection to the address."""
        super().init_poolmanager(*args, **more, source_address=(self._address, 0))


@pytest.fixture(scope="module")
def encrypted(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[requests.Session]:
    """A browser ahead of the proxy, which trusts its authority."""
    with behind_tls(served, tmp_path_factory.mktemp("proxy")) as authority:
        browser = requests.Session()
        # Authorities that the environment names would go before ours.
        browser.trust_env, browser.verify = False, str(authority)
        yield browser


def log_in(browser: requests.Session, address: str, served: Served, **headers: str) -> requests.Response:
    """The answer to the form of the login, filled in by a Viewer."""
    form = browser.get(f"{address}/auth/login/", headers=headers, timeout=LIMIT_S)
    words = {"csrf_token": word_of(form.text), "username": "viewer", "password": served.passwords[Role.VIEWER]}
    # Over TLS, FAB compares what a browser says of the page that it came from.
    sent = {"Referer": f"https://{urlsplit(address).netloc}/auth/login/", **headers}
    return browser.post(f"{address}/auth/login/", data=words, headers=sent, timeout=LIMIT_S, allow_redirects=False)


def flags(answer: requests.Response, name: str) -> set[str]:
    """What a browser is told of a cookie."""
    (line,) = [line for line in answer.raw.headers.getlist("Set-Cookie") if line.startswith(f"{name}=")]
    return {part.strip().split("=")[0] for part in line.split(";")[1:]}


def test_a_login_behind_the_proxy_is_encrypted_to_the_end_and_its_cookies_are_for_tls_alone(served, encrypted):
    answer = log_in(encrypted, served.outer, served)
    assert answer.status_code == 302, answer.text
    assert {"Secure", "HttpOnly", "SameSite"} <= flags(answer, "session")
    assert {"Secure", "SameSite"} <= flags(answer, "_token")
    assert answer.headers["Strict-Transport-Security"]
    seen = encrypted.get(f"{served.outer}/tides/", timeout=LIMIT_S)
    assert (seen.status_code, seen.history) == (200, [])
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(served.outer, timeout=LIMIT_S)


def test_redirects_lead_to_the_outer_address(served, encrypted):
    out = encrypted.get(f"{served.outer}/auth/logout", timeout=LIMIT_S, allow_redirects=False)
    assert out.headers["Location"].startswith(f"{served.outer}/auth/login/")
    plain = requests.get(f"http://localhost:{served.plain_port}/tides/?night=1", timeout=LIMIT_S, allow_redirects=False)
    assert plain.status_code == 308
    # Caddy takes its port of TLS for the usual one.
    assert plain.headers["Location"] == "https://localhost/tides/?night=1"


def test_an_act_is_taken_from_the_page_behind_the_proxy_and_from_no_other_place(served, encrypted):
    who = served.session(Role.OPERATOR)
    form = {"q": "20 89", "act": "veto", "state": "0.0", "reason": "looked at it"}
    told = []
    for origin in (served.outer, "https://elsewhere.example.org"):
        headers = {"Authorization": str(who.headers["Authorization"]), "Origin": origin}
        answer = requests.post(
            f"{served.outer}/tides/decide",
            data=form,
            headers=headers,
            timeout=LIMIT_S,
            allow_redirects=False,
            verify=encrypted.verify,
        )
        told.append(answer.status_code)
    assert told == [303, 403]


def test_what_a_visitor_says_of_the_way_is_believed_from_the_proxy_alone(served, encrypted):
    said = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7"}
    believed = {}
    for address in (TRUSTED, "127.0.0.2"):
        visitor = WithoutTls()
        visitor.mount("http://", From(address))
        answer = log_in(visitor, served.url, served, **said)
        believed[address] = "Secure" in flags(answer, "_token")
    assert believed == {TRUSTED: True, "127.0.0.2": False}
    # The proxy drops what a visitor says of where they are.
    encrypted.get(f"{served.outer}/api/v2/version", params={"by": "proxy"}, headers=said, timeout=LIMIT_S)
    lines = [line for line in served.log.read_text().splitlines() if "by=proxy" in line]
    assert len(lines) == 1
    assert "192.0.2.7" not in lines[0]
