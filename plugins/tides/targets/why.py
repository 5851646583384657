"""The reasons why a target is live or not: the type `tides.why`. Its comment in the database explains each value."""

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
    BETWEEN_EPOCHS = "between_epochs"
    UNLISTED = "unlisted"


ON = frozenset({Why.LIVE, Why.FORCED})
"""The reasons that switch a target on. Every other one switches it off, or leaves it off."""
