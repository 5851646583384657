"""Who may call Lasair, and how often an hour."""

import os
import time

from rest_framework.authentication import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView


def quotas() -> dict[str, int]:
    """Calls an hour by token: a power user's (SANDBOX_LASAIR_TOKEN, SANDBOX_LASAIR_QUOTA), a user's, an anonymous."""
    power = os.environ.get("SANDBOX_LASAIR_TOKEN", "sandbox-lasair-token")
    return {
        power: int(os.environ.get("SANDBOX_LASAIR_QUOTA", "10000")),
        "sandbox-lasair-user-token": 100,
        "sandbox-lasair-anonymous-token": 10,
    }


def most_rows(token: str) -> int:
    """How many rows one call of `query/` gives at most: 1,000,000 to a power user, 10,000, or 1,000."""
    return {"sandbox-lasair-user-token": 10_000, "sandbox-lasair-anonymous-token": 1_000}.get(token, 1_000_000)


class LasairUser:
    """Whoever holds a token."""

    is_authenticated = True

    def __init__(self, token: str) -> None:
        self.token = token


class LasairTokens(TokenAuthentication):
    """`Authorization: Token …`, or `token=` in the query of a GET."""

    def authenticate(self, request: Request) -> tuple[LasairUser, str] | None:
        """The holder of the token; None without one. Raises AuthenticationFailed for a wrong one."""
        found = super().authenticate(request)
        if found is None and request.method == "GET" and "token" in request.query_params:
            return self.authenticate_credentials(request.query_params["token"])
        return found

    def authenticate_credentials(self, key: str) -> tuple[LasairUser, str]:
        """As DRF's, without a table of tokens."""
        if key not in quotas():
            raise AuthenticationFailed("Invalid token.")
        return LasairUser(key), key


class HourlyQuota(SimpleRateThrottle):
    """Calls an hour and token; above it 429."""

    scope = "token"
    rate = "1/hour"

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Counts the call against the token's quota."""
        self.num_requests = quotas()[request.auth]
        return super().allow_request(request, view)

    def get_cache_key(self, request: Request, view: APIView) -> str:
        """One ledger a token."""
        return f"quota-{request.auth}"

    def wait(self) -> float:
        """Seconds until the oldest call is an hour old: what `Retry-After` says."""
        return self.duration - (time.time() - self.history[-1])
