"""The clocks of one orchestration's service levels: what they have counted, and what is due."""

from datetime import datetime, timedelta
from uuid import UUID

from pydantic import BaseModel

from contracts.phases import Phase
from contracts.sla import BusinessCalendar, SlaDefinition, SlaPause, SlaSeverity

SlaKey = tuple[UUID, Phase | None, SlaSeverity]


class Span(BaseModel, frozen=True):
    """A stretch of time in which a clock ran."""

    start: datetime
    end: datetime


class SlaInstants(BaseModel, frozen=True):
    """When a clock reached its thresholds, or will if nobody stops it. None: not while it ran."""

    warning: datetime | None = None
    critical: datetime | None = None
    breach: datetime | None = None

    def of(self, severity: SlaSeverity) -> datetime | None:
        return {
            SlaSeverity.WARNING: self.warning,
            SlaSeverity.CRITICAL: self.critical,
            SlaSeverity.BREACH: self.breach,
        }[severity]


class SlaQuestion(BaseModel, frozen=True):
    """How much business time has a clock counted at `now`, and when are its thresholds reached?
    `spent` was counted before `spans`, which have ended; since `since` it runs."""

    calendar: BusinessCalendar | None
    thresholds: tuple[timedelta, timedelta, timedelta]
    spent: timedelta
    spans: tuple[Span, ...]
    since: datetime | None
    now: datetime


class SlaAnswer(BaseModel, frozen=True):
    """`spent` ends with the question's last span; `actual` counts on from there to its `now`."""

    spent: timedelta
    actual: timedelta
    instants: SlaInstants


class SlaQuestions(BaseModel, frozen=True):
    questions: tuple[SlaQuestion, ...]


class SlaAnswers(BaseModel, frozen=True):
    answers: tuple[SlaAnswer, ...]


class SlaClock(BaseModel, frozen=True):
    """It runs while it is `begun` and nothing holds it: since `since`. `instants` is None from each
    start until they were reckoned. A clock that is `over` never begins again."""

    definition: SlaDefinition
    phase: Phase | None = None
    spent: timedelta = timedelta()
    spans: tuple[Span, ...] = ()
    since: datetime | None = None
    instants: SlaInstants | None = None
    begun: bool = True
    over: bool = False

    @property
    def stopped_at(self) -> datetime | None:
        """None while it runs, and when all it has counted is in `spent`."""
        return self.spans[-1].end if self.spans and self.since is None else None

    def key(self, severity: SlaSeverity) -> SlaKey:
        return self.definition.id, self.phase, severity


class SlaTold(BaseModel, frozen=True):
    """A severity that was reached, once for each definition and phase."""

    sla_id: UUID
    name: str
    phase: Phase | None
    severity: SlaSeverity
    at: datetime
    acknowledged: bool = False

    @property
    def key(self) -> SlaKey:
        return self.sla_id, self.phase, self.severity


class SlaReached(BaseModel, frozen=True):
    """A threshold that was found to be reached, with all that its clock had counted by then."""

    clock: SlaClock
    severity: SlaSeverity
    at: datetime
    actual: timedelta


class SlaViolationRow(BaseModel, frozen=True):
    """A violation as Postgres shows it."""

    issue_key: str
    sla_id: UUID
    sla: str
    phase: Phase | None
    severity: SlaSeverity
    target: timedelta
    actual: timedelta
    exceeded_by: timedelta
    timestamp: datetime
    acknowledged_by: str | None
    acknowledged_at: datetime | None


class SlaDue(BaseModel, frozen=True):
    """The nearest deadline of a running clock that has not passed yet."""

    name: str
    phase: Phase | None
    at: datetime


class SlaState(BaseModel):
    """All that a run remembers of its clocks: carried whole when it continues as new."""

    definitions: tuple[SlaDefinition, ...] = ()
    clocks: list[SlaClock] = []
    awaiting: list[SlaPause] = []
    told: list[SlaTold] = []
