"""Activities of a delivery: when a parcel may go out, and one attempt to send it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pydantic import SecretStr
from temporalio import activity

from activities.shared import SharedByAll
from clients.notifiers.answers import FAILED, DeclinedError, UnreachedError
from clients.notifiers.post_office import Sender
from contracts.cards import Card
from contracts.notifications import (
    Channel,
    Hold,
    Message,
    NotificationStatus,
    Parcel,
    ProviderAnswer,
)
from contracts.text import clipped
from db.encryption import Keyring
from db.engine import Sessions
from db.models import Notification, NotificationEndpoint
from db.notification_endpoints import Doors, quiet_of
from db.notification_threads import Threads
from db.notifications import Notifications, Tried
from errors import PermanentError, RetryLaterError
from policy.notifications import batch_end, digest, parcel_key, patience, pause_after, quiet_until


class RemovedEndpointError(PermanentError):
    """People have removed the place while something was still to be sent there."""


@dataclass(frozen=True)
class ParcelContents:
    """What there is to send."""

    rows: list[Notification]
    endpoint: NotificationEndpoint | None

    @property
    def urgent(self) -> bool:
        return any(row.urgent for row in self.rows)

    def quiet_until(self, at: datetime) -> datetime | None:
        return None if self.urgent else quiet_until(quiet_of(self.endpoint), at)


@dataclass(frozen=True)
class Packed:
    """What one attempt sends. `thread` is that of its ticket."""

    load: ParcelContents
    thread: str | None
    tried: Tried


class ParcelActivities:
    """`keys` may be absent as long as no endpoint is stored."""

    def __init__(
        self,
        sessions: Sessions,
        post_office: Sender,
        shared: SharedByAll,
        keys: SecretStr | None,
    ) -> None:
        self._sessions, self._post_office = sessions, post_office
        self._shared, self._keys = shared, keys

    @activity.defn
    async def hold_parcel(self, parcel: Parcel) -> Hold:
        """What there is to send, and until when it waits for its batch and for quiet hours. Takes
        up again what was given up, if the parcel says so. Repeatable."""
        at = activity.info().scheduled_time
        async with self._sessions.begin() as session:
            notifications = Notifications(session)
            if parcel.resend:
                await notifications.reopen(parcel)
            rows = await notifications.contents(parcel)
            if not rows:
                return Hold(count=0)
            load = ParcelContents(rows, await notifications.endpoint_of(rows[0]))
            until = max(at, batch_end(parcel.key)) if parcel.batch else at
            quiet = load.quiet_until(until)
            await notifications.hold([row.id for row in rows], quiet or until)
        return Hold(
            count=len(rows),
            until=quiet or until,
            why="quiet hours" if quiet else "the batch fills",
            to=f"{rows[0].channel.lower()} {rows[0].recipient}",
            patience=patience(urgent=load.urgent, elsewhere=_fallback(load.endpoint)),
        )

    @activity.defn
    async def send_parcel(self, parcel: Parcel) -> ProviderAnswer | None:
        """One attempt at what is still to be sent; None when that is nothing, PENDING when quiet
        hours have begun. A refusal is an answer (FAILED, BOUNCED). What was sent by an attempt
        whose end nobody saw is sent again, with the same key in it. Raises RetryLaterError with
        the provider's delay, or ours."""
        at = activity.info().started_time
        load = await self._load(parcel)
        if load is None:
            return None
        if load.quiet_until(at) is not None:
            return ProviderAnswer(status=NotificationStatus.PENDING, said="quiet hours have begun")
        packed = await self._pack(load, at)
        try:
            answer = await self._post_office.send(self._message(packed))
        except UnreachedError as error:
            delay = error.delay or pause_after(packed.tried.number)
            await self._postpone(packed, error, delay)
            raise RetryLaterError(str(error), delay) from error
        except DeclinedError as error:
            return await self._refuse(packed, error.answer)
        except PermanentError as error:
            # Ours: a place that is gone or never sent to, a secret that can't be read.
            return await self._refuse(
                packed, ProviderAnswer(status=FAILED, said=clipped(str(error)))
            )
        async with self._sessions.begin() as session:
            await Notifications(session).delivered(packed.tried, _of_one_ticket(load, answer))
            if load.endpoint is not None:
                await Doors(session).worked(load.endpoint.id)
        return answer

    async def _load(self, parcel: Parcel) -> ParcelContents | None:
        """Raises RetryLaterError while the ticket's first message is on its way."""
        async with self._sessions() as session:
            notifications = Notifications(session)
            rows = await notifications.contents(parcel)
            if not rows:
                return None
            if _topic(rows):
                await Threads(session).of(rows)  # Who waits uses up nothing of the limit.
            return ParcelContents(rows, await notifications.endpoint_of(rows[0]))

    async def _pack(self, load: ParcelContents, at: datetime) -> Packed:
        """Raises RetryLaterError while the endpoint is closed or its limit is reached, or the
        ticket's first message is on its way there."""
        _demand_open(load.endpoint, at)
        first = load.rows[0]
        if not load.urgent:
            to = str(first.endpoint_id or first.recipient)
            await self._shared.of(first.organization_id).admit_message(first.channel, to)
        async with self._sessions.begin() as session:
            thread = await Threads(session).of(load.rows) if _topic(load.rows) else None
            tried = await Notifications(session).begin([row.id for row in load.rows], at)
        return Packed(load, thread, tried)

    def _message(self, packed: Packed) -> Message:
        """Raises RemovedEndpointError, EncryptionKeyError and UndecryptableError."""
        rows, endpoint = packed.load.rows, packed.load.endpoint
        first = rows[0]
        if endpoint is not None and not endpoint.active:
            why = f"its endpoint {endpoint.name} was removed: nothing more goes there"
            raise RemovedEndpointError(why)
        subject, body = digest([(row.subject, row.body) for row in rows])
        address, secrets = first.recipient, tuple[str, ...]()
        if endpoint is not None:
            keyring = Keyring.parsed(self._keys)
            address = keyring.decrypt(endpoint.address)
            secrets = tuple(keyring.decrypt(secret) for secret in endpoint.secrets)
        return Message(
            key=parcel_key([row.dedupe_key for row in rows]),
            channel=Channel(first.channel),
            address=address,
            secrets=secrets,
            event_type=first.event_type,
            subject=subject,
            body=body,
            card=_card(rows),
            urgent=packed.load.urgent,
            topic=_topic(rows),
            thread_id=packed.thread,
            about=first.correlation_id if len(rows) == 1 else None,
            # Receivers judge signatures by their own clock, and so by the real one.
            at=datetime.now(UTC),
        )

    async def _postpone(self, packed: Packed, error: UnreachedError, delay: timedelta) -> None:
        async with self._sessions.begin() as session:
            await Notifications(session).postponed(packed.tried, error.answer, delay)
            endpoint, doors = packed.load.endpoint, Doors(session)
            if endpoint is not None and error.at_fault:
                await doors.failed(endpoint.id, packed.tried.at)
            if endpoint is not None and error.delay:
                await doors.close(endpoint.id, packed.tried.at + error.delay)

    async def _refuse(self, packed: Packed, answer: ProviderAnswer) -> ProviderAnswer:
        async with self._sessions.begin() as session:
            await Notifications(session).refused(packed.tried, answer)
        return answer


def _topic(rows: list[Notification]) -> str | None:
    """The ticket that all of them are about; None where there are several."""
    return rows[0].issue_key if len({row.issue_key for row in rows}) == 1 else None


def _of_one_ticket(load: ParcelContents, answer: ProviderAnswer) -> ProviderAnswer:
    """What tells of several tickets begins no ticket's thread."""
    return answer if _topic(load.rows) else answer.model_copy(update={"thread_id": None})


def _card(rows: list[Notification]) -> Card | None:
    """A batch is one text."""
    (first, *others) = rows
    return Card.model_validate(first.card) if first.card is not None and not others else None


def _fallback(endpoint: NotificationEndpoint | None) -> bool:
    return endpoint is not None and endpoint.fallback_id is not None


def _demand_open(endpoint: NotificationEndpoint | None, at: datetime) -> None:
    if endpoint is None or endpoint.closed_until is None or endpoint.closed_until <= at:
        return
    raise RetryLaterError(
        f"{endpoint.name} is left alone: it failed too often in a row, or said so itself",
        endpoint.closed_until - at,
    )
