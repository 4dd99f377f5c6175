"""A run that has told its end, but whose worker died a moment before it."""

import asyncio
from uuid import UUID, uuid4

import pytest

from cli.connected import ConnectedDesk
from cli.reader import Reader
from cli.start import is_running
from contracts.events import OrchestrationFailed
from contracts.jira_work import WorkOrder
from db.engine import Sessions
from db.projects import Projects
from tests.conftest import TestOrganization
from tests.db.chains import Author, append


@pytest.fixture
async def author(sessions: Sessions, organization: TestOrganization) -> Author:
    async with sessions.begin() as session:
        project = await Projects(session, organization.id).create("PROJ", f"/repo/{uuid4()}")
    return Author(organization.id, project.id)


async def test_its_end_is_waited_for_and_no_other_runs(
    desk: ConnectedDesk, author: Author, sessions: Sessions
) -> None:
    reader, key = Reader(desk), author.key
    order = WorkOrder(organization=desk.organization, issue_key=key, requested_by="ann@example.org")
    handle = await desk.orchestrations.start(order, "x")
    assert handle.result_run_id is not None
    author.run_id = UUID(handle.result_run_id)
    await append(sessions, author, author.start())
    assert await reader.latest(key)
    assert await is_running(desk, key, reader.row)
    await append(sessions, author, author.write(OrchestrationFailed(error_type="X", reason="x")))
    assert await reader.latest(key)
    looking = asyncio.create_task(is_running(desk, key, reader.row))
    assert await asyncio.wait((looking,), timeout=1) == (set(), {looking})
    await handle.terminate()
    assert not await looking
    other = await desk.orchestrations.start(order, "The next attempt, which nobody has opened")
    assert await is_running(desk, key, reader.row)
    await other.terminate()
    assert not await is_running(desk, key, reader.row)
