"""Why a target is live or not: the type `tides.why`, whose comment in the database says what each value means."""

from enum import StrEnum


class Why(StrEnum):
    """The values of `tides.why`, in its order."""

    NEW = "new"
    LIVE = "live"
    FAINT = "faint"
    UNOBSERVED = "unobserved"
    RECLASSIFIED = "reclassified"
    RECURRENT = "recurrent"
    OBSERVED = "observed"
    VETOED = "vetoed"
    FORCED = "forced"
    MERGED = "merged"
    UNREACHABLE = "unreachable"
    UNSELECTED = "unselected"
    HOST_ONLY = "host_only"


ON = frozenset({Why.LIVE, Why.FORCED})
"""What switches a target on; every other value switches it off, or leaves it off."""
