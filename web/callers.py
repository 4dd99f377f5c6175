"""The limit on how often one client's address may call, asked for many callers at once."""

from collections.abc import Sequence
from datetime import timedelta
from functools import lru_cache
from ipaddress import IPv6Address, IPv6Network, ip_address

from starlette.requests import Request

from cache.limits import Limits
from contracts.limits import NOW, Claim, Limit
from errors import RetryLaterError
from web.bodies import RefusedError
from web.gathering import Gathering

REMEMBERED = 10_000


class Callers:
    """Calls that arrive together from one address draw their tokens with one command."""

    def __init__(self, limits: Limits, limit: Limit) -> None:
        self._limits, self._limit = limits, limit
        self._asking: dict[str, Gathering[None, timedelta]] = {}

    async def admit(self, request: Request) -> None:
        """Raises RefusedError (429), which says how long to wait."""
        address = address_of(request.client.host if request.client else "")
        wait = await self._of(address).ask(None)
        if wait:
            raise RefusedError(429, "too many requests", wait)

    def _of(self, address: str) -> Gathering[None, timedelta]:
        if address not in self._asking:
            if len(self._asking) >= REMEMBERED:
                # Whoever still waits there is answered; only their company is lost.
                self._asking.clear()

            async def draw(callers: Sequence[None]) -> list[timedelta]:
                return await self._draw(address, len(callers))

            self._asking[address] = Gathering(draw, most=min(self._limit.tokens, 100))
        return self._asking[address]

    async def _draw(self, address: str, count: int) -> list[timedelta]:
        """How long each has to wait: those who came first get what there is."""
        verdict_wait, remaining = await self._take(address, count)
        if not verdict_wait:
            return [NOW] * count
        granted = min(remaining, count - 1)
        if granted:
            late, _ = await self._take(address, granted)
            granted = 0 if late else granted
        return [NOW] * granted + [verdict_wait] * (count - granted)

    async def _take(self, address: str, count: int) -> tuple[timedelta, int]:
        claim = Claim(limit=self._limit, of=(address,), weight=count)
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
