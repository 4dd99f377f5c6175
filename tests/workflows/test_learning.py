"""What finished work leaves for the next ticket, and which team gets it: through real openings."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from clients.temporal.orchestrations import RefusedError
from clients.workshop import brief_of
from contracts.agents import AgentResult, AgentRun, PlanStep, Report
from contracts.approvals import Refusal
from contracts.events import ApprovalRequested, OrchestrationStarted
from contracts.identity import Role
from contracts.issues import IssueType, Ticket
from contracts.patterns import Precedent, Signature
from contracts.teams import Assignment, Sprint, TeamTerms
from db.identity import Organizations, People
from db.issues import Issues
from db.models import Orchestration, Pattern, Project, TaskOutcome
from db.teams import Teams
from db.verification import verify_ledger
from policy.planning import plan_report
from policy.relevance import RepositoryFacts
from tests.workflows.endings import failure_of
from tests.workflows.office import CODE, Office, approval, phase, until
from tests.workflows.scripted_workshop import ScriptedWorkshop, broken, done

BILLING = Ticket(
    key="KEY-3", title="Invoices lose a cent", type=IssueType.BUG, area="Billing", labels=("cash",)
)
# No word is the same: only the kind of work is.
LATER = BILLING.model_copy(update={"key": "KEY-4", "title": "Discount applied twice"})
ELSEWHERE = Ticket(key="KEY-5", title="Page stays blank", type=IssueType.BUG, area="Web")
LEAD, CLERK = "lea@example.org", "carl@example.org"
POOL: dict[str, Any] = {
    "name": "plan",
    "levels": [{"name": "team", "approvers": [{"pool": "team"}]}],
}


@pytest.fixture
async def office(office: Office) -> Office:
    office.playbook("line", phase("PLAN", "planner"), CODE)
    office.playbook("pooled", phase("PLAN", "planner", gate=POOL))
    async with office.stores.sessions.begin() as session:
        id = await Organizations(session).ensure(office.slug, office.slug)
        project = await session.scalar(select(Project.id).where(Project.organization_id == id))
        assert project is not None
        for ticket in (BILLING, LATER, ELSEWHERE):
            await Issues(session, office.slug).create(project, ticket, None)
        for email in (LEAD, CLERK):
            await People(session, id).ensure(email, email, Role.VIEWER)
    return office


def coded(*files: str) -> AgentResult:
    return done("rounded half up", commit="c0de").model_copy(update={"files_changed": files})


def plan_of(run: AgentRun) -> list[str]:
    """What the built-in planner says to this brief."""
    return list(plan_report(brief_of(run, "/work"), RepositoryFacts()).findings)


async def worked(office: Office, key: str, **rest: Any) -> None:
    await (await office.start(key, playbook="line", **rest)).result()


async def put_team(office: Office, name: str, *skills: str, hours: int = 40) -> None:
    """Of one member, its lead, with a sprint that is on."""
    async with office.stores.sessions.begin() as session:
        id = await Organizations(session).ensure(office.slug, office.slug)
        teams = Teams(session, id)
        await teams.put(TeamTerms(name=name, skills=skills))
        await teams.put_member(name, LEAD, "lead")
        today = (await session.execute(select(func.timezone("UTC", func.now())))).scalar_one()
        first, last = (today + timedelta(days=days) for days in (-2, 12))
        sprint = Sprint(id="now", total=hours, start_date=first.date(), end_date=last.date())
        await teams.plan(name, sprint)


async def free(office: Office, name: str) -> Decimal:
    async with office.stores.sessions() as session:
        id = await Organizations(session).find(office.slug)
        assert id is not None
        teams = await Teams(session, id).all()
    return next(team for team in teams if team.name == name).sprints[0].free


async def given(office: Office, key: str) -> Assignment | None:
    """As it was frozen in the ledger."""
    started = (await office.ledger(key))[0].event
    assert isinstance(started, OrchestrationStarted)
    return started.team


async def test_a_history_changes_what_the_planner_is_told_and_says(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    await worked(office, LATER.key)
    (before,) = workshop.runs_of("planner")
    assert (before.similar, before.precedent) == ((), None)
    workshop.script("coder", coded("src/shop/money.py", "tests/test_money.py"))
    await worked(office, BILLING.key)
    await worked(office, ELSEWHERE.key)
    await worked(office, LATER.key, again=True)
    after = workshop.runs_of("planner")[-1]
    (similar,) = after.similar
    assert (similar.issue_key, similar.success) == ("KEY-3", True)
    assert similar.because == "same area: billing, same label: cash"
    assert similar.paths == ("src/shop",)
    kind = "BUG in billing, labelled cash"
    assert after.precedent == Precedent(kind=kind, worked=2, succeeded=2)
    new = set(plan_of(after)) - set(plan_of(before))
    assert new == {
        f"Of 2 finished tickets of this kind ({kind}), 2 succeeded.",
        "KEY-3 was like it (same area: billing, same label: cash) and succeeded. Its changes were "
        "under `src/shop`. rounded half up",
    }


async def test_an_ended_attempt_is_linked_to_the_pattern_of_what_it_changed(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    workshop.script("coder", coded("src/shop/money.py"))
    await worked(office, BILLING.key)
    fields = {"labels": ("cash",), "components": ("billing",), "paths": ("src/shop",)}
    wanted = Signature.model_validate({"type": "BUG", **fields})
    assert await pattern_of(office, BILLING.key) == (wanted, 1, 1)
    assert await verify_ledger(office.stores.sessions) is None


async def test_where_nothing_was_changed_what_was_planned_counts(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    step = PlanStep(does="Mend it", files=("src/shop/money.py",))
    report = Report(status="completed", summary="a plan", plan=(step,))
    workshop.script("planner", done().model_copy(update={"report": report}))
    workshop.script("coder", broken("AgentFailed", "no idea"))
    await failure_of(await office.start(BILLING.key, playbook="line"))
    signature, used, succeeded = await pattern_of(office, BILLING.key)
    assert (signature.paths, used, succeeded) == (("src/shop",), 1, 0)


async def pattern_of(office: Office, key: str) -> tuple[Signature, int, int]:
    async with office.stores.sessions() as session:
        statement = (
            select(Pattern)
            .join(TaskOutcome, TaskOutcome.pattern_id == Pattern.id)
            .join(Orchestration, Orchestration.id == TaskOutcome.orchestration_id)
            .where(TaskOutcome.issue_key == key)
            .where(Orchestration.workflow_id.contains(office.slug))
        )
        found = (await session.scalars(statement)).one()
    signature = Signature.model_validate(found.signature)
    return signature, found.usage_count, found.success_count


async def test_half_the_free_hours_of_a_team_change_who_gets_the_ticket(office: Office) -> None:
    await put_team(office, "blue", "billing", hours=40)
    await put_team(office, "red", "billing", hours=30)
    await worked(office, BILLING.key)
    first = await given(office, BILLING.key)
    assert first is not None
    assert (first.team, first.sprint, first.hours) == ("blue", "now", Decimal(8))
    assert first.reason == "it knows billing, rather than red; 40 h free, 8 h needed"
    assert await free(office, "blue") == 32
    await put_team(office, "blue", "billing", hours=28)  # 20 h are free: half of what were.
    await worked(office, LATER.key)
    second = await given(office, LATER.key)
    assert second is not None
    assert second.team == "red"
    assert await verify_ledger(office.stores.sessions) is None


async def test_hours_are_taken_while_it_runs_and_given_back_when_it_fails(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    await put_team(office, "blue", "billing")
    await worked(office, BILLING.key, dry_run=True)
    assert await free(office, "blue") == 40
    coder = workshop.held("coder", broken("AgentFailed", "no idea"))
    handle = await office.start(BILLING.key, playbook="line")
    await coder.working.wait()
    assert await free(office, "blue") == 32
    coder.go_on.set()
    await failure_of(handle)
    assert await free(office, "blue") == 40


async def test_the_chosen_teams_members_are_the_pool_of_approvers(office: Office) -> None:
    await put_team(office, "blue", "billing")
    handle = await office.start(BILLING.key, playbook="pooled")
    asked = await until(lambda: requested(office))
    assert asked.words() == "anyone of blue"
    assert await refused(office, CLERK) == Refusal.NOT_AN_APPROVER
    async with office.stores.sessions.begin() as session:
        id = await Organizations(session).ensure(office.slug, office.slug)
        # Looked up when the decision is made, not when the work began.
        await Teams(session, id).put_member("blue", CLERK, "clerk")
        await Teams(session, id).remove_member("blue", LEAD)
    assert await refused(office, LEAD) == Refusal.NOT_AN_APPROVER
    await office.work.update(BILLING.key, "decide", approval(CLERK))
    await handle.result()


async def requested(office: Office) -> ApprovalRequested | None:
    events = [one.event for one in await office.ledger(BILLING.key)]
    return next((one for one in events if isinstance(one, ApprovalRequested)), None)


async def refused(office: Office, by: str) -> str:
    with pytest.raises(RefusedError) as refused:
        await office.work.update(BILLING.key, "decide", approval(by))
    return refused.value.refusal


async def test_a_gate_that_asks_the_team_is_not_opened_without_one(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    failure = await failure_of(await office.start(BILLING.key, playbook="pooled"))
    assert failure.type == "NoTeamError"
    await put_team(office, "web", "web")
    failure = await failure_of(await office.start(BILLING.key, playbook="pooled"))
    assert "none of the teams has any of the skills billing" in failure.message
    assert workshop.runs == []
    # A phase that is left out takes its gate with it.
    office.playbook("longer", phase("PLAN", "planner", gate=POOL), phase("DOCUMENT", "writer"))
    await (await office.start(BILLING.key, playbook="longer", skip=["PLAN"])).result()


async def test_a_resumed_attempt_stays_with_its_team(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    await put_team(office, "blue", "billing")
    workshop.script("coder", broken("AgentFailed", "no idea"))
    await failure_of(await office.start(BILLING.key, playbook="line"))
    await put_team(office, "red", "billing", "cash", hours=400)
    workshop.script("coder", done())
    await (await office.start(BILLING.key, playbook=None, resume=True)).result()
    team = await given(office, BILLING.key)
    assert team is not None
    assert (team.team, team.reason.partition(";")[0]) == ("blue", "as the attempt that is resumed")
