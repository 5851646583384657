"""How long tests wait: long for what must come, short for what must be late.

Both are multiplied by TIDES_WAIT_FACTOR (sandbox/services/leash.py). A limit on what must come costs nothing when all
is well, so it is long. A time-out that a test waits out is short, and so is the lateness that it must be shorter than.
"""

from typing import Any

from sandbox.services.leash import patient

LIMIT_S = patient(60)
"""For an answer, a message or the end of a process that a test waits for, in seconds."""

SHORT: dict[str, dict[str, Any]] = {
    "lasair": {"connect_timeout_s": patient(1), "read_timeout_s": patient(1), "total_timeout_s": patient(1.5)},
    "fourmost": {
        "connect_timeout_s": patient(1),
        "read_timeout_s": patient(1),
        "create_timeout_s": patient(1),
        "total_timeout_s": patient(1.2),
        "settle_s": patient(1.5),
    },
    "drain": {"no_progress_s": patient(2), "request_timeout_s": patient(2)},
}
"""Changes of the settings for a test in which Lasair, 4MOST or Kafka is late or silent."""
