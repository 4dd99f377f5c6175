"""People of several roles, and what they hear when they decide."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from clients.temporal.orchestrations import RefusedError
from contracts.approvals import Decision
from contracts.delegations import Delegation
from contracts.identity import Role
from db.identity import Organizations, People
from db.ids import new_id
from db.models import Approval, AuditLog, Team, TeamMember, User
from tests.workflows.office import (
    PLAN,
    Office,
    phase,
)

VIEWER, GONE, STRANGER = "vic@example.org", "gone@example.org", "stranger@example.org"
DEVELOPER, ADMIN = "dan@example.org", "ada@example.org"
SECRET = "a key that no agent reads"
DAY = timedelta(days=1)


async def settle(office: Office) -> None:
    """More people than the office begins with, and playbooks with gates."""
    async with office.stores.sessions.begin() as session:
        id = await Organizations(session).ensure(office.slug, office.slug)
        people = People(session, id)
        for email, role in (
            *((VIEWER, Role.VIEWER), (GONE, Role.ADMIN)),
            *((DEVELOPER, Role.DEVELOPER), (ADMIN, Role.ADMIN)),
        ):
            await people.ensure(email, email, role)
        await session.execute(update(User).where(User.email == GONE).values(active=False))
        lead = await people.ensure(DEVELOPER, "Dan", Role.DEVELOPER)
        team = Team(id=new_id(), organization_id=id, name="core")
        session.add(team)
        await session.flush()
        member = TeamMember(
            id=new_id(), organization_id=id, team_id=team.id, user_id=lead, role="lead"
        )
        session.add(member)
    levels = [
        {"name": "tech", "approvers": [{"team_role": "lead", "team": "core"}]},
        {"name": "boss", "approvers": [{"role": "MANAGER"}], "quorum": 2},
    ]
    office.playbook("levels", phase("PLAN", "planner", gate={"name": "plan", "levels": levels}))
    office.playbook("gated", PLAN)


async def audited(office: Office, *actions: str) -> list[tuple[str, str]]:
    async with office.stores.sessions() as session:
        id = await Organizations(session).ensure(office.slug, office.slug)
        statement = (
            select(AuditLog.actor_id, AuditLog.result)
            .where(AuditLog.organization_id == id)
            .order_by(AuditLog.timestamp)
        )
        if actions:
            statement = statement.where(AuditLog.action.in_(actions))
        return [(row.actor_id, row.result) for row in (await session.execute(statement)).all()]


async def said(office: Office, decision: Decision) -> str:
    try:
        return str(await office.tell("decide", decision))
    except RefusedError as error:
        return error.refusal


def lends(by: str, to: str, days: float = 7, **rest: Any) -> Delegation:
    return Delegation(by=by, to=to, until=datetime.now(UTC) + timedelta(days=days), **rest)


async def statuses(office: Office) -> list[tuple[int, str]]:
    row = await office.row()
    assert row is not None
    async with office.stores.sessions() as session:
        statement = select(Approval.revision, Approval.status).order_by(Approval.revision)
        rows = await session.execute(statement.where(Approval.orchestration_id == row.id))
        return [(revision, status) for revision, status in rows.all()]
