"""One thread for each ticket, where the channel can."""

import asyncio
from dataclasses import dataclass, replace
from uuid import UUID

import pytest
from temporalio.testing import ActivityEnvironment

from contracts.events import OrchestrationFailed
from contracts.notifications import Channel, Occasion, Parcel
from db.projects import Projects
from errors import RetryLaterError
from tests.db.chains import Author, append
from tests.receivers import Say
from tests.workflows.message_house import EVENT, House

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
    await house.endpoint("chat", channel=Channel.SLACK, address="C1:xoxb-token", secrets=())
    await house.route(Channel.SLACK)
    await house.route(Channel.SLACK, event_type=BATCHED, batched=True)
    house.stage.http.answers = [
        Say(200, f'{{"ok": true, "ts": "{number}.5"}}', JSON) for number in (17, 18, 19)
    ]
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


async def test_of_two_first_messages_at_once_one_begins_the_thread(chat: Chat) -> None:
    go_on, http = asyncio.Event(), chat.house.stage.http
    http.answers[0] = replace(http.answers[0], once=go_on)
    id, occasion = await chat.attempt("KEY-1"), Occasion(issue_key="KEY-1")
    for key in ("one", "two"):
        request = chat.house.request(key, orchestration_id=id, occasion=occasion)
        await chat.house.ask(request)
    await http.next()
    waiting = next(row for row in await chat.house.rows() if not row.attempts)
    send = chat.house.parcels.send_parcel
    with pytest.raises(RetryLaterError, match="on its way"):
        await ActivityEnvironment().run(send, Parcel(key=waiting.dedupe_key))
    go_on.set()
    assert await chat.house.over() == ["DELIVERED", "DELIVERED"]
    bodies = [heard.body for heard in http.heard]
    assert [b"17.5" in body for body in bodies] == [False, True]
