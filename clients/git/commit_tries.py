"""An agent's work is committed in spite of errors that pass: the agent is not paid for twice."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from time import monotonic
from typing import TypeVar

from clients.git.errors import GitFailedError, UncommittedWorkError

T = TypeVar("T")
# Half of what workflows/options.py grants around an agent: the checkout takes its time, too.
PATIENCE = timedelta(minutes=5)
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 30.0
log = logging.getLogger(__name__)


async def committed_at_last(
    commit: Callable[[], Awaitable[T]], patience: timedelta = PATIENCE
) -> T:
    """Calls `commit`, which must be repeatable, until it is done; after `patience` no more. A try
    that is under way is left in peace. Retries that are Temporal's would begin with the agent.
    Raises UncommittedWorkError, and at once what is neither git's nor the disk's trouble."""
    pause, ends = FIRST_PAUSE, monotonic() + patience.total_seconds()
    while True:
        try:
            return await commit()
        except (GitFailedError, OSError) as error:
            log.warning("an agent's work is not committed yet: %s", error)
            if monotonic() + pause > ends:
                raise UncommittedWorkError(
                    f"What the agent did could not be committed within {patience}: {error}. It is "
                    "lost. The agent is not run again by itself, since it may cost money: mend "
                    "this host's disk or git first, then go on with --resume"
                ) from error
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)
