"""Logins by Keycloak: who is in which of its groups has which role, by FAB's own client of OpenID Connect."""

import time

import pytest
import requests

from tests.limits import LIMIT_S
from tests.listening import listening
from tests.people import Served, WithoutTls, people_served
from tests.toys.keycloak import CLIENT, SECRET, Keycloak

GROUPS = {"tides-viewer": (200, 403), "tides-operator": (200, 422), "another-survey": (403, 403)}
"""What somebody of a group of Keycloak's gets who looks at the page, and who acts by it without a reason."""


def through(served: Served, keycloak: Keycloak) -> requests.Session:
    """A browser that has been led to Keycloak and back."""
    browser = WithoutTls()
    address = f"{served.url}/auth/login/keycloak"
    while address:
        answer = browser.get(address, timeout=LIMIT_S, allow_redirects=False)
        assert answer.status_code in (200, 302), answer.text
        address = answer.headers.get("Location", "")
        # The page itself has the address that people use.
        if not address.startswith((served.url, keycloak.realm)):
            break
    return browser


@pytest.mark.soak
def test_a_group_of_keycloak_is_a_role_and_whoever_has_none_may_do_nothing(postgres, migrated_database, tmp_path):
    bridge = postgres.create_database("test", template=migrated_database)
    word = tmp_path / "keycloak_client_secret"
    word.write_text(f"{SECRET}\n")
    with listening(Keycloak()) as keycloak:
        named = {
            "KEYCLOAK_REALM_URL": keycloak.realm,
            "KEYCLOAK_CLIENT_ID": CLIENT,
            "KEYCLOAK_CLIENT_SECRET_FILE": str(word),
        }
        with people_served(postgres, bridge, tmp_path, **named) as served:
            seen = {}
            for group in GROUPS:
                person = {"preferred_username": group, "given_name": "Ada", "email": f"{group}@example.org"}
                keycloak.person = person | {"groups": [group, "uma_authorization"]}
                browser = through(served, keycloak)
                look = browser.get(f"{served.url}/tides/", timeout=LIMIT_S)
                act = browser.post(f"{served.url}/tides/decide", headers={"Origin": served.url}, timeout=LIMIT_S)
                seen[group] = (look.status_code, act.status_code)
            assert seen == GROUPS
            # Who leaves a group loses the role at the next login.
            keycloak.person = keycloak.person | {"preferred_username": "tides-operator", "groups": []}
            until = time.monotonic() + LIMIT_S
            while through(served, keycloak).get(f"{served.url}/tides/", timeout=LIMIT_S).status_code != 403:
                assert time.monotonic() < until
                time.sleep(0.5)
    postgres.drop_database(bridge)
