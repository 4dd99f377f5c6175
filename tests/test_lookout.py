"""A worker whose workflows wait in vain ends, and no other does."""

import asyncio
from datetime import timedelta

import pytest
from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion

from lookout import look_out
from workflows.local_activities import AwaitedActivities, LocalActivities

AT_ONCE = timedelta(0)


def waiting(known: LocalActivities) -> AwaitedActivities:
    answer = WorkflowActivationCompletion()
    answer.successful.commands.add().schedule_local_activity.seq = 1
    run = known.of_a_run()
    run.follow(WorkflowActivation(), answer)
    return run


async def test_it_ends_where_what_is_awaited_does_not_come(
    caplog: pytest.LogCaptureFixture,
) -> None:
    times = iter(range(0, 10_000, 90))
    known = LocalActivities(lambda: next(times))
    run = waiting(known)
    ended: list[int] = []
    await look_out(known, AT_ONCE, ended.append)
    assert ended == [4]
    assert run.longest > 0
    assert "nothing that workflows wait for comes any more" in caplog.text


async def test_it_goes_on_while_what_is_awaited_comes() -> None:
    known = LocalActivities(lambda: 0.0)
    run, ended = waiting(known), list[int]()
    looking_out = asyncio.create_task(look_out(known, AT_ONCE, ended.append))
    for _ in range(10):
        await asyncio.sleep(0)
    assert (run.longest, ended, looking_out.done()) == (0, [], False)
    looking_out.cancel()
