"""Hands a message to its channel's notifier."""

from dataclasses import dataclass
from typing import Protocol, assert_never

from clients.notifiers import posts
from clients.notifiers.mail import MailServer, mail
from clients.notifiers.outgoing import Outgoing
from clients.notifiers.slack import API, slack
from contracts.notifications import Channel, Message, ProviderAnswer


class Sender(Protocol):
    """A post office, or who adds something on the way to it."""

    async def send(self, message: Message) -> ProviderAnswer: ...


@dataclass(frozen=True)
class PostOffice:
    """`slack_api` and `pagerduty` are where the providers listen."""

    outgoing: Outgoing
    mail_server: MailServer | None = None
    slack_api: str = API
    pagerduty: str = posts.PAGERDUTY

    async def send(self, message: Message) -> ProviderAnswer:
        """One attempt, which may arrive even when it fails. Raises UnsafeAddressError,
        DeclinedError and UnreachedError."""
        match message.channel:
            case Channel.SLACK:
                return await slack(self.outgoing, message, self.slack_api)
            case Channel.EMAIL:
                return await mail(self.mail_server, message)
            case Channel.DISCORD:
                return await posts.discord(self.outgoing, message)
            case Channel.TEAMS:
                return await posts.teams(self.outgoing, message)
            case Channel.PAGERDUTY:
                return await posts.pagerduty(self.outgoing, message, self.pagerduty)
            case Channel.WEBHOOK:
                return await posts.webhook(self.outgoing, message)
        assert_never(message.channel)
