"""The limits on waiting in tests. TIDES_WAIT_FACTOR (sandbox/services/leash.py) multiplies each of them.

A limit for an expected event is long, since it costs nothing when the test passes. A time-out that a test waits for is
short, and so is the delay that has to exceed it.
"""

from typing import Any

from sandbox.services.leash import patient

LIMIT_S = patient(60)
"""The longest wait for an answer, a message or the end of a process, in seconds."""

SHORT: dict[str, dict[str, Any]] = {
    "lasair": {"connect_timeout_s": patient(1), "read_timeout_s": patient(1), "total_timeout_s": patient(1.5)},
    "fourmost": {
        "connect_timeout_s": patient(1),
        "read_timeout_s": patient(1),
        "create_timeout_s": patient(1),
        "total_timeout_s": patient(1.2),
        "settle_s": patient(1.5),
        "throttle_s": 0.0,
    },
    "drain": {"no_progress_s": patient(2), "request_timeout_s": patient(2)},
}
"""Changes of the settings for a test in which Lasair, 4MOST or Kafka is late or silent."""
