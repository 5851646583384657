"""What the broker keeps back: its byte quota, and a share."""

from collections import Counter

from sandbox.sky.archive import Message
from sandbox.standins.withholding import Withholding


def messages(count: int, day: int = 61000, stream: str = "lsst", size: int = 100) -> list[Message]:
    return [Message(stream, str(n).encode(), day + n / 86400, b"x" * size) for n in range(count)]


def test_beyond_the_nights_bytes_nothing_goes_out_until_the_next_day():
    withholding = Withholding(night_bytes=1000)
    sent = [m for m in [*messages(15), *messages(4, 61001)] if withholding.lets_through(m)]
    assert Counter(int(m.utc_mjd) for m in sent) == {61000: 10, 61001: 4}
    assert withholding.withheld == {("lsst", 61000): 5, ("lsst", 61001): 0}


def test_each_stream_has_a_quota_of_its_own():
    withholding = Withholding(night_bytes=1000)
    assert all(withholding.lets_through(m) for m in [*messages(10), *messages(10, stream="ztf")])


def test_a_share_is_kept_back_and_repeats_meet_the_same_fate():
    fates = [Withholding(share=0.03).lets_through(m) for m in messages(5000)]
    assert 0.02 < fates.count(False) / 5000 < 0.04
    assert fates == [Withholding(share=0.03).lets_through(m) for m in messages(5000)]


def test_nothing_is_kept_back_unless_asked():
    assert all(Withholding().lets_through(m) for m in messages(100, size=10**6))
