"""Default branches on a host that is away."""

import os
from pathlib import Path
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from activities.default_branches import DefaultBranches
from activities.shared import SharedByAll
from clients.git.errors import RepositoryUnreachableError
from clients.git.repositories import Repositories
from errors import RetryLaterError
from policy.limits import DEFAULTS

GIVEN = {"PATH": os.environ["PATH"]}
# A name that never resolves (RFC 6761).
AWAY = "https://git.invalid/shop.git"


async def test_a_host_that_is_away_is_left_alone_by_all_workers(
    redis: Redis, tmp_path: Path
) -> None:
    organization_id = uuid4()
    branches = [
        DefaultBranches(Repositories(tmp_path / name, GIVEN), SharedByAll(redis, DEFAULTS))
        for name in ("one", "other")
    ]
    for number in range(5):
        with pytest.raises(RepositoryUnreachableError):
            await branches[number % 2].of(organization_id, AWAY, "slipway/PROJ-1")
    for each in branches:
        with pytest.raises(RetryLaterError, match=r"git\.invalid failed too often"):
            await each.of(organization_id, AWAY, "slipway/PROJ-1")
