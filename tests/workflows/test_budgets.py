"""At the end of what it may use, work waits for whoever holds the budget, and goes on."""

from datetime import timedelta
from decimal import Decimal

from sqlalchemy import select

from contracts.budgets import (
    OUT_OF_TIME,
    OVER_BUDGET,
    Scope,
)
from contracts.events import AgentFailed, BudgetExceeded, BudgetRaised, BudgetRefused
from db.models import AuditLog, Organization
from db.verification import verify_ledger
from tests.workflows.endings import failure_of
from tests.workflows.office import CODE, MANAGER, REQUESTER, SECOND_MANAGER, TESTS, Office, phase
from tests.workflows.scripted_workshop import ScriptedWorkshop, broken, done, ran_tests
from tests.workflows.spending import capped, more, stopped, used
from workflows.budget_desk import MOST_TRIES_EACH

TWO = (CODE, phase("DOCUMENT", "writer"))


async def test_no_agent_begins_when_nothing_is_left(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    office.playbook("capped", *TWO, **capped())
    workshop.script("coder", used(1_000))
    handle = await office.start(playbook="capped")
    assert await office.awaited() == "more tokens"
    assert workshop.runs_of("writer") == []
    await office.tell("raise_budget", more(tokens=500))
    await handle.result()
    assert len(workshop.runs_of("coder")) == 1
    [raised] = await office.facts(BudgetRaised)
    assert (raised.scope, raised.tokens, raised.comment) == (Scope.ORCHESTRATION, 500, "worth it")
    row = await office.row()
    assert row is not None
    budget = (await office.row_of(row.id)).budget
    assert (budget["granted"]["tokens"], "waiting" in budget) == (500, False)
    assert await verify_ledger(office.stores.sessions) is None


async def test_who_is_asked_and_what_for_is_shown_everywhere(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    office.playbook("capped", *TWO, **capped(ask=MANAGER))
    workshop.script("coder", used(1_001))
    await office.start(playbook="capped")
    await office.awaited()
    awaited = (await office.state()).awaited
    assert awaited is not None
    assert awaited.whom == MANAGER
    [exceeded] = await office.facts(BudgetExceeded)
    assert exceeded.people == (MANAGER,)
    assert exceeded.reason == "1,001 of 1,000 tokens of this work are used"
    row = await office.row()
    assert row is not None
    budget = (await office.row_of(row.id)).budget
    assert budget["caps"] == {"agent": {}, "orchestration": {"tokens": 1_000}}
    assert budget["waiting"]["whom"] == MANAGER
    assert row.status == "ACTIVE"


async def test_an_agent_that_was_stopped_works_again_once_there_is_more(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    office.playbook("capped", *TWO, budget={"agent": {"tokens": 100}})
    workshop.script("coder", stopped(Scope.AGENT, 100, 130), done("coded", commit="c0de"))
    workshop.script("writer", used(10))
    handle = await office.start(playbook="capped")
    await office.awaited()
    assert [bound.limit for bound in workshop.runs_of("coder")[0].bounds] == [100]
    await office.tell("raise_budget", more(tokens=50))
    outcome = await handle.result()
    first, second = workshop.runs_of("coder")
    assert (outcome.commit, int(second.bounds[0].limit)) == ("c0de", 150)
    assert first.step != second.step
    [failed] = await office.facts(AgentFailed)
    assert (failed.error_type, failed.usage.tokens_out) == (OVER_BUDGET, 130)
    row = await office.row()
    assert row is not None
    assert row.tokens == 130 + 120 + 10
    assert await verify_ledger(office.stores.sessions) is None


async def test_an_agent_out_of_time_gets_more_of_it(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    office.playbook("slow", *TWO)
    workshop.script("coder", broken(OUT_OF_TIME, "too slow"), done())
    handle = await office.start(playbook="slow")
    assert await office.awaited() == "more time"
    await office.tell("raise_budget", more(time=timedelta(minutes=15)))
    await handle.result()
    times = [run.agent.limits.time for run in workshop.runs_of("coder")]
    assert times == [timedelta(minutes=30), timedelta(minutes=45)]


async def test_tests_that_stay_red_ask_for_more_rounds(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    office.playbook("repair", CODE, phase("TEST", TESTS), phase("FIX", "fixer"), repair_rounds=1)
    workshop.script("tests", ran_tests(1, "a"), ran_tests(1, "a"), ran_tests(1, "a"), ran_tests(2))
    handle = await office.start(playbook="repair")
    assert await office.awaited() == "more rounds"
    await office.tell("raise_budget", more(rounds=1))
    await office.tell("raise_budget", more(rounds=1, comment="ahead"))
    await handle.result()
    assert len(workshop.runs_of("fixer")) == 3
    assert [one.granted.rounds for one in await office.facts(BudgetRaised)] == [1, 2]


async def test_whoever_holds_the_budget_may_end_the_work_instead(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    office.playbook("capped", *TWO, **capped())
    workshop.script("coder", used(1_000))
    handle = await office.start(playbook="capped")
    await office.awaited()
    await office.tell("raise_budget", more(refuse=True, comment="it leads nowhere"))
    failure = await failure_of(handle)
    assert failure.type == "BudgetRefused"
    assert f"{MANAGER} did not raise the budget" in failure.message
    assert "it leads nowhere" in failure.message
    assert len(await office.facts(BudgetRefused)) == 1
    assert await verify_ledger(office.stores.sessions) is None


async def test_a_playbook_may_end_at_its_limit(office: Office, workshop: ScriptedWorkshop) -> None:
    office.playbook("capped", *TWO, **capped(), on_limit="end")
    workshop.script("coder", used(1_000))
    failure = await failure_of(await office.start(playbook="capped"))
    assert failure.type == "BudgetExceeded"
    assert failure.message == "1,000 of 1,000 tokens of this work are used"


async def test_an_order_says_what_its_own_work_may_use(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    office.playbook("capped", *TWO, **capped(5_000_000))
    workshop.script("coder", used(10, cost="2.5"))
    handle = await office.start(playbook="capped", budget={"cost": "2"})
    assert await office.awaited() == "more money"
    await office.tell("raise_budget", more(cost=Decimal(1)))
    await handle.result()


MATRIX = (
    (more(comment=" ", tokens=9), "COMMENT_NEEDED"),
    (more(by=REQUESTER, tokens=900), "NOT_A_HOLDER"),
    (more(by="nobody@example.org", tokens=900), "NOT_A_HOLDER"),
    (more(by=REQUESTER, refuse=True), "NOT_A_HOLDER"),
    (more(), "NOTHING_GRANTED"),
    (more(tokens=200), "TOO_LITTLE"),
    (more(cost=Decimal(5)), "TOO_LITTLE"),
    (more(tokens=900, time=timedelta(hours=1)), "NOTHING_WAITS"),
    (more(tokens=900, rounds=1), "NO_CAP"),
)


async def test_what_does_not_count_says_why_changes_nothing_and_is_kept(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    office.playbook("capped", *TWO, **capped())
    workshop.script("coder", used(1_200))
    handle = await office.start(playbook="capped")
    await office.awaited()
    refused = [await office.refusal("raise_budget", said) for said, _ in MATRIX]
    assert refused == [refusal for _, refusal in MATRIX]
    assert await office.awaited() == "more tokens"
    await office.tell("raise_budget", more(tokens=900))
    await handle.result()
    assert len(await office.facts(BudgetRaised)) == 1
    async with office.stores.sessions() as session:
        kept = select(AuditLog.result).where(AuditLog.action.in_(("raise_budget", "refuse_budget")))
        mine = kept.join(Organization, Organization.id == AuditLog.organization_id)
        tried = await session.scalars(
            mine.where(Organization.slug == office.slug).order_by(AuditLog.timestamp)
        )
    assert [*tried] == [*refused, "ALLOWED"]


async def test_who_never_stops_trying_takes_no_try_from_others(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    office.playbook("capped", *TWO, **capped())
    workshop.script("coder", used(1_200))
    handle = await office.start(playbook="capped")
    await office.awaited()
    for _ in range(MOST_TRIES_EACH):
        assert await office.refusal("raise_budget", more()) == "NOTHING_GRANTED"
    assert await office.refusal("raise_budget", more(tokens=900)) == "TOO_MUCH"
    await office.tell("raise_budget", more(by=SECOND_MANAGER, tokens=900))
    await handle.result()
