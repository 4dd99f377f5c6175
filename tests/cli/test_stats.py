"""`stats` and `list` on what was worked, and with Redis gone."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from redis.asyncio import Redis

from cache.keys import Keys
from cli.stats import ALL
from contracts.statistics import AgentStatistics
from tests.cli.insider import Insider
from tests.cli.person import Person
from tests.conftest import TestOrganization

DURATIONS = [f"{which}_duration" for which in ("avg", "p50", "p95", "min", "max")]


def test_agents_are_counted_today_and_ever(ann: Person, repository: Path, agent: str) -> None:
    new = ("--repo", str(repository), "--summary", "x", "--agent", agent)
    done = ann.says("work", "CALC-1", *new, "--yes")
    assert done.returncode == 0, done.stderr
    told = ann.says("stats")
    assert told.returncode == 0, told.stderr
    assert "today  explore in EXPLORE: once, 0 failed" in told.stdout
    assert "ever   explore: once, 100% succeeded" in told.stdout
    figures = json.loads(ann.says("stats", "--json").stdout)
    assert {tally["agent"] for tally in figures["today"]} >= {"triage", "explore"}


def test_who_worked_nothing_has_no_figures(ann: Person) -> None:
    assert ann.says("stats").stdout.strip() == "No agent has worked yet."
    assert ann.says("list", REDIS_URL="redis://127.0.0.1:1/0").returncode == 0


async def test_figures_of_the_last_five_minutes_are_not_counted_again(
    environment: Mapping[str, str], organization: TestOrganization, redis: Redis
) -> None:
    known = AgentStatistics(
        agent_name="remembered",
        execution_count=7,
        success_count=7,
        failure_count=0,
        **dict.fromkeys(DURATIONS),
        total_tokens=0,
        last_executed_at=datetime(2026, 1, 1, tzinfo=UTC),
        success_rate=Decimal(1),
        model_distribution={},
        error_types={},
    )
    key = Keys(organization.id).cached("statistics", "agents")
    life = ALL.ttl + ALL.stale
    await redis.set(key, ALL.contract.dump_json([known]), px=life)
    bea = Insider({**environment, "SLIPWAY_ORGANIZATION": organization.slug})
    assert "ever   remembered: 7 times" in bea.says("stats").stdout
    assert "remembered" not in bea.says("stats", "--fresh").stdout
    assert await redis.ttl(key) > 0
