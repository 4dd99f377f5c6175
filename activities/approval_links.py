"""What a message that asks for approval gets on its way out: a link of one's own, or buttons."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncSession

from clients.notifiers.post_office import PostOffice
from contracts.notifications import Buttons, Channel, Message, ProviderAnswer
from db.approval_links import ApprovalLinks, OpenApproval
from db.engine import Sessions
from db.slack_desk import SlackDesk
from policy.approval_links import link_of, with_link

ASKING = frozenset({"ApprovalRequested", "ApprovalEscalated"})


@dataclass(frozen=True)
class Links:
    """Where the gateway is, as people reach it, and what tokens are made with. Without both there
    are no links."""

    public_url: str | None = None
    keys: tuple[SecretStr, ...] = ()

    def clear_keys(self) -> Sequence[str]:
        return [key.get_secret_value() for key in self.keys]


class EnclosingPostOffice:
    """Only here, as it leaves, does a message hold a token: no table and no history has it."""

    def __init__(self, post_office: PostOffice, sessions: Sessions, links: Links) -> None:
        self._post_office, self._sessions, self._links = post_office, sessions, links

    async def send(self, message: Message) -> ProviderAnswer:
        """Raises what PostOffice.send raises."""
        if message.about is not None and message.event_type in ASKING:
            async with self._sessions.begin() as session:
                message = await self._enclosed(session, message)
        return await self._post_office.send(message)

    async def _enclosed(self, session: AsyncSession, message: Message) -> Message:
        assert message.about is not None
        links = ApprovalLinks(session)
        asked = await links.open_request(message.about)
        if asked is None:
            return message
        match message.channel:
            case Channel.EMAIL:
                return await self._linked(links, asked, message)
            case Channel.SLACK if await SlackDesk(session).hears(asked.organization_id):
                value = f"{asked.issue_key} {asked.id} {asked.subject_hash}"
                return message.model_copy(update={"buttons": Buttons(value=value)})
            case _:
                return message

    async def _linked(self, links: ApprovalLinks, asked: OpenApproval, message: Message) -> Message:
        url, keys = self._links.public_url, self._links.clear_keys()
        token = await links.issue(asked, message.address, keys) if url and keys else None
        if token is None or url is None:
            return message
        return message.model_copy(update={"body": with_link(message.body, link_of(url, token))})
