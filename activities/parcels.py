"""Activities of a delivery: when a parcel may go out, and one attempt to send it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pydantic import SecretStr
from temporalio import activity

from activities.shared import SharedByAll
from clients.notifiers.answers import FAILED, DeclinedError, UnreachedError
from clients.notifiers.post_office import Sender
from contracts.cards import Card
from contracts.notifications import Answer, Channel, Hold, Message, Parcel
from contracts.text import clipped
from db.encryption import Keyring
from db.engine import Sessions
from db.models import Notification, NotificationEndpoint
from db.notification_endpoints import Doors, quiet_of
from db.notifications import Notifications, Tried
from errors import PermanentError, RetryLaterError
from policy.notifications import batch_end, digest, parcel_key, patience, pause_after, quiet_until


@dataclass(frozen=True)
class Packed:
    """What one attempt sends."""

    rows: list[Notification]
    endpoint: NotificationEndpoint | None
    thread: str | None
    tried: Tried

    @property
    def urgent(self) -> bool:
        return any(row.urgent for row in self.rows)


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
            endpoint = await notifications.endpoint_of(rows[0])
            urgent = any(row.urgent for row in rows)
            until = max(at, batch_end(parcel.key)) if parcel.batch else at
            quiet = None if urgent else quiet_until(quiet_of(endpoint), until)
            await notifications.hold([row.id for row in rows], quiet or until)
        return Hold(
            count=len(rows),
            until=quiet or until,
            why="quiet hours" if quiet else "the batch fills",
            to=f"{rows[0].channel.lower()} {rows[0].recipient}",
            patience=patience(urgent=urgent, elsewhere=_fallback(endpoint)),
        )

    @activity.defn
    async def send_parcel(self, parcel: Parcel) -> Answer | None:
        """One attempt at what is still to be sent; None when that is nothing. A refusal is an
        answer (FAILED, BOUNCED). What was sent by an attempt whose end nobody saw is sent again,
        with the same key in it. Raises RetryLaterError with the provider's delay, or ours."""
        packed = await self._pack(parcel, activity.info().started_time)
        if packed is None:
            return None
        try:
            answer = await self._post_office.send(self._message(packed))
        except UnreachedError as error:
            delay = error.delay or pause_after(packed.tried.number)
            await self._postpone(packed, error, delay)
            raise RetryLaterError(str(error), delay) from error
        except DeclinedError as error:
            return await self._refuse(packed, error.answer)
        except PermanentError as error:
            # Ours: an address that is never sent to, a secret that can't be read.
            return await self._refuse(packed, Answer(status=FAILED, said=clipped(str(error))))
        async with self._sessions.begin() as session:
            await Notifications(session).delivered(packed.tried, answer)
            if packed.endpoint is not None:
                await Doors(session).worked(packed.endpoint.id)
        return answer

    async def _pack(self, parcel: Parcel, at: datetime) -> Packed | None:
        """Raises RetryLaterError while the endpoint is closed or its limit is reached."""
        async with self._sessions() as session:
            notifications = Notifications(session)
            rows = await notifications.contents(parcel)
            if not rows:
                return None
            endpoint = await notifications.endpoint_of(rows[0])
            thread = await notifications.thread_of(rows[0]) if len(rows) == 1 else None
        _demand_open(endpoint, at)
        if not any(row.urgent for row in rows):
            first = rows[0]
            to = str(first.endpoint_id or first.recipient)
            await self._shared.of(first.organization_id).admit_message(first.channel, to)
        async with self._sessions.begin() as session:
            tried = await Notifications(session).begin([row.id for row in rows], at)
        return Packed(rows, endpoint, thread, tried)

    def _message(self, packed: Packed) -> Message:
        """Raises EncryptionKeyError and UndecryptableError."""
        first, endpoint = packed.rows[0], packed.endpoint
        subject, body = digest([(row.subject, row.body) for row in packed.rows])
        address, secrets = first.recipient, tuple[str, ...]()
        if endpoint is not None:
            keyring = Keyring.parsed(self._keys)
            address = keyring.decrypt(endpoint.address)
            secrets = tuple(keyring.decrypt(secret) for secret in endpoint.secrets)
        return Message(
            key=parcel_key([row.dedupe_key for row in packed.rows]),
            channel=Channel(first.channel),
            address=address,
            secrets=secrets,
            event_type=first.event_type,
            subject=subject,
            body=body,
            card=_card(packed.rows),
            urgent=packed.urgent,
            topic=first.issue_key if len({row.issue_key for row in packed.rows}) == 1 else None,
            thread_id=packed.thread,
            about=first.correlation_id if len(packed.rows) == 1 else None,
            # Receivers judge signatures by their own clock, and so by the real one.
            at=datetime.now(UTC),
        )

    async def _postpone(self, packed: Packed, error: UnreachedError, delay: timedelta) -> None:
        async with self._sessions.begin() as session:
            await Notifications(session).postponed(packed.tried, error.answer, delay)
            if packed.endpoint is not None and error.at_fault:
                await Doors(session).failed(packed.endpoint.id, packed.tried.at)

    async def _refuse(self, packed: Packed, answer: Answer) -> Answer:
        async with self._sessions.begin() as session:
            await Notifications(session).refused(packed.tried, answer)
        return answer


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
        f"{endpoint.name} failed too often in a row and is left alone", endpoint.closed_until - at
    )
