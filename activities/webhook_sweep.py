"""The activity that starts what no gateway has started: whichever process died, none is lost."""

from collections.abc import Sequence
from datetime import timedelta
from time import monotonic

from temporalio import activity

from activities.heartbeats import heartbeats
from activities.turns import in_turns, raise_first
from clients.temporal.webhooks import Begun, WebhookWorkflows
from contracts.webhooks import WebhookStatus, WebhookWork
from db.engine import Sessions
from db.webhooks import Inbox, WaitingDelivery

BATCH = 100
ENOUGH = timedelta(seconds=20)
VANISHED = "its workflow ended without saying what became of it"


class WebhookSweepActivities:
    def __init__(self, sessions: Sessions, workflows: WebhookWorkflows) -> None:
        self._sessions, self._workflows = sessions, workflows

    @activity.defn
    async def sweep_webhooks(self) -> int:
        """How many it looked after. Repeatable, and harmless beside others of its kind. One that
        fails has its turn again when its lease is over, and holds none of the others up."""
        swept, until = 0, monotonic() + ENOUGH.total_seconds()
        failures: list[BaseException] = []
        async with heartbeats():
            while monotonic() < until:
                async with self._sessions.begin() as session:
                    claimed = await Inbox(session).claim(BATCH)
                lost = await self._start(claimed)
                swept, failures = swept + len(claimed), failures + lost
                if len(claimed) < BATCH or len(lost) == len(claimed):
                    break
        raise_first(failures)
        return swept

    async def _start(self, claimed: Sequence[WaitingDelivery]) -> list[BaseException]:
        """What went wrong, if anything."""
        runs = await in_turns(self._runs, claimed)
        alive = [
            one.id for one, is_running in zip(claimed, runs, strict=True) if is_running is True
        ]
        gone = [
            one.id for one, is_running in zip(claimed, runs, strict=True) if is_running is False
        ]
        async with self._sessions.begin() as session:
            inbox = Inbox(session)
            await inbox.started(alive)
            for id in gone:
                # Does nothing to what its workflow has settled in the meantime.
                await inbox.settle(id, WebhookStatus.FAILED, why=VANISHED)
        return [one for one in runs if isinstance(one, BaseException)]

    async def _runs(self, one: WaitingDelivery) -> bool:
        work = WebhookWork(row=one.id, replay=one.replay)
        if await self._workflows.start(one.workflow_id, work) is Begun.NOW:
            return True
        return await self._workflows.running(one.workflow_id)
