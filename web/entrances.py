"""The endpoints as the gateway remembers them: it must know them while Postgres is away."""

import asyncio
import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic
from uuid import UUID

from db.encryption import Keyring, UndecryptableError
from db.engine import Sessions, at_most
from db.webhook_endpoints import Entrance, entrances, touch
from web.bodies import TurnedAwayError
from web.unread_secrets import UnreadSecrets

log = logging.getLogger(__name__)
FRESH, KNOWN = timedelta(seconds=5), timedelta(seconds=10)
SEEN = timedelta(minutes=1)
PATIENCE = timedelta(seconds=3)


@dataclass(frozen=True)
class Door:
    """An endpoint with its secrets in clear."""

    entrance: Entrance
    secrets: tuple[str, ...]


class Entrances:
    """Reads all of them again when they are older than FRESH, in the background; what is older
    than KNOWN is waited for. So a changed secret counts within seconds, a new endpoint at once."""

    def __init__(self, sessions: Sessions, keyring: Keyring | None) -> None:
        self._sessions, self._keyring = sessions, keyring
        self._doors: dict[str, Door] = {}
        self._read_at = self._noted_at = float("-inf")
        self._is_due = False
        self._seen: dict[UUID, datetime] = {}
        self._reading: asyncio.Task[None] | None = None
        self._is_blind = False
        self._unread = UnreadSecrets()

    async def at(self, path: str) -> Door:
        """Raises TurnedAwayError: 404 for a path that is none, 503 while nobody can know."""
        age = monotonic() - self._read_at
        if age > FRESH.total_seconds():
            self._read_again()
        if age > KNOWN.total_seconds() and self._reading is not None:
            await asyncio.shield(self._reading)
        if path not in self._doors:
            await self._asked_anew()
        if path not in self._doors:
            if self._is_blind:
                raise TurnedAwayError(503, "the endpoints cannot be read", timedelta(seconds=5))
            raise TurnedAwayError(404, "no webhooks come in here")
        return self._doors[path]

    def note(self, door: Door) -> None:
        """Somebody came in by it: it was seen in use. Who knocks only was not. Written at once, but
        not more often than SEEN."""
        self._seen[door.entrance.id] = datetime.now(UTC)
        if monotonic() - self._noted_at > SEEN.total_seconds():
            self._noted_at, self._is_due = monotonic(), True
            self._read_again()

    async def _asked_anew(self) -> None:
        """By a reading that begins after the question: it may be about a new endpoint."""
        if self._reading is not None:
            await asyncio.shield(self._reading)
        self._read_again()
        if self._reading is not None:
            await asyncio.shield(self._reading)

    def _read_again(self) -> None:
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        try:
            async with at_most(PATIENCE):
                found = await self._load()
        except Exception as error:  # Whatever it is, what was known stays known.
            log.warning("webhooks: the endpoints cannot be read: %s", type(error).__name__)
            self._is_blind = True
        else:
            self._doors = {door.entrance.path: door for door in found}
            self._is_blind = False
        self._read_at = monotonic()

    async def _load(self) -> list[Door]:
        async with self._sessions.begin() as session:
            if self._is_due:
                await touch(session, self._seen)
                self._seen, self._is_due = {}, False
            return [Door(found, self._clear(found)) for found in await entrances(session)]

    def _clear(self, entrance: Entrance) -> tuple[str, ...]:
        """None that cannot be read: an endpoint without secrets lets nobody in."""
        found = [self._decrypted(secret) for secret in entrance.secrets]
        what = f"webhooks: a secret of the endpoint {entrance.path}"
        if None in found:
            self._unread.note(what, "what is signed with it is answered 401")
        else:
            self._unread.forget(what)
        return tuple(secret for secret in found if secret)

    def _decrypted(self, secret: bytes) -> str | None:
        try:
            return self._keyring.decrypt(secret) if self._keyring else None
        except UndecryptableError:
            return None
