"""`/approvals/{token}`: one person decides on one request. A GET shows it; a POST alone decides.

No cookie, no login: the address itself is the key, so a form on somebody else's page, which does
not know it, can send nothing here. That is what other sites need CSRF tokens for."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from clients.git.changes import Changes
from contracts.approval_links import ApprovalLink
from contracts.text import MAX_COMMENT, clipped
from db.approval_links import ApprovalLinks
from db.approval_requests import ApprovalRequests
from db.engine import Sessions
from policy.approval_links import token_hash
from policy.approval_pages import (
    AWAY,
    BROKEN,
    TOO_OFTEN,
    UNHEARD,
    UNKNOWN,
    UNREADABLE,
    Notice,
    repeated,
    why_closed,
)
from policy.redaction import Redaction
from web.approval_forms import Said, UnreadableFormError, caller_of, said_in
from web.approval_views import Shown, request_page
from web.bodies import Bodies, TurnedAwayError
from web.callers import Callers
from web.deciding import Deciding
from web.pages import page, told
from web.refusals import AWAY_ERRORS

log = logging.getLogger(__name__)
# A comment of MAX_COMMENT letters may be nine times as long in a form's spelling.
LARGEST = 128 * 1024
LATER = timedelta(seconds=30)
# All of them come before anything is decided.
REFUSALS = {408: UNHEARD, 429: TOO_OFTEN, 503: UNHEARD}


@dataclass(frozen=True)
class Approvals:
    """`callers` limits all requests of an address, `guessers` those with a wrong token: who has a
    right one is not locked out by a neighbour's tries. `senders` limits what is sent by one link:
    who can use that up could as well decide."""

    sessions: Sessions
    deciding: Deciding
    changes: Changes
    callers: Callers
    guessers: Callers
    senders: Callers
    redaction: Redaction
    bodies: Bodies = field(default_factory=Bodies)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def routes(self) -> list[Route]:
        return [
            Route("/approvals/{token}", self._guarded(self._show), methods=["GET"]),
            Route("/approvals/{token}", self._guarded(self._decide), methods=["POST"]),
        ]

    def _guarded(
        self, answer: Callable[[Request], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        """Whatever happens, a person gets a page that says so."""

        async def guarded(request: Request) -> Response:
            try:
                await self.callers.admit(request)
                return await answer(request)
            except TurnedAwayError as refused:
                notice = REFUSALS.get(refused.status, UNREADABLE)
                return told(replace(notice, status=refused.status), refused.retry_after)
            except UnreadableFormError:
                return told(UNREADABLE)
            except AWAY_ERRORS as error:
                log.warning("approvals: no answer: %s", type(error).__name__)
                return told(AWAY, LATER)
            except Exception:
                log.exception("approvals: a mistake of ours")
                return told(BROKEN)

        return guarded

    async def _show(self, request: Request) -> Response:
        link = await self._link(request)
        if link is None:
            return told(UNKNOWN)
        closed = why_closed(link, self.clock())
        return told(closed) if closed is not None else await self._page(link)

    async def _decide(self, request: Request) -> Response:
        async with self.bodies.reading(request, LARGEST) as body:
            said = said_in(request.headers.get("content-type", ""), body)
        # What is typed here goes into histories and the ledger. A mark may be longer than a secret.
        said = replace(said, comment=clipped(self.redaction.text(said.comment), MAX_COMMENT))
        link = await self._link(request)
        if link is None:
            return told(UNKNOWN)
        closed = why_closed(link, self.clock())
        if closed is not None:
            if said.decision is not None and said.decision is link.decision:
                return told(repeated(said.decision))
            return told(closed)
        await self.senders.admit_as(str(link.id))
        caller = caller_of(request)
        if said.decision is None:
            notice = await self.deciding.remark(link, said.comment, caller)
        else:
            notice = await self.deciding.decide(link, said.decision, said.comment, caller)
        decided = said.decision is not None and notice.status == 200
        if decided or notice.status == 410:
            return told(notice)
        return await self._page(link, notice, said)

    async def _link(self, request: Request) -> ApprovalLink | None:
        """Raises TurnedAwayError (429) for who was wrong too often."""
        hash = token_hash(request.path_params["token"])
        if hash is not None:
            async with self.sessions() as session:
                link = await ApprovalLinks(session).find(hash)
            if link is not None:
                return link
        await self.guessers.admit(request)
        return None

    async def _page(
        self, link: ApprovalLink, notice: Notice | None = None, said: Said | None = None
    ) -> Response:
        async with self.sessions() as session:
            asked = await ApprovalRequests(session, link.organization).shown(link.approval_id)
        if asked is None:
            return told(UNKNOWN)
        comment = said.comment if said and notice and notice.status != 200 else ""
        asked = self.redaction.model(asked)
        shown = Shown(
            request=asked,
            person=link.email,
            change=await self.changes.of(link.organization, asked.change),
            now=self.clock(),
            notice=notice,
            comment=comment,
        )
        title = f"{asked.issue_key}: {asked.gate.name}"
        return page(title, *request_page(shown), status=notice.status if notice else 200)
