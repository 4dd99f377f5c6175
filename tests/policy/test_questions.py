"""When people are reminded of a question, and who is told as well."""

from datetime import UTC, datetime, timedelta

import pytest

from contracts.identity import Role
from contracts.playbooks import HumanAgent
from errors import InvalidPlaybookError
from policy.approval_stages import Stage
from policy.playbooks import parse_playbook
from policy.questions import MOST_REMINDERS, first_stage, reminds, told_as_well

AT = datetime(2026, 5, 4, 12, tzinfo=UTC)
DAY = timedelta(days=1)
HUMAN = """
phases:
  - phase: CODE
    agents: [{kind: human, name: hand, ask: Please., remind: %s}]
"""


def played(each: timedelta | None) -> list[Stage]:
    """Every reminder, each at its time."""
    stage, found = first_stage(each, AT), []
    while reminds(stage):
        stage = stage.after_reminder(stage.instant)
        found.append(stage)
    return found


@pytest.mark.parametrize("each", [timedelta(minutes=1), DAY, timedelta(days=30)])
def test_reminders_come_in_even_steps_and_end(each: timedelta) -> None:
    assert len(played(each)) == MOST_REMINDERS
    stage = first_stage(each, AT)
    instants = [stage.instant, *(one.instant for one in played(each)[:-1])]
    assert instants == [AT + each * (number + 1) for number in range(MOST_REMINDERS)]


def test_nobody_is_reminded_where_the_playbook_says_so() -> None:
    assert played(None) == []


def test_those_missed_while_no_worker_was_there_are_not_made_up_for() -> None:
    late = first_stage(DAY, AT).after_reminder(AT + 5 * DAY)
    assert (late.reminded, late.instant) == (5, AT + 6 * DAY)
    assert not reminds(first_stage(DAY, AT).after_reminder(AT + 30 * DAY))


def test_from_the_second_reminder_on_those_hear_of_it_who_manage() -> None:
    first, second, *_ = played(DAY)
    assert told_as_well(first) == ()
    assert told_as_well(second) == (Role.MANAGER, Role.ADMIN)


@pytest.mark.parametrize(("said", "each"), [("4h", timedelta(hours=4)), ("null", None)])
def test_a_playbook_says_how_often(said: str, each: timedelta | None) -> None:
    agent = parse_playbook("mine", HUMAN % said, "mine.yaml").phases[0].agents[0]
    assert isinstance(agent, HumanAgent)
    assert agent.remind == each


@pytest.mark.parametrize("said", ["1s", "31d", "30", "soon", "1:30", "true"])
def test_what_cannot_be_meant_is_refused_and_does_not_mean_never(said: str) -> None:
    with pytest.raises(InvalidPlaybookError, match=r"mine\.yaml:4: "):
        parse_playbook("mine", HUMAN % said, "mine.yaml")
