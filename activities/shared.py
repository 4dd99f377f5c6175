"""What all workers of an organization share through Redis: limits, breakers, counts, values."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

from pydantic import TypeAdapter
from redis.asyncio import Redis

from cache.breaker import Breaker
from cache.cache import Cache
from cache.counters import Counters
from cache.keys import Keys
from cache.limits import Limits
from cache.sessions import LiveSessions
from cache.terms import Terms
from contracts.agents import AgentResult, AgentRun, AgentStatus
from contracts.counters import Tally
from contracts.limits import Claim, Limit
from contracts.llm import ChatRequest
from contracts.playbooks import Playbook
from errors import ProviderAwayError
from policy.repositories import host_of

AGENT_STARTS, MESSAGES, TOKENS = "agent_starts", "notifications", "llm_tokens"
LETTERS_A_TOKEN = 4
ANSWERS = Terms[AgentResult | None](
    contract=TypeAdapter(AgentResult | None), ttl=timedelta(hours=24), flight=timedelta(minutes=2)
)
# They are parsed in milliseconds: nobody waits longer than that for somebody else to do it.
PLAYBOOKS = Terms[Playbook](
    contract=TypeAdapter(Playbook),
    ttl=timedelta(seconds=300),
    flight=timedelta(seconds=2),
    patience=timedelta(milliseconds=100),
)


class Shared:
    """One organization's."""

    def __init__(self, redis: Redis, organization_id: UUID, limits: Mapping[str, Limit]) -> None:
        self._keys, self._table = Keys(organization_id), limits
        self._limits = Limits(redis, self._keys)
        self._breaker = Breaker(redis, self._keys)
        self._counters = Counters(redis, self._keys)
        self.answers = Cache(redis, self._keys, ANSWERS)
        self.playbooks = Cache(redis, self._keys, PLAYBOOKS)
        self.live = LiveSessions(redis, self._keys)

    async def admit_agent(self) -> None:
        """Raises RetryLaterError when too many were started of late."""
        await self._limits.require(Claim(limit=self._table[AGENT_STARTS], of=()))

    async def admit_message(self, channel: str, to: str) -> None:
        """Raises RetryLaterError when this recipient was told too much of late."""
        of = (channel.lower(), to)
        await self._limits.require(Claim(limit=self._table[MESSAGES], of=of))

    async def count(self, run: AgentRun, result: AgentResult, took: timedelta) -> None:
        failed = result.status is AgentStatus.FAILED
        tally = Tally.once(run.agent.name, run.phase, took, failed)
        await self._counters.add(datetime.now(UTC).date(), tally)

    def answer_key(self, run: AgentRun, version: str, brief: str) -> str:
        return self._keys.agent_answer(run.agent.name, version, brief)

    def playbook_key(self, name: str, version: str) -> str:
        return self._keys.cached("playbook", f"{name}-{version}")

    @asynccontextmanager
    async def host(self, repo_url: str) -> AsyncIterator[None]:
        """Around work with a git host. Raises RetryLaterError while it is left alone."""
        host = host_of(repo_url)
        if host is None:
            yield
            return
        async with self._breaker.guarding(host):
            yield

    @asynccontextmanager
    async def model(self, name: str, request: ChatRequest) -> AsyncIterator[None]:
        """Around one question to a language model. Raises RetryLaterError while it is left alone,
        or while the tokens of this minute are used up. When a provider says how long it wants to
        be left alone, all workers hear of it."""
        limit = self._table[TOKENS]
        weight = min(_expected(request), limit.tokens)
        claim = Claim(limit=limit, of=(name,), weight=weight)
        await self._limits.require(claim)
        try:
            async with self._breaker.guarding(f"llm-{name}"):
                yield
        except ProviderAwayError as error:
            if error.wished:
                await self._limits.close(claim, error.delay)
            raise


class SharedByAll:
    """Of every organization that this worker has met."""

    def __init__(self, redis: Redis, limits: Mapping[str, Limit]) -> None:
        self._redis, self._limits = redis, limits
        self._known: dict[UUID, Shared] = {}

    def of(self, organization_id: UUID) -> Shared:
        if organization_id not in self._known:
            shared = Shared(self._redis, organization_id, self._limits)
            self._known[organization_id] = shared
        return self._known[organization_id]


def _expected(request: ChatRequest) -> int:
    """Tokens, as far as can be said before: no model counts them like another one."""
    letters = sum(len(message.content) for message in request.messages)
    return letters // LETTERS_A_TOKEN + request.max_tokens
