"""`stats` and `list` on what was worked, and with Redis gone."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from redis.asyncio import Redis

from cache.keys import Keys
from cli.stats import ALL, line_of
from cli.terminal import percentage
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
    assert "today  explore in EXPLORE: 1 stretch, 0 failed" in told.stdout
    assert "ever   explore: 1 execution, 100% succeeded" in told.stdout
    assert "ever: executions, of which an agent has one in each phase and round" in told.stdout
    figures = json.loads(ann.says("stats", "--json").stdout)
    assert {tally["agent"] for tally in figures["today"]} >= {"triage", "explore"}
    assert (figures["today_counts"], figures["all_counts"]) == ("stretches", "executions")


def test_who_worked_nothing_has_no_figures(ann: Person) -> None:
    assert ann.says("stats").stdout.strip() == "No agent has worked yet."
    assert ann.says("list", REDIS_URL="redis://127.0.0.1:1/0").returncode == 0


async def test_figures_of_the_last_five_minutes_are_not_counted_again(
    environment: Mapping[str, str], organization: TestOrganization, redis: Redis
) -> None:
    known = figures(execution_count=7, success_count=7, failure_count=0)
    key = Keys(organization.id).cached("statistics", "agents")
    life = ALL.ttl + ALL.stale
    await redis.set(key, ALL.contract.dump_json([known]), px=life)
    bea = Insider({**environment, "SLIPWAY_ORGANIZATION": organization.slug})
    assert "ever   remembered: 7 executions" in bea.says("stats").stdout
    assert "remembered" not in bea.says("stats", "--fresh").stdout
    assert await redis.ttl(key) > 0


def test_a_share_is_told_of_those_that_ended() -> None:
    cancelled = figures(execution_count=9, success_count=3, failure_count=1)
    assert line_of(cancelled) == "9 executions, 75% of the 4 that ended succeeded"
    assert line_of(figures(execution_count=4, success_count=3, failure_count=1)) == (
        "4 executions, 75% succeeded"
    )
    assert line_of(figures(execution_count=1, success_count=0, failure_count=0)) == "1 execution"


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [(0, 5, "0%"), (5, 5, "100%"), (1, 1_000, "1%"), (999, 1_000, "99%"), (2, 3, "67%")],
)
def test_all_is_only_all_and_none_only_none(part: int, whole: int, said: str) -> None:
    assert percentage(part, whole) == said


def test_the_share_is_a_number_for_programs() -> None:
    known = figures(execution_count=4, success_count=3, failure_count=1)
    told = known.model_dump_json()
    assert json.loads(told)["success_rate"] == 0.75
    assert AgentStatistics.model_validate_json(told) == known


def figures(execution_count: int, success_count: int, failure_count: int) -> AgentStatistics:
    ended = success_count + failure_count
    return AgentStatistics(
        agent_name="remembered",
        execution_count=execution_count,
        success_count=success_count,
        failure_count=failure_count,
        **dict.fromkeys(DURATIONS),
        total_tokens=0,
        last_executed_at=datetime(2026, 1, 1, tzinfo=UTC),
        success_rate=Decimal(success_count) / ended if ended else None,
        model_distribution={},
        error_types={},
    )
