"""Language models as agents of a real run, in the product's own worker."""

import os
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from activities.language_models import LanguageModels
from activities.shared import SharedByAll
from clients.builtin_agents import BuiltinAgents
from clients.command_agent import CommandAgentRunner
from clients.git.repositories import Repositories
from clients.llm.providers import open_providers
from clients.llm_agent import LlmAgentRunner
from clients.test_runner import BuiltinRunner
from clients.workshop import GitWorkshop
from contracts.agents import Report
from contracts.events import AgentCompleted
from policy.limits import DEFAULTS
from policy.redaction import Redaction
from tests.model_server import ModelServer, Say, model_server
from tests.workflows.endings import failure_of
from tests.workflows.office import Office, phase, worker_of

REPORT = Report(status="completed", summary="Round half up, in money.py.")
PLANNER = {
    "kind": "llm",
    "name": "planner",
    "task": "Write a plan.",
    "providers": ["local"],
    "limits": {"time": "20s"},
}


@pytest.fixture
async def model() -> AsyncIterator[ModelServer]:
    async with model_server() as server:
        server.always = Say(REPORT.model_dump_json(exclude={"usage"}))
        yield server


@pytest.fixture
async def office(closed_office: Office, redis: Redis, model: ModelServer) -> AsyncIterator[Office]:
    office = closed_office
    office.playbook("asking", phase("PLAN", PLANNER))
    scratch = office.folder / "runs"
    async with open_providers([model.site()]) as providers:
        workshop = GitWorkshop(
            Repositories(office.folder, os.environ),
            CommandAgentRunner(os.environ, scratch),
            BuiltinAgents(BuiltinRunner(os.environ, scratch)),
            Redaction(()),
            models=LlmAgentRunner(LanguageModels(providers, SharedByAll(redis, DEFAULTS))),
        )
        async with worker_of(office, workshop):
            yield office


async def test_its_tokens_and_provider_are_on_record(office: Office, model: ModelServer) -> None:
    handle = await office.start(playbook="asking")
    await handle.result()
    [done] = await office.facts(AgentCompleted)
    assert (done.usage.tokens_in, done.usage.tokens_out) == (11, 7)
    assert (done.usage.provider, done.usage.model) == ("local", "local-model")
    assert len(model.heard) == 1


async def test_a_busy_model_costs_patience_and_no_run(office: Office, model: ModelServer) -> None:
    model.answers = [Say(status=429, headers={"Retry-After": "1"})]
    handle = await office.start(playbook="asking")
    await handle.result()
    assert len(model.heard) == 2


async def test_a_model_that_says_nothing_usable_fails_its_phase(
    office: Office, model: ModelServer
) -> None:
    model.always = Say("Sure, here it is!")
    failure = await failure_of(await office.start(playbook="asking"))
    assert "no valid answer, twice" in failure.message
