"""Many clients that send each delivery several times, in any order, and again until it is taken."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from httpx2 import HTTPError

from tests.faults.listening import RITA
from tests.github_life import comment
from tests.web.gate import Entry

AGAIN = 0.25
MANY = 50


@dataclass
class Senders:
    """`refused` counts what had to be sent once more. Any answer but 202 and 503 is a failure."""

    entry: Entry
    taken: int = 0
    refused: int = 0
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MANY))

    async def send(self, names: Sequence[str], times: int = 3, within: float = 0) -> None:
        """Returns when each was taken as often; spread over `within` seconds."""
        sends = list(names) * times
        random.shuffle(sends)
        pause = within / len(sends)
        await asyncio.gather(*(self._one(name, place * pause) for place, name in enumerate(sends)))

    async def _one(self, name: str, after: float) -> None:
        await asyncio.sleep(after)
        # The same bytes each time: another body would be a conflict.
        body = comment(f"/guide {name}", RITA, at="2026-03-01T09:00:00Z")
        async with self.turns:
            while not await self._is_taken(body, name):
                self.refused += 1
                await asyncio.sleep(AGAIN)
            self.taken += 1

    async def _is_taken(self, body: object, name: str) -> bool:
        try:
            answer = await self.entry.deliver(body, name, **{"x-github-event": "issue_comment"})
        except HTTPError:
            return False
        assert answer.status_code in (202, 503), answer.text
        return answer.status_code == 202
