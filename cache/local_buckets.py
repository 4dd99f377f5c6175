"""One process's own buckets, for limits that fall back on them while Redis is away."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from contracts.limits import Claim, Verdict
from policy.limits import Bucket

MOST = 10_000


class LocalBuckets:
    """Each process counts for itself: with n processes up to n times as much may pass."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._buckets: dict[str, Bucket] = {}

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, claims: Sequence[tuple[str, Claim]]) -> Verdict:
        """From all of the buckets or from none. The text is the bucket's key."""
        now = self._clock()
        draws = {
            key: self._buckets.get(key, Bucket()).draw(claim.limit, claim.weight, now)
            for key, claim in claims
        }
        wait = max(draw.wait for draw in draws.values())
        if not wait:
            self._make_room(now)
            self._buckets.update({key: draw.bucket for key, draw in draws.items()})
        remaining = min(draw.remaining for draw in draws.values())
        return Verdict(allowed=not wait, wait=timedelta(seconds=wait), remaining=remaining)

    def close(self, key: str, claim: Claim, wait: timedelta) -> None:
        now = self._clock()
        self._make_room(now)
        bucket = self._buckets.get(key, Bucket())
        self._buckets[key] = bucket.closed(claim.limit, now + wait.total_seconds())

    def _make_room(self, now: float) -> None:
        """A full bucket is as good as none. If all are in use, the oldest half goes: an attacker
        with many addresses must not fill the memory."""
        if len(self._buckets) < MOST:
            return
        self._buckets = {key: bucket for key, bucket in self._buckets.items() if bucket.full > now}
        for key in list(self._buckets)[: max(len(self._buckets) - MOST // 2, 0)]:
            del self._buckets[key]
