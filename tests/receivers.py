"""Real local receivers of messages: an HTTP server that answers as told, and a mail server."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass(frozen=True)
class Say:
    """An answer, not before `once` is set; `hang` never gives it, `endless` never ends it."""

    code: int = 200
    body: str = "ok"
    headers: dict[str, str] = field(default_factory=dict)
    hang: bool = False
    endless: bool = False
    once: asyncio.Event | None = None


HANG = Say(hang=True)
INWARD = Say(302, headers={"Location": "http://169.254.169.254/latest/meta-data/"})


@dataclass(frozen=True)
class Heard:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Receiver:
    """Gives its answers in their turn, and 200 when they are used up."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.answers: list[Say] = []
        self.always: Say = Say()
        self.origin = ""
        self._given_up = asyncio.Event()

    def stop(self) -> None:
        self._given_up.set()

    async def next(self, path: str | None = None) -> Heard:
        """The first that came (to this path), once it has come."""
        async with asyncio.timeout(45):
            while True:
                found = [one for one in self.heard if path in (None, one.path)]
                if found:
                    return found[0]
                await asyncio.sleep(0.01)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.strip().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        self.heard.append(Heard(first.split(" ")[1], headers, body))
        say = self.answers.pop(0) if self.answers else self.always
        if say.hang:
            await self._given_up.wait()
            return
        if say.once is not None:
            await say.once.wait()
        shown = {"Content-Type": "text/plain", **say.headers, "Connection": "close"}
        if not say.endless:
            shown["Content-Length"] = str(len(say.body.encode()))
        head = "".join(f"{name}: {value}\r\n" for name, value in shown.items())
        writer.write(f"HTTP/1.1 {say.code} Said\r\n{head}\r\n{say.body}".encode())
        await writer.drain()
        while say.endless and not self._given_up.is_set():
            writer.write(b"x" * 10_000)
            await writer.drain()


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    server = await asyncio.start_server(receiver.talk, "127.0.0.1", 0)
    receiver.origin = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield receiver
    finally:
        receiver.stop()
        server.close()
        await server.wait_closed()


class MailReceiver:
    """Takes every mail, but for what `refusals` says to a recipient."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.refusals: dict[str, list[str]] = {}
        self.port = 0

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if said := self.refusals.get(address):
            return said.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        self.mails.append(message_from_bytes(envelope.content, EmailMessage, policy=policy.default))
        return f"250 queued as {len(self.mails)}"


@asynccontextmanager
async def receiving_mail() -> AsyncIterator[MailReceiver]:
    receiver = MailReceiver()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(receiver, loop=loop), "127.0.0.1", 0)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        await server.wait_closed()
