"""All that failed, sent once more at the command line; and endpoints that rest."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select, text, update
from temporalio.client import Client

from contracts.notifications import Channel, Endpoint, NotificationStatus, Parcel
from db.encryption import Keyring
from db.engine import Sessions
from db.models import Notification, NotificationEndpoint
from db.notification_endpoints import Endpoints
from db.notifications import Addressee, Content, Notifications
from policy.moments import in_utc
from tests.cli.insider import Insider
from tests.cli.person import Person
from tests.conftest import TestOrganization

KEYRING = Keyring([Fernet.generate_key().decode()])


@pytest.fixture
def bob(environment: Mapping[str, str], organization: TestOrganization) -> Person:
    """With a queue that nobody works: what was started stays."""
    queue = f"unworked-{uuid4().hex[:8]}"
    mine = {"SLIPWAY_ORGANIZATION": organization.slug, "SLIPWAY_TASK_QUEUE": queue}
    return Insider({**environment, **mine})


@pytest.fixture
async def rooms(sessions: Sessions, organization: TestOrganization) -> dict[str, UUID]:
    async with sessions.begin() as session:
        endpoints = Endpoints(session, organization.id)
        return {
            name: await endpoints.put(
                Endpoint(name=name, channel=Channel.WEBHOOK, address=f"https://{name}.example.org"),
                KEYRING,
            )
            for name in ("one", "two")
        }


class Box:
    """Messages of an organization, as their deliveries have left them."""

    def __init__(self, sessions: Sessions, organization: TestOrganization) -> None:
        self._sessions, self._organization = sessions, organization

    async def add(self, endpoint: UUID | None, status: NotificationStatus) -> str:
        """The key of a new one."""
        content = Content(
            self._organization.id, "PhaseCompleted", "KEY-1", "done", "", None, None, None
        )
        key = f"{self._organization.slug}-{uuid4().hex}"
        async with self._sessions.begin() as session:
            notifications = Notifications(session)
            to = Addressee(Channel.WEBHOOK, "room", endpoint, False, key, None)
            await notifications.add(content, [to])
            if status is not NotificationStatus.PENDING:
                await notifications.give_up(Parcel(key=key), status, "gone")
        return key

    async def ids(self, *keys: str) -> list[str]:
        async with self._sessions() as session:
            rows = await session.scalars(
                select(Notification.id)
                .where(Notification.dedupe_key.in_(keys))
                .order_by(Notification.id)
            )
            return [str(id) for id in rows]

    async def age(self, key: str, by: timedelta) -> None:
        async with self._sessions.begin() as session:
            row = update(Notification).where(Notification.dedupe_key == key)
            await session.execute(row.values(created_at=Notification.created_at - by))


@pytest.fixture
def box(sessions: Sessions, organization: TestOrganization) -> Box:
    return Box(sessions, organization)


async def under_way(temporal: Client, keys: Sequence[str]) -> list[str]:
    found = []
    for key in keys:
        described = await temporal.get_workflow_handle(f"notification:{key}").describe()
        found.append(described.status.name if described.status else "")
    return found


async def test_all_that_failed_is_sent_again_and_what_was_refused_for_good_is_not(
    bob: Person, box: Box, rooms: Mapping[str, UUID], temporal: Client
) -> None:
    lost = [await box.add(room, NotificationStatus.FAILED) for room in (*rooms.values(), None)]
    await box.add(None, NotificationStatus.BOUNCED)
    await box.add(rooms["one"], NotificationStatus.PENDING)
    said = bob.says("resend", "--failed").stdout
    assert "to be delivered once more: 3 messages\n" in said
    assert "refused for good, and not sent again unless by ID: 1 message\n" in said
    assert "left" not in said
    assert await under_way(temporal, lost) == ["RUNNING"] * 3
    again = bob.reads("resend", "--failed")
    assert again == {"resent": await box.ids(*lost), "left": 0, "bounced": 1}


async def test_only_so_many_are_sent_at_once_and_all_have_their_turn(
    bob: Person, box: Box, sessions: Sessions
) -> None:
    keys = [await box.add(None, NotificationStatus.FAILED) for _ in range(3)]
    first = bob.reads("resend", "--failed", "--limit", "2")
    assert (len(first["resent"]), first["left"]) == (2, 1)
    async with sessions.begin() as session:  # They failed once more.
        row = update(Notification).where(
            Notification.id.in_([UUID(one) for one in first["resent"]])
        )
        await session.execute(row.values(error="still gone", updated_at=text("clock_timestamp()")))
    second = bob.reads("resend", "--failed", "--limit", "1")
    assert first["resent"] + second["resent"] == await box.ids(*keys)


async def test_time_and_endpoint_narrow_it(
    bob: Person, box: Box, rooms: Mapping[str, UUID], sessions: Sessions, organization: Any
) -> None:
    old, new = [await box.add(rooms["one"], NotificationStatus.FAILED) for _ in range(2)]
    await box.age(old, timedelta(days=2))
    other = await box.add(rooms["two"], NotificationStatus.FAILED)
    of_one = ("resend", "--failed", "--endpoint", "one")
    assert bob.reads(*of_one)["resent"] == await box.ids(new)
    both = bob.reads(*of_one, "--since", "3d")["resent"]
    assert sorted(both) == await box.ids(old, new)
    async with sessions.begin() as session:
        await Endpoints(session, organization.id).retire("two")
    assert bob.reads("resend", "--failed")["resent"] == await box.ids(new)
    assert bob.says("resend", "--failed", "--endpoint", "two").returncode == 3
    assert bob.says("resend", *await box.ids(other)).returncode == 0


def test_where_nothing_failed_that_is_said(bob: Person) -> None:
    said = bob.says("resend", "--failed")
    assert (said.returncode, said.stdout) == (0, "to be delivered once more: 0 messages\n")


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        (str(UUID(int=7)), "--failed"),
        (str(UUID(int=7)), "--since", "1d"),
        ("--endpoint", "one"),
        ("--failed", "--since", "soon"),
        ("--failed", "--limit", "0"),
    ],
    ids=" ".join,
)
def test_what_does_not_go_together_is_refused(bob: Person, arguments: tuple[str, ...]) -> None:
    said = bob.says("resend", *arguments)
    assert (said.returncode, said.stdout) == (2, "")


async def test_of_an_endpoint_that_rests_it_is_said_until_when(
    bob: Person, box: Box, rooms: Mapping[str, UUID], sessions: Sessions
) -> None:
    now = datetime.now(UTC)
    rests = now + timedelta(minutes=5)
    key = await box.add(rooms["one"], NotificationStatus.PENDING)
    async with sessions.begin() as session:
        message = update(Notification).where(Notification.dedupe_key == key)
        await session.execute(message.values(next_attempt_at=now - timedelta(minutes=1)))
        room = update(NotificationEndpoint).where(NotificationEndpoint.id == rooms["one"])
        await session.execute(room.values(closed_until=rests))
    said = bob.says("notifications").stdout
    assert f"next attempt {in_utc(rests)}: until then its endpoint is left alone" in said
    assert in_utc(now - timedelta(minutes=1)) not in said.split("next attempt")[1]
    (row,) = bob.reads("notifications")
    assert datetime.fromisoformat(row["rests_until"]) == rests
    async with sessions.begin() as session:
        await session.execute(room.values(closed_until=now - timedelta(seconds=1)))
    (row,) = bob.reads("notifications")
    assert row["rests_until"] is None
