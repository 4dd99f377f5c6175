"""Is anybody working? And a worker of our own, for as long as a command watches."""

import asyncio
import os
import socket
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import PollerInfo, TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest

from cli.connected import ConnectedDesk
from cli.exits import ServerAwayError
from cli.stopping import beside
from cli.surroundings import Addresses
from cli.terminal import plain, say
from cli.verdicts import is_away
from clients.temporal.orchestrations import not_running
from settings import Settings

HERE = Path(__file__).resolve().parents[1]
# A living worker asks again within a minute; the server remembers dead ones for five.
FRESH = timedelta(seconds=70)
LOOK_AGAIN = 2.0
# Above the worker's own time for finishing what it has begun.
GRACE = 30.0
LOG_TAIL = 600


async def is_worked(desk: ConnectedDesk) -> bool:
    """Whether a worker polls our task queue. Workers of this machine are known by their process
    ids, so that one which was killed a moment ago does not count."""
    request = DescribeTaskQueueRequest(
        namespace=desk.client.namespace,
        task_queue=TaskQueue(name=desk.settings.slipway_task_queue),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    )
    described = await desk.client.workflow_service.describe_task_queue(
        request, timeout=timedelta(seconds=10)
    )
    return any(_lives(poller, local=desk.embedded) for poller in described.pollers)


def _lives(poller: PollerInfo, *, local: bool) -> bool:
    if datetime.now(UTC) - poller.last_access_time.ToDatetime(UTC) > FRESH:
        return False
    pid, _, host = poller.identity.partition("@")
    if not local or host != socket.gethostname() or not pid.isdecimal():
        return True
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # Somebody else's, but alive.
    return True


def how_to_start_one(settings: Settings, issue_key: str) -> str:
    """`watch` runs a worker with the embedded Temporal alone."""
    if settings.temporal_address is not None:
        return "python worker.py, with the addresses that are set here"
    return f"make up, or starter.py watch {issue_key} in another terminal"


async def demand_worker(desk: ConnectedDesk, issue_key: str) -> None:
    """Raises ServerAwayError when nobody would hear an update: it would wait for ever."""
    if not await is_worked(desk):
        raise ServerAwayError(
            f"No worker is running, so nobody would hear this. Start one "
            f"({how_to_start_one(desk.settings, issue_key)}) and say it again."
        )


async def demand_listener(desk: ConnectedDesk, issue_key: str) -> None:
    """As `demand_worker`; and raises NotRunningError when the ticket is not being worked."""
    if not await desk.orchestrations.running(issue_key):
        raise not_running(issue_key)
    await demand_worker(desk, issue_key)


@asynccontextmanager
async def worker_process(
    addresses: Addresses, state_dir: Path, environment: Mapping[str, str]
) -> AsyncIterator[Process]:
    """A worker that ends with us. Its log is worker.log in the state directory."""
    variables = {
        **environment,
        "TEMPORAL_ADDRESS": addresses.temporal,
        "DATABASE_URL": addresses.database_url,
        "REDIS_URL": addresses.redis_url,
        "SLIPWAY_STATE_DIR": str(state_dir),
    }
    variables.pop("PORT", None)  # Health over HTTP is for workers that stay.
    async with beside_us("worker.py", state_dir / "worker.log", variables) as process:
        yield process


@asynccontextmanager
async def beside_us(script: str, log: Path, variables: Mapping[str, str]) -> AsyncIterator[Process]:
    """A process of ours that ends with us; what it prints is added to the log."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as written:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", str(HERE / "cli" / "bound.py"), str(os.getpid())),
            *(sys.executable, str(HERE / script)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=written,
            stderr=written,
            env=variables,
            start_new_session=True,  # Ctrl-C is for us; it is asked to stop.
        )
    try:
        yield process
    finally:
        await stopped(process)


async def stopped(process: Process) -> None:
    """Asks it to end, and sees that it does."""
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), GRACE)
    except TimeoutError:
        process.kill()
        await process.wait()


@asynccontextmanager
async def kept_worked(desk: ConnectedDesk) -> AsyncIterator[asyncio.Task[None]]:
    """While inside, somebody works: with the embedded stack a worker of our own, whenever no
    other is there. Elsewhere a missing worker is only said. The task ends only by failing."""
    async with beside(_keep(desk)) as keeper:
        yield keeper


async def _keep(desk: ConnectedDesk) -> None:
    told = False
    while True:
        # Whoever watches sees that Temporal is away; here it is no reason to end.
        worked = await _is_worked_or_away(desk)
        if not worked and desk.embedded:
            await _work_ourselves(desk)
        elif not worked and not told:
            told = True
            say(
                f"No worker polls the task queue {desk.settings.slipway_task_queue}: nothing "
                "happens until one is started (python worker.py)."
            )
        await asyncio.sleep(LOOK_AGAIN)


async def _is_worked_or_away(desk: ConnectedDesk) -> bool:
    try:
        return await is_worked(desk)
    except Exception as error:
        if not is_away(error):
            raise
        return True


async def _work_ourselves(desk: ConnectedDesk) -> None:
    """Until we are cancelled; raises when our worker ends by itself."""
    state_dir = desk.settings.state_dir
    say(
        "No worker is running: this command works the ticket itself until it ends. "
        "`make up` keeps one."
    )
    async with worker_process(desk.addresses, state_dir, desk.environment) as process:
        code = await process.wait()
    log = state_dir / "worker.log"
    tail = (await asyncio.to_thread(log.read_text, errors="replace"))[-LOG_TAIL:]
    raise ServerAwayError(
        f"The worker ended by itself with {code}. The end of {log}: {plain(tail, LOG_TAIL)}"
    )
