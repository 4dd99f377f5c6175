"""A worker that dies at a chosen moment, once: while the marker file is there.

FAILPOINT is `before-push` or `after-push`, FAILPOINT_MARKER the file. All else is worker.py's.
"""

import asyncio
import logging
import os
import sys
from datetime import datetime
from pathlib import Path

import composition
from clients.meters import Hear, ignored
from clients.playbooks import PlaybookFolder
from clients.temporal.connection import connect
from clients.workshop import GitWorkshop
from contracts.agents import AgentOutput, AgentResult, AgentRun
from settings import Settings
from stack.addresses import Addresses

HERE = Path.cwd()
MOMENT = os.environ["FAILPOINT"]
MARKER = Path(os.environ["FAILPOINT_MARKER"])
KILLED = 137


class FailingWorkshop:
    def __init__(self, workshop: GitWorkshop) -> None:
        self._workshop = workshop

    async def work(
        self, run: AgentRun, token: str, when: datetime, hear: Hear = ignored
    ) -> tuple[AgentResult, AgentOutput]:
        return await self._workshop.work(run, token, when, hear)

    async def deliver(self, run: AgentRun, commit: str) -> None:
        die_at("before-push")
        await self._workshop.deliver(run, commit)
        die_at("after-push")


def die_at(moment: str) -> None:
    if moment == MOMENT and MARKER.exists():
        MARKER.unlink()
        os._exit(KILLED)


async def serve(settings: Settings) -> None:
    assert settings.temporal_address
    assert settings.database_url
    assert settings.redis_url
    addresses = Addresses(
        temporal=settings.temporal_address,
        database_url=settings.database_url,
        redis_url=settings.redis_url,
        ui=None,
    )
    async with composition.open_ground(settings, addresses) as ground:
        workshop = FailingWorkshop(composition.build_workshop(ground))
        playbooks = PlaybookFolder(HERE / "playbooks", HERE / "examples")
        activities = composition.build_activities(ground, workshop, playbooks)
        client = await connect(addresses.temporal)
        built = composition.build_worker(client, settings, ground, activities)
        running = asyncio.create_task(built.run())
        sys.stdout.write("worker: ready\n")
        sys.stdout.flush()
        await running


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    asyncio.run(serve(Settings()))
