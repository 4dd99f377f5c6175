"""A provider of language models, over HTTP, by a server that misbehaves."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from clients.llm.providers import (
    Provider,
    ProviderRefusedError,
    UnusableAnswerError,
    open_providers,
)
from clients.llm.sites import ProviderSite
from contracts.llm import ChatMessage, ChatRequest
from errors import ProviderAwayError
from tests.model_server import KEY, ModelServer, Say, model_server, refused_origin

SECRET = "the customer's own words"
ASKED = ChatRequest(
    messages=(ChatMessage(role="user", content=SECRET),),
    schema_name="triage",
    schema_={"type": "object", "properties": {}, "required": [], "additionalProperties": False},
)


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    async with model_server() as server:
        yield server


@asynccontextmanager
async def opened(site: ProviderSite) -> AsyncIterator[Provider]:
    async with open_providers([site]) as [provider]:
        yield provider


async def test_an_answer_comes_with_its_tokens_and_its_provider(server: ModelServer) -> None:
    server.answers = [Say('{"a": 1}')]
    async with opened(server.site()) as provider:
        answer = await provider.chat(ASKED)
    assert (answer.text, answer.provider, answer.model) == ('{"a": 1}', "local", "local-model")
    assert (answer.tokens_in, answer.tokens_out) == (11, 7)


async def test_the_schema_and_the_key_reach_the_provider(server: ModelServer) -> None:
    async with opened(server.site()) as provider:
        await provider.chat(ASKED)
    [heard] = server.heard
    assert heard["response_format"]["json_schema"]["schema"] == ASKED.schema_
    assert heard["messages"] == [{"role": "user", "content": SECRET}]
    assert server.keys == [f"Bearer {KEY}"]


async def test_a_busy_provider_says_when_to_come_back(server: ModelServer) -> None:
    server.always = Say(status=429, headers={"Retry-After": "17"})
    async with opened(server.site()) as provider:
        with pytest.raises(ProviderAwayError, match="429") as caught:
            await provider.chat(ASKED)
    assert caught.value.delay == timedelta(seconds=17)
    assert len(server.heard) == 1, "nobody but Temporal tries again"


async def test_a_broken_provider_may_be_asked_again(server: ModelServer) -> None:
    server.always = Say(status=500)
    async with opened(server.site()) as provider:
        with pytest.raises(ProviderAwayError, match="500"):
            await provider.chat(ASKED)
    assert len(server.heard) == 1


async def test_a_wrong_key_is_an_answer(server: ModelServer) -> None:
    server.always = Say(status=401, raw=SECRET.encode())
    async with opened(server.site()) as provider:
        with pytest.raises(ProviderRefusedError) as caught:
            await provider.chat(ASKED)
    assert SECRET not in str(caught.value)


async def test_a_provider_that_hangs_is_left_after_its_time(server: ModelServer) -> None:
    server.always = Say(hang=True)
    async with opened(server.site(patience=timedelta(milliseconds=200))) as provider:
        with pytest.raises(ProviderAwayError, match=r"within 0\.2 s"):
            await provider.chat(ASKED)


async def test_an_endless_answer_is_cut(server: ModelServer) -> None:
    server.always = Say(endless=True)
    async with opened(server.site()) as provider:
        with pytest.raises(UnusableAnswerError, match="more than"):
            await provider.chat(ASKED)


async def test_nobody_listening_is_said() -> None:
    site = ProviderSite("local", f"{refused_origin()}/v1", "m", timedelta(seconds=20))
    async with opened(site) as provider:
        with pytest.raises(ProviderAwayError, match="cannot be reached"):
            await provider.chat(ASKED)


async def test_redirects_are_not_followed(server: ModelServer) -> None:
    server.answers = [Say(status=307, headers={"Location": f"{server.origin}/v1/chat/completions"})]
    async with opened(server.site()) as provider:
        with pytest.raises(ProviderRefusedError, match="307"):
            await provider.chat(ASKED)
    assert len(server.heard) == 1


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"no json",
        b"[]",
        b'{"choices": []}',
        b'{"choices": [{"message": {"content": null}}]}',
        b"[" * 100_000,
        b"\xff\xfe",
        b'{"choices": [{"message": {"content": "x"}}], "usage": {"prompt_tokens": "y"}}',
    ],
    ids=range(8),
)
async def test_what_is_no_completion_is_no_answer(server: ModelServer, raw: bytes) -> None:
    server.always = Say(raw=raw)
    async with opened(server.site()) as provider:
        with pytest.raises(UnusableAnswerError):
            await provider.chat(ASKED)


async def test_neither_words_nor_keys_reach_the_logs(
    server: ModelServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.answers = [Say(), Say(status=500), Say(status=400)]
    with caplog.at_level(logging.DEBUG):
        async with opened(server.site()) as provider:
            await provider.chat(ASKED)
            for fault in (ProviderAwayError, ProviderRefusedError):
                with pytest.raises(fault):
                    await provider.chat(ASKED)
            assert KEY not in repr(provider.site)
    assert SECRET not in caplog.text
    assert KEY not in caplog.text
