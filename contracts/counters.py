"""Running counts and timings, as `starter.py stats` shows them."""

from datetime import timedelta

from pydantic import BaseModel


class Tally(BaseModel, frozen=True):
    """What one agent did in one phase, once or within a day. `count` is of stretches of work that
    ended: whoever asks, or reaches a limit, and goes on with the answer has two. People, and
    answers that were remembered, are not counted."""

    agent: str
    phase: str
    count: int
    failed: int
    total: timedelta
    longest: timedelta

    @classmethod
    def once(cls, agent: str, phase: str, took: timedelta, failed: bool = False) -> "Tally":
        return cls(agent=agent, phase=phase, count=1, failed=int(failed), total=took, longest=took)

    @property
    def mean(self) -> timedelta:
        return self.total / self.count if self.count else timedelta()
