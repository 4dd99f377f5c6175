"""Service levels: what is promised, by whose calendar, and who hears when it is not kept."""

from datetime import date, time, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from contracts.issues import IssueType, Priority
from contracts.phases import Phase
from contracts.text import Comment, Line

ZERO = timedelta()
LONGEST = timedelta(days=366)


class SlaSeverity(StrEnum):
    WARNING = "WARNING"
    CRITICAL = "CRITICAL"
    BREACH = "BREACH"


class SlaKind(StrEnum):
    """What is timed. FIRST_RESPONSE: from the opening until the first phase has ended or a person
    is asked for the first time. PHASE: all rounds of a phase together. RESOLUTION: from the
    opening to the end. APPROVAL: how long one request waits at a gate."""

    FIRST_RESPONSE = "FIRST_RESPONSE"
    PHASE = "PHASE"
    RESOLUTION = "RESOLUTION"
    APPROVAL = "APPROVAL"


class SlaPause(StrEnum):
    """Whom the work can wait for: an approver, somebody with an answer, whoever paused it."""

    APPROVAL = "APPROVAL"
    ANSWER = "ANSWER"
    REST = "REST"


class Weekday(StrEnum):
    """In the order of `date.weekday()`."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


class OpeningHours(BaseModel, frozen=True, extra="forbid"):
    """By the wall clock. A day that is open until midnight closes at 00:00."""

    opens: time
    closes: time

    @property
    def until(self) -> timedelta:
        """Since the day's first midnight on the wall clock."""
        return since_midnight(self.closes) or timedelta(days=1)

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> "OpeningHours":
        if self.opens.tzinfo or self.closes.tzinfo:
            raise ValueError("opening hours are by the calendar's own clock, without an offset")
        if since_midnight(self.opens) >= self.until:
            raise ValueError(f"opens at {self.opens}, but closes at {self.closes}")
        return self


def since_midnight(at: time) -> timedelta:
    return timedelta(hours=at.hour, minutes=at.minute, seconds=at.second)


class BusinessCalendar(BaseModel, frozen=True, extra="forbid"):
    """`time_zone` is a name of the IANA database. Whether it is known is asked where it is used:
    time-zone data must not be read where a workflow is replayed."""

    name: Line = Field(min_length=1)
    time_zone: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_+/-]{0,63}$")] = "UTC"
    hours: dict[Weekday, tuple[OpeningHours, ...]]
    holidays: tuple[date, ...] = ()

    @model_validator(mode="after")
    def _is_open_sometimes_and_never_twice(self) -> "BusinessCalendar":
        if not any(self.hours.values()):
            raise ValueError(f"{self.name} is never open, so no clock would ever run by it")
        for day, hours in self.hours.items():
            for one, other in pairwise(hours):
                if since_midnight(other.opens) < one.until:
                    raise ValueError(f"{day}: hours stand in their order and do not overlap")
        return self


class SlaTerms(BaseModel, frozen=True, extra="forbid"):
    """`warning` and `critical` are times on the clock, like `target`. No phases, issue types or
    priorities means all of them; no calendar means round the clock. `tell` names roles,
    `requester`, or addresses, for each severity."""

    name: Line = Field(min_length=1)
    description: Comment = ""
    clock: SlaKind
    target: timedelta = Field(gt=ZERO, le=LONGEST)
    warning: timedelta = Field(gt=ZERO)
    critical: timedelta = Field(gt=ZERO)
    phases: tuple[Phase, ...] = ()
    issue_types: tuple[IssueType, ...] = ()
    priorities: tuple[Priority, ...] = ()
    calendar: BusinessCalendar | None = None
    pause_on: tuple[SlaPause, ...] = ()
    tell: dict[SlaSeverity, tuple[Line, ...]] = {}
    enabled: bool = True

    @property
    def of_phases(self) -> bool:
        return self.clock in (SlaKind.PHASE, SlaKind.APPROVAL)

    @model_validator(mode="before")
    @classmethod
    def _shares_of_the_target(cls, given: Any) -> Any:
        """Where nothing else is said, it warns at 75 % of the target and is critical at 90 %."""
        if isinstance(given, dict) and isinstance(target := given.get("target"), timedelta):
            return {"warning": target * 3 / 4, "critical": target * 9 / 10, **given}
        return given

    @model_validator(mode="after")
    def _makes_sense(self) -> "SlaTerms":
        if not self.warning <= self.critical <= self.target:
            raise ValueError("it warns first, then is critical, then is broken")
        if self.phases and not self.of_phases:
            raise ValueError(f"{self.clock} is not timed by phases")
        if self.clock is SlaKind.APPROVAL and SlaPause.APPROVAL in self.pause_on:
            raise ValueError("an approval's age would stand still while it waits")
        return self


class SlaDefinition(SlaTerms, frozen=True):
    """Terms as they are kept, and as they are frozen when an orchestration opens."""

    id: UUID


class Acknowledgement(BaseModel, frozen=True):
    """The update `acknowledge`: somebody has seen it. Without `sla` all that is broken or soon
    will be, else only the definition of that name."""

    by: Line = Field(min_length=1)
    sla: Line | None = None
    phase: Phase | None = None
    comment: Comment = ""


class SlaRefusal(StrEnum):
    """The `type` of the ApplicationError that a refused acknowledgement gets."""

    NOTHING_TO_ACKNOWLEDGE = "NOTHING_TO_ACKNOWLEDGE"
    ALREADY_ACKNOWLEDGED = "ALREADY_ACKNOWLEDGED"
