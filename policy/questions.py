"""Who is reminded of an agent's question, and when. Pure."""

from datetime import datetime, timedelta

from contracts.agents import Answer
from contracts.identity import ANSWERERS, Role
from contracts.levels import Approver, Level
from contracts.playbooks import REMINDED_EACH
from policy.approval_stages import Next, Stage, stage_of
from policy.decisions import SKEW

# Whoever has not answered by then will hardly do so for one more: the work waits on in silence.
MOST_REMINDERS = 7
MANAGERS = (Role.MANAGER, Role.ADMIN)
# Everybody who may answer.
ABLE = tuple(Approver(role=role) for role in ANSWERERS)


def told_as_well(stage: Stage) -> tuple[Role, ...]:
    """Whoever has these roles, beside those who asked for the work: they may be on holiday."""
    return MANAGERS if stage.reminded > 1 else ()


def first_stage(remind: timedelta | None, now: datetime) -> Stage:
    """Its level stands for everybody who may answer; nothing comes behind the last reminder."""
    patience = (remind or REMINDED_EACH) * (MOST_REMINDERS + 1)
    return stage_of(1, Level(name="answer", approvers=ABLE, patience=patience, remind=remind), now)


def was_said_before(answer: Answer, asked: datetime) -> bool:
    """To another question then, whatever it says: deliveries may be late, or come again."""
    return answer.at is not None and answer.at + SKEW < asked


def reminds(stage: Stage) -> bool:
    """Whether anybody is told again."""
    return stage.next(None) is Next.REMIND
