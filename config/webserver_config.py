"""How people log in to Airflow. FAB reads this file (`[fab] config_file`): docs/people.md, "Keycloak".

Passwords lie in Airflow's database, unless KEYCLOAK_REALM_URL is set. Then Keycloak knows who somebody is, and its
groups give the role, anew at each login. Whoever has no group of ours may do nothing.
"""

import os
from pathlib import Path

from flask_appbuilder.const import AUTH_DB, AUTH_OAUTH

from tides.errors import SettingsError
from tides.people.roles import Role

KEYCLOAK = os.environ.get("KEYCLOAK_REALM_URL", "").rstrip("/")
AUTH_TYPE = AUTH_OAUTH if KEYCLOAK else AUTH_DB

if KEYCLOAK:
    for name in ("KEYCLOAK_CLIENT_ID", "KEYCLOAK_CLIENT_SECRET_FILE"):
        if not os.environ.get(name):
            raise SettingsError(f"KEYCLOAK_REALM_URL is set, and {name} is not: set both, or none (docs/people.md)")
    AUTH_USER_REGISTRATION = True
    AUTH_USER_REGISTRATION_ROLE = "Public"
    AUTH_ROLES_SYNC_AT_LOGIN = True
    AUTH_ROLES_MAPPING = {f"tides-{role.lower()}": [str(role)] for role in Role}
    OAUTH_PROVIDERS = [
        {
            "name": "keycloak",
            "icon": "fa-key",
            "token_key": "access_token",
            "remote_app": {
                "client_id": os.environ["KEYCLOAK_CLIENT_ID"],
                "client_secret": Path(os.environ["KEYCLOAK_CLIENT_SECRET_FILE"]).read_text("utf-8").removesuffix("\n"),
                "server_metadata_url": f"{KEYCLOAK}/.well-known/openid-configuration",
                "api_base_url": f"{KEYCLOAK}/protocol/",
                "client_kwargs": {"scope": "openid profile email"},
            },
        }
    ]
