"""`users link`: an account changes hands only when that is said, and on record."""

import pytest
from sqlalchemy import select

from db.engine import Sessions
from db.models import AuditLog
from tests.cli.teller import Teller
from tests.conftest import TestOrganization

LEAD, MIA = "lead@example.org", "mia@example.org"


@pytest.fixture
def club(bob: Teller) -> Teller:
    for email in (LEAD, MIA):
        assert bob.says("users", "add", email).code == 0
    return bob


def accounts(club: Teller) -> dict[str, list[str]]:
    return {
        row["email"]: [f"{one['provider']}:{one['external_id']}" for one in row["accounts"]]
        for row in club.reads("users", "list")
    }


@pytest.mark.parametrize("account", ["github:42", "email:max@home.example"])
def test_an_account_of_somebody_else_is_refused_unless_it_is_to_move(
    club: Teller, account: str
) -> None:
    link = ("users", "link", LEAD, account)
    assert [club.says(*link).out for _ in range(2)] == [f"{account} is {LEAD}\n"] * 2
    refused = club.says("users", "link", MIA, account)
    assert (refused.code, refused.out) == (1, "")
    assert f"{account} is linked to {LEAD}" in refused.err
    assert f"starter.py users link EMAIL {account} --move" in " ".join(refused.err.split())
    assert accounts(club) == {LEAD: [account], MIA: []}
    moved = club.says("users", "link", MIA, account, "--move")
    assert (moved.code, moved.out) == (0, f"{account} is {MIA}; was {LEAD}'s until now\n")
    assert club.says("users", "link", MIA, account, "--move").out == f"{account} is {MIA}\n"
    assert accounts(club) == {LEAD: [], MIA: [account]}


@pytest.mark.parametrize("more", [(), ("--move",)])
def test_a_members_own_address_can_be_linked_by_nobody(club: Teller, more: tuple[str, ...]) -> None:
    refused = club.says("users", "link", LEAD, f"email:{MIA}", *more)
    assert (refused.code, refused.out) == (1, "")
    assert f"{MIA} is a member's own address" in refused.err
    assert accounts(club) == {LEAD: [], MIA: []}


@pytest.fixture
def moved(club: Teller, organization: TestOrganization) -> TestOrganization:
    for arguments in ((LEAD, "github:42"), (MIA, "github:42"), (MIA, "github:42", "--move")):
        club.says("users", "link", *arguments)
    return organization


async def test_on_record_a_move_names_whom_it_was_taken_from(
    moved: TestOrganization, sessions: Sessions
) -> None:
    links = select(AuditLog.payload).where(
        AuditLog.organization_id == moved.id, AuditLog.action == "users:link"
    )
    async with sessions() as session:
        rows = (await session.scalars(links.order_by(AuditLog.timestamp))).all()
    assert rows == [
        {"person": LEAD, "account": "github:42"},
        {"person": MIA, "account": "github:42", "taken_from": [LEAD]},
    ]
