"""Real workers as processes of their own, for killing."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from stack.addresses import Addresses
from tests.faults.patience import until
from tests.signals import heed

ROOT = Path(__file__).parents[2]
FAILING = Path(__file__).with_name("failing_worker.py")
KILLED = 137
PASSED_ON = ("PATH", "HOME", "LANG", "TMPDIR")


@dataclass
class WorkerProcess:
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def said(self) -> str:
        return self.log.read_text(errors="replace")

    async def ready(self) -> "WorkerProcess":
        def it_is() -> bool:
            assert self.process.poll() is None, f"the worker ended: {self.said[-3000:]}"
            return "worker: ready" in self.said

        await until(it_is, "the worker is ready")
        return self

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Returns when it is dead."""
        self.process.send_signal(number)
        self.process.wait(timeout=60)

    def tell(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    async def says(self, words: str) -> None:
        await until(lambda: words in self.said, f"the worker says {words!r}")

    async def ended(self, seconds: float = 45) -> int:
        await until(lambda: self.process.poll() is not None, "the worker has ended", seconds)
        return int(self.process.returncode)


@dataclass
class Plant:
    """An installation of Slipway with playbooks of the tests' own. Its workers share a task
    queue, which nobody else serves, and a state folder, unless one is given."""

    folder: Path
    addresses: Addresses
    task_queue: str = field(default_factory=lambda: f"faults-{uuid4().hex[:12]}")
    workers: list[WorkerProcess] = field(default_factory=list)

    @property
    def state(self) -> Path:
        return self.folder / "state"

    def lay_out(self) -> None:
        """The worker looks for its playbooks beside its own file, which a link stands in for."""
        for name in ("playbooks", "examples"):
            (self.folder / name).mkdir()
        (self.folder / "worker.py").symlink_to(ROOT / "worker.py")

    async def start(self, entry: Path | None = None, **environment: str) -> WorkerProcess:
        """A worker that is ready; `environment` beats what it would be told."""
        log = self.folder / f"worker-{len(self.workers)}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, str(entry or self.folder / "worker.py")],
                cwd=self.folder,
                env=self.environment() | environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                preexec_fn=heed,
            )
        worker = WorkerProcess(process, log)
        self.workers.append(worker)
        return await worker.ready()

    def end(self) -> None:
        for worker in self.workers:
            if worker.process.poll() is None:
                worker.kill()

    def environment(self) -> dict[str, str]:
        passed_on = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        return passed_on | {
            "PYTHONPATH": f"{self.folder}{os.pathsep}{ROOT}",
            "TEMPORAL_ADDRESS": self.addresses.temporal,
            "DATABASE_URL": self.addresses.database_url,
            "REDIS_URL": self.addresses.redis_url,
            "SLIPWAY_STATE_DIR": str(self.state),
            # Its agents tell the tests what they do, in a folder beside.
            "SLIPWAY_AGENT_ISOLATION": "none",
            "SLIPWAY_LIMITS": '{"agent_starts": "10000/1m"}',
            "SLIPWAY_TASK_QUEUE": self.task_queue,
        }


@contextmanager
def plant_in(folder: Path, addresses: Addresses) -> Iterator[Plant]:
    plant = Plant(folder, addresses)
    plant.lay_out()
    try:
        yield plant
    finally:
        plant.end()
