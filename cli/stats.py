"""`stats`: how often agents run, how well, and for how long."""

import json
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

import typer
from pydantic import BaseModel, TypeAdapter
from redis.asyncio import Redis

from cache.cache import Cache
from cache.counters import Counters
from cache.keys import Keys
from cache.terms import Terms
from cli.context import Desk, Needs, at_desk
from cli.exits import DONE
from cli.live import live_redis
from cli.options import AsJson
from cli.terminal import elapsed, output, percentage, plain
from contracts.counters import Tally
from contracts.statistics import AgentStatistics
from db.agent_statistics import AgentFigures
from db.identity import Organizations

ALL = Terms(
    contract=TypeAdapter(list[AgentStatistics]),
    ttl=timedelta(seconds=300),
    stale=timedelta(hours=1),
)
# The two are not to be compared, and say so.
WHAT_IS_COUNTED = (
    "today (UTC): stretches of work that ended; an agent that asks, or reaches a limit, and goes "
    "on has two",
    "ever: executions, of which an agent has one in each phase and round, in however many "
    "stretches; people's are among them, and those that still run",
)
Fresh = Annotated[bool, typer.Option("--fresh", help="Count anew what was counted of late.")]


class Statistics(BaseModel, frozen=True):
    """`today` is counted as it happens, `all` of everything kept, up to five minutes ago; and they
    count different things."""

    today: list[Tally]
    all: list[AgentStatistics]
    today_counts: Literal["stretches"] = "stretches"
    all_counts: Literal["executions"] = "executions"


def stats(context: typer.Context, fresh: Fresh = False, as_json: AsJson = False) -> None:
    """Agents in figures: today's as they happen, and all that were ever kept."""

    async def job(desk: Desk) -> int:
        async with live_redis(desk) as redis:
            found = await _statistics(desk, redis, fresh)
        if as_json:
            print(json.dumps(found.model_dump(mode="json")))
        else:
            _show(found)
        return DONE

    at_desk(context, job, Needs.STORES)


async def _statistics(desk: Desk, redis: Redis, fresh: bool) -> Statistics:
    async with desk.sessions() as session:
        organization_id = await Organizations(session).find(desk.organization)
    if organization_id is None:
        return Statistics(today=[], all=[])
    keys = Keys(organization_id)

    async def load() -> list[AgentStatistics]:
        return await _kept(desk, organization_id)

    today = await Counters(redis, keys).read(datetime.now(UTC).date())
    cache, key = Cache(redis, keys, ALL), keys.cached("statistics", "agents")
    if fresh:
        await cache.delete(key)
    return Statistics(today=today, all=await cache.get_or_load(key, load))


async def _kept(desk: Desk, organization_id: UUID) -> list[AgentStatistics]:
    async with desk.sessions() as session:
        return await AgentFigures(session, organization_id).all()


def _show(found: Statistics) -> None:
    console = output()
    if not found.all and not found.today:
        console.print("No agent has worked yet.")
        return
    for tally in found.today:
        name = f"{plain(tally.agent, 40)} in {plain(tally.phase, 20)}"
        console.print(
            f"today  {name}: {counted(tally.count, 'stretch', 'stretches')}, "
            f"{tally.failed} failed, {elapsed(tally.mean)} "
            f"each, {elapsed(tally.longest)} at most"
        )
    for agent in found.all:
        console.print(f"ever   {plain(agent.agent_name, 40)}: {line_of(agent)}")
    for line in WHAT_IS_COUNTED:
        console.print(line, style="dim")


def line_of(agent: AgentStatistics) -> str:
    """What is not known of the agent is left out: no share of nothing."""
    parts = [counted(agent.execution_count, "execution", "executions")]
    ended = agent.success_count + agent.failure_count
    if ended:
        those = "" if ended == agent.execution_count else f" of the {ended:,} that ended"
        parts.append(f"{percentage(agent.success_count, ended)}{those} succeeded")
    if agent.p50_duration is not None and agent.p95_duration is not None:
        parts.append(f"{elapsed(agent.p50_duration)} mostly (p95 {elapsed(agent.p95_duration)})")
    if agent.total_tokens:
        parts.append(f"{agent.total_tokens:,} tokens")
    parts += [f"{count} x {plain(kind, 40)}" for kind, count in agent.error_types.items()]
    return ", ".join(parts)


def counted(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"
