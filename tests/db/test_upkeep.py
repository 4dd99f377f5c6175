"""Upkeep of the database: one at a time, and Redis beside it."""

import asyncio
import os
import sys
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from redis.asyncio import Redis

from cache.keys import Keys
from cache.lock import Lock
from db.exits import AWAY

NOBODY = UUID(int=0)
HERE = Path(__file__).parent.parent.parent


async def say(database_url: str, redis_url: str, *words: str) -> tuple[int | None, str]:
    given = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "PATH": os.environ["PATH"]}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "db", *words),
        env=given,
        cwd=HERE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode, said.decode()


async def test_two_do_not_rebuild_at_once(url: str, redis_url: str, redis: Redis) -> None:
    async with Lock(redis, Keys(NOBODY), timedelta(seconds=30)).held("database", "x"):
        code, said = await say(url, redis_url, "rebuild")
    assert code == AWAY, said
    assert "somebody else is at it" in said
    assert "Traceback" not in said
    code, said = await say(url, redis_url, "rebuild")
    assert (code, said[:10]) == (0, "made anew:"), said


async def test_status_shows_redis_and_survives_its_absence(
    database_url: str, redis_url: str
) -> None:
    _, said = await say(database_url, redis_url, "status")
    assert "memory" in said
    assert "hit rate" in said
    code, said = await say(database_url, "redis://127.0.0.1:1/0", "status")
    assert code == 0
    assert "Redis does not answer" in said
