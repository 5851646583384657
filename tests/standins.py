"""The stand-ins for tests: a method for each call of the control address."""

import time
from datetime import datetime
from typing import Any

import requests

from sandbox.services.servers import Sandbox
from tests.limits import LIMIT_S


class Standins:
    """The running stand-ins for Lasair and 4MOST."""

    lasair_token = "sandbox-lasair-token"
    fourmost_user = "tides"
    fourmost_password = "sandbox-password"

    def __init__(self, service: Sandbox):
        self.service = service
        self.url = service.url

    def fault(self, *rules: dict[str, Any]) -> None:
        """Sets faults; see sandbox/standins/faults.py for the kinds."""
        self._ask("POST", "faults", json=list(rules))

    def rules(self) -> list[dict[str, Any]]:
        """The faults that are set, each with the times that it has left."""
        return self._ask("GET", "faults")

    def no_faults(self) -> None:
        """Clears all faults."""
        self._ask("DELETE", "faults")

    def token(self) -> str:
        """A token of 4MOST for our user."""
        user = {"username": self.fourmost_user, "password": self.fourmost_password}
        answer = requests.post(f"{self.url}/QFSwi/transients-token-auth/", data=user, timeout=LIMIT_S)
        return str(answer.json()["token"])

    def tokens(self, **habits: Any) -> None:
        """Sets how 4MOST's tokens behave; see sandbox/standins/tokens.py. Without habits they last."""
        self._ask("POST", "tokens", json=habits)

    def tokens_given(self) -> int:
        """How many times a token was given since the habits were set."""
        given: int = self._ask("GET", "tokens")["given"]
        return given

    def rows(self) -> list[dict[str, Any]]:
        """All rows at 4MOST."""
        return self._ask("GET", "targets")

    def add_rows(self, rows: list[dict[str, Any]]) -> None:
        """Puts any number of rows into 4MOST without its API."""
        self._ask("POST", "targets", json=rows)

    def truth(self) -> list[dict[str, Any]]:
        """The truth of each source of the sky, with its ids."""
        return self._ask("GET", "truth")["sources"]

    def now(self) -> str:
        """The time (ISO, UTC) at which the sandbox's clock started."""
        return self._ask("GET", "truth")["now"]

    def go_to(self, moment: datetime) -> None:
        """Sets the sandbox's clock: Lasair serves the state of this moment (UTC)."""
        self._ask("POST", "clock", json={"at": moment.isoformat()})

    def say(self, object_id: int | str, **words: Any) -> None:
        """Sets the catalogue entries of an object: `sherlock` a class, `tns` an entry of TNS."""
        self._ask("POST", "catalogues", json=[{"object": object_id, **words}])

    def crossmatches(self, object_id: int | str, matches: list[dict[str, Any]]) -> None:
        """What stands near an object from now on, the best first, in Sherlock's columns; what lacks is filled.

        Without a position a match stands north of the object: `separationArcsec` away, or 0.5 arcsec, 1 arcsec …
        Two objects lie in one galaxy when their matches have the same table, id and position.
        """
        self.say(object_id, crossmatches=matches)

    def annotations(self) -> dict[str, dict[str, Any]]:
        """The annotations that Lasair has, by object id."""
        return {said["objectId"]: said for said in self._ask("GET", "annotations")}

    def ingest(self) -> None:
        """4MOST's daily ingestion."""
        self._ask("POST", "ingest")

    def calls(self, path: str, method: str = "") -> int:
        """How many calls were made to a path since the last reset."""
        counts = self._ask("GET", "calls")["counts"]
        return sum(c["calls"] for c in counts if path in c["path"] and method in c["method"])

    def recent(self) -> list[dict[str, Any]]:
        """The last thousand calls, the newest last."""
        recent: list[dict[str, Any]] = self._ask("GET", "calls")["recent"]
        return recent

    def wait_until_idle(self) -> None:
        """Waits until no request is worked on. A row that is stored after its client has gone is there then."""
        while self._ask("GET", "calls")["under_way"]:
            time.sleep(0.01)

    def reset(self) -> None:
        """Resets both stand-ins."""
        self._ask("POST", "reset")

    def _ask(self, method: str, what: str, **body: Any) -> Any:
        answer = requests.request(method, f"{self.url}/control/{what}", timeout=LIMIT_S, **body)
        answer.raise_for_status()
        return answer.json()
