"""The demo approver: outside production, a manager who stands in for a second person."""

from cli.context import Desk
from cli.deciders import may_decide, prospects_at
from cli.decisions import refuse_yes_in_production
from cli.terminal import say
from contracts.events import ApprovalRequested
from contracts.identity import Role
from db.approvals import Approvers
from db.identity import Organizations, People

DEMO_APPROVER = "demo-approver@slipway.invalid"


async def make_demo_approver(desk: Desk) -> None:
    """Says so before, unless they are a member already. Raises WrongUseError in production."""
    refuse_yes_in_production(desk.settings)
    if not await _is_member(desk):
        say(
            f"{DEMO_APPROVER} becomes a manager of {desk.organization}, to stand in for a second "
            "person (this is not production)."
        )
    async with desk.sessions.begin() as session:
        organization = await Organizations(session).ensure(desk.organization, desk.organization)
        await People(session, organization).ensure(DEMO_APPROVER, "Demo approver", Role.MANAGER)


async def may_stand_in(desk: Desk, asked: ApprovalRequested) -> bool:
    """By role and team, as the member that they are or would become. Makes nobody one."""
    return await may_decide(desk, asked, DEMO_APPROVER, becoming=Role.MANAGER)


async def is_needed(desk: Desk, asked: ApprovalRequested) -> bool:
    """Unasked, nobody is made up where others may decide. Who is there already may be used, as in
    the demo's own organization."""
    return await _is_member(desk) or not (await prospects_at(desk, asked)).may


async def _is_member(desk: Desk) -> bool:
    async with desk.sessions() as session:
        return await Approvers(session, desk.organization).member(DEMO_APPROVER) is not None
