"""How a target stands, typed: live or not and why, and how it is at 4MOST. Here is the one sentence that says it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from tides.foreign import LONGEST_DETAIL, quoted
from tides.reports.screen import moment
from tides.reports.words import at
from tides.targets.why import Why

BECAUSE = {
    Why.NEW: "no run has judged it yet",
    Why.LIVE: "a function selects it, and a survey still sees it",
    Why.FAINT: "it has faded",
    Why.UNOBSERVED: "no survey has seen it for long",
    Why.RECLASSIFIED: "two refreshes say that it is something else",
    Why.RECURRENT: "it was seen again after a long silence",
    Why.OBSERVED: "it has as many good spectra as are asked for",
    Why.VETOED: "a person vetoed it",
    Why.FORCED: "a person forced it",
    Why.MERGED: "it turned out to be another target",
    Why.UNREACHABLE: "4MOST does not reach its position",
    Why.UNSELECTED: "no function in use selects it",
    Why.HOST_ONLY: "only functions that want hosts select it",
    Why.BETWEEN_EPOCHS: "it rests between two epochs of its list",
    Why.UNLISTED: "its list has it no more",
}
"""Why a target is live or not, as the second half of a sentence."""

ALL_SAID = frozenset({Why.NEW, Why.UNREACHABLE, Why.UNSELECTED, Why.HOST_ONLY})
"""The reasons to which their detail adds nothing."""


class There(StrEnum):
    """How a target stands at 4MOST: the first of these that holds."""

    UNDER_WAY = "under way"
    """A request is under way, or its outcome unknown."""

    REFUSED = "refused"
    """4MOST refused its row."""

    HELD = "held"
    """The guard holds its change."""

    CANNOT_BE_SENT = "cannot be sent"
    """Something that 4MOST needs is missing."""

    WAITS = "waits to be created"
    """It is live, and 4MOST has no row of it."""

    NOT_SENT = "not sent"
    """It is not live, and 4MOST has no row of it."""

    ACTIVE = "active"
    """4MOST has its row as active."""

    INACTIVE = "inactive"
    """4MOST has its row as inactive."""


THEN = {
    There.UNDER_WAY: "It was sent, and no clear answer came. It is looked up after the settle time.",
    There.REFUSED: "It is sent again when its row differs, or when a person releases it.",
    There.HELD: "A person looks at what the guard holds, and releases it.",
    There.CANNOT_BE_SENT: "It is sent once nothing is missing.",
    There.WAITS: "The next run sends it.",
}
"""What comes next, where 4MOST does not have what is wanted."""


@dataclass(frozen=True)
class AtFourmost:
    """How a target stands at 4MOST. `key` is its current primary key there, `told_at` when 4MOST was last told (UTC).

    `active` is how 4MOST has its row; None: it has none that we know of. It `agrees` when that row is the one wanted.
    `words` are 4MOST's own where it refused, else the guard's reason, or what is missing. `since` is when a request
    went out.
    """

    there: There
    key: int | None
    active: bool | None
    told_at: datetime | None
    agrees: bool
    words: str | None
    since: datetime | None

    @property
    def in_words(self) -> str:
        """There, waiting, under way, or why not."""
        match self.there:
            case There.UNDER_WAY:
                return f"a request is under way, or its outcome unknown, since {moment(self.since)}"
            case There.REFUSED:
                return f"refused by 4MOST: {quoted(self.words, LONGEST_DETAIL)}"
            case There.HELD:
                return f"held by the guard: too many changes at once ({self.words})"
            case There.CANNOT_BE_SENT:
                return f"cannot be sent: {self.words}"
            case There.WAITS:
                return str(self.there)
            case There.NOT_SENT:
                return f"{self.there}: {self.words}"
            case There.ACTIVE | There.INACTIVE:
                return f"at 4MOST as {self.there}{'' if self.agrees else '; a change waits to be told'}"

    @property
    def in_full(self) -> str:
        """The same with key and time: as the second half of the sentence."""
        is_there = self.there in (There.ACTIVE, There.INACTIVE)
        # Why it is not live is the first half.
        short = is_there or self.there is There.NOT_SENT
        parts = [str(self.there) if short else self.in_words]
        if self.active is not None and not is_there:
            parts.append(f"there as {'active' if self.active else 'inactive'}")
        if self.key is not None:
            parts.append(f"key {self.key}")
        if self.told_at:
            parts.append(f"told {at(self.told_at)} UTC")
        if is_there:
            parts.append("agrees" if self.agrees else "a change waits to be told")
        return ", ".join(parts)


@dataclass(frozen=True)
class TargetStands:
    """How a target or host galaxy stands: as the last run left it, and what the rule says now.

    `why` is one of `tides.why`, of a galaxy one of `tides.host_why`, and `reason` the same in words. `list_` is the
    list that asks for it. `rule_live`, `rule_why` and `rule_words` are the rule's; None where it has no say. That is of
    a galaxy, and before the first live run.
    """

    is_host: bool
    live: bool
    why: str
    reason: str
    list_: str | None
    rule_live: bool | None
    rule_why: str | None
    rule_words: str | None
    at_4most: AtFourmost

    @property
    def sentence(self) -> str:
        """Whether it is live and why, and what 4MOST knows of it."""
        return f"{self._first}; 4MOST: {self.at_4most.in_full}."

    @property
    def change(self) -> str | None:
        """That the next run switches it, and why; None while the rule says what stands."""
        if self.rule_live is None or self.rule_live == self.live:
            return None
        return f"By the rule now {self.rule_why}: {self.rule_words}. The next run switches it {self._on_or_off}."

    @property
    def then(self) -> str | None:
        """What comes next, where 4MOST does not have what is wanted."""
        return THEN.get(self.at_4most.there)

    @property
    def _on_or_off(self) -> str:
        return "on" if self.rule_live else "off"

    @property
    def _first(self) -> str:
        if self.is_host:
            return f"{'Wanted' if self.live else 'Not wanted'}, as a host galaxy: {self.reason}"
        why = Why(self.why)
        because = f"the list {quoted(self.list_)} asks for it" if why is Why.LIVE and self.list_ else BECAUSE[why]
        # What the rule says now has the numbers. It may have changed since.
        detail = self.rule_words if self.rule_why == self.why else self.reason if self.reason != self.why else None
        said = f" ({quoted(detail, LONGEST_DETAIL)})" if detail and why not in ALL_SAID else ""
        return f"{'Live' if self.live else 'Not live'} because {because}{said}"


def target_stands(target: Mapping[str, Any], verdict: Mapping[str, Any] | None) -> TargetStands:
    """How a target stands, by the rows of `reports/trace_target` and `reports/trace_verdict`."""
    rule = verdict or {}
    return TargetStands(
        target["kind"] == "host", target["active"], target["why"], target["reason"], target["list"],
        rule.get("active"), rule.get("why"), rule.get("words"), _at_4most(target),
    )  # fmt: skip


def _at_4most(target: Mapping[str, Any]) -> AtFourmost:
    active = None if target["active_there"] is None else target["active_there"] == "true"
    # The order is that of precedence: under way, refused, held, without a row, and only then what is there.
    if target["sending_since"]:
        there, words = There.UNDER_WAY, None
    elif target["refusal"] and not target["agreed"]:
        there, words = There.REFUSED, target["refusal"]
    elif target["held"]:
        there, words = There.HELD, target["held"]
    elif target["problem"]:
        there, words = There.CANNOT_BE_SENT, target["problem"]
    elif active is None:
        there, words = (There.WAITS, None) if target["active"] else (There.NOT_SENT, target["reason"])
    else:
        there, words = There.ACTIVE if active else There.INACTIVE, None
    return AtFourmost(
        there, target["pk_4most"], active, target["told_at"], target["agreed"], words, target["sending_since"]
    )
