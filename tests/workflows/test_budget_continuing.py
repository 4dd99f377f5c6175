"""What was granted goes along when a long run continues as new."""

from collections.abc import AsyncIterator

import pytest
from temporalio.client import Client

from contracts.events import BudgetRaised
from db.verification import verify_ledger
from tests.workflows.histories import early_continuing_server, histories_of
from tests.workflows.office import CODE, TESTS, Office, phase
from tests.workflows.scripted_workshop import ScriptedWorkshop, ran_tests
from tests.workflows.spending import capped, more, used


@pytest.fixture(scope="module")
async def temporal() -> AsyncIterator[Client]:
    async with early_continuing_server() as client:
        yield client


async def test_grants_of_earlier_runs_count_in_later_ones(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    phases = (CODE, phase("TEST", TESTS), phase("FIX", "fixer"), phase("DOCUMENT", "writer"))
    office.playbook("capped", *phases, **capped(), repair_rounds=1)
    workshop.script("coder", used(900))
    workshop.script("tests", ran_tests(1, "a"), ran_tests(1, "a"), ran_tests(2))
    workshop.script("fixer", used(50))
    handle = await office.start(playbook="capped")
    assert await office.awaited() == "more rounds"
    await office.tell("raise_budget", more(rounds=1, tokens=500))
    await handle.result()
    assert len(await histories_of(office.client, handle)) > 3
    assert int(workshop.runs_of("writer")[0].bounds[0].limit) == 1_500
    assert len(await office.facts(BudgetRaised)) == 1
    assert await verify_ledger(office.stores.sessions) is None
