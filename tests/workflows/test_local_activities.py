"""How long a process's workflows wait for local activities."""

from collections.abc import Callable

import pytest
from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion

from workflows.local_activities import AwaitedActivities, LocalActivities


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def known(clock: Callable[[], float]) -> LocalActivities:
    return LocalActivities(clock)


def asks(run: AwaitedActivities, number: int) -> None:
    answer = WorkflowActivationCompletion()
    answer.successful.commands.add().schedule_local_activity.seq = number
    run.follow(WorkflowActivation(), answer)


def hears(run: AwaitedActivities, number: int) -> None:
    act = WorkflowActivation()
    act.jobs.add().resolve_activity.seq = number
    run.follow(act, WorkflowActivationCompletion())


def test_what_came_is_awaited_no_more(known: LocalActivities, clock: Clock) -> None:
    one, other = known.of_a_run(), known.of_a_run()
    asks(one, 1)
    clock.now = 30
    asks(other, 1)
    clock.now = 40
    assert known.longest == 40
    hears(one, 1)
    assert known.longest == 10
    hears(other, 1)
    assert known.longest == 0


def test_a_run_that_is_forgotten_waits_for_nothing(known: LocalActivities, clock: Clock) -> None:
    run = known.of_a_run()
    asks(run, 1)
    clock.now = 500
    assert known.longest == 500
    del run
    assert known.longest == 0
