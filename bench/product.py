"""The product's worker with instant agents, as a process of its own: `python -m bench.product`."""

import asyncio
import os
import sys
from pathlib import Path

from bench.serving import serve
from bench.workshop import InstantWorkshop
from clients.playbooks import PlaybookFolder
from clients.temporal.connection import connect
from composition import (
    Activities,
    build_activities,
    build_worker,
    open_ground,
)
from contracts.jira_work import TASK_QUEUE
from entry import spare_the_collector
from ground import Ground
from settings import Settings
from stack.addresses import Addresses

NO_LIMITS = {"agent_starts": "1000000/1s"}
HERE = Path(__file__).parent


def activities(ground: Ground, settings: Settings) -> Activities:
    """The product's own, with instant agents and the playbooks of bench/."""
    workshop = InstantWorkshop(settings.state_dir / "agents.log")
    playbooks = PlaybookFolder(HERE / "playbooks", HERE)
    return build_activities(ground, workshop, playbooks)


async def main(addresses: Addresses, state_dir: Path) -> None:
    settings = Settings(
        slipway_task_queue=TASK_QUEUE, slipway_state_dir=state_dir, slipway_limits=NO_LIMITS
    )
    async with open_ground(settings, addresses) as ground:
        client = await connect(addresses.temporal)
        spare_the_collector()
        await serve(build_worker(client, settings, ground, activities(ground, settings)))


if __name__ == "__main__":
    asyncio.run(main(Addresses.model_validate_json(sys.argv[1]), Path(sys.argv[2])))
    os._exit(0)
