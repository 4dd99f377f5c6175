"""An organization's day: looked up where an agent begins, counted from kept reports and raises."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from temporalio.testing import ActivityEnvironment

from contracts.agents import AgentRun, AgentStatus, Usage
from contracts.budgets import OVER_BUDGET, Bound, Caps, Grant, Measure, Scope
from contracts.events import BudgetRaised
from contracts.playbooks import BuiltinAgent, CommandAgent
from db.budgets import DayBudgets
from db.engine import Sessions
from db.ledger import Ledger
from tests.activities.hosts import Desk, Host, begun, run_of
from tests.conftest import TestOrganization
from tests.db.chains import Author

CODER = CommandAgent(kind="command", name="coder", command=("true",))


@pytest.fixture
async def author(sessions: Sessions, organization: TestOrganization) -> Author:
    return await begun(sessions, organization)


@pytest.fixture
def run(author: Author) -> AgentRun:
    return run_of(author, CODER)


@pytest.fixture
def host(sessions: Sessions, tmp_path: Path) -> Host:
    return Host(sessions, Desk(), tmp_path / "reports")


async def cap(sessions: Sessions, organization: TestOrganization, caps: Caps) -> None:
    async with sessions.begin() as session:
        await DayBudgets(session).set_caps(organization.slug, caps)


def tried_before(used: Usage) -> ActivityEnvironment:
    environment = ActivityEnvironment()
    environment.info = replace(
        environment.info, attempt=2, heartbeat_details=[used.model_dump(mode="json")]
    )
    return environment


async def test_what_a_dead_worker_had_told_is_kept_with_the_next_report(
    sessions: Sessions, host: Host, run: AgentRun, organization: TestOrganization
) -> None:
    used = Usage(tokens_in=70, cost=Decimal("0.5"))
    result = await host.answer(run, environment=tried_before(used))
    assert result.used == used
    await cap(sessions, organization, Caps(tokens=100))
    async with sessions() as session:
        day = await DayBudgets(session).of(organization.id, datetime.now(UTC))
    assert day is not None
    assert (day.tokens, day.cost) == (70, Decimal("0.5"))


async def test_a_try_whose_predecessors_used_everything_does_not_begin(
    host: Host, run: AgentRun
) -> None:
    bound = Bound(scope=Scope.AGENT, measure=Measure.TOKENS, limit=Decimal(70))
    capped = run.model_copy(update={"bounds": (bound,)})
    used = Usage(tokens_in=70)
    result = await host.answer(capped, environment=tried_before(used))
    assert (result.error_type, result.used, host.desk.worked) == (OVER_BUDGET, used, 0)


async def test_a_day_that_is_used_up_stops_who_spends_and_nobody_else(
    sessions: Sessions, host: Host, run: AgentRun, organization: TestOrganization
) -> None:
    await host.answer(run, environment=tried_before(Usage(tokens_out=100)))
    await cap(sessions, organization, Caps(tokens=100))
    later = run.model_copy(update={"step": "FIX/1/coder"})
    refused = await host.answer(later)
    assert (refused.status, refused.error_type) == (AgentStatus.FAILED, OVER_BUDGET)
    assert refused.over is not None
    assert (refused.over.scope, int(refused.over.spent)) == (Scope.ORGANIZATION, 100)
    tests = BuiltinAgent(name="tests", use="run-tests")
    free = await host.answer(run.model_copy(update={"step": "TEST/1/tests", "agent": tests}))
    assert free.status is AgentStatus.COMPLETED
    await cap(sessions, organization, Caps(tokens=101))
    assert (await host.answer(later)).status is AgentStatus.COMPLETED


async def test_a_days_raises_count_for_that_day_and_once(
    sessions: Sessions, author: Author, organization: TestOrganization
) -> None:
    granted = Grant(tokens=7)
    for scope, tokens in ((Scope.ORGANIZATION, 40), (Scope.ORCHESTRATION, 900)):
        raised = BudgetRaised(
            scope=scope, tokens=tokens, cost=Decimal("1.5"), comment="why", granted=granted
        )
        async with sessions.begin() as session:
            await Ledger(session).append(author.run_id, author.write(raised))
    await cap(sessions, organization, Caps(tokens=100))
    now = datetime(2026, 1, 1, 12, tzinfo=UTC)  # By the author's clock.
    async with sessions() as session:
        days = [
            await DayBudgets(session).of(organization.id, now + timedelta(days=ahead))
            for ahead in (0, 1)
        ]
    found = [day.granted for day in days if day is not None]
    assert found == [Grant(tokens=40, cost=Decimal("1.5")), Grant()]


async def test_without_caps_nothing_is_summed(
    sessions: Sessions, organization: TestOrganization
) -> None:
    async with sessions() as session:
        budgets = DayBudgets(session)
        assert await budgets.of(organization.id, datetime.now(UTC)) is None
        assert await budgets.caps(organization.slug) == Caps()
        assert await budgets.caps("nobody") == Caps()
