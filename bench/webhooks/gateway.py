"""The product's gateway as a process of its own: `python -m bench.webhooks.gateway PORT ADDRESSES`.

With the limit on callers out of the way: here one address sends it all.
"""

import asyncio
import os
import signal
import sys

from pydantic import SecretStr

from bench.webhooks.sender import SECRET
from contracts.jira_work import TASK_QUEUE
from contracts.webhooks import WebhookSource
from db.encryption import Keyring
from db.engine import Sessions
from db.identity import Organizations
from db.webhook_endpoints import WebhookEndpoints
from entry import spare_the_collector
from gateway import build_app, open_ground
from settings import Settings
from stack.addresses import Addresses
from web.server import served

KEY = "c2VjcmV0LWtleS1mb3ItdGhlLWJlbmNobWFyay0tMzI="
NO_LIMITS = {"webhooks": "1000000/1m"}


async def open_entrance(sessions: Sessions, organization: str) -> None:
    async with sessions.begin() as session:
        id = await Organizations(session).ensure(organization, organization)
        endpoints = WebhookEndpoints(session, id)
        path = await endpoints.put(WebhookSource.GITHUB, None, False)
        await endpoints.add_secret(path, SECRET, Keyring([KEY]))


async def main(port: int, addresses: Addresses) -> None:
    settings = Settings(
        slipway_task_queue=TASK_QUEUE,
        slipway_limits=NO_LIMITS,
        slipway_encryption_keys=SecretStr(KEY),
    )
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with (
        open_ground(settings, addresses) as ground,
        served(build_app(ground, stop), port),
    ):
        spare_the_collector()
        print("ready", flush=True)
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), Addresses.model_validate_json(sys.argv[2])))
    os._exit(0)
