"""The process's one connection pool to Redis."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff


@asynccontextmanager
async def open_redis(url: str) -> AsyncIterator[Redis]:
    """Short patience and no hidden retries: what asks Redis has an answer for its absence."""
    redis = Redis.from_url(
        url,
        socket_timeout=0.5,
        socket_connect_timeout=0.5,
        retry=Retry(NoBackoff(), 0),
        health_check_interval=30,
    )
    try:
        yield redis
    finally:
        await redis.aclose()
