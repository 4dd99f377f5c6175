"""Language models in their order, with a breaker that all workers share."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from activities.language_models import (
    LanguageModels,
    ModelsAwayError,
    NoModelError,
    NoUsableAnswerError,
)
from activities.shared import SharedByAll
from clients.llm.providers import open_providers
from clients.llm.sites import ProviderSite
from contracts.llm import Reply
from contracts.triage import SupportTicket, TriageResult
from policy.limits import DEFAULTS, limits_with
from policy.model_answers import read_answer
from policy.support_prompts import triage_request
from tests.model_server import GOOD, ModelServer, Say, model_server

TICKET = SupportTicket(source="hubspot", id="1", subject="Charged twice", body="In May.")
BAD = Say('{"priority": "HUGE"}')


@pytest.fixture
async def local() -> AsyncIterator[ModelServer]:
    async with model_server() as server:
        yield server


@pytest.fixture
async def groq() -> AsyncIterator[ModelServer]:
    async with model_server() as server:
        yield server


@asynccontextmanager
async def opened(redis: Redis, *sites: ProviderSite) -> AsyncIterator[LanguageModels]:
    async with open_providers(sites) as providers:
        yield LanguageModels(providers, SharedByAll(redis, DEFAULTS))


async def asked(models: LanguageModels, wanted: list[str] | None = None) -> Reply[TriageResult]:
    request = triage_request(TICKET)
    return await models.ask(uuid4(), request, lambda said: read_answer(said, TriageResult), wanted)


async def test_the_first_one_that_answers_is_the_last_one_asked(
    redis: Redis, local: ModelServer, groq: ModelServer
) -> None:
    async with opened(redis, local.site("local"), groq.site("groq")) as models:
        reply = await asked(models)
    assert (reply.value, reply.answer.provider, reply.repaired) == (GOOD, "local", False)
    assert not groq.heard


@pytest.mark.parametrize(
    "fault",
    [Say(status=500), Say(status=429), Say(status=401), Say(raw=b"?"), Say(hang=True)],
    ids=["500", "429", "401", "rubbish", "hang"],
)
async def test_who_fails_is_followed_by_the_next(
    redis: Redis, local: ModelServer, groq: ModelServer, fault: Say
) -> None:
    local.always = fault
    site = local.site("local", timedelta(seconds=1)) if fault.hang else local.site("local")
    async with opened(redis, site, groq.site("groq")) as models:
        reply = await asked(models)
    assert reply.answer.provider == "groq"
    assert len(local.heard) == 1


async def test_bad_json_is_mended_once_by_the_same_provider(
    redis: Redis, local: ModelServer, groq: ModelServer
) -> None:
    local.answers = [BAD]
    async with opened(redis, local.site("local"), groq.site("groq")) as models:
        reply = await asked(models)
    assert (reply.answer.provider, reply.repaired) == ("local", True)
    assert (reply.answer.tokens_in, reply.answer.tokens_out) == (22, 14)
    mending = local.heard[1]["messages"]
    assert [message["role"] for message in mending] == ["system", "user", "assistant", "user"]
    assert "priority" in mending[-1]["content"]
    assert not groq.heard


async def test_twice_bad_json_is_a_matter_for_the_next(
    redis: Redis, local: ModelServer, groq: ModelServer
) -> None:
    local.always = BAD
    async with opened(redis, local.site("local"), groq.site("groq")) as models:
        reply = await asked(models)
    assert reply.answer.provider == "groq"
    assert len(local.heard) == 2


async def test_the_shortest_wish_of_those_who_are_away_counts(
    redis: Redis, local: ModelServer, groq: ModelServer
) -> None:
    local.always = Say(status=429, headers={"Retry-After": "40"})
    groq.always = Say(status=503, headers={"Retry-After": "20"})
    async with opened(redis, local.site("local"), groq.site("groq")) as models:
        with pytest.raises(
            ModelsAwayError, match=r"local answered 429; groq answered 503"
        ) as caught:
            await asked(models)
    assert caught.value.delay == timedelta(seconds=20)


async def test_nobody_comes_again_where_all_have_answered(
    redis: Redis, local: ModelServer, groq: ModelServer
) -> None:
    local.always, groq.always = BAD, Say(status=401)
    async with opened(redis, local.site("local"), groq.site("groq")) as models:
        with pytest.raises(NoUsableAnswerError, match=r"twice: priority.*; groq answered 401"):
            await asked(models)


async def test_an_agent_chooses_its_providers(
    redis: Redis, local: ModelServer, groq: ModelServer
) -> None:
    async with opened(redis, local.site("local"), groq.site("groq")) as models:
        assert (await asked(models, ["groq", "unheard-of"])).answer.provider == "groq"
        with pytest.raises(NoModelError, match="unheard-of"):
            await asked(models, ["unheard-of"])


async def test_who_fails_often_is_left_alone_by_all_workers(
    redis: Redis, local: ModelServer
) -> None:
    local.always = Say(status=500)
    organization_id, request = uuid4(), triage_request(TICKET)
    async with opened(redis, local.site()) as one, opened(redis, local.site()) as other:
        for models in (one, other, one, other, one, other, one):
            with pytest.raises(ModelsAwayError):
                await models.ask(organization_id, request, str)
    assert len(local.heard) == 5


async def test_a_provider_that_asks_for_a_pause_gets_it_from_all_workers(
    redis: Redis, local: ModelServer
) -> None:
    local.always = Say(status=429, headers={"Retry-After": "40"})
    organization_id, request = uuid4(), triage_request(TICKET)
    async with opened(redis, local.site()) as one, opened(redis, local.site()) as other:
        with pytest.raises(ModelsAwayError):
            await one.ask(organization_id, request, str)
        with pytest.raises(ModelsAwayError, match="llm_tokens") as caught:
            await other.ask(organization_id, request, str)
    assert timedelta(seconds=30) < caught.value.delay <= timedelta(seconds=60)
    assert len(local.heard) == 1


async def test_the_tokens_of_a_minute_are_counted_by_what_a_question_may_cost(
    redis: Redis, local: ModelServer
) -> None:
    limits = limits_with({"llm_tokens": "5000/1h"})
    local.always = Say("fine")
    dear = triage_request(TICKET).model_copy(update={"max_tokens": 3_000})
    organization_id = uuid4()
    async with open_providers([local.site()]) as providers:
        models = LanguageModels(providers, SharedByAll(redis, limits))
        await models.ask(organization_id, dear, str)
        with pytest.raises(ModelsAwayError, match="llm_tokens"):
            await models.ask(organization_id, dear, str)
    assert len(local.heard) == 1
