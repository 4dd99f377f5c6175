"""What schedules do to the whole database is done by one at a time, over all machines."""

from collections.abc import Callable, Iterable
from typing import Any

from redis.asyncio import Redis
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from cache.keys import NOBODY, Keys
from cache.lock import UPKEEP, Lock
from db.fences import showing


class UpkeepInterceptor(Interceptor):
    """Around these methods of activity classes, whichever object they are of. While somebody else
    has the lock, or Redis is away, they come again later."""

    def __init__(self, redis: Redis, upkeep: Iterable[Callable[..., Any]]) -> None:
        self._lock = Lock(redis, Keys(NOBODY))
        self._upkeep = frozenset(upkeep)

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        return _Upkeep(next, self._lock, self._upkeep)


class _Upkeep(ActivityInboundInterceptor):
    def __init__(
        self,
        next: ActivityInboundInterceptor,
        lock: Lock,
        upkeep: frozenset[Callable[..., Any]],
    ) -> None:
        super().__init__(next)
        self._lock, self._upkeep = lock, upkeep

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        if getattr(input.fn, "__func__", input.fn) not in self._upkeep:
            return await super().execute_activity(input)
        async with self._lock.held(*UPKEEP) as hold:
            with showing(UPKEEP[0], hold.fence):
                return await super().execute_activity(input)
