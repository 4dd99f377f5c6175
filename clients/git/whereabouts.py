"""A short look at where a branch is, for those who only tell of it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta

from clients.git.errors import GitFailedError
from contracts.conclusions import Whereabouts
from errors import PermanentError, RetryLaterError

log = logging.getLogger(__name__)
PATIENCE = timedelta(seconds=5)


async def whereabouts(
    ask: Callable[[], Awaitable[str | None]], patience: timedelta = PATIENCE
) -> Whereabouts:
    """`ask` says where the branch is, None where there is none. Whatever hinders it is no error,
    and nobody waits for it much longer than `patience`: git is given two seconds to stop."""
    try:
        async with asyncio.timeout(patience.total_seconds()):
            return Whereabouts(tip=await ask())
    except (PermanentError, RetryLaterError, GitFailedError, TimeoutError, OSError) as error:
        log.info("a branch could not be looked up: %s", type(error).__name__)
        return Whereabouts(seen=False)
