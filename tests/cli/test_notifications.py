"""What became of messages, and where they go, at the command line."""

from collections.abc import Mapping
from uuid import UUID, uuid4

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from contracts.notifications import Channel, NotificationStatus, Parcel
from db.encryption import Keyring
from db.engine import Sessions
from db.models import NotificationEndpoint
from db.notifications import Addressee, Content, Notifications
from tests.cli.insider import Insider
from tests.cli.person import Person
from tests.conftest import TestOrganization

KEY = Fernet.generate_key().decode()


@pytest.fixture
def bob(environment: Mapping[str, str], organization: TestOrganization) -> Person:
    """Who needs no worker."""
    mine = {"SLIPWAY_ORGANIZATION": organization.slug, "SLIPWAY_ENCRYPTION_KEYS": KEY}
    return Insider({**environment, **mine})


async def told(sessions: Sessions, organization: TestOrganization, *lost: str) -> None:
    """A message for each recipient; one that is `lost` failed."""
    content = Content(
        organization.id, "PhaseCompleted", "KEY-1", "KEY-1: a\x1b[31mb", "", None, None, None
    )
    async with sessions.begin() as session:
        notifications = Notifications(session)
        for recipient in ("max@example.org", *lost):
            key = f"{organization.slug}-{uuid4().hex}"
            addressee = Addressee(Channel.EMAIL, recipient, None, False, key, None)
            await notifications.add(content, [addressee])
            if recipient in lost:
                parcel = Parcel(key=key)
                await notifications.give_up(parcel, NotificationStatus.BOUNCED, "550 no such user")


async def test_lost_messages_are_listed_with_their_reason(
    bob: Person, sessions: Sessions, organization: TestOrganization
) -> None:
    await told(sessions, organization, "gone@example.org")
    assert len(bob.reads("notifications")) == 2
    (row,) = bob.reads("notifications", "--failed")
    assert (row["recipient"], row["status"]) == ("gone@example.org", "BOUNCED")
    shown = bob.says("notifications").stdout
    assert "550 no such user" in shown
    assert "\x1b" not in shown


def test_nobody_was_told_anything_yet(bob: Person) -> None:
    assert "Nobody was told" in bob.says("notifications").stdout
    assert bob.reads("notifications", "--failed") == []


@pytest.mark.parametrize(("id_", "code"), [("x; rm -rf /", 2), (str(UUID(int=7)), 3)])
def test_an_id_of_no_message_is_refused(bob: Person, id_: str, code: int) -> None:
    said = bob.says("resend", id_)
    assert said.returncode == code
    assert len(said.stderr.splitlines()) == 1


async def test_another_organizations_message_is_not_there(
    bob: Person, sessions: Sessions, organization: TestOrganization
) -> None:
    await told(sessions, organization, "gone@example.org")
    (row,) = bob.reads("notifications", "--failed")
    stranger = bob.says("resend", row["id"], SLIPWAY_ORGANIZATION=f"org-{uuid4().hex[:8]}")
    assert stranger.returncode == 3
    again = bob.says("resend", row["id"])
    assert again.returncode == 0, again.stderr


async def test_an_endpoints_address_is_stored_encrypted_and_never_shown(
    bob: Person, sessions: Sessions, organization: TestOrganization
) -> None:
    url = "https://hooks.example.org/s3cret"
    made = bob.says("endpoint", "add", "room", "webhook", typed=f"{url}\nwhsec_b2xkLW9sZA==\n")
    assert made.returncode == 0, made.stderr
    listed = bob.says("endpoint", "list").stdout
    assert "room  webhook" in listed
    assert "s3cret" not in made.stdout + listed
    async with sessions() as session:
        row = await session.scalar(
            select(NotificationEndpoint).where(
                NotificationEndpoint.organization_id == organization.id
            )
        )
    assert row is not None
    assert b"s3cret" not in row.address
    assert Keyring([KEY]).decrypt(row.address) == url
    assert bob.says("endpoint", "remove", "room").returncode == 0
    assert "No endpoint is told yet" in bob.says("endpoint", "list").stdout


@pytest.mark.parametrize(
    ("arguments", "typed", "code"),
    [
        (("room", "webhook"), "http://169.254.169.254/x", 2),
        (("room", "slack"), "http://localhost/x", 2),
        (("room", "slack"), "notaurl", 2),
        (("room", "email"), "noaddress", 2),
        (("room", "pagerduty"), "not a key", 2),
        (("room", "teams"), "", 2),
        (("room", "email", "--quiet", "22-x@Mars"), "a@example.org", 2),
        (("room", "email", "--quiet", "22:00-07:00@Mars"), "a@example.org", 2),
        (("room", "email", "--fallback", "nowhere"), "a@example.org", 3),
    ],
)
def test_a_bad_endpoint_is_refused_in_a_line(
    bob: Person, arguments: tuple[str, ...], typed: str, code: int
) -> None:
    said = bob.says("endpoint", "add", *arguments, typed=typed)
    assert said.returncode == code, said.stderr
    assert "Traceback" not in said.stderr
    assert "No endpoint is told yet" in bob.says("endpoint", "list").stdout
