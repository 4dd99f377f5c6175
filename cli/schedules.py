"""The schedules that every installation has."""

from dataclasses import dataclass
from datetime import timedelta

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)

from contracts.approval_links import FORGET_APPROVAL_LINKS
from contracts.notifications import SWEEP_NOTIFICATIONS
from contracts.triage import FORGET_TICKETS
from contracts.webhooks import FORGET_WEBHOOKS, SWEEP_WEBHOOKS

PATIENCE = timedelta(seconds=20)


@dataclass(frozen=True)
class Regular:
    """A workflow without arguments that is started again and again, never beside itself."""

    id: str
    workflow: str
    every: timedelta


REGULARS = (
    Regular("slipway-webhook-sweep", SWEEP_WEBHOOKS, timedelta(seconds=30)),
    Regular("slipway-notification-sweep", SWEEP_NOTIFICATIONS, timedelta(seconds=30)),
    Regular("slipway-forget-tickets", FORGET_TICKETS, timedelta(hours=6)),
    Regular("slipway-forget-webhooks", FORGET_WEBHOOKS, timedelta(minutes=30)),
    Regular("slipway-forget-links", FORGET_APPROVAL_LINKS, timedelta(hours=6)),
)


async def ensure_schedules(client: Client, task_queue: str) -> list[str]:
    """The ids of those that were made; the others are brought to what they should be. Repeatable.
    A schedule that a person has paused stays so."""
    return [one.id for one in REGULARS if await _ensure(client, task_queue, one)]


async def _ensure(client: Client, task_queue: str, regular: Regular) -> bool:
    id = f"{regular.id}-{task_queue}"
    wanted = _schedule(task_queue, regular)
    try:
        await client.create_schedule(id, wanted, rpc_timeout=PATIENCE)
    except ScheduleAlreadyRunningError:

        async def renewed(there: ScheduleUpdateInput) -> ScheduleUpdate:
            wanted.state = there.description.schedule.state
            return ScheduleUpdate(wanted)

        await client.get_schedule_handle(id).update(renewed, rpc_timeout=PATIENCE)
        return False
    return True


def _schedule(task_queue: str, regular: Regular) -> Schedule:
    return Schedule(
        action=ScheduleActionStartWorkflow(
            regular.workflow,
            id=f"{regular.id}-{task_queue}",
            task_queue=task_queue,
            execution_timeout=timedelta(minutes=2),
        ),
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=regular.every)]),
        policy=SchedulePolicy(
            overlap=ScheduleOverlapPolicy.SKIP, catchup_window=timedelta(minutes=1)
        ),
    )
