"""What every log line of an activity says of it: ticket, orchestration, workflow, run, attempt."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from structlog.contextvars import bind_contextvars
from temporalio import activity
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from contracts.agents import AgentRun
from contracts.opening import OpenRequest

JIRA_WORK = "jira-work"


class LogContextInterceptor(Interceptor):
    """To stand first, so that what the other interceptors log has it too."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        return _LogContext(next)


class _LogContext(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        info = activity.info()
        # Never unbound: each activity is a task of its own, and the SDK logs its failure in there.
        bind_contextvars(
            **issue_of(info.workflow_id),
            workflow=info.workflow_id,
            run=info.workflow_run_id,
            activity=info.activity_type,
            attempt=info.attempt,
        )
        orchestration = _orchestration_of(input.args)
        if orchestration is not None:
            bind_orchestration(orchestration)
        return await super().execute_activity(input)


def bind_orchestration(orchestration_id: UUID) -> None:
    """For whoever learns within the activity which orchestration it belongs to."""
    bind_contextvars(orchestration=str(orchestration_id))


def issue_of(workflow_id: str | None) -> dict[str, str]:
    """Organization and issue, as far as the workflow's id says them (contracts/jira_work.py)."""
    kind, _, rest = (workflow_id or "").partition(":")
    organization, _, issue = rest.rpartition(":")
    if kind != JIRA_WORK or not organization:
        return {}
    return {"organization": organization, "issue": issue}


def _orchestration_of(arguments: Sequence[Any]) -> UUID | None:
    match list(arguments):
        case [AgentRun() as run]:
            return run.workplace.orchestration_id
        case [OpenRequest() as request]:
            return request.orchestration_id
        case _:
            return None
