"""What a run does not get past: activities that failed and are tried again, as Temporal knows."""

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp
from pydantic import BaseModel, Field
from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.client import WorkflowExecutionDescription


class Hurdle(BaseModel, frozen=True):
    """`tries` have failed; `next_at` is absent while one more is under way. `idle`: nobody is there
    to try again, which Temporal does not say of it."""

    what: str
    tries: int
    failure: str
    next_at: datetime | None = None
    idle: bool = Field(default=False, exclude=True)


class Underway(BaseModel, frozen=True):
    """A run that is not over."""

    run_id: UUID
    hurdles: tuple[Hurdle, ...]

    def idle(self) -> "Underway":
        """As it stands while no worker is there."""
        hurdles = tuple(one.model_copy(update={"idle": True}) for one in self.hurdles)
        return self.model_copy(update={"hurdles": hurdles})


def underway(described: WorkflowExecutionDescription) -> Underway:
    return Underway(run_id=UUID(described.run_id), hurdles=tuple(_hurdles(described)))


def _hurdles(described: WorkflowExecutionDescription) -> Iterator[Hurdle]:
    for pending in described.raw_description.pending_activities:
        if pending.attempt > 1 and pending.HasField("last_failure"):
            yield _hurdle(pending)


def _hurdle(pending: PendingActivityInfo) -> Hurdle:
    waits = pending.HasField("next_attempt_schedule_time")
    failure = pending.last_failure
    if failure.HasField("server_failure_info") and failure.HasField("cause"):
        # A trace of more than 4 kB: the server says only that, and puts what it kept behind it.
        failure = failure.cause
    kind = failure.application_failure_info.type
    return Hurdle(
        what=pending.activity_type.name,
        tries=pending.attempt - 1,
        failure=failure.message or kind or "it did not say why",
        next_at=_moment(pending.next_attempt_schedule_time) if waits else None,
    )


def _moment(stamp: Timestamp) -> datetime:
    return stamp.ToDatetime(UTC)
