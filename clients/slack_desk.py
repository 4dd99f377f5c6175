"""Answers somebody who pressed a button in Slack: with a form, or with words only they see."""

import asyncio
import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from clients.notifiers.answers import DeclinedError, UnreachedError
from clients.notifiers.outgoing import Letter, Outgoing
from clients.notifiers.slack import API
from policy.addresses import UnsafeAddressError

log = logging.getLogger(__name__)
JSON = {"Content-Type": "application/json; charset=utf-8"}
# Slack takes a form within 3 s of the press: https://docs.slack.dev/surfaces/modals
HURRY = timedelta(seconds=2)
# It says no with status 200 as well, and says so first; of a long answer only the beginning is
# kept: https://docs.slack.dev/apis/web-api#responses
SAYS_YES = re.compile(r'\s*\{\s*"ok"\s*:\s*true\b')
UNTOLD = (TimeoutError, OSError, DeclinedError, UnreachedError, UnsafeAddressError)


@dataclass(frozen=True)
class SlackTalk:
    """None of these raises: a decision doesn't hang on whether somebody hears of it."""

    outgoing: Outgoing
    api: str = API

    async def show_form(self, token: str, trigger: str, view: Mapping[str, Any]) -> bool:
        """Whether they see it."""
        return await self._said(token, "views.open", {"trigger_id": trigger, "view": view})

    async def whisper(self, token: str, place: tuple[str, str], text: str) -> None:
        """`place` is a channel and who is to read it there."""
        channel, user = place
        content = {"channel": channel, "user": user, "text": _plain(text)}
        await self._said(token, "chat.postEphemeral", content)

    async def reply(self, response_url: str, text: str) -> bool:
        """By the address that came with the press: good for 30 minutes."""
        content = {"response_type": "ephemeral", "replace_original": False, "text": _plain(text)}
        try:
            await self.outgoing.post(response_url, Letter(json.dumps(content).encode(), JSON))
        except UNTOLD as error:
            log.warning("slack: nobody heard the answer: %s", type(error).__name__)
            return False
        return True

    async def _said(self, token: str, method: str, content: Mapping[str, Any]) -> bool:
        letter = Letter(json.dumps(content).encode(), {**JSON, "Authorization": f"Bearer {token}"})
        try:
            async with asyncio.timeout(HURRY.total_seconds()):
                answer = await self.outgoing.post(f"{self.api.rstrip('/')}/{method}", letter)
        except UNTOLD as error:
            log.warning("slack: %s: %s", method, type(error).__name__)
            return False
        if SAYS_YES.match(answer.said) is None:
            log.warning("slack: %s was refused", method)
            return False
        return True


def _plain(text: str) -> str:
    """https://docs.slack.dev/messaging/formatting-message-text#escaping"""
    for sign, escaped in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(sign, escaped)
    return text
