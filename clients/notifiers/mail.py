"""E-mail by SMTP, with aiosmtplib."""

import asyncio
import re
from dataclasses import dataclass, field
from datetime import timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from hashlib import sha256
from ssl import SSLError
from urllib.parse import SplitResult, unquote, urlsplit

import aiosmtplib

from clients.notifiers.answers import BOUNCED, FAILED, DeclinedError, UnreachedError, words
from contracts.notifications import Message, NotificationStatus, ProviderAnswer
from contracts.text import clipped
from errors import PermanentError

# For each step of the conversation; all of it gets twice as long.
PATIENCE = timedelta(seconds=10)
MAILBOX = re.compile(r"[^\s@<>,;:\"\\]{1,64}@[A-Za-z0-9.-]{1,255}")
PORTS = {"smtp": 587, "smtps": 465}


class InvalidSmtpUrlError(PermanentError):
    """SMTP_URL is no address of a mail server."""


@dataclass(frozen=True)
class MailServer:
    """`smtps` speaks TLS from the start; `smtp` changes to it, and with a password must be able
    to. `plain` (for this machine's own servers) never does."""

    host: str
    port: int
    sender: str
    tls: bool
    plain: bool = False
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    @classmethod
    def parsed(cls, url: str, sender: str) -> "MailServer":
        """From `smtp(s)://user:password@host:port`. Raises InvalidSmtpUrlError, which quotes
        nothing of the URL."""
        parts, port = _split(url)
        if MAILBOX.fullmatch(sender) is None:
            raise InvalidSmtpUrlError(
                "SMTP_SENDER is no mail address, such as slipway@example.org."
            )
        return cls(
            host=parts.hostname or "",
            port=port,
            sender=sender,
            tls=parts.scheme == "smtps",
            plain=parts.hostname in ("localhost", "127.0.0.1", "::1"),
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
        )


async def mail(server: MailServer | None, message: Message) -> ProviderAnswer:
    """SENT: a mail server took it over, and nobody learns whether it was read. Raises
    DeclinedError (BOUNCED when the recipient or the mail is refused for good), UnreachedError."""
    if server is None:
        raise _declined(FAILED, None, "no mail server is set: SMTP_URL")
    if MAILBOX.fullmatch(message.address) is None:
        raise _declined(BOUNCED, None, "this is no mail address")
    try:
        async with asyncio.timeout(2 * PATIENCE.total_seconds()):
            _, said = await _handed_over(server, message)
    except aiosmtplib.SMTPException as error:
        raise _fault(error) from None
    except (OSError, SSLError) as error:
        raise _unreached(None, f"the mail server: {type(error).__name__}") from None
    return ProviderAnswer(status=NotificationStatus.SENT, code=250, said=words(said))


async def _handed_over(server: MailServer, message: Message) -> tuple[object, str]:
    return await aiosmtplib.send(
        _written(server, message),
        hostname=server.host,
        port=server.port,
        username=server.username,
        password=server.password,
        use_tls=server.tls,
        start_tls=_start_tls(server),
        timeout=PATIENCE.total_seconds(),
    )


def _start_tls(server: MailServer) -> bool | None:
    """None: where the server offers it. A password never goes out in the clear."""
    if server.tls or server.plain:
        return False
    return True if server.password else None


def _written(server: MailServer, message: Message) -> EmailMessage:
    """Message-ID and References are the same however often it is sent: mail programs show
    repetitions once, and one thread per ticket."""
    domain = server.sender.rpartition("@")[2]
    written = EmailMessage()
    written["From"] = Address("Slipway", addr_spec=server.sender)
    written["To"] = message.address
    written["Subject"] = clipped(" ".join(message.subject.split()), 200)
    written["Date"] = format_datetime(message.at)
    written["Message-ID"] = f"<{_token(message.key)}@{domain}>"
    written["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers.
    if message.topic:
        written["References"] = f"<{_token(message.topic)}@{domain}>"
    if message.urgent:
        written["Importance"] = "high"
    written.set_content(message.body)
    return written


def _token(text: str) -> str:
    return f"slipway.{sha256(text.encode()).hexdigest()[:32]}"


def _fault(error: aiosmtplib.SMTPException) -> Exception:
    """RFC 5321 section 4.2.1: 4yz may pass, 5yz will not."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        error = error.recipients[0]
    if not isinstance(error, aiosmtplib.SMTPResponseException):
        if isinstance(error, aiosmtplib.SMTPNotSupported):
            return _declined(FAILED, None, f"the mail server can't do this: {error}")
        return _unreached(None, f"the mail server: {type(error).__name__}")
    said = f"{error.code} {error.message}"
    if error.code < 500:
        return _unreached(error.code, said)
    ours = (aiosmtplib.SMTPAuthenticationError, aiosmtplib.SMTPSenderRefused)
    refused = (aiosmtplib.SMTPRecipientRefused, aiosmtplib.SMTPDataError)
    if isinstance(error, refused) and not isinstance(error, ours):
        return _declined(BOUNCED, error.code, said)
    return _declined(FAILED, error.code, said)


def _declined(status: NotificationStatus, code: int | None, said: str) -> DeclinedError:
    return DeclinedError(ProviderAnswer(status=status, code=code, said=words(said)))


def _unreached(code: int | None, said: str) -> UnreachedError:
    return UnreachedError(ProviderAnswer(status=FAILED, code=code, said=words(said)))


def _split(url: str) -> tuple[SplitResult, int]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise InvalidSmtpUrlError("SMTP_URL can't be read as a URL.") from None
    if parts.scheme not in PORTS or not parts.hostname:
        raise InvalidSmtpUrlError("SMTP_URL is no smtp://host:port or smtps://host:port.")
    return parts, PORTS[parts.scheme] if port is None else port
