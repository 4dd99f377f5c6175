"""Somebody decides in another's place."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from contracts.approvals import Refusal
from contracts.delegations import Delegation, DelegationScope
from contracts.events import ApprovalGranted
from db.approvals import Approvers
from db.models import Delegation as DelegationRow
from db.models import User
from db.verification import verify_ledger
from tests.workflows.office import (
    KEY,
    MANAGER,
    Office,
    approval,
)
from tests.workflows.people_house import (
    DAY,
    GONE,
    STRANGER,
    VIEWER,
    audited,
    lends,
    said,
    settle,
)


@pytest.fixture
async def office(office: Office) -> Office:
    await settle(office)
    return office


async def test_a_delegate_decides_in_anothers_place(office: Office) -> None:
    handle = await office.start(playbook="gated")
    await office.awaited()
    assert await said(office, approval(by=VIEWER)) == Refusal.NOT_AN_APPROVER
    told = await office.tell("delegate", lends(MANAGER, VIEWER))
    assert told.startswith(f"{VIEWER} decides for {MANAGER} until ")
    assert await said(office, approval(by=VIEWER)) == "APPROVED"
    await handle.result()
    (granted,) = await office.facts(ApprovalGranted)
    async with office.stores.sessions() as session:
        original = await session.get_one(User, granted.on_behalf_of)
        (row,) = (
            await session.scalars(
                select(DelegationRow).where(DelegationRow.from_user_id == original.id)
            )
        ).all()
    assert original.email == MANAGER
    assert row.scope == f"issue:{KEY}"
    assert await audited(office, "delegate") == [(MANAGER, "ALLOWED")]
    assert await verify_ledger(office.stores.sessions) is None


async def test_a_delegation_counts_in_its_scope_and_time(office: Office) -> None:
    handle = await office.start(playbook="gated")
    await office.awaited()
    await office.tell("delegate", lends(MANAGER, VIEWER, scope=DelegationScope.PROJECT))
    now = datetime.now(UTC)
    async with office.stores.sessions() as session:
        approvers = Approvers(session, office.slug)
        viewer = await approvers.member(VIEWER)
        assert viewer is not None
        for key, at, found in (
            ("KEY-2", now, [MANAGER]),
            ("OTHER-1", now, []),
            ("KEY-2", now + 8 * DAY, []),
        ):
            lent = await approvers.principals(viewer, key, at)
            assert [one.email for one in lent] == found
    await office.approve()
    await handle.result()


@pytest.mark.parametrize(
    ("delegation", "refusal"),
    [
        (lends(STRANGER, VIEWER), Refusal.NOT_AN_APPROVER),
        (lends(MANAGER, STRANGER), Refusal.BAD_DELEGATION),
        (lends(MANAGER, GONE), Refusal.BAD_DELEGATION),
        (lends(MANAGER, MANAGER.upper()), Refusal.BAD_DELEGATION),
        (lends(MANAGER, VIEWER, days=31), Refusal.BAD_DELEGATION),
        (lends(MANAGER, VIEWER, days=-1), Refusal.BAD_DELEGATION),
    ],
    ids=["by a stranger", "to a stranger", "to the gone", "to oneself", "too long", "over"],
)
async def test_a_delegation_that_cannot_be_is_refused(
    office: Office, delegation: Delegation, refusal: Refusal
) -> None:
    handle = await office.start(playbook="gated")
    await office.awaited()
    assert await office.refusal("delegate", delegation) == refusal
    assert "ApprovalDelegated" not in await office.told()
    assert await audited(office, "delegate") == [(delegation.by, refusal)]
    await office.approve()
    await handle.result()
