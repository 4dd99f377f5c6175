"""One provider of language models, asked once: it answers, or says why not."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
from openai import APIConnectionError, APIStatusError, AsyncOpenAI, DefaultAsyncHttpxClient
from pydantic import BaseModel, ValidationError

from clients.llm.sites import ProviderSite
from clients.notifiers.answers import retry_after
from contracts.llm import ChatAnswer, ChatRequest
from contracts.text import clipped, one_line, storable
from errors import PermanentError, ProviderAwayError

# At DEBUG the SDK logs what it sends, word for word: tickets are for no log.
logging.getLogger("openai").setLevel(logging.WARNING)

LONGEST_ANSWER = 2**20
SAID = 300
# They may pass by themselves: RFC 9110, RFC 6585; and whatever the server is to blame for.
PASSING = frozenset({408, 409, 425, 429})
PAUSE = timedelta(seconds=5)
NO_KEY = "none"


class ProviderRefusedError(PermanentError):
    """It answered, and will answer the same again: a wrong key, no such model."""


class UnusableAnswerError(PermanentError):
    """It answered, and no text of a model is in it."""


class _Said(BaseModel):
    content: str | None = None


class _Choice(BaseModel):
    message: _Said


class _Usage(BaseModel):
    prompt_tokens: int = 0
    completion_tokens: int = 0


class _Completion(BaseModel):
    """What we read of https://platform.openai.com/docs/api-reference/chat/object."""

    choices: list[_Choice]
    usage: _Usage | None = None


class Provider:
    """An open connection to one; close it with `aclose`. No retries, no redirects: the first would
    hide from Temporal what happens, the second could carry tickets anywhere."""

    def __init__(self, site: ProviderSite) -> None:
        self.site = site
        self._client = AsyncOpenAI(
            base_url=site.base_url,
            api_key=site.key.get_secret_value() if site.key else NO_KEY,
            max_retries=0,
            timeout=httpx2.Timeout(site.patience.total_seconds()),
            http_client=DefaultAsyncHttpxClient(follow_redirects=False),
        )

    @property
    def name(self) -> str:
        return self.site.name

    async def aclose(self) -> None:
        await self._client.close()

    async def chat(self, request: ChatRequest) -> ChatAnswer:
        """One try. Raises ProviderAwayError, ProviderRefusedError, UnusableAnswerError; their
        texts hold nothing of the request."""
        patience = (request.patience or self.site.patience).total_seconds()
        try:
            # The client's own bounds are for each read: drop by drop it could take for ever.
            async with asyncio.timeout(patience):
                read = await self._read(request, patience)
        except (TimeoutError, APIConnectionError, httpx2.HTTPError) as error:
            # The SDK calls its own time-outs connection errors.
            late = isinstance(error, TimeoutError) or "Timeout" in type(error).__name__
            why = f"did not answer within {patience:g} s" if late else "cannot be reached"
            raise ProviderAwayError(f"{self.name} {why}", PAUSE) from None
        except APIStatusError as error:
            raise _judged(self.name, error.response) from None
        return _answer(self.site, read)

    async def _read(self, request: ChatRequest, patience: float) -> bytes:
        asking = self._client.chat.completions.with_streaming_response.create(
            model=self.site.model,
            messages=[_message(one) for one in request.model_dump()["messages"]],
            response_format=_format(request),
            max_tokens=request.max_tokens,
            temperature=0,
            timeout=patience,
        )
        read = bytearray()
        async with asking as response:
            async for part in response.iter_bytes():
                read += part
                if len(read) > LONGEST_ANSWER:
                    raise UnusableAnswerError(
                        f"{self.name} answered with more than {LONGEST_ANSWER:,} bytes"
                    )
        return bytes(read)


@asynccontextmanager
async def open_providers(sites: Iterable[ProviderSite]) -> AsyncIterator[list[Provider]]:
    """Connects at the first question; closes them all at the end."""
    async with AsyncExitStack() as stack:
        providers = [Provider(site) for site in sites]
        for provider in providers:
            stack.push_async_callback(provider.aclose)
        yield providers


def _message(said: Mapping[str, Any]) -> Any:
    return dict(said)


def _format(request: ChatRequest) -> Any:
    schema = {"name": request.schema_name, "strict": True, "schema": request.schema_}
    return {"type": "json_schema", "json_schema": schema}


def _judged(name: str, response: httpx2.Response) -> Exception:
    """The body is not repeated: some providers quote the request in it."""
    code = response.status_code
    if code in PASSING or code >= 500:
        wish = retry_after(response.headers.get("retry-after"), datetime.now(UTC))
        return ProviderAwayError(f"{name} answered {code}", wish or PAUSE, wished=bool(wish))
    return ProviderRefusedError(f"{name} answered {code}")


def _answer(site: ProviderSite, read: bytes) -> ChatAnswer:
    try:
        completion = _Completion.model_validate(json.loads(read))
        text = completion.choices[0].message.content
        if text is None:
            raise ValueError("no content")
    except (ValidationError, ValueError, RecursionError, IndexError) as error:
        kind = type(error).__name__
        raise UnusableAnswerError(f"{site.name} answered, but no completion ({kind})") from None
    usage = completion.usage or _Usage()
    return ChatAnswer(
        text=str(storable(text)),
        provider=site.name,
        model=clipped(one_line(site.model), SAID),
        tokens_in=max(usage.prompt_tokens, 0),
        tokens_out=max(usage.completion_tokens, 0),
    )
