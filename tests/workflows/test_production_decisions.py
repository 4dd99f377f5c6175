"""In production only what was signed counts."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select

from activities.approvals import Seals
from contracts.approvals import DecisionChannel, Refusal
from contracts.events import ApprovalGranted
from db.models import ApprovalDecision, AuditLog
from policy.decision_signatures import addressee, signed
from tests.workflows.office import (
    KEY,
    MANAGER,
    Office,
    approval,
    ground_of,
    phase,
    rejection,
    worker_of,
)
from tests.workflows.people_house import (
    SECRET,
    VIEWER,
    lends,
    said,
    settle,
)
from tests.workflows.scripted_workshop import ScriptedWorkshop
from workflows.gate import MOST_TRIES_EACH


@pytest.fixture
async def strict(closed_office: Office, workshop: ScriptedWorkshop) -> AsyncIterator[Office]:
    """In production."""
    await settle(closed_office)
    ground = ground_of(closed_office.stores, closed_office.folder)
    seals = Seals.of(SecretStr(f"a newer key,{SECRET}"), production=True)
    async with worker_of(closed_office, workshop, replace(ground, seals=seals)):
        yield closed_office


async def test_in_production_only_what_is_signed_counts(strict: Office) -> None:
    to = addressee(strict.slug, KEY)
    handle = await strict.start(playbook="gated")
    await strict.awaited()
    now = datetime.now(UTC)
    forged = signed(approval(vouched=True), "a guess", to, now)
    old = signed(approval(), SECRET, to, now - timedelta(hours=1))
    elsewhere = signed(approval(), SECRET, addressee(strict.slug, "KEY-2"), now)
    for decision in (approval(), approval(vouched=True), forged, old, elsewhere):
        assert await said(strict, decision) == Refusal.UNVERIFIED
    assert await said(strict, signed(approval(), SECRET, to, now)) == "APPROVED"
    await handle.result()
    (granted,) = await strict.facts(ApprovalGranted)
    assert not granted.verified


async def test_unsigned_decisions_in_ones_name_use_up_none_of_ones_own(strict: Office) -> None:
    handle = await strict.start(playbook="gated")
    await strict.awaited()
    for _ in range(MOST_TRIES_EACH):
        assert await said(strict, approval()) == Refusal.UNVERIFIED
    assert await said(strict, approval()) == Refusal.NOT_AN_APPROVER
    genuine = signed(approval(), SECRET, addressee(strict.slug, KEY), datetime.now(UTC))
    assert await said(strict, genuine) == "APPROVED"
    await handle.result()


async def test_a_gate_may_demand_that_a_channel_knows_the_person(strict: Office) -> None:
    to, gate = addressee(strict.slug, KEY), {"name": "plan", "verified": True}
    strict.playbook("sure", phase("PLAN", "planner", gate=gate))
    handle = await strict.start(playbook="sure")
    await strict.awaited()
    now = datetime.now(UTC)
    assert await said(strict, signed(approval(), SECRET, to, now)) == Refusal.UNVERIFIED
    known = approval(vouched=True, channel=DecisionChannel.SLACK)
    assert await said(strict, signed(known, SECRET, to, now)) == "APPROVED"
    await handle.result()
    (granted,) = await strict.facts(ApprovalGranted)
    async with strict.stores.sessions() as session:
        statement = select(ApprovalDecision.channel, ApprovalDecision.verified)
        mine = statement.where(ApprovalDecision.approval_id == granted.approval_id)
        assert (await session.execute(mine)).one() == ("slack", True)
        kept = AuditLog.payload.has_key("signature")
        assert await session.scalar(select(func.count()).where(kept)) == 0


async def test_in_production_nobody_lends_anothers_voice(strict: Office) -> None:
    handle = await strict.start(playbook="gated")
    await strict.awaited()
    to, now = addressee(strict.slug, KEY), datetime.now(UTC)
    assert await strict.refusal("delegate", lends(MANAGER, VIEWER)) == Refusal.UNVERIFIED
    unsure = signed(lends(MANAGER, VIEWER), SECRET, to, now)
    assert await strict.refusal("delegate", unsure) == Refusal.UNVERIFIED
    await strict.tell("delegate", signed(lends(MANAGER, VIEWER, vouched=True), SECRET, to, now))
    await strict.tell("decide", signed(rejection("no", by=VIEWER), SECRET, to, now))
    assert (await handle.describe()).id
