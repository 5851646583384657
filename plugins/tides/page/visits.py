"""When somebody looked at *Now* before this visit: a cookie of the page, so that a look writes nothing elsewhere.

Looks with less than `AWAY` between them are one visit. So the hand-over stays while somebody works with the page, and
loads it again. The cookie holds two moments: the last look of the visit before, and the last look of this one.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from fastapi import Request, Response

AWAY = timedelta(minutes=30)
"""Whoever looks again after this time has come back."""

LONGEST = timedelta(days=3)
"""The longest time that a hand-over tells of: a look must stay quick. The page has the rest."""

KEPT = timedelta(days=30)
"""For so long a browser keeps the cookie."""

VALUE = re.compile(r"(\d{1,10})\.(\d{1,10})", re.ASCII)


@dataclass(frozen=True)
class Visit:
    """A look at a moment (UTC), and when the visit before this one ended; None: it is the first, or not known."""

    now: datetime
    before: datetime | None

    @property
    def told_since(self) -> datetime | None:
        """Since when the hand-over tells."""
        return max(self.before, self.now - LONGEST) if self.before else None


def visit_of(value: str | None, now: datetime) -> Visit:
    """The look of somebody who brings the cookie `value`, which may hold anything."""
    found = VALUE.fullmatch(value or "")
    if not found:
        return Visit(now, None)
    before, seen = (datetime.fromtimestamp(int(number), UTC) for number in found.groups())
    if not before <= seen <= now:
        return Visit(now, None)
    # The first visit of all has none before it: both moments are the same then.
    come_back = seen if now - seen > AWAY else before if before < seen else None
    return Visit(now, come_back)


def brought(request: Request) -> str | None:
    """The cookie that a request brings."""
    return request.cookies.get(_name(request))


def keep(response: Response, request: Request, visit: Visit) -> None:
    """Gives the browser the cookie of this look."""
    response.set_cookie(
        _name(request),
        f"{int((visit.before or visit.now).timestamp())}.{int(visit.now.timestamp())}",
        max_age=int(KEPT.total_seconds()),
        path=request.scope.get("root_path") or "/",
        secure=request.base_url.scheme == "https",
        httponly=True,
        samesite="lax",
    )


def _name(request: Request) -> str:
    # Several users may share a browser. Airflow notes whose session it is; for a request without one, nobody is named.
    user = getattr(request.state, "user", None)
    return f"tides_visit_{sha256((user.get_id() if user else '').encode()).hexdigest()[:12]}"
