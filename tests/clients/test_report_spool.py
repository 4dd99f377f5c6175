"""Reports on a real disk: all of one or nothing, private, and not for ever."""

import asyncio
import json
import os
import time
from pathlib import Path
from uuid import uuid4

import pytest

from clients.report_spool import ReportSpool
from contracts.agents import AgentOutput, AgentResult, AgentRun, AgentStatus, Report, Workplace
from contracts.issues import Ticket
from contracts.phases import Phase
from contracts.playbooks import CommandAgent

RUN = AgentRun(
    workplace=Workplace(
        organization_id=uuid4(),
        orchestration_id=uuid4(),
        attempt=1,
        repo_url="/repo",
        branch="slipway/PROJ-1",
    ),
    ticket=Ticket(key="PROJ-1", title="Totals are off"),
    agent=CommandAgent(kind="command", name="coder", command=("true",)),
    phase=Phase.CODE,
    round=1,
    step="CODE/1/coder",
    base_commit="0" * 40,
)
RESULT = AgentResult(
    status=AgentStatus.COMPLETED,
    report=Report(status="completed", summary="two\nlines, ünd öthers"),
    commit="1" * 40,
)
OUTPUT = AgentOutput(kept=b"a\n\xff\0\nb", size=4_000)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state" / "reports"


@pytest.fixture
def spool(folder: Path) -> ReportSpool:
    return ReportSpool(folder)


@pytest.fixture
async def entry(spool: ReportSpool, folder: Path) -> Path:
    await spool.put(RUN, RESULT, OUTPUT)
    [entry] = folder.iterdir()
    return entry


async def test_what_was_put_comes_back_byte_by_byte(spool: ReportSpool, entry: Path) -> None:
    assert await spool.of_step(RUN) == (RESULT, OUTPUT)
    assert entry.exists()


async def test_the_last_that_was_put_is_the_steps(spool: ReportSpool, entry: Path) -> None:
    later = RESULT.model_copy(update={"commit": None})
    await spool.put(RUN, later, OUTPUT)
    assert await spool.of_step(RUN) == (later, OUTPUT)


@pytest.mark.usefixtures("entry")
async def test_each_step_has_its_own(spool: ReportSpool) -> None:
    assert await spool.of_step(RUN.model_copy(update={"step": "CODE/2/coder"})) is None
    elsewhere = RUN.workplace.model_copy(update={"orchestration_id": uuid4()})
    assert await spool.of_step(RUN.model_copy(update={"workplace": elsewhere})) is None
    assert await spool.of_step(RUN) is not None


async def test_a_step_from_another_base_is_other_work(spool: ReportSpool, entry: Path) -> None:
    assert await spool.of_step(RUN.model_copy(update={"base_commit": "2" * 40})) is None
    assert not entry.exists()


async def test_an_entry_torn_anywhere_is_absent_and_goes(spool: ReportSpool, entry: Path) -> None:
    whole = entry.read_bytes()
    for end in range(len(whole)):
        entry.write_bytes(whole[:end])
        assert await spool.of_step(RUN) is None, f"{end} of {len(whole)} bytes"
        assert not entry.exists()


@pytest.mark.parametrize("change", [{"version": 2}, {"colour": "red"}, {"kept": 0}])
async def test_an_entry_of_another_version_is_absent_and_goes(
    spool: ReportSpool, entry: Path, change: dict[str, object]
) -> None:
    first, _, rest = entry.read_bytes().partition(b"\n")
    entry.write_bytes(json.dumps(json.loads(first) | change).encode() + b"\n" + rest)
    assert await spool.of_step(RUN) is None
    assert not entry.exists()


async def test_what_was_removed_is_absent(spool: ReportSpool, entry: Path) -> None:
    await spool.remove(RUN)
    await spool.remove(RUN)
    assert await spool.of_step(RUN) is None
    assert not entry.exists()


async def test_only_the_workers_user_can_read_reports(folder: Path, entry: Path) -> None:
    folder.chmod(0o755)
    await ReportSpool(folder).put(RUN, RESULT, OUTPUT)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert entry.stat().st_mode & 0o777 == 0o600


async def test_a_week_old_is_swept_and_younger_stays(folder: Path, entry: Path) -> None:
    draft, old = folder / "draft-of-a-dead-worker", time.time() - 7 * 24 * 3600 - 60
    draft.write_bytes(b"half a rep")
    os.utime(draft, (old, old))
    ReportSpool.opened(folder)
    assert list(folder.iterdir()) == [entry]
    os.utime(entry, (old, old))
    ReportSpool.opened(folder)
    assert list(folder.iterdir()) == []


def test_a_host_without_reports_can_be_swept(folder: Path) -> None:
    ReportSpool.opened(folder)


async def test_a_disk_that_takes_nothing_fails_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    spool = ReportSpool(tmp_path / "file" / "reports")
    await spool.put(RUN, RESULT, OUTPUT)
    assert await spool.of_step(RUN) is None
    await spool.remove(RUN)
    assert "is not kept on disk" in caplog.text


async def test_a_cancelled_put_is_over_when_it_says_so(spool: ReportSpool) -> None:
    large = AgentOutput(kept=b"x" * 2**24, size=2**24)
    putting = asyncio.create_task(spool.put(RUN, RESULT, large))
    await asyncio.sleep(0)
    putting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await putting
    assert await spool.of_step(RUN) is not None
