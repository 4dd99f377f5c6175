"""Records the histories that test_replay.py replays: python -m tests.workflows.record_histories

Old files stay valid proofs: record under new names where the workflow is changed on purpose."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from temporalio.client import Client, WorkflowFailureError, WorkflowHistory

from cache.connection import open_redis
from clients.temporal import connect
from contracts.agents import Answer
from contracts.jira_work import Guidance, Pause, Resume, SkipPhase, TicketChanged
from contracts.phases import Phase
from db.engine import open_sessions
from db.issue_edits import IssueEdits
from db.issues import Issues
from db.maintenance import upgrade
from ground import Stores
from policy.ledger import fingerprint
from stack.addresses import Addresses, Given
from stack.embedded import embedded
from tests.workflows.histories import early_continuing_server, histories_of, reset
from tests.workflows.office import (
    CODE,
    KEY,
    MANAGER,
    Handle,
    Office,
    approval,
    changes,
    found_office,
    phase,
    rejection,
    until,
    worker_of,
)
from tests.workflows.scripted_workshop import (
    Held,
    ScriptedWorkshop,
    blocked,
    broken,
    done,
    ran_tests,
)
from tests.workflows.spending import capped, more, used

HISTORIES = Path(__file__).parent.parent / "histories"
# A path that says nothing of the machine: it stands in the recorded payloads.
FOLDER = Path("/tmp/slipway-recording")
Scene = Callable[[Office, ScriptedWorkshop], Awaitable[Handle]]


async def happy(office: Office, workshop: ScriptedWorkshop) -> Handle:
    workshop.script("coder", done("coded", commit="c0de"))
    handle = await office.start()
    await office.awaited()
    await handle.signal("guide", Guidance(text="use Decimal", by=MANAGER))
    await office.tell("decide", approval())
    return handle


async def repaired(office: Office, workshop: ScriptedWorkshop) -> Handle:
    workshop.script("tests", ran_tests(1, "a"), ran_tests(1, "a"), ran_tests(2))
    return await office.start(start="CODE")


async def rejected(office: Office, workshop: ScriptedWorkshop) -> Handle:
    handle = await office.start()
    await office.awaited()
    await office.tell("decide", rejection("too risky"))
    return handle


async def changed(office: Office, workshop: ScriptedWorkshop) -> Handle:
    handle = await office.start()
    await office.awaited()
    await office.tell("decide", changes("keep the API"))

    async def asked_again() -> bool:
        return (await office.told()).count("ApprovalRequested") == 2

    await until(asked_again)
    await office.approve()
    return handle


async def cancelled(office: Office, workshop: ScriptedWorkshop) -> Handle:
    coder = workshop.held("coder")
    handle = await office.start(start="CODE")
    await coder.working.wait()
    await handle.cancel()
    return handle


async def broken_off(office: Office, workshop: ScriptedWorkshop) -> Handle:
    workshop.script("explorer", broken("AgentTimedOut", "took too long"))
    return await office.start()


async def asked(office: Office, workshop: ScriptedWorkshop) -> Handle:
    workshop.script("coder", blocked("Up or down?"), done("coded"))
    handle = await office.start(start="CODE")
    await office.awaited()
    await office.tell("answer", Answer(text="up", by=MANAGER))
    return handle


async def rested(office: Office, workshop: ScriptedWorkshop) -> Handle:
    coder = workshop.held("coder")
    handle = await office.start(start="CODE")
    await coder.working.wait()
    await office.tell("pause", Pause(by=MANAGER))
    await office.tell("skip_phase", SkipPhase(phase=Phase.DOCUMENT, by=MANAGER))
    coder.go_on.set()

    async def paused() -> bool:
        row = await office.row()
        return row is not None and row.status == "PAUSED"

    await until(paused)
    await office.tell("resume", Resume(by=MANAGER))
    return handle


async def was_reset(office: Office, workshop: ScriptedWorkshop) -> Handle:
    lost = Held()
    workshop.script("tests", lost, ran_tests(1))
    old = await office.start(start="CODE")
    await lost.working.wait()
    return await reset(office, old, "coder")


async def over_budget(office: Office, workshop: ScriptedWorkshop) -> Handle:
    office.playbook("capped", CODE, phase("DOCUMENT", "writer"), **capped())
    workshop.script("coder", used(1_000))
    handle = await office.start(playbook="capped")
    await office.awaited()
    await office.tell("raise_budget", more(tokens=500))
    return handle


async def voided(office: Office, workshop: ScriptedWorkshop) -> Handle:
    coder = workshop.held("coder")
    handle = await office.start()
    await office.approve()
    await coder.working.wait()
    async with office.stores.sessions.begin() as session:
        await IssueEdits(session, office.slug).edit(KEY, {"title": "Round half up"}, MANAGER)
        ticket = await Issues(session, office.slug).get(KEY)
    told = TicketChanged(ticket_hash=fingerprint(ticket.model_dump(mode="json")))
    await handle.signal("ticket_changed", told)
    coder.go_on.set()
    await office.approve()
    return handle


SCENES = (
    *(happy, repaired, rejected, changed, cancelled, broken_off, asked, rested, was_reset),
    *(over_budget, voided),
)


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


async def play(scene: Scene, stores: Stores, client: Client) -> Sequence[WorkflowHistory]:
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


async def record(addresses: Addresses) -> None:
    await upgrade(addresses.database_url)
    async with (
        open_sessions(addresses.database_url) as sessions,
        open_redis(addresses.redis_url) as redis,
        early_continuing_server() as early,
    ):
        stores, client = Stores(sessions, redis), await connect(addresses.temporal)
        for scene in SCENES:
            write(scene.__name__.replace("_", "-"), (await play(scene, stores, client))[-1])
        for number, history in enumerate(await play(happy, stores, early), start=1):
            write(f"continued-{number}", history)


def main() -> None:
    HISTORIES.mkdir(exist_ok=True)
    # The servers are still stopping when nobody needs their folder any more.
    with (
        TemporaryDirectory(ignore_cleanup_errors=True) as state_dir,
        embedded(Path(state_dir), Given()) as addresses,
    ):
        asyncio.run(record(addresses))


if __name__ == "__main__":
    main()
