"""Records the histories that test_replay.py replays: python -m tests.workflows.record_histories

By name only some of them, as far as names begin so: … record_histories webhook triage

Old files stay valid proofs: record under new names where the workflow is changed on purpose."""

import asyncio
import json
import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from temporalio.client import Client, WorkflowFailureError, WorkflowHistory

from cache.connection import open_redis
from clients.temporal.connection import connect
from db.engine import open_sessions
from db.maintenance import upgrade
from ground import Stores
from stack.addresses import Addresses, Given
from stack.embedded import embedded
from tests.workflows import delivery_scenes, work_scenes
from tests.workflows.histories import early_continuing_server, histories_of
from tests.workflows.office import Handle, Office, found_office, worker_of
from tests.workflows.scripted_workshop import ScriptedWorkshop, ran_tests

HISTORIES = Path(__file__).parent.parent / "histories"
# A path that says nothing of the machine: it stands in the recorded payloads.
FOLDER = Path("/tmp/slipway-recording")
Recorded = Mapping[str, WorkflowHistory]
Recording = Callable[[Stores, Client], Awaitable[Recorded]]


def cleaned(value: Any, key: str = "") -> Any:
    """Without what tells of the machine: who recorded it, where, and where it failed."""
    if isinstance(value, dict):
        return {name: cleaned(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [cleaned(inner) for inner in value]
    return {"identity": "recorder", "stackTrace": ""}.get(key, value)


def write(name: str, history: WorkflowHistory) -> None:
    content = cleaned(history.to_json_dict())
    for event in content["events"]:
        queue = event.get("workflowTaskScheduledEventAttributes", {}).get("taskQueue", {})
        if queue.get("kind") == "TASK_QUEUE_KIND_STICKY":
            queue["name"] = "sticky"
    (HISTORIES / f"{name}.json").write_text(json.dumps(content, indent=1) + "\n")


@asynccontextmanager
async def staged(stores: Stores, client: Client) -> AsyncIterator[tuple[Office, ScriptedWorkshop]]:
    FOLDER.mkdir()
    try:
        office, workshop = await found_office(stores, client, FOLDER), ScriptedWorkshop()
        workshop.script("tests", ran_tests(3))
        async with worker_of(office, workshop):
            yield office, workshop
            workshop.let_everybody_go()
    finally:
        shutil.rmtree(FOLDER)


async def play(
    scene: work_scenes.Scene, stores: Stores, client: Client
) -> Sequence[WorkflowHistory]:
    async with staged(stores, client) as (office, workshop):
        handle = await scene(office, workshop)
        await asyncio.wait([asyncio.ensure_future(_ended(handle))])
        if handle.first_execution_run_id is None:
            return [await handle.fetch_history()]
        return await histories_of(client, handle)


async def _ended(handle: Handle) -> None:
    try:
        await handle.result()
    except WorkflowFailureError:
        return


def of_work(name: str, scene: work_scenes.Scene) -> Recording:
    async def recording(stores: Stores, client: Client) -> Recorded:
        return {name: (await play(scene, stores, client))[-1]}

    return recording


def of_delivery(name: str, scene: delivery_scenes.Scene) -> Recording:
    async def recording(stores: Stores, client: Client) -> Recorded:
        async with staged(stores, client) as (office, _):
            return {name: await scene(office)}

    return recording


async def continued(stores: Stores, _: Client) -> Recorded:
    async with early_continuing_server() as early:
        histories = await play(work_scenes.happy, stores, early)
    return {f"continued-{number}": one for number, one in enumerate(histories, start=1)}


def named(scene: Callable[..., Any]) -> str:
    return scene.__name__.replace("_", "-")


RECORDINGS: Mapping[str, Recording] = {
    **{named(scene): of_work(named(scene), scene) for scene in work_scenes.SCENES},
    **{
        f"webhook-{named(scene)}": of_delivery(f"webhook-{named(scene)}", scene)
        for scene in delivery_scenes.SCENES
    },
    "continued": continued,
    "triage": delivery_scenes.triage_and_its_message,
}


async def record(addresses: Addresses, wanted: Sequence[str]) -> None:
    await upgrade(addresses.database_url)
    async with (
        open_sessions(addresses.database_url) as sessions,
        open_redis(addresses.redis_url) as redis,
    ):
        stores, client = Stores(sessions, redis), await connect(addresses.temporal)
        for name, recording in RECORDINGS.items():
            if not wanted or name.startswith(tuple(wanted)):
                for file, history in (await recording(stores, client)).items():
                    write(file, history)


def main(wanted: Sequence[str]) -> None:
    HISTORIES.mkdir(exist_ok=True)
    # The servers are still stopping when nobody needs their folder any more.
    with (
        TemporaryDirectory(ignore_cleanup_errors=True) as state_dir,
        embedded(Path(state_dir), Given()) as addresses,
    ):
        asyncio.run(record(addresses, wanted))


if __name__ == "__main__":
    main(sys.argv[1:])
