"""How far the asking at a gate has come, and when time moves it on. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, auto

from contracts.levels import Level, OnTimeout, Risk
from contracts.risk import Assessment


class Next(Enum):
    REMIND = auto()
    ESCALATE = auto()
    PASS = auto()
    EXPIRE = auto()


@dataclass(frozen=True)
class Stage:
    """A level (its number counts from 1) since `since`; after an escalation its time begins anew
    at `began`."""

    number: int
    level: Level
    since: datetime
    began: datetime
    escalated: int = 0
    reminded: int = 0

    @property
    def deadline(self) -> datetime:
        if self.escalated:
            return self.began + self.level.escalation[self.escalated - 1].patience
        return self.began + self.level.patience

    @property
    def instant(self) -> datetime:
        """When something is to be done next."""
        if self.level.remind is None:
            return self.deadline
        return min(self.began + self.level.remind * (self.reminded + 1), self.deadline)

    def next(self, assessment: Assessment | None) -> Next:
        """What is to be done then."""
        if self.instant < self.deadline:
            return Next.REMIND
        if self.escalated < len(self.level.escalation):
            return Next.ESCALATE
        trusts = self.level.on_timeout is OnTimeout.APPROVE_IF_LOW_RISK
        if trusts and assessment is not None and assessment.risk is Risk.LOW:
            return Next.PASS
        return Next.EXPIRE

    def after_reminder(self, now: datetime) -> "Stage":
        """Those missed while nobody was at work are not made up for."""
        assert self.level.remind is not None
        due = (now - self.began) // self.level.remind
        return replace(self, reminded=max(due, self.reminded + 1))

    def after_escalation(self, now: datetime) -> "Stage":
        return replace(self, began=now, escalated=self.escalated + 1, reminded=0)


def stage_of(number: int, level: Level, now: datetime) -> Stage:
    return Stage(number=number, level=level, since=now, began=now)
