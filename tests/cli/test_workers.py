"""The worker that a command keeps for as long as it watches."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from cli.workers import how_to_start_one, worker_process
from settings import Settings
from stack.addresses import Addresses
from tests.cli.person import ROOT, until

KEEP = """
import asyncio, os, sys
from pathlib import Path
from cli.workers import worker_process
from stack.addresses import Addresses

async def main():
    addresses = Addresses.model_validate_json(sys.argv[1])
    async with worker_process(addresses, Path(sys.argv[2]), os.environ) as process:
        print(process.pid, flush=True)
        await process.wait()

asyncio.run(main())
"""


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def test_the_worker_is_asked_to_stop_at_the_end_and_logs_to_its_file(
    stack: Addresses, environment: Mapping[str, str], tmp_path: Path
) -> None:
    log = tmp_path / "worker.log"
    async with worker_process(stack, tmp_path, environment) as process:
        until(lambda: b"worker: ready" in log.read_bytes())
    assert process.returncode == 0


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nobody tells a child")
def test_the_worker_ends_with_whoever_keeps_it_even_killed(
    stack: Addresses, environment: Mapping[str, str], tmp_path: Path
) -> None:
    variables = {**environment, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", KEEP, stack.model_dump_json(), str(tmp_path)]
    with subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, text=True) as keeper:
        assert keeper.stdout is not None
        worker = int(keeper.stdout.readline())
        until(lambda: b"worker: ready" in (tmp_path / "worker.log").read_bytes())
        os.kill(keeper.pid, signal.SIGKILL)
    until(lambda: not lives(worker))


def test_whoever_needs_a_worker_is_told_what_starts_one_here() -> None:
    embedded, given = Settings(_env_file=None), Settings(temporal_address="a:1", _env_file=None)
    assert "starter.py watch CALC-1" in how_to_start_one(embedded, "CALC-1")
    assert how_to_start_one(given, "CALC-1").startswith("python worker.py")
