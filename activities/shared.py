"""What all workers of an organization share through Redis: limits, breakers, counts, answers."""

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
from cache.terms import Terms
from contracts.agents import AgentResult, AgentRun, AgentStatus
from contracts.counters import Tally
from contracts.limits import Claim, Limit
from policy.repositories import host_of

AGENT_STARTS = "agent_starts"
ANSWERS = Terms[AgentResult | None](
    contract=TypeAdapter(AgentResult | None), ttl=timedelta(hours=24), flight=timedelta(minutes=2)
)


class Shared:
    """One organization's."""

    def __init__(self, redis: Redis, organization_id: UUID, limits: Mapping[str, Limit]) -> None:
        self._keys, self._table = Keys(organization_id), limits
        self._limits = Limits(redis, self._keys)
        self._breaker = Breaker(redis, self._keys)
        self._counters = Counters(redis, self._keys)
        self.answers = Cache(redis, self._keys, ANSWERS)

    async def admit_agent(self) -> None:
        """Raises RetryLaterError when too many were started of late."""
        await self._limits.require(Claim(limit=self._table[AGENT_STARTS], of=()))

    async def count(self, run: AgentRun, result: AgentResult, took: timedelta) -> None:
        failed = result.status is AgentStatus.FAILED
        tally = Tally.once(run.agent.name, run.phase, took, failed)
        await self._counters.add(datetime.now(UTC).date(), tally)

    def answer_key(self, run: AgentRun, version: str, brief: str) -> str:
        return self._keys.agent_answer(run.agent.name, version, brief)

    @asynccontextmanager
    async def host(self, repo_url: str) -> AsyncIterator[None]:
        """Around work with a git host. Raises RetryLaterError while it is left alone."""
        host = host_of(repo_url)
        if host is None:
            yield
            return
        async with self._breaker.guarding(host):
            yield


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
