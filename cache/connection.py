"""The process's one connection pool to Redis, and one more for those who wait for messages."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from urllib.parse import urlsplit

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, RedisError
from redis.maint_notifications import MaintNotificationsConfig

from errors import MisuseError, PermanentError

PATIENCE = timedelta(milliseconds=250)
CONNECTIONS = 50
LISTENERS = 1000


class RefusedLoginError(MisuseError):
    """The server is there, and the name or the password in REDIS_URL is wrong."""


@asynccontextmanager
async def open_redis(url: str, patience: timedelta = PATIENCE) -> AsyncIterator[Redis]:
    """Short patience and no hidden retries: what asks Redis has an answer for its absence. Who
    finds all connections taken waits for one. Raises PermanentError for an unusable address."""
    redis = Redis.from_pool(_pool(url, patience, CONNECTIONS))
    try:
        yield redis
    finally:
        await redis.aclose()


@asynccontextmanager
async def open_listening(url: str, patience: timedelta = PATIENCE) -> AsyncIterator[Redis]:
    """For blocking reads alone: a listener keeps its connection, and must not take one from
    those who ask. `patience` bounds connecting, not listening."""
    redis = Redis.from_pool(_pool(url, patience, LISTENERS))
    try:
        yield redis
    finally:
        await redis.aclose()


async def demand_login(redis: Redis) -> None:
    """Raises RefusedLoginError. A server that is away is no reason to end: it comes back."""
    try:
        await redis.ping()
    except AuthenticationError as error:
        raise RefusedLoginError(
            f"Redis refuses the login: {str(error)[:200]}. Check REDIS_URL."
        ) from error
    except (RedisError, OSError):
        return


def patience_of(redis: Redis) -> timedelta:
    """What the client was opened with."""
    seconds = redis.connection_pool.connection_kwargs.get("socket_timeout")
    return timedelta(seconds=seconds) if seconds else PATIENCE


def _pool(url: str, patience: timedelta, connections: int) -> BlockingConnectionPool:
    _check(url)
    seconds = patience.total_seconds()
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=connections,
        timeout=seconds,
        protocol=3,
        socket_timeout=seconds,
        socket_connect_timeout=seconds,
        socket_keepalive=True,
        retry=Retry(NoBackoff(), 0),
        # Each would be one more command, and commands are billed. A dead connection is found by
        # the first one that fails, and all the idle ones are given up with it (asking.py).
        health_check_interval=0,
        # A new connection is one round trip of greeting, not two.
        driver_info=None,
        maint_notifications_config=MaintNotificationsConfig(enabled=False),
    )
    try:
        pool.connection_class(**pool.connection_kwargs)
    except TypeError:
        # Else each question would fail of it, and Redis pass for away.
        raise PermanentError("REDIS_URL has a parameter that redis-py does not know") from None
    return pool


def _check(url: str) -> None:
    """What the library would take for something else: database 0, or its default host."""
    parts = urlsplit(url)
    if parts.scheme not in ("redis", "rediss"):
        raise PermanentError("REDIS_URL must begin with redis:// or rediss://")
    if not parts.hostname:
        raise PermanentError("REDIS_URL names no host")
    database = parts.path.strip("/")
    if database and not database.isdecimal():
        raise PermanentError("the path of REDIS_URL must be the number of a database")
