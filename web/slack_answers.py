"""What somebody in Slack sees after a press: the form that asks why, and what came of it."""

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from clients.slack_desk import SlackTalk
from clients.temporal.webhooks import WebhookWorkflows
from contracts.webhooks import WebhookStatus, WebhookWork
from db.encryption import Keyring, UndecryptableError
from db.engine import Sessions, at_most
from db.slack_desk import SlackDesk
from db.webhook_endpoints import Entrance
from policy.payloads import Payload
from policy.slack_forms import Pressed, form_of, how_else, told_of
from web.refusals import AWAY_ERRORS
from web.unread_secrets import UnreadSecrets

log = logging.getLogger(__name__)
# Who pressed a button has looked away by then; the ticket's other messages tell the rest.
PATIENCE = timedelta(minutes=2)
# Of the 3 s that Slack gives; showing a form may take two more.
AT_ONCE = timedelta(seconds=0.7)
MOST = 200
"""Of those that wait for an outcome at once."""


@dataclass(frozen=True)
class Press:
    """A button that was pressed, or the form behind it that was sent."""

    entrance: Entrance
    pressed: Pressed
    payload: Payload

    @property
    def user(self) -> str:
        return self.payload.line("user", "id")


class SlackAnswers:
    """None of its answers is promised: they end with the process."""

    def __init__(
        self, sessions: Sessions, keyring: Keyring | None, talk: SlackTalk, work: WebhookWorkflows
    ) -> None:
        self._sessions, self._keyring, self._talk, self._work = sessions, keyring, talk, work
        self._tasks: set[asyncio.Task[None]] = set()
        self._unread = UnreadSecrets()

    async def ask_why(self, press: Press) -> None:
        """By a form where a bot of ours may show one, else in words."""
        token = await self._token(press)
        trigger = press.payload.text("trigger_id")
        if token and await self._talk.show_form(token, trigger, form_of(press.pressed)):
            return
        self._later(self._tell(press, how_else(press.pressed)))

    def follow(self, press: Press, row: str, workflow_id: str) -> None:
        """Tells what came of it, once that is known. While Postgres is away there is no row."""
        if len(self._tasks) < MOST and row != workflow_id:
            self._later(self._follow(press, UUID(row), workflow_id))

    async def _follow(self, press: Press, row: UUID, workflow_id: str) -> None:
        try:
            async with asyncio.timeout(PATIENCE.total_seconds()):
                # The relay does the same; who comes second finds it started.
                await self._work.start(workflow_id, WebhookWork(row=row))
                await self._work.over(workflow_id)
                async with self._sessions() as session:
                    status, why = await SlackDesk(session).outcome(row)
        except AWAY_ERRORS as error:
            log.warning("slack: the outcome is not known yet: %s", type(error).__name__)
            return
        done = status is WebhookStatus.PROCESSED
        await self._tell(press, told_of(press.pressed, done, why))

    async def _tell(self, press: Press, text: str) -> None:
        url = press.payload.text("response_url")
        if url:
            await self._talk.reply(url, text)
        elif press.pressed.channel and (token := await self._token(press)):
            await self._talk.whisper(token, (press.pressed.channel, press.user), text)

    async def _token(self, press: Press) -> str | None:
        """Of the bot that speaks in this channel, else of any of the organization's. None too
        where Postgres doesn't say so at once."""
        tokens: dict[str, str] = {}
        for one in await self._addresses(press.entrance.organization_id):
            channel, _, token = self._clear(one).partition(":")
            if token.startswith("xoxb-"):
                tokens[channel] = token
        return tokens.get(press.pressed.channel) or next(iter(tokens.values()), None)

    async def _addresses(self, organization_id: UUID) -> list[bytes]:
        try:
            async with at_most(AT_ONCE), self._sessions() as session:
                return await SlackDesk(session).addresses(organization_id)
        except (TimeoutError, SQLAlchemyError, OSError) as error:
            log.warning("slack: no bot is known: %s", type(error).__name__)
            return []

    def _clear(self, stored: bytes) -> str:
        if self._keyring is not None:
            with suppress(UndecryptableError):
                return self._keyring.decrypt(stored)
        self._unread.note(
            "slack: the address of an endpoint for messages",
            "its bot tells nobody what came of a button",
        )
        return ""

    def _later(self, answer: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(answer)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
