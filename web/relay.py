"""Starts the workflows of what was taken in, right after the answer, some at a time."""

import asyncio
import logging
from datetime import timedelta

from clients.temporal.webhooks import WebhookWorkflows
from contracts.webhooks import WebhookWork
from db.webhooks import WaitingDelivery

log = logging.getLogger(__name__)
AT_ONCE = 32
MOST = 10_000
REST = timedelta(seconds=1)


class Relay:
    """What it drops or fails to start, the sweep starts once the lease is over."""

    def __init__(self, workflows: WebhookWorkflows, most: int = MOST) -> None:
        self._workflows = workflows
        self._queue: asyncio.Queue[WaitingDelivery] = asyncio.Queue(most)
        self._tasks: list[asyncio.Task[None]] = []
        self._is_away, self._alone = False, asyncio.Lock()
        self.started = self.left = 0

    @property
    def backlog(self) -> int:
        return self._queue.qsize()

    def offer(self, waiting: WaitingDelivery) -> None:
        try:
            self._queue.put_nowait(waiting)
        except asyncio.QueueFull:
            self.left += 1

    def open(self) -> None:
        self._tasks = [asyncio.create_task(self._work()) for _ in range(AT_ONCE)]

    async def close(self, patience: timedelta) -> None:
        """Starts what is left, for as long as `patience`."""
        try:
            async with asyncio.timeout(patience.total_seconds()):
                await self._queue.join()
        except TimeoutError:
            log.warning("webhooks: %d deliveries are left to the sweep", self.backlog)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _work(self) -> None:
        while True:
            waiting = await self._queue.get()
            try:
                await self._start(waiting)
            finally:
                self._queue.task_done()

    async def _start(self, waiting: WaitingDelivery) -> None:
        """While the server is away one of them tries, once a REST; the others need not learn it."""
        if not self._is_away:
            await self._try(waiting)
            return
        async with self._alone:
            if self._is_away:
                await asyncio.sleep(REST.total_seconds())
            await self._try(waiting)

    async def _try(self, waiting: WaitingDelivery) -> None:
        work = WebhookWork(row=waiting.id, replay=waiting.replay)
        try:
            await self._workflows.start(waiting.workflow_id, work)
        except Exception as error:  # Nobody is there to hear of it: the sweep starts it.
            self.left += 1
            self._is_away = True
            log.warning("webhooks: left to the sweep: %s: %s", type(error).__name__, error)
        else:
            self.started += 1
            self._is_away = False
