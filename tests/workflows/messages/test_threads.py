"""One thread for each ticket, where the channel can."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

import pytest
from temporalio.testing import ActivityEnvironment

from contracts.events import OrchestrationFailed
from contracts.notifications import Channel, Occasion, Parcel
from db.projects import Projects
from errors import RetryLaterError
from tests.conftest import TestOrganization
from tests.db.chains import Author, append
from tests.faults.patience import until
from tests.receivers import Say
from tests.workflows.message_house import EVENT, LIMIT, House, Stage, settled

JSON = {"Content-Type": "application/json"}
BATCHED = "AgentBlocked"


@dataclass(frozen=True)
class Chat:
    """A room that a bot of Slack's writes to."""

    house: House
    project_id: UUID

    async def attempt(self, key: str) -> UUID:
        """One that has ended, so that there may be another."""
        author = Author(self.house.organization.id, self.project_id, key)
        for batch in (
            author.start(),
            author.write(OrchestrationFailed(error_type="Broken", reason="it broke")),
        ):
            await append(self.house.stage.sessions, author, batch)
        return author.orchestration_id

    async def tells(self, *attempts: tuple[str, UUID], event: str = EVENT) -> bytes:
        """What is posted, once all of it is."""
        for key, id in attempts:
            occasion = Occasion(issue_key=key)
            request = self.house.request(orchestration_id=id, occasion=occasion, event_type=event)
            await self.house.ask(request)
        await self.house.over()
        return self.house.stage.http.heard[-1].body


@pytest.fixture
async def chat(house: House) -> Chat:
    return await chat_in(house)


async def chat_in(house: House) -> Chat:
    await house.endpoint("chat", channel=Channel.SLACK, address="C1:xoxb-token", secrets=())
    await house.route(Channel.SLACK)
    await house.route(Channel.SLACK, event_type=BATCHED, batched=True)
    house.stage.http.answers = [
        Say(200, f'{{"ok": true, "ts": "{number}.5"}}', JSON) for number in (17, 18, 19)
    ]
    return await with_project(house)


async def with_project(house: House) -> Chat:
    async with house.stage.sessions.begin() as session:
        project = await Projects(session, house.organization.id).create("KEY", "/repository")
    return Chat(house, project.id)


async def test_all_attempts_of_a_ticket_share_a_thread(chat: Chat) -> None:
    assert b"thread_ts" not in await chat.tells(("KEY-1", await chat.attempt("KEY-1")))
    assert b"thread_ts" not in await chat.tells(("KEY-2", await chat.attempt("KEY-2")))
    assert b"17.5" in await chat.tells(("KEY-1", await chat.attempt("KEY-1")))


async def test_a_batch_about_one_ticket_goes_into_its_thread(chat: Chat) -> None:
    one = "KEY-1", await chat.attempt("KEY-1")
    await chat.tells(one)
    body = await chat.tells(one, one, event=BATCHED)
    assert b"2 messages" in body
    assert b"17.5" in body


async def test_a_batch_about_several_tickets_is_in_no_thread_and_begins_none(chat: Chat) -> None:
    both = ("KEY-1", await chat.attempt("KEY-1")), ("KEY-2", await chat.attempt("KEY-2"))
    assert b"2 messages" in await chat.tells(*both, event=BATCHED)
    assert b"thread_ts" not in await chat.tells(both[0])
    assert b"18.5" in await chat.tells(both[0])


@pytest.fixture
async def slow(stage: Stage, organization: TestOrganization) -> AsyncIterator[House]:
    """Waits for its providers, and may send two messages."""
    limit = LIMIT.model_copy(update={"tokens": 2})
    async with settled(stage, organization, limit, timedelta(seconds=30)) as house:
        yield house


async def tells_two(house: House, id: UUID) -> None:
    """The second while the first is on its way: of two that look at once, one may be admitted
    in vain."""
    occasion = Occasion(issue_key="KEY-1")
    await house.ask(house.request("one", orchestration_id=id, occasion=occasion))
    await house.stage.http.next()
    await house.ask(house.request("two", orchestration_id=id, occasion=occasion))


async def test_of_two_first_messages_at_once_one_begins_the_thread(slow: House) -> None:
    chat, go_on, http = await chat_in(slow), asyncio.Event(), slow.stage.http
    http.answers[0] = replace(http.answers[0], once=go_on)
    await tells_two(slow, await chat.attempt("KEY-1"))
    waiting = next(row for row in await slow.rows() if not row.attempts)
    parcel, send = Parcel(key=waiting.dedupe_key), slow.parcels.send_parcel
    # Who waits takes nothing of what may be sent.
    for _ in range(2):
        with pytest.raises(RetryLaterError, match="on its way"):
            await ActivityEnvironment().run(send, parcel)
    go_on.set()
    assert await slow.over() == ["DELIVERED", "DELIVERED"]
    assert [b"17.5" in heard.body for heard in http.heard] == [False, True]


async def test_nobody_waits_where_no_thread_ever_begins(slow: House) -> None:
    go_on, http = asyncio.Event(), slow.stage.http
    await slow.endpoint()
    await slow.route()
    http.answers = [Say(once=go_on)]
    await tells_two(slow, await (await with_project(slow)).attempt("KEY-1"))

    await until(lambda: len(http.heard) == 2, "both are sent, the first without an answer")
    go_on.set()
    assert await slow.over() == ["DELIVERED", "DELIVERED"]
