"""Of a test that failed: what its unfinished tasks, and its runs, wait for."""

import asyncio
import gc
from collections.abc import Generator, Iterator
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHandle

MOST_TASKS = 40


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed and "Timeout" in report.longreprtext:
        report.sections.append(("unfinished tasks", "\n".join(_unfinished())))
    return report


def _unfinished() -> Iterator[str]:
    tasks = [one for one in gc.get_objects() if isinstance(one, asyncio.Task) and not one.done()]
    for task in tasks[:MOST_TASKS]:
        yield f"{task.get_name()}: {' > '.join(_awaited(task))}"
    if len(tasks) > MOST_TASKS:
        yield f"... and {len(tasks) - MOST_TASKS} more"


def _awaited(task: "asyncio.Task[object]") -> Iterator[str]:
    """From the task's own coroutine to the innermost that it awaits."""
    inner: object = task.get_coro()
    while frame := getattr(inner, "cr_frame", None) or getattr(inner, "ag_frame", None):
        yield f"{frame.f_code.co_qualname}:{frame.f_lineno}"
        inner = getattr(inner, "cr_await", None) or getattr(inner, "ag_await", None)


async def where_it_stands(handle: WorkflowHandle[Any, Any]) -> str:
    """The latest events of its history, and its pending activities."""
    pending = (await handle.describe()).raw_description.pending_activities
    history = [one async for one in handle.fetch_history_events()]
    lines = [
        f"{one.event_id} {one.event_time.ToDatetime():%T.%f} {EventType.Name(one.event_type)}"
        for one in history[-25:]
    ]
    return "\n".join([*lines, *map(str, pending)])
