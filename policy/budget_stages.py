"""How far the asking for a higher budget has come: like at a gate, but it never ends by itself."""

from dataclasses import replace
from datetime import datetime

from contracts.budgets import A_DAY, Bound
from contracts.levels import Approver, any_of
from contracts.playbooks import Playbook
from policy.approval_stages import Stage, stage_of
from policy.budget_raises import level_of

MAKE_ONE = "make somebody one: starter.py users add EMAIL --role MANAGER"


def first_stage(playbook: Playbook, bound: Bound, now: datetime) -> Stage:
    return stage_of(1, level_of(playbook, bound), now)


def asked_by_now(stage: Stage) -> tuple[Approver, ...]:
    return tuple(dict.fromkeys(stage.level.asked(stage.escalated)))


def can_escalate(stage: Stage) -> bool:
    return stage.escalated < len(stage.level.escalation)


def lasting(stage: Stage, now: datetime) -> Stage:
    """Nobody is left who could be asked as well: from here on a day passes between two reminders,
    for as long as it takes."""
    steps = [step.model_copy(update={"patience": A_DAY}) for step in stage.level.escalation]
    changes = {"remind": None, "patience": A_DAY, "escalation": tuple(steps)}
    level = stage.level.model_copy(update=changes)
    return replace(stage, level=level, began=now, reminded=stage.reminded + 1)


def added_at(stage: Stage) -> tuple[Approver, ...]:
    """By its last escalation."""
    if not stage.escalated:
        return ()
    before = set(stage.level.asked(stage.escalated - 1))
    return tuple(one for one in asked_by_now(stage) if one not in before)


def why_escalated(stage: Stage, *, unheld: bool) -> str:
    """`stage` is that after the escalation."""
    before = any_of(stage.level.asked(max(stage.escalated - 1, 0)))
    others = any_of(added_at(stage))
    why = f"nobody is {before}" if unheld else f"{before} did not grant more in time"
    return f"{why}: {others} may as well"


def why_unheld(stage: Stage) -> str:
    return f"nobody is {stage.level.words(stage.escalated)}: {MAKE_ONE}"
