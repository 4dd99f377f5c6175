"""The connection pool: opened once per process, closed with it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from db.urls import target_of

Sessions = async_sessionmaker[AsyncSession]


@asynccontextmanager
async def open_sessions(
    url: str,
    *,
    pool_min: int = 2,
    pool_max: int = 20,
    application_name: str = "slipway",
) -> AsyncIterator[Sessions]:
    target = target_of(url)
    engine = create_async_engine(
        target.url,
        connect_args=target.connect_args(application_name),
        pool_size=max(pool_min, 1),
        max_overflow=max(pool_max - pool_min, 0),
        pool_timeout=3,
        pool_recycle=300,
        pool_pre_ping=True,
    )
    try:
        yield async_sessionmaker(engine, expire_on_commit=False)
    finally:
        await engine.dispose()
