"""What a ticket's run does not get past, by Temporal's account: the ledger has what happened."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cli.connected import ConnectedDesk, connected_to
from cli.context import Desk
from cli.stopping import told_beside
from cli.terminal import elapsed, plain, say
from cli.verdicts import is_away
from cli.workers import is_worked
from clients.temporal.hurdles import Hurdle, Underway
from clients.temporal.orchestrations import NotRunningError, UnansweredError
from contracts.jira_work import Pause

LOOK_AGAIN = 3.0
# For who can do without an answer.
PATIENCE = 4.0
SHORT = timedelta(seconds=2)
# What fails once and is tried again at once is no news.
SOON = timedelta(seconds=5)


@dataclass(frozen=True)
class RunStanding:
    """`run` is None when nothing runs; `worked` tells whether anybody is there to work it."""

    run: Underway | None = None
    worked: bool = False
    away: bool = False
    """Temporal does not answer."""
    pause: Pause | None = None
    """Asked for, and not begun: only the run itself knows."""


async def standing_of(desk: Desk, issue_key: str) -> RunStanding:
    try:
        client = await connected_to(desk.addresses.temporal, PATIENCE)
        connected = ConnectedDesk(**vars(desk), client=client)
        run = await connected.orchestrations.underway(issue_key)
        if run is None:
            return RunStanding()
        if not await is_worked(connected):
            return RunStanding(run.idle())
        return RunStanding(run, worked=True, pause=await _pause(connected, issue_key))
    except Exception as error:
        if not is_away(error):
            raise
        return RunStanding(away=True)


async def _pause(desk: ConnectedDesk, issue_key: str) -> Pause | None:
    """Whoever looks can do without an answer."""
    with suppress(NotRunningError, UnansweredError):
        return (await desk.orchestrations.state(issue_key, SHORT)).pause
    return None


@asynccontextmanager
async def hurdles_told(desk: ConnectedDesk, issue_key: str) -> AsyncIterator[None]:
    """While inside, each that lasts is said, once."""
    async with told_beside(_tell(desk, issue_key)):
        yield


async def _tell(desk: ConnectedDesk, issue_key: str) -> None:
    told: set[tuple[str, str]] = set()
    while True:
        await asyncio.sleep(LOOK_AGAIN)
        now = datetime.now(UTC)
        for hurdle in await _looked_up(desk, issue_key):
            known = (hurdle.what, hurdle.failure)
            if known not in told and _lasts(hurdle, now):
                told.add(known)
                say(f"{issue_key}: {words_of(hurdle, now)}")


async def _looked_up(desk: ConnectedDesk, issue_key: str) -> Sequence[Hurdle]:
    """Whoever watches sees by themselves that Temporal is away."""
    try:
        run = await desk.orchestrations.underway(issue_key)
    except Exception as error:
        if not is_away(error):
            raise
        return ()
    return run.hurdles if run else ()


def _lasts(hurdle: Hurdle, now: datetime) -> bool:
    return hurdle.tries > 1 or (hurdle.next_at is not None and hurdle.next_at - now > SOON)


def words_of(hurdle: Hurdle, now: datetime) -> str:
    times = "once" if hurdle.tries == 1 else f"{hurdle.tries} times"
    tried = f"{hurdle.what} failed {times}, and it is tried again {_when(hurdle, now)}"
    return f"{tried}: {plain(hurdle.failure, 1_000)}"


def _when(hurdle: Hurdle, now: datetime) -> str:
    if hurdle.next_at is None:
        return "as soon as a worker is there" if hurdle.idle else "right now"
    soon = f"in {elapsed(hurdle.next_at - now)}"
    return f"{soon}, if a worker is there by then" if hurdle.idle else soon
