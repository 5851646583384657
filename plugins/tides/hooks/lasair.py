"""The connection `lasair_api`: light curves, rows and cross-matches from Lasair's REST API, of every survey."""

import hashlib
import json
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, TypeVar

from airflow.sdk import BaseHook
from lasair import lasair_client

from tides.brokers.lasair import served
from tides.brokers.source import Fetched
from tides.errors import AnswerBroken, TidesError
from tides.foreign import Secrets, quoted
from tides.hooks.fields import connection_named
from tides.hooks.http import Answer, Channel, RequestRefused, header_secret, retrying
from tides.hooks.lasair_answers import (
    crossmatched,
    light_curves_of,
    one_object,
    query_error,
    rows_of,
    says_not_found,
    says_unknown,
)
from tides.hooks.way import Way, way_of
from tides.settings.model import load_settings
from tides.settings.sections import Lasair as LasairSettings
from tides.surveys.survey import survey as survey_named
from tides.surveys.survey import surveys

CONNECTION_ID = "lasair_api"


Read = TypeVar("Read")


def no_further_call() -> None:
    """For a caller that keeps no ledger of calls."""


class LasairHook(BaseHook):
    """Asks Lasair for light curves, rows and cross-matches, and tells it annotations.

    The connection: host is the base address (`https://…/api`), password the token. Its extra may name addresses (as
    `lsst`) and tokens (as `lsst_token`) by survey, and how Lasair is reached (`hooks/way.py`).
    """

    conn_name_attr = "lasair_conn_id"
    default_conn_name = CONNECTION_ID
    conn_type = "lasair"
    hook_name = "Lasair"

    def __init__(self, lasair_conn_id: str = CONNECTION_ID):
        super().__init__()
        self._conn_id = lasair_conn_id
        self._settings = load_settings().lasair

    @property
    def objects_a_call(self) -> int:
        """How many objects one call of `light_curves` may ask for."""
        return self._settings.objects_a_call

    def get_conn(self, survey: str | None = None) -> lasair_client:
        """Lasair's own client for a survey's server, on this hook's session and deadlines, with one attempt a call.

        Without a survey it is the first stream's. Its calls raise this project's errors. Raises SettingsError when the
        connection is not complete.
        """
        asked = survey or _first_survey()
        return _Client(self._token(asked), self._base(asked), self._channel, self._secrets, self._settings)

    def token_digest(self, survey: str) -> str:
        """The digest by which the ledger of calls knows a survey's token."""
        # The ledger lies in the database, which must not hold the token itself.
        return hashlib.sha256(self._token(survey).encode()).hexdigest()[:16]

    def light_curves(
        self, survey: str, ids: Sequence[str], again: Callable[[], None] = no_further_call, part: bool = False
    ) -> Fetched:
        """The light curves of a survey's objects by one call of `lightcurves`, each as the bytes that Lasair sent.

        `again` is called before each repeated attempt. With `part`, a failure is not repeated: the question is a part
        of one that was. Raises ServiceAway, QuotaSpent, AccessRefused, and AnswerBroken for an answer without any of
        the objects asked for.
        """
        form = {"objectIds": ",".join(ids)}
        return self._ask(
            survey, "lightcurves", form, again, lambda answer: light_curves_of(answer.body, survey, ids), part
        )

    def object(
        self, survey: str, object_id: str, again: Callable[[], None] = no_further_call, part: bool = False
    ) -> bytes | None:
        """One object's light curve by a call of `object`, as Lasair sent it. It is None when Lasair does not know it.

        Raises as `light_curves` does.
        """
        form = {"objectId": object_id, "lite": "true" if served(survey).lite else "false", "lasair_added": "false"}
        try:
            return self._ask(
                survey, "object", form, again, lambda answer: one_object(answer.body, survey, object_id), part
            )
        except RequestRefused as refusal:
            if says_unknown(refusal.answer):
                return None
            raise

    def query(
        self,
        survey: str,
        selected: str,
        tables: str,
        conditions: str,
        limit: int,
        again: Callable[[], None] = no_further_call,
        part: bool = False,
    ) -> list[dict[str, Any]]:
        """Rows of Lasair's database by one call of `query`: at most `limit`, fewer where the token may have fewer.

        Raises as `light_curves` does, and AnswerBroken, with Lasair's words, for a query that it cannot run.
        """
        form = {"selected": selected, "tables": tables, "conditions": conditions, "limit": str(limit)}
        try:
            return self._ask(
                survey, "query", form, again, lambda answer: rows_of(answer.body), part, self._slow_channel
            )
        except RequestRefused as refusal:
            raise AnswerBroken(f"Lasair could not run the query: {query_error(refusal.answer)}") from None

    def sherlock_object(
        self, survey: str, object_id: str, again: Callable[[], None] = no_further_call, part: bool = False
    ) -> dict[str, Any] | None:
        """Sherlock's answer about an object, as Lasair sent it: `classifications` and the list `crossmatches`.

        It is None when Lasair does not know the object. NaN becomes None. Raises as `light_curves` does, and
        AnswerBroken, with Lasair's words, where Sherlock could not be asked.
        """
        form = {"objectId": object_id, "lite": "false"}  # the lite form has no ranks
        try:
            return self._ask(survey, "sherlock/object", form, again, lambda answer: crossmatched(answer.body), part)
        except RequestRefused as refusal:
            if says_not_found(refusal.answer):
                return None
            raise

    def annotate(
        self, survey: str, object_id: str, content: dict[str, Any], again: Callable[[], None] = no_further_call
    ) -> None:
        """Stores an annotation of an object, in the place of the last one of the same topic.

        `content` has the arguments of Lasair's own client: `topic`, `classification`, `version`, `explanation`,
        `classdict`. Raises as `light_curves` does, and AnswerBroken, with Lasair's words, for a refused annotation.
        """
        for attempt in retrying(self._settings.attempts, self._settings.backoff_max_s):
            with attempt:
                if attempt.retry_state.attempt_number > 1:
                    again()
                said = self.get_conn(survey).annotate(objectId=object_id, **content)
        # A refusal may come with status 200 (docs/contracts/lasair.md, "annotate").
        if not isinstance(said, dict) or "error" in said:
            reason = quoted(said["error"]) if isinstance(said, dict) else "an answer of another shape"
            raise AnswerBroken(f"Lasair did not take an annotation: {reason}")

    def test_connection(self, survey: str | None = None) -> tuple[bool, str]:
        """Whether Lasair serves us, by one call for no real object. Without a survey it is the first stream's."""
        asked = survey or _first_survey()
        method, key = ("lightcurves", "objectIds") if "bulk" in served(asked).ways else ("object", "objectId")
        try:
            answer = self._post(asked, method, {key: survey_named(asked).unused_id})
            if not says_unknown(answer):
                self._channel.demand(answer, self._settings.backoff_max_s).json()
        except TidesError as error:
            return False, str(error)
        base = self._base(asked)
        return True, f"Lasair serves survey {asked} at {base}; {self._way.described(base)}"

    def _ask(
        self,
        survey: str,
        method: str,
        form: dict[str, str],
        again: Callable[[], None],
        read: Callable[[Answer], Read],
        part: bool,
        channel: Channel | None = None,
    ) -> Read:
        """Asks one question, and repeats it where that helps. Reading the answer is part of an attempt."""
        for attempt in retrying(self._settings.attempts, self._settings.backoff_max_s, part=part):
            with attempt:
                if attempt.retry_state.attempt_number > 1:
                    again()
                answer = self._post(survey, method, form, channel)
                return read(self._channel.demand(answer, self._settings.backoff_max_s))
        raise AssertionError("tenacity raises or returns")

    def _post(self, survey: str, method: str, form: dict[str, str], channel: Channel | None = None) -> Answer:
        patience_s = self._settings.read_timeout_s if channel is None else self._settings.query_timeout_s
        return (channel or self._channel).call(
            "POST",
            f"{self._base(survey)}{method}/",
            # In the header and never in the address, since addresses are logged.
            headers={"Authorization": f"Token {self._token(survey)}"},
            secrets=self._secrets,
            data=form,
            read_s=patience_s,
        )

    def _base(self, survey: str) -> str:
        return self._way.base(self._way.own.get(survey) or self._connection.host)

    def _token(self, survey: str) -> str:
        token = self._way.own.get(f"{survey}_token") or self._connection.password
        return header_secret(token, self._conn_id, "the token (password)")

    @cached_property
    def _channel(self) -> Channel:
        return Channel("Lasair", self._way, self._settings.connect_timeout_s, self._settings.total_timeout_s)

    @cached_property
    def _slow_channel(self) -> Channel:
        # Lasair ends a query only after 300 s (docs/contracts/lasair.md, "query").
        return Channel("Lasair", self._way, self._settings.connect_timeout_s, self._settings.query_timeout_s)

    @cached_property
    def _way(self) -> Way:
        own = [key for known in surveys() for key in (known.name, f"{known.name}_token")]
        return way_of(self._connection, extras=dict.fromkeys(own, frozenset()))

    @cached_property
    def _secrets(self) -> Secrets:
        return Secrets.of(self._connection.password, extra=self._connection.extra_dejson)

    @cached_property
    def _connection(self) -> Any:
        return connection_named(self._conn_id)


def _first_survey() -> str:
    return next(iter(load_settings().enabled_streams().values())).survey


class _Client(lasair_client):
    """Lasair's client on our own session: its own opens a connection for each call and hides the status."""

    def __init__(self, token: str, base: str, channel: Channel, secrets: Secrets, settings: LasairSettings):
        super().__init__(token, endpoint=base.rstrip("/"), timeout=settings.read_timeout_s)
        self._channel = channel
        self._secrets = secrets
        self._patience_s = settings.backoff_max_s

    def fetch_from_server(self, method: str, input: dict[str, Any], use_json: bool = False) -> Any:
        """One call, by the name and arguments that the client's own methods use."""
        answer = self._channel.call(
            "POST",
            f"{self.endpoint}/{method}/",
            headers={**self.headers, **({"Content-Type": "application/json"} if use_json else {})},
            secrets=self._secrets,
            data=json.dumps(input).encode() if use_json else input,
            read_s=self.timeout,
        )
        return self._channel.demand(answer, self._patience_s).json()
