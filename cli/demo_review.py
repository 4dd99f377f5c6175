"""The demo's reviewer: a pull-request review as GitHub would send it, over HTTP and signed."""

import asyncio
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx2

from cli.context import Desk
from cli.demo_gateway import until_ready
from cli.demo_stage import REVIEWER, REVIEWER_ID
from cli.exits import ServerAwayError
from cli.reader import Reader
from cli.story import Story
from cli.terminal import say
from contracts.approvals import DecisionChannel
from contracts.events import ApprovalGranted, ApprovalRequested
from contracts.ledger import ChainedEvent
from contracts.webhooks import WebhookSource
from policy.signing import Posting, signed_headers

TRIES, LOOK_AGAIN = 200, 0.05


@dataclass
class Reviewer:
    """Approves each request once, by a review of the commit that it shows. `door` is where GitHub's
    webhooks come in, and their secret."""

    desk: Desk
    address: str
    door: tuple[str, str]
    _done: set[UUID] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._reader = Reader(self.desk)

    async def attend(self, story: Story) -> bool:
        """Whether the ledger has news of a review now. One that an earlier demo sent is none."""
        asked = story.asked
        if asked is None or asked.approval_id in self._done:
            return False
        self._done.add(asked.approval_id)
        if await self._is_counted(story, asked):
            return False
        await until_ready(self.address)
        status = await self._post(payload(story, asked))
        say(f"A review by {REVIEWER}, signed as GitHub does: the gateway answers {status}.")
        return await self._counts(story, asked)

    async def _post(self, payload: dict[str, Any]) -> int:
        path, secret = self.door
        url, body = f"{self.address}/webhooks/{path}", json.dumps(payload).encode()
        posting = Posting(
            body=body,
            secret=secret,
            delivery_id=str(uuid4()),
            event="pull_request_review",
            at=datetime.now(UTC),
            uri=url,
        )
        headers = signed_headers(WebhookSource.GITHUB, posting)
        try:
            async with httpx2.AsyncClient(trust_env=False) as client:
                return (await client.post(url, content=body, headers=headers)).status_code
        except httpx2.HTTPError as error:
            raise ServerAwayError(f"The demo's gateway at {url} took no review: {error}") from error

    async def _is_counted(self, story: Story, asked: ApprovalRequested) -> bool:
        return by_review((await self._reader.demand(story.issue_key)).events, asked)

    async def _counts(self, story: Story, asked: ApprovalRequested) -> bool:
        for _ in range(TRIES):
            if await self._is_counted(story, asked):
                return True
            await asyncio.sleep(LOOK_AGAIN)
        say("The review has not been counted yet; see starter.py webhooks list.")
        return False


def by_review(events: list[ChainedEvent], asked: ApprovalRequested) -> bool:
    return any(
        isinstance(one.event, ApprovalGranted)
        and one.event.approval_id == asked.approval_id
        and one.event.channel is DecisionChannel.GIT
        for one in events
    )


def payload(story: Story, asked: ApprovalRequested) -> dict[str, Any]:
    """In GitHub's shape, of a pull request that is not there:
    https://docs.github.com/en/webhooks/webhook-events-and-payloads#pull_request_review"""
    at = datetime.now(UTC).isoformat(timespec="seconds")
    user = {"id": int(REVIEWER_ID), "login": "demo-reviewer", "type": "User"}
    commit = asked.subject.get("commit")
    return {
        "action": "submitted",
        "review": {
            "id": 1,
            "user": user,
            "body": "The plan names the place and the check.",
            "commit_id": commit,
            "submitted_at": at,
            "state": "approved",
        },
        "pull_request": {
            "number": 1,
            "title": f"{story.issue_key}: {story.title}",
            "state": "open",
            "draft": True,
            "merged_at": None,
            "updated_at": at,
            "head": {"ref": story.branch, "sha": commit},
        },
        "repository": {"id": 1, "full_name": "demo/invoices"},
        "sender": user,
    }
