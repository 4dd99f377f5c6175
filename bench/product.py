"""The product's worker with instant agents, as a process of its own: `python -m bench.product`."""

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from activities.agents import AgentActivities
from activities.approvals import ApprovalActivities
from activities.ledger import LedgerActivities
from activities.local_tracker import LocalTracker
from activities.opening import OpeningActivities
from activities.repositories import RepositoryActivities
from bench.serving import serve
from bench.workshop import InstantWorkshop
from clients.playbooks import PlaybookFolder
from clients.repositories import Repositories
from clients.temporal import connect
from contracts.jira_work import TASK_QUEUE
from settings import Settings
from stack.addresses import Addresses
from worker import Stores, build_worker, open_stores, spare_the_collector

HERE = Path(__file__).parent


def activities(stores: Stores, state_dir: Path) -> list[Callable[..., Any]]:
    """What worker.build_activities makes, with instant agents and the playbooks of bench/."""
    repositories = Repositories(state_dir, os.environ)
    playbooks = PlaybookFolder(HERE / "playbooks", HERE)
    tracker = LocalTracker(stores.sessions)
    workshop = InstantWorkshop(state_dir / "agents.log")
    return [
        OpeningActivities(stores.sessions, tracker, repositories, playbooks).open_orchestration,
        AgentActivities(stores.sessions, workshop).run_agent,
        ApprovalActivities(stores.sessions).authorise,
        RepositoryActivities(repositories).branch_tip,
        LedgerActivities().append_events,
    ]


async def main(addresses: Addresses, state_dir: Path) -> None:
    settings = Settings(slipway_task_queue=TASK_QUEUE)
    async with open_stores(settings, addresses) as stores:
        client = await connect(addresses.temporal)
        spare_the_collector()
        await serve(build_worker(client, settings, stores, activities(stores, state_dir)))


if __name__ == "__main__":
    asyncio.run(main(Addresses.model_validate_json(sys.argv[1]), Path(sys.argv[2])))
    os._exit(0)
