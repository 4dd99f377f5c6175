"""Eight processes whose clocks differ by hours: what must hold over all of them."""

import asyncio
import sys
from itertools import pairwise
from uuid import uuid4

import pytest

from tests.cache.askers import HOLDS, LIMIT, Held, Report

PROCESSES = 8


@pytest.fixture(scope="session")
async def reports(redis_url: str) -> list[Report]:
    organization = str(uuid4())
    return await asyncio.gather(
        *(asker(redis_url, organization, str(number)) for number in range(PROCESSES))
    )


async def asker(url: str, organization: str, number: str) -> Report:
    command = [sys.executable, "-m", "tests.cache.askers", url, organization, number]
    process = await asyncio.create_subprocess_exec(
        *command, str(PROCESSES), stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    assert process.returncode == 0
    return Report.model_validate_json(said)


def test_never_more_than_capacity_and_rate_times_time_is_let_through(
    reports: list[Report],
) -> None:
    begun = min(report.begun for report in reports)
    seconds = max(report.ended for report in reports) - begun
    taken = sum(report.taken for report in reports)
    rate = LIMIT.tokens / LIMIT.per.total_seconds()
    assert LIMIT.tokens <= taken <= LIMIT.tokens + rate * seconds


def test_no_two_hold_the_lock_at_a_time_and_the_fence_tells_them_apart(
    reports: list[Report],
) -> None:
    held = sorted((held for report in reports for held in report.held), key=_fence)
    assert len({hold.fence for hold in held}) == PROCESSES * HOLDS
    assert all(earlier.ended < later.begun for earlier, later in pairwise(held))


def test_two_hundred_askers_load_once(reports: list[Report]) -> None:
    assert [value for report in reports for value in report.values] == [1] * 200


def _fence(held: Held) -> int:
    return held.fence
