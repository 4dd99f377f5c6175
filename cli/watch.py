"""Watches one ticket being worked until it is over."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from uuid import UUID

from cli.connected import ConnectedDesk
from cli.ending import Ending, ending, last_words
from cli.hurdles import hurdles_told
from cli.lookout import obstacles_told
from cli.news import UNOPENED, Pace, open_news
from cli.reader import Found, Reader
from cli.screens import Screen
from cli.story import Story
from cli.terminal import say
from cli.verdicts import is_away
from cli.workers import kept_worked
from contracts.jira_work import WorkOutcome
from contracts.ledger import ChainedEvent

# Postgres away for longer than this ends the watching, never the work.
PATIENCE = 120.0
# Between a run's last words and its end lies one task of its worker, which may be ours.
LAST_TASK = 5.0

Attend = Callable[[Story], Awaitable[None]]


async def attend_to_nothing(_: Story) -> None:
    """For those who only look."""


@dataclass
class Watch:
    """`before` is an attempt that was over already, and not the one to be watched. `attend` is
    called with whatever is new, and may take its time. With `leaves` the watching also ends where
    somebody is awaited."""

    desk: ConnectedDesk
    issue_key: str
    screen: Screen
    attend: Attend = attend_to_nothing
    before: UUID | None = None
    leaves: bool = False
    pace: Pace = field(default_factory=Pace)
    _shown: set[str] = field(default_factory=set)
    _away_since: float | None = None
    _found: Found | None = None

    def __post_init__(self) -> None:
        self._reader = Reader(self.desk)

    async def until_over(self) -> Story | WorkOutcome:
        """The story once it is over or is left, or the outcome of a dry run, which leaves no story.
        Raises what made the run end before it was opened."""
        async with (
            kept_worked(self.desk) as keeper,
            hurdles_told(self.desk, self.issue_key),
            obstacles_told(self.desk, lambda: self._found, gates=self.attend is attend_to_nothing),
            ending(self.desk.orchestrations, self.issue_key) as end,
        ):
            try:
                with self.screen:
                    return await self._look_until(end, keeper)
            except asyncio.CancelledError:
                # Below the screen, which takes what was written over it away with itself.
                say(
                    f"No longer watching. The work goes on where a worker runs; see it again: "
                    f"starter.py watch {self.issue_key}"
                )
                raise

    async def _look_until(self, end: Ending, keeper: asyncio.Task[None]) -> Story | WorkOutcome:
        async with open_news(self.desk, self.pace) as news:
            while True:
                over = await self._look(end)
                if over is not None:
                    return over
                fresh = False
                while not fresh:
                    if keeper.done():
                        keeper.result()
                    fresh = await news.of(self._reader.row, end)

    def leave(self) -> None:
        """Nothing more can be done from here while somebody else is awaited."""
        self.leaves = True

    async def until_opened(self) -> Story | WorkOutcome:
        async with ending(self.desk.orchestrations, self.issue_key) as end:
            while True:
                was_over = end.done()
                story = await self._new()
                if story is not None:
                    return story
                if was_over:
                    return last_words(end, self.issue_key)
                await asyncio.sleep(UNOPENED)

    async def _look(self, end: Ending) -> Story | WorkOutcome | None:
        # Asked before looking: the last events are written before a run ends.
        was_over = end.done()
        try:
            story = await self._new()
            self._away_since = None
        except Exception as error:
            self._be_patient(error)
            return None
        if story is not None and story.status.terminal:
            await asyncio.wait((end,), timeout=LAST_TASK)
            return story
        if was_over:
            return last_words(end, self.issue_key)
        if story is None:
            return None
        await self.attend(story)
        return story if self.leaves and story.awaited is not None else None

    async def _new(self) -> Story | None:
        """Shows what there is; None as long as there is nothing of this run."""
        found = await self._reader.latest(self.issue_key)
        if found is None or found.story.orchestration_id == self.before:
            return None
        self._found = found
        self.screen.show(found.story, self._fresh(found.events))
        return found.story

    def _fresh(self, events: list[ChainedEvent]) -> list[ChainedEvent]:
        fresh = [event for event in events if event.hash not in self._shown]
        self._shown.update(event.hash for event in fresh)
        return fresh

    def _be_patient(self, error: Exception) -> None:
        if not is_away(error):
            raise error
        now = asyncio.get_running_loop().time()
        if self._away_since is None:
            self._away_since = now
            say("Postgres does not answer; the work goes on, and this watches again when it does.")
        elif now - self._away_since > PATIENCE:
            raise error
