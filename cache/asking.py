"""The one way to ask Redis: in time, and with an answer for its absence."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import AuthenticationError, ConnectionError, RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from cache.connection import patience_of

T = TypeVar("T")
Command = Callable[[], Awaitable[T]]
# What a script is given.
Arguments = list[bytes | str | int]
ABSENT = (RedisError, OSError, TimeoutError)
BROKEN = (ConnectionError, RedisTimeoutError, OSError, TimeoutError)
MINUTE = 60.0
# A broken connection is worth another try, and a frozen server is not: its time is up.
AGAIN = Retry(ExponentialBackoff(cap=0.2, base=0.02), 2, (ConnectionError,))


class RedisAwayError(Exception):
    """Redis did not answer, or refused. Whether it did what it was asked to is unknown."""


class Asker:
    """Asks on behalf of one class."""

    def __init__(self, redis: Redis, name: str) -> None:
        self._redis, self._name = redis, name
        self._seconds = patience_of(redis).total_seconds()
        self._quiet_until = float("-inf")
        self._unlogged = 0

    async def once(self, command: Command[T]) -> T:
        """For what must not happen twice. Raises RedisAwayError within the client's patience."""
        try:
            async with asyncio.timeout(self._seconds):
                return await command()
        except ABSENT as error:
            await self._give_up(error)
            raise RedisAwayError(f"{self._name}: {error or type(error).__name__}") from error

    async def again(self, command: Command[T]) -> T:
        """For what may be repeated: twice more, all within the same patience."""
        return await self.once(
            lambda: AGAIN.call_with_retry(command, _carry_on, is_retryable=_worth_repeating)
        )

    async def _give_up(self, error: Exception) -> None:
        self._unlogged += 1
        now = asyncio.get_running_loop().time()
        if now >= self._quiet_until:
            logging.getLogger(__name__).warning(
                "%s went without Redis, %s since this was last said: %s",
                self._name,
                "once" if self._unlogged == 1 else f"{self._unlogged} times",
                str(error)[:2000] or type(error).__name__,
            )
            self._quiet_until, self._unlogged = now + MINUTE, 0
        if isinstance(error, BROKEN):
            # The idle ones died of the same cause: each would cost its next user the patience.
            await self._redis.connection_pool.disconnect(inuse_connections=False)


async def _carry_on(_: Exception) -> None:
    """The client has closed the connection by itself."""


def _worth_repeating(error: Exception) -> bool:
    return not isinstance(error, AuthenticationError)
