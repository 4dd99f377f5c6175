"""Activities that are worked beside the workflow's own task."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import FailureError
from temporalio.workflow import ActivityConfig, LocalActivityConfig

with workflow.unsafe.imports_passed_through():
    from workflows.failures import stop_if_cancelled

Given = TypeVar("Given")
Answer = TypeVar("Answer")


async def nearby(
    step: Callable[[Any, Given], Awaitable[Answer]], given: Given, patient: ActivityConfig
) -> Answer:
    """A statement or two that may be repeated: so they cost the server no task of their own, and
    nobody waits for one. A short try; with Postgres away, a regular activity is what waits. The
    journal does not ride here (ADR 19, 23)."""
    near = LocalActivityConfig(
        summary=patient["summary"],
        start_to_close_timeout=timedelta(seconds=5),
        schedule_to_close_timeout=timedelta(seconds=30),
        retry_policy=RetryPolicy(maximum_attempts=1),
    )
    try:
        return await workflow.execute_local_activity_method(step, given, **near)
    except FailureError:
        # Not only ActivityError: of a local activity the SDK tells the bare failure, at the latest
        # when it replays. A final one is final for the next activity too, which tells it in full.
        stop_if_cancelled()
        return await workflow.execute_activity_method(step, given, **patient)
