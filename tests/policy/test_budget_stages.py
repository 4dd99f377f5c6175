"""When whoever holds a budget is told again, and who is asked after them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from contracts.budgets import A_DAY, DEFAULT_HOLDERS, Bound, Budget, Measure, Scope
from contracts.identity import Role
from contracts.levels import Approver, OnTimeout
from contracts.phases import Phase
from contracts.playbooks import Playbook, PlaybookPhase
from policy.approval_stages import Next
from policy.budget_stages import (
    added_at,
    asked_by_now,
    can_escalate,
    first_stage,
    lasting,
    why_escalated,
    why_unheld,
)

NOW = datetime(2026, 5, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
CFO, ADMIN = Approver(user="cfo@x.test"), Approver(role=Role.ADMIN)


def bound(scope: Scope = Scope.ORCHESTRATION) -> Bound:
    return Bound(scope=scope, measure=Measure.TOKENS, limit=Decimal(1))


def playbook(**budget: Any) -> Playbook:
    phases = (PlaybookPhase(phase=Phase.CODE),)
    return Playbook(name="p", phases=phases, budget=Budget.model_validate(budget))


def test_by_default_it_is_said_again_each_eight_hours_and_comes_to_admins_after_a_day() -> None:
    stage = first_stage(playbook(ask="cfo@x.test"), bound(), NOW)
    assert (stage.instant - NOW, stage.next(None)) == (8 * HOUR, Next.REMIND)
    told = stage.after_reminder(NOW + 8 * HOUR).after_reminder(NOW + 16 * HOUR)
    assert (told.instant - NOW, told.next(None)) == (A_DAY, Next.ESCALATE)
    escalated = told.after_escalation(told.instant)
    assert asked_by_now(escalated) == (CFO, ADMIN)
    assert added_at(escalated) == (ADMIN,)
    assert not can_escalate(escalated)


def test_who_is_asked_already_is_not_asked_as_well() -> None:
    level = Budget().level
    assert (level.approvers, level.escalation) == (DEFAULT_HOLDERS, ())
    assert level.on_timeout is OnTimeout.EXPIRE
    assert not can_escalate(first_stage(playbook(), bound(), NOW))


def test_each_escalation_adds_its_own_people_and_begins_its_own_time() -> None:
    boss = Approver(user="boss@x.test")
    steps = [
        {"approvers": [boss], "patience": "P1D"},
        {"approvers": [ADMIN], "patience": "P3D"},
    ]
    first = first_stage(playbook(ask="cfo@x.test", escalation=steps), bound(), NOW)
    assert (added_at(first), can_escalate(first)) == ((), True)
    reminded = first.after_reminder(NOW + 8 * HOUR)
    second = reminded.after_escalation(NOW + A_DAY)
    assert (added_at(second), second.deadline, second.reminded) == ((boss,), NOW + 2 * A_DAY, 0)
    third = second.after_escalation(NOW + 2 * A_DAY)
    assert (added_at(third), third.deadline) == ((ADMIN,), NOW + 5 * A_DAY)
    said = why_escalated(third, unheld=False)
    assert said == "cfo@x.test or boss@x.test did not grant more in time: admin may as well"


def test_the_organizations_day_is_nobodys_playbooks_business() -> None:
    stage = first_stage(playbook(ask="developer", remind="PT30M", patience="PT1H"), day(), NOW)
    assert stage.level == Budget().level


def day() -> Bound:
    return bound(Scope.ORGANIZATION)


def test_one_reminder_stands_for_all_that_no_worker_was_there_for() -> None:
    stage = first_stage(playbook(remind="PT1H"), bound(), NOW)
    late = stage.after_reminder(NOW + 5 * HOUR + timedelta(minutes=1))
    assert (late.reminded, late.instant - NOW) == (5, 6 * HOUR)
    assert late.after_reminder(late.instant).reminded == 6


def test_once_nobody_is_left_it_is_said_once_a_day_for_ever() -> None:
    stage = first_stage(playbook(ask="cfo@x.test"), bound(), NOW).after_escalation(NOW)
    for number in range(1, 400):
        stage = lasting(stage, stage.instant)
        assert (stage.instant - stage.began, stage.reminded) == (A_DAY, number)
        assert stage.next(None) is Next.EXPIRE
    assert asked_by_now(stage) == (CFO, ADMIN)


def test_it_says_why_others_are_asked() -> None:
    stage = first_stage(playbook(ask="cfo@x.test"), bound(), NOW)
    after = stage.after_escalation(NOW)
    said = why_escalated(after, unheld=False)
    assert said == "cfo@x.test did not grant more in time: admin may as well"
    assert why_escalated(after, unheld=True) == "nobody is cfo@x.test: admin may as well"
    assert why_unheld(after).startswith("nobody is cfo@x.test or admin: make somebody one")


@pytest.mark.parametrize(
    "budget",
    [
        {"remind": "PT1M"},
        {"remind": "PT30S"},
        {"escalation": [{"approvers": [{"pool": "team"}], "patience": "P1D"}]},
        {"escalation": [{"approvers": [], "patience": "P1D"}]},
        {"patience": "PT0S"},
    ],
)
def test_terms_that_make_no_sense_are_refused(budget: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        playbook(**budget)
