"""Moments and durations as people read them."""

from datetime import timedelta

import pytest

from policy.moments import in_hours


@pytest.mark.parametrize(
    ("duration", "said"),
    [
        (timedelta(milliseconds=420), "0.4 s"),
        (timedelta(seconds=20, microseconds=26_486), "20 s"),
        (timedelta(minutes=3, seconds=5), "3 min 05 s"),
        (timedelta(days=3, hours=2), "74 h 00 min"),
        (timedelta(seconds=-1), "0.0 s"),
    ],
)
def test_a_duration_is_said_in_hours_at_most(duration: timedelta, said: str) -> None:
    assert in_hours(duration) == said
