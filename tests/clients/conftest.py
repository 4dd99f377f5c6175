"""What most tests of clients begin with: a server to talk to, and a repository to work on."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from clients.git.checkouts import Checkout
from clients.git.repositories import Repositories
from tests.clients.git_upstream import Upstream
from tests.receivers import Receiver, receiving


@pytest.fixture
async def http() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


@pytest.fixture
def upstream(tmp_path: Path) -> Upstream:
    upstream = Upstream.init(tmp_path / "upstream")
    upstream.commit(readme="hello\n")
    return upstream


@pytest.fixture
def repositories(tmp_path: Path) -> Repositories:
    return Repositories(tmp_path / "state", {})


@pytest.fixture
async def checkout(repositories: Repositories, upstream: Upstream) -> AsyncIterator[Checkout]:
    """Of the repository as the test has it by then."""
    base = upstream.git("rev-parse", "HEAD")
    async with repositories.checkout(upstream.url, base, "run") as checkout:
        yield checkout
