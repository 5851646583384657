"""A Keycloak that exists in tests only: one realm, whose every visitor is logged in as the person who is set."""

import json
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

from sandbox.services.service import HOST

REALM = "/realms/survey"
CLIENT, SECRET = "tides", "a-secret-of-the-client"


class Keycloak(ThreadingHTTPServer):
    """OpenID Connect with an authorization code, as a client of Keycloak's sees it."""

    def __init__(self) -> None:
        super().__init__((HOST, 0), Answers)
        self.key = RSAKey.generate_key(2048, {"kid": "only"})
        self.person: dict[str, Any] = {}
        self.nonces: dict[str, str] = {}

    @property
    def realm(self) -> str:
        """The address of the realm."""
        return f"http://{HOST}:{self.server_port}{REALM}"

    def id_token(self, nonce: str) -> str:
        """What says who has logged in, signed."""
        now = int(time.time())
        claims = {"iss": self.realm, "aud": CLIENT, "iat": now, "exp": now + 60, "nonce": nonce, "sub": "1"}
        return jwt.encode({"alg": "RS256", "kid": "only"}, claims, self.key)


class Answers(BaseHTTPRequestHandler):
    """What the realm answers."""

    server: Keycloak
    protocol: ClassVar[str] = f"{REALM}/protocol/openid-connect"

    def do_GET(self) -> None:
        """Its description, its keys, a login, and who somebody is."""
        place = urlsplit(self.path)
        if place.path == f"{REALM}/.well-known/openid-configuration":
            base = f"{self.server.realm}/protocol/openid-connect"
            self._answer(
                {
                    "issuer": self.server.realm,
                    "authorization_endpoint": f"{base}/auth",
                    "token_endpoint": f"{base}/token",
                    "userinfo_endpoint": f"{base}/userinfo",
                    "jwks_uri": f"{base}/certs",
                    "id_token_signing_alg_values_supported": ["RS256"],
                }
            )
        elif place.path == f"{self.protocol}/certs":
            self._answer({"keys": [self.server.key.as_dict(private=False)]})
        elif place.path == f"{self.protocol}/auth":
            asked = {name: values[0] for name, values in parse_qs(place.query).items()}
            assert asked["client_id"] == CLIENT
            self.server.nonces["the-code"] = asked["nonce"]
            self.send_response(302)
            back = urlencode({"code": "the-code", "state": asked["state"]})
            self.send_header("Location", f"{asked['redirect_uri']}?{back}")
            self.end_headers()
        elif place.path == f"{self.protocol}/userinfo" and self.headers["Authorization"] == "Bearer the-token":
            self._answer(self.server.person)
        else:
            self.send_error(404)

    def do_POST(self) -> None:
        """Tokens for a code."""
        sent = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        nonce = self.server.nonces.pop(sent["code"][0])
        self._answer({"access_token": "the-token", "token_type": "Bearer", "id_token": self.server.id_token(nonce)})

    def _answer(self, content: object) -> None:
        body = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: the tests look at what was answered."""
