"""What keeps people from settling what a run waits for, said to whoever watches it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from cli.awaiting import looked_up
from cli.context import Desk
from cli.obstacles import obstacles
from cli.reader import Found
from cli.stopping import told_beside
from cli.terminal import say
from cli.verdicts import is_away

# People are told right after it is written down whom the run waits for.
LOOK_AGAIN = 3.0
# Looks, of which one asks Postgres: messages are on their way for a while before they are lost.
EACH = 20
Known = Callable[[], Found | None]


@asynccontextmanager
async def obstacles_told(
    desk: Desk, known: Known, *, gates: bool, every: float = LOOK_AGAIN
) -> AsyncIterator[None]:
    """While inside, each is said once; of gates only where nobody here is asked to decide. `known`
    is what the watcher has seen last; `every` is in seconds."""
    async with told_beside(_tell(desk, known, gates, every)):
        yield


async def _tell(desk: Desk, known: Known, gates: bool, every: float) -> None:
    told: set[tuple[object, str]] = set()
    seen, looks = known(), 0
    while True:
        await asyncio.sleep(every)
        found = known()
        looks = looks + 1 if found is seen else 0
        seen = found
        if found is None or looks % EACH != 1 or (found.story.asked is not None and not gates):
            continue
        for line in await _lines(desk, found):
            if (about := (found.story.awaited, line)) not in told:
                told.add(about)
                say(f"{found.story.issue_key}: {line}")


async def _lines(desk: Desk, found: Found) -> Sequence[str]:
    """That somebody has paused it, a watcher sees anyway, and that Postgres is away."""
    try:
        story = await looked_up(desk, found)
    except Exception as error:
        if not is_away(error):
            raise
        return ()
    return list(obstacles(story.model_copy(update={"pause": None}), whole=False))
