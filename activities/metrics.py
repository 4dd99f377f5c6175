"""What we count and time beside the SDK's own: agents by kind and outcome, and the ledger."""

from datetime import timedelta
from time import monotonic
from typing import Any

from temporalio import activity
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from contracts.agents import AgentResult, AgentRun, AgentStatus

AGENT_RUNS, AGENT_DURATION = "slipway_agent_runs", "slipway_agent_duration"
LEDGER_EVENTS, LEDGER_DURATION = "slipway_ledger_events", "slipway_ledger_append_duration"
PUBLISH_FAILURES = "slipway_publish_failures"
# The try itself ended, without a result: stopped, or by an error that Temporal answers.
STOPPED, ERROR = "STOPPED", "ERROR"
# Seconds. Left to itself the SDK would put everything above some seconds into one bucket.
BUCKETS = {
    AGENT_DURATION: (1, 5, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200),
    LEDGER_DURATION: (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
}


class MetricsInterceptor(Interceptor):
    """To stand innermost, so that an agent's time is its own."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        return _Metrics(next)


class _Metrics(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        if not input.args or not isinstance(run := input.args[0], AgentRun):
            return await super().execute_activity(input)
        started = monotonic()
        outcome: str | None = STOPPED
        try:
            result = await super().execute_activity(input)
            outcome = _outcome_of(result)
        except Exception:
            outcome = ERROR
            raise
        finally:
            if outcome is not None:
                _count_agent(run, outcome, timedelta(seconds=monotonic() - started))
        return result


def appended(events: int, took: timedelta) -> None:
    """To be told within an activity, of each append to the ledger and of what was new in it."""
    meter = activity.metric_meter()
    meter.create_counter(LEDGER_EVENTS, "Events written to the ledger").add(events)
    meter.create_histogram_timedelta(LEDGER_DURATION, "Time of an append").record(took)


def publish_failed() -> None:
    """To be told within an activity: what was committed was not said on the bus."""
    description = "Batches of events that were committed and not published"
    activity.metric_meter().create_counter(PUBLISH_FAILURES, description).add(1)


def _outcome_of(result: object) -> str | None:
    """None for a report that an earlier try had stored: then no agent ran."""
    if isinstance(result, AgentResult):
        return None if result.answered_from_store else result.status.value
    return AgentStatus.COMPLETED.value


def _count_agent(run: AgentRun, outcome: str, took: timedelta) -> None:
    labels = {"kind": run.agent.kind, "outcome": outcome}
    meter = activity.metric_meter().with_additional_attributes(labels)
    meter.create_counter(AGENT_RUNS, "Agents that ran").add(1)
    meter.create_histogram_timedelta(AGENT_DURATION, "Time of an agent's run").record(took)
