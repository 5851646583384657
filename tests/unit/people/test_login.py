"""How people log in: what FAB reads in config/webserver_config.py."""

import runpy
from pathlib import Path

import pytest
from flask_appbuilder.const import AUTH_DB, AUTH_OAUTH

from tides.errors import SettingsError
from tides.people.roles import NOT_USED, Role

FILE = Path(__file__).parents[3] / "config" / "webserver_config.py"
KEYCLOAK = {
    "KEYCLOAK_REALM_URL": "https://sso.example.org/realms/survey/",
    "KEYCLOAK_CLIENT_ID": "tides",
    "KEYCLOAK_CLIENT_SECRET_FILE": __file__,
}


def test_passwords_are_asked_for_where_no_keycloak_is_named(monkeypatch):
    for name in KEYCLOAK:
        monkeypatch.setenv(name, "")
    read = runpy.run_path(str(FILE))
    assert read["AUTH_TYPE"] == AUTH_DB
    assert not read.get("AUTH_USER_REGISTRATION")


def test_groups_of_keycloak_give_the_roles_and_whoever_has_none_may_do_nothing(monkeypatch):
    for name, value in KEYCLOAK.items():
        monkeypatch.setenv(name, value)
    read = runpy.run_path(str(FILE))
    assert read["AUTH_TYPE"] == AUTH_OAUTH
    assert read["AUTH_ROLES_MAPPING"] == {
        "tides-viewer": [Role.VIEWER],
        "tides-operator": [Role.OPERATOR],
        "tides-admin": [Role.ADMIN],
    }
    assert read["AUTH_ROLES_SYNC_AT_LOGIN"]
    assert read["AUTH_USER_REGISTRATION_ROLE"] in NOT_USED
    (provider,) = read["OAUTH_PROVIDERS"]
    assert provider["remote_app"]["server_metadata_url"] == (
        "https://sso.example.org/realms/survey/.well-known/openid-configuration"
    )


@pytest.mark.parametrize("missing", ["KEYCLOAK_CLIENT_ID", "KEYCLOAK_CLIENT_SECRET_FILE"])
def test_a_keycloak_without_its_client_ends_the_start(monkeypatch, missing):
    for name, value in KEYCLOAK.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv(missing, "")
    with pytest.raises(SettingsError, match=f"KEYCLOAK_REALM_URL is set, and {missing} is not"):
        runpy.run_path(str(FILE))
