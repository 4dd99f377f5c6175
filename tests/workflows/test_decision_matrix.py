"""Every role, on their own work and on that of others, in each state of a gate, by each channel."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from clients.temporal.orchestrations import NotRunningError
from contracts.approvals import DecisionChannel, DecisionKind, Refusal
from contracts.identity import Role
from db.models import Approval
from tests.workflows.office import CODE, MANAGER, PLAN, Office, approval
from tests.workflows.people_house import (
    ADMIN,
    DEVELOPER,
    GONE,
    STRANGER,
    VIEWER,
    audited,
    said,
    settle,
)
from tests.workflows.scripted_workshop import ScriptedWorkshop

ROLE = {
    ADMIN: Role.ADMIN,
    MANAGER: Role.MANAGER,
    DEVELOPER: Role.DEVELOPER,
    VIEWER: Role.VIEWER,
    GONE: None,  # An admin who has left.
    STRANGER: None,
}
MAY = (Role.ADMIN, Role.MANAGER)
REQUESTERS = (ADMIN, MANAGER, DEVELOPER, VIEWER)
# What is said, in an open gate, that counts for nobody, whoever says it.
WRONG: tuple[tuple[Refusal, dict[str, Any]], ...] = (
    (Refusal.SUBJECT_CHANGED, {"subject_hash": "f" * 64}),
    (Refusal.UNKNOWN_APPROVAL, {"gate": "result"}),
    (Refusal.UNKNOWN_APPROVAL, {"approval_id": UUID(int=7)}),
    (Refusal.COMMENT_NEEDED, {"decision": DecisionKind.REJECT, "comment": " "}),
    (Refusal.COMMENT_NEEDED, {"decision": DecisionKind.REQUEST_CHANGES}),
)
Heard = list[tuple[str, str]]


def refusal_while_open(by: str, requester: str) -> Refusal | None:
    """None: they may, and it would count."""
    if ROLE[by] not in MAY:
        return Refusal.NOT_AN_APPROVER
    return Refusal.OWN_WORK if by == requester else None


def able_with(requester: str) -> str:
    return next(by for by in ROLE if refusal_while_open(by, requester) is None)


async def row_of(office: Office) -> tuple[Any, ...]:
    work = await office.row()
    assert work is not None
    async with office.stores.sessions() as session:
        statement = select(Approval.status, Approval.level, Approval.responded_at, Approval.comment)
        found = await session.execute(statement.where(Approval.orchestration_id == work.id))
        return tuple(found.one())


async def refused_before_it_is_asked(office: Office, channel: DecisionChannel) -> None:
    """Without a line in the audit log: there is no approval yet that it could be about."""
    for by in ROLE:
        early = approval(by=by, channel=channel)
        assert await said(office, early) == Refusal.UNKNOWN_APPROVAL


async def unheard_after_the_end(office: Office, channel: DecisionChannel) -> None:
    for by in ROLE:
        with pytest.raises(NotRunningError):
            await office.tell("decide", approval(by=by, channel=channel))


async def refused_while_open(office: Office, channel: DecisionChannel, requester: str) -> Heard:
    heard: Heard = []
    for by in ROLE:
        if refusal := refusal_while_open(by, requester):
            assert await said(office, approval(by=by, channel=channel)) == refusal
            heard.append((by, refusal))
    for wrong, changes in WRONG:
        for by in (requester, able_with(requester), STRANGER):
            spoken = approval(by=by, channel=channel).model_copy(update=changes)
            assert await said(office, spoken) == wrong
            heard.append((by, wrong))
    return heard


async def refused_once_decided(office: Office, channel: DecisionChannel) -> Heard:
    for by in ROLE:
        late = approval(by=by, channel=channel)
        assert await said(office, late) == Refusal.ALREADY_DECIDED
    return [(by, Refusal.ALREADY_DECIDED) for by in ROLE]


def each_with_each() -> Iterator[pytest.ParameterSet]:
    """No rule asks for the channel: `make check` has each of them with one of the requesters,
    and each requester at least once."""
    for turn, channel in enumerate(DecisionChannel):
        for place, requester in enumerate(REQUESTERS):
            own_turn = place == turn % len(REQUESTERS)
            yield pytest.param(requester, channel, marks=() if own_turn else pytest.mark.soak)


@pytest.mark.parametrize(("requester", "channel"), [*each_with_each()])
async def test_who_may_not_is_refused_written_down_and_changes_nothing(
    office: Office, workshop: ScriptedWorkshop, requester: str, channel: DecisionChannel
) -> None:
    await settle(office)
    office.playbook("gated", PLAN, CODE)
    planner, coder = workshop.held("planner"), workshop.held("coder")
    handle = await office.start(playbook="gated", requested_by=requester)
    await planner.working.wait()
    await refused_before_it_is_asked(office, channel)
    planner.go_on.set()
    await office.awaited()
    facts, row = await office.told(), await row_of(office)
    expected = await refused_while_open(office, channel, requester)
    assert (await office.told(), await row_of(office)) == (facts, row)
    able = able_with(requester)
    assert await said(office, approval(by=able, channel=channel)) == "APPROVED"
    expected.append((able, "ALLOWED"))
    await coder.working.wait()
    facts, row = await office.told(), await row_of(office)
    expected += await refused_once_decided(office, channel)
    assert (await office.told(), await row_of(office)) == (facts, row)
    coder.go_on.set()
    await handle.result()
    row = await row_of(office)
    await unheard_after_the_end(office, channel)
    assert await row_of(office) == row
    assert await audited(office) == expected
