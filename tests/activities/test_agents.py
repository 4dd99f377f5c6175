"""run_agent on a real Postgres: one stored report a step, stored before it is delivered, and kept
on disk while Postgres is away."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text
from temporalio.activity import ActivityCancellationDetails

from clients.git.errors import UnknownCommitError
from contracts.agents import (
    AgentOutput,
    AgentResult,
    AgentRun,
    AgentStatus,
    Report,
)
from contracts.playbooks import BuiltinAgent
from db.agent_reports import AgentReports
from db.engine import Sessions, open_sessions
from errors import OwnFaultError
from tests.activities.hosts import COMMIT, Desk, Host, begun, frozen_postgres, run_of
from tests.conftest import TestOrganization
from tests.faults.patience import until
from tests.faults.proxies import Proxy, proxy_to_postgres, through


@pytest.fixture
async def run(sessions: Sessions, organization: TestOrganization) -> AgentRun:
    author = await begun(sessions, organization)
    return run_of(author, BuiltinAgent(name="coder", use="run-tests"))


@pytest.fixture
def host(sessions: Sessions, tmp_path: Path) -> Host:
    return Host(sessions, Desk(), tmp_path / "reports")


@pytest.fixture
async def proxy(database_url: str) -> AsyncIterator[Proxy]:
    async with proxy_to_postgres(database_url) as proxy:
        yield proxy


@pytest.fixture
async def remote(database_url: str, proxy: Proxy, tmp_path: Path) -> AsyncIterator[Host]:
    """A host whose way to Postgres can be shut."""
    async with open_sessions(through(proxy, database_url)) as sessions:
        yield Host(sessions, Desk(), tmp_path / "reports")


async def miss_postgres(remote: Host, proxy: Proxy, run: AgentRun) -> None:
    proxy.shut()
    with pytest.raises(OSError):  # noqa: PT011  asyncpg raises it raw, of several kinds
        await remote.answer(run)
    assert len(remote.spooled) == 1
    proxy.open()


async def test_a_repeated_step_is_answered_by_its_stored_report(host: Host, run: AgentRun) -> None:
    first = await host.answer(run)
    second = await host.answer(run, attempt=2)
    assert (host.desk.worked, host.desk.delivered) == (1, 2)
    assert second == first.model_copy(update={"answered_from_store": True})


async def test_a_report_is_stored_before_its_commit_is_pushed(host: Host, run: AgentRun) -> None:
    host.desk.error = ConnectionError("the remote is away")
    with pytest.raises(ConnectionError):
        await host.answer(run)
    again = await host.answer(run, attempt=2)
    assert again.answered_from_store
    assert (host.desk.worked, host.desk.delivered) == (1, 1)


async def test_a_commit_that_went_down_with_its_host_is_worked_again(
    host: Host, run: AgentRun
) -> None:
    host.desk.error = ConnectionError("the host dies here")
    with pytest.raises(ConnectionError):
        await host.answer(run)
    host.desk.error = UnknownCommitError("not on this host")
    again = await host.answer(run, attempt=2)
    assert not again.answered_from_store
    assert again.report is not None
    assert again.report.summary == "try 2"
    assert (host.desk.worked, host.desk.delivered) == (2, 1)


async def test_what_an_agent_printed_is_kept(host: Host, run: AgentRun) -> None:
    result = await host.answer(run)
    assert result.output_id is not None
    async with host.sessions() as session:
        printed = await AgentReports(session).output(result.output_id)
    assert printed == AgentOutput(kept=b"said", size=4)


async def test_nothing_is_left_on_disk_once_postgres_has_it(host: Host, run: AgentRun) -> None:
    await host.answer(run)
    assert host.spooled == []


async def test_a_report_outlives_the_absence_of_postgres(
    remote: Host, proxy: Proxy, run: AgentRun
) -> None:
    await miss_postgres(remote, proxy, run)
    again = await remote.answer(run, attempt=2)
    assert again.answered_from_store
    assert again.output_id is not None
    assert (remote.desk.worked, remote.desk.delivered) == (1, 1)
    assert remote.spooled == []
    # From now on Postgres alone knows it.
    assert await remote.answer(run, attempt=3) == again


async def test_a_stored_report_wins_over_the_one_on_disk(
    remote: Host, proxy: Proxy, run: AgentRun
) -> None:
    await miss_postgres(remote, proxy, run)
    other = Host(remote.sessions, Desk(), remote.folder.with_name("another-host"))
    stored = await other.answer(run.model_copy(update={"base_commit": "2" * 40}))
    assert await remote.answer(run, attempt=2) == stored.model_copy(
        update={"answered_from_store": True}
    )
    assert remote.spooled == []


async def test_a_report_on_disk_whose_commit_is_lost_is_worked_again(
    remote: Host, proxy: Proxy, run: AgentRun
) -> None:
    await miss_postgres(remote, proxy, run)
    remote.desk.error = UnknownCommitError("the mirror was made anew")
    again = await remote.answer(run, attempt=2)
    assert not again.answered_from_store
    assert (remote.desk.worked, remote.desk.delivered) == (2, 1)
    assert remote.spooled == []


async def test_another_host_works_again(remote: Host, proxy: Proxy, run: AgentRun) -> None:
    await miss_postgres(remote, proxy, run)
    other = Host(remote.sessions, Desk(), remote.folder.with_name("another-host"))
    assert not (await other.answer(run, attempt=2)).answered_from_store
    assert other.desk.worked == 1


@pytest.mark.parametrize(
    ("details", "left"),
    [
        (ActivityCancellationDetails(cancel_requested=True), 0),
        (ActivityCancellationDetails(worker_shutdown=True), 1),
    ],
)
async def test_only_a_cancelled_run_leaves_no_report_on_disk(
    tmp_path: Path, run: AgentRun, details: ActivityCancellationDetails, left: int
) -> None:
    async with frozen_postgres() as (url, asked), open_sessions(url) as sessions:
        host = Host(sessions, Desk(), tmp_path / "reports")
        environment = host.environment(1)
        answering = asyncio.create_task(host.answer(run, environment=environment))
        await asked.wait()
        environment.cancel(details)
        with pytest.raises(asyncio.CancelledError):
            await answering
        assert len(host.spooled) == left


async def test_a_report_is_on_disk_while_postgres_does_not_answer(
    tmp_path: Path, run: AgentRun
) -> None:
    async with frozen_postgres() as (url, asked), open_sessions(url) as sessions:
        host = Host(sessions, Desk(), tmp_path / "reports")
        answering = asyncio.create_task(host.answer(run))
        await asked.wait()
        await until(lambda: len(host.spooled) == 1, "the report is on disk")
        assert not answering.done()
        answering.cancel()
        await asyncio.wait({answering})


async def test_what_postgres_takes_late_stays_on_disk_no_longer(
    host: Host, run: AgentRun, sessions: Sessions
) -> None:
    async with sessions.begin() as session:
        await session.execute(text("LOCK TABLE agent_reports IN SHARE MODE"))
        answering = asyncio.create_task(host.answer(run))
        await until(lambda: len(host.spooled) == 1, "the report is on disk")
    assert (await answering).output_id is not None
    assert host.spooled == []


@pytest.mark.parametrize(
    "fault", [TypeError("no"), KeyError("x"), AssertionError(), ValueError(), AttributeError()]
)
async def test_a_mistake_of_ours_behind_an_agent_does_not_pay_it_again(
    host: Host, run: AgentRun, fault: Exception
) -> None:
    host.desk.fault = fault
    kind = type(fault).__name__
    with pytest.raises(OwnFaultError, match=rf"work of coder.*{kind} in hosts\.py") as told:
        await host.answer(run)
    assert "starter.py work PROJ-1 --resume" in str(told.value)
    assert host.desk.worked == 1


async def test_a_server_that_is_away_is_no_mistake_of_ours(host: Host, run: AgentRun) -> None:
    host.desk.fault = ConnectionError("the remote is away")
    with pytest.raises(ConnectionError):
        await host.answer(run)
    host.desk.fault = None
    assert (await host.answer(run, attempt=2)).status is AgentStatus.COMPLETED


async def test_a_mistake_behind_the_report_is_repeated_without_the_agent(
    host: Host, run: AgentRun
) -> None:
    host.desk.error = TypeError("delivering is broken")
    with pytest.raises(TypeError):
        await host.answer(run)
    assert (await host.answer(run, attempt=2)).answered_from_store
    assert host.desk.worked == 1


async def test_whoever_stores_first_has_stored(sessions: Sessions, run: AgentRun) -> None:
    report = Report(status="completed", summary="first")
    first = AgentResult(status=AgentStatus.COMPLETED, report=report)
    late = first.model_copy(update={"commit": COMMIT})
    async with sessions.begin() as session:
        assert await AgentReports(session).keep(run, 1, first, AgentOutput()) == first
    async with sessions.begin() as session:
        assert await AgentReports(session).keep(run, 2, late, AgentOutput()) == first
