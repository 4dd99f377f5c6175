"""The limit on how often one client's address may call, asked for many callers at once."""

from collections.abc import Sequence
from datetime import timedelta
from functools import lru_cache
from ipaddress import IPv6Address, IPv6Network, ip_address
from time import monotonic

from starlette.requests import Request

from cache.limits import Limits
from contracts.limits import NOW, Claim, Limit
from errors import RetryLaterError
from web.bodies import RefusedError
from web.gathering import Gathering

REMEMBERED = 10_000
AHEAD = 50
BURST, KEPT = 0.05, 1.0


class Callers:
    """Calls that arrive together from one address draw their tokens with one command."""

    def __init__(self, limits: Limits, limit: Limit) -> None:
        self._limits, self._limit = limits, limit
        self._known: dict[str, _Caller] = {}

    async def admit(self, request: Request) -> None:
        """Raises RefusedError (429), which says how long to wait."""
        address = address_of(request.client.host if request.client else "")
        if address not in self._known:
            if len(self._known) >= REMEMBERED:
                # Whoever still waits there is answered; only their company is lost.
                self._known.clear()
            self._known[address] = _Caller(self._limits, self._limit, address)
        wait = await self._known[address].wait()
        if wait:
            raise RefusedError(429, "too many requests", wait)


class _Caller:
    """One address. In a burst it draws a few tokens ahead, a hundredth of the limit at most; what
    is not used within a second is lost."""

    def __init__(self, limits: Limits, limit: Limit, address: str) -> None:
        self._limits, self._limit, self._address = limits, limit, address
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
        claim = Claim(limit=self._limit, of=(self._address,), weight=count)
        try:
            verdict = await self._limits.take(claim)
        except RetryLaterError as error:
            return error.delay, 0
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
