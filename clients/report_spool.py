"""Reports of agents on this host's disk, until Postgres has them."""

import asyncio
import logging
import os
import tempfile
import time
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Literal, Self
from uuid import UUID

from pydantic import BaseModel, ValidationError

from clients.undisturbed import to_its_end
from contracts.agents import AgentOutput, AgentResult, AgentRun

OLDEST = timedelta(days=7)
DRAFT = "draft-"
log = logging.getLogger(__name__)

Spooled = tuple[AgentResult, AgentOutput]


class UnreadableEntryError(ValueError):
    """An entry that is torn, of another version, or another step's."""


class Head(BaseModel, frozen=True, extra="forbid"):
    """An entry's first line. The rest of it is the `kept` bytes of what the agent printed, of
    `size` in all."""

    version: Literal[1] = 1
    orchestration_id: UUID
    step: str
    base_commit: str
    result: AgentResult
    kept: int
    size: int


class ReportSpool:
    """One file for each step whose agent is done and whose report Postgres does not have yet.

    An agent may have cost money, and a worker may die while Postgres is away, or is frozen and
    keeps it waiting for seconds (activities/kept_reports.py).

    A host that keeps no files is as good as another one: what cannot be written is logged, what
    cannot be read is absent. An entry whose retry came to another host stays until it is swept.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @classmethod
    def opened(cls, folder: Path) -> Self:
        """Sweeps what is too old. Blocks for a moment: for the start of a worker."""
        spool = cls(folder)
        spool.sweep()
        return spool

    async def put(self, run: AgentRun, result: AgentResult, output: AgentOutput) -> None:
        """Replaces what the step had. Once begun it ends, however often the caller is cancelled,
        so that a later `remove` finds everything."""
        await to_its_end(asyncio.to_thread(self._put, run, result, output))

    async def of_step(self, run: AgentRun) -> Spooled | None:
        """What was put for this step of this work, from the same base commit (a reset may repeat
        a step from another one). Anything else is removed."""
        return await asyncio.to_thread(self._of_step, run)

    async def remove(self, run: AgentRun) -> None:
        """Repeatable, and not cut short by a cancellation."""
        await to_its_end(asyncio.to_thread(self._remove, self._entry(run)))

    def sweep(self) -> None:
        """Removes entries and drafts older than a week. Others' workers may be at work here."""
        oldest = time.time() - OLDEST.total_seconds()
        for path in self._folder.glob("*"):
            try:
                if path.stat().st_mtime < oldest:
                    path.unlink()
            except FileNotFoundError:
                continue
            except OSError as error:
                log.warning("a report on disk could not be swept: %s", error)

    def _put(self, run: AgentRun, result: AgentResult, output: AgentOutput) -> None:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            # The umask, or whoever made it before us, may have left it more open or more closed.
            self._folder.chmod(0o700)
            _write(self._entry(run), _written(run, result, output))
        except OSError as error:
            log.warning("the report of %s is not kept on disk: %s", run.step, error)

    def _of_step(self, run: AgentRun) -> Spooled | None:
        entry = self._entry(run)
        try:
            return _read(run, entry.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, UnreadableEntryError) as error:
            log.warning("the report of %s on disk counts for nothing: %s", run.step, error)
            self._remove(entry)
            return None

    def _remove(self, entry: Path) -> None:
        try:
            entry.unlink(missing_ok=True)
        except OSError as error:
            log.warning("a report on disk could not be removed: %s", error)

    def _entry(self, run: AgentRun) -> Path:
        key = f"{run.workplace.orchestration_id}/{run.step}"
        return self._folder / sha256(key.encode()).hexdigest()


def _written(run: AgentRun, result: AgentResult, output: AgentOutput) -> bytes:
    head = Head(
        orchestration_id=run.workplace.orchestration_id,
        step=run.step,
        base_commit=run.base_commit,
        result=result,
        kept=len(output.kept),
        size=output.size,
    )
    return head.model_dump_json().encode() + b"\n" + output.kept


def _read(run: AgentRun, content: bytes) -> Spooled:
    first, _, kept = content.partition(b"\n")
    try:
        head = Head.model_validate_json(first)
    except ValidationError as error:
        # Its text would quote the report.
        raise UnreadableEntryError(f"{error.error_count()} faults in its head") from None
    if len(kept) != head.kept:
        raise UnreadableEntryError(f"{len(kept)} of {head.kept} bytes are there")
    ours = (run.workplace.orchestration_id, run.step, run.base_commit)
    if (head.orchestration_id, head.step, head.base_commit) != ours:
        raise UnreadableEntryError("it belongs to other work")
    return head.result, AgentOutput(kept=kept, size=head.size)


def _write(entry: Path, content: bytes) -> None:
    """All of it or nothing, even if the power fails."""
    descriptor, draft = tempfile.mkstemp(prefix=DRAFT, dir=entry.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, entry)
    except OSError:
        Path(draft).unlink(missing_ok=True)
        raise
    _sync(entry.parent)


def _sync(folder: Path) -> None:
    """A new name lasts only when its folder is on disk too."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
