"""Objects of every standing: a target, what was never selected, what waits, and what cannot be judged."""

from tests.bridge import Bridge
from tests.builders import AN_ID, a_ztf_message, an_lsst_message

TARGET, FADED, FAINT, PLACELESS, NORTHERN, WAITING = (str(AN_ID + n) for n in range(10, 16))
UNKNOWN_THERE = "ZTF26zzzzzzz"
"""An object that Lasair's API does not know: it has no light curve, and becomes a dead letter."""


def bring_all_sorts(bridge: Bridge) -> None:
    """Brings one of each by the streams, to a bridge that tries each object once. Most were never selected."""
    bridge.publish("lsst", an_lsst_message(TARGET, ra=10.0), an_lsst_message(FADED, ra=11.0, days_ago=30))
    bridge.publish("lsst", an_lsst_message(FAINT, ra=12.0, mag=23.0, nights=1))
    bridge.publish("lsst", an_lsst_message(PLACELESS, ra=None, decl=None))
    bridge.publish("lsst", an_lsst_message(NORTHERN, ra=14.0, dec=45.0, mag=23.0))
    bridge.publish("ztf", a_ztf_message(UNKNOWN_THERE))
    for stream in ("lsst", "ztf"):
        bridge.drain(stream)
    bridge.evaluate()
    bridge.publish("lsst", an_lsst_message(FAINT, ra=12.0, mag=23.1, nights=1, days_ago=1))
    bridge.drain("lsst")
    bridge.evaluate()
    bridge.remember()
    # One arcsec from the target, and one that nobody has judged yet.
    bridge.publish("lsst", an_lsst_message(WAITING, ra=10.0, dec=-30.0 + 2 / 3600, mag=23.0))
    bridge.drain("lsst")
