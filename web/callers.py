"""The limit on how often one caller may come, asked for many of them at once."""

from collections.abc import Sequence
from datetime import timedelta
from functools import lru_cache
from ipaddress import IPv6Address, IPv6Network, ip_address
from time import monotonic

from starlette.requests import Request

from cache.limits import Limits
from contracts.limits import NOW, Claim, Limit
from errors import RetryLaterError
from web.bodies import TurnedAwayError
from web.gathering import Gathering

REMEMBERED = 10_000
AHEAD = 50
BURST, KEPT = 0.05, 1.0


class Callers:
    """Calls that arrive together from one caller draw their tokens with one command."""

    def __init__(self, limits: Limits, limit: Limit) -> None:
        self._limits, self._limit = limits, limit
        self._known: dict[str, _Caller] = {}

    async def admit(self, request: Request) -> None:
        """By its address. Raises TurnedAwayError, which says how long to wait: 429, or 503 where
        nobody can count and the limit is closed then."""
        await self.admit_as(address_of(request.client.host if request.client else ""))

    async def admit_as(self, name: str) -> None:
        """The same for a caller known otherwise."""
        if name not in self._known:
            if len(self._known) >= REMEMBERED:
                # Whoever still waits there is answered; only their company is lost.
                self._known.clear()
            self._known[name] = _Caller(self._limits, self._limit, name)
        try:
            wait = await self._known[name].wait()
        except RetryLaterError as error:
            raise TurnedAwayError(503, "requests cannot be counted", error.delay) from None
        if wait:
            raise TurnedAwayError(429, "too many requests", wait)


class _Caller:
    """One of them. In a burst it draws a few tokens ahead, a hundredth of the limit at most; what
    is not used within a second is lost."""

    def __init__(self, limits: Limits, limit: Limit, name: str) -> None:
        self._limits, self._limit, self._name = limits, limit, name
        self._ahead = min(limit.tokens // 100, AHEAD)
        self._spare, self._drawn_at = 0, float("-inf")
        self._asking: Gathering[None, timedelta] = Gathering(
            self._draw, most=min(limit.tokens - self._ahead, 100)
        )

    async def wait(self) -> timedelta:
        if self._spare and monotonic() - self._drawn_at < KEPT:
            self._spare -= 1
            return NOW
        return await self._asking.ask(None)

    async def _draw(self, callers: Sequence[None]) -> list[timedelta]:
        """How long each has to wait: those who came first get what there is."""
        count, in_burst = len(callers), monotonic() - self._drawn_at < BURST
        self._drawn_at, self._spare = monotonic(), 0
        ahead = self._ahead if in_burst else 0
        wait, remaining = await self._take(count + ahead)
        if not wait:
            self._spare = ahead
            return [NOW] * count
        granted = min(remaining, count)
        if granted:
            late, _ = await self._take(granted)
            granted = 0 if late else granted
        return [NOW] * granted + [wait] * (count - granted)

    async def _take(self, count: int) -> tuple[timedelta, int]:
        claim = Claim(limit=self._limit, of=(self._name,), weight=count)
        verdict = await self._limits.take(claim)
        return verdict.wait, verdict.remaining


@lru_cache(REMEMBERED)
def address_of(host: str) -> str:
    """An IPv6 network of 64 bits counts as one client, for it has that many addresses."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return "unknown"
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(IPv6Network((address, 64), strict=False))
