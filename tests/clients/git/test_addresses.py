"""Addresses that lead to nothing one could work on."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from clients.git.errors import (
    EmptyRepositoryError,
    NotARepositoryError,
    UnknownCommitError,
)
from clients.git.repositories import Repositories
from policy.repositories import UnsafeRepositoryUrlError
from tests.clients.git_upstream import Upstream


@pytest.fixture
def here(tmp_path: Path) -> Repositories:
    return Repositories(tmp_path / "here", {})


async def test_a_repository_without_commits_is_told_from_none(
    here: Repositories, tmp_path: Path
) -> None:
    empty = Upstream.init(tmp_path / "empty")
    with pytest.raises(EmptyRepositoryError, match="no commit yet"):
        await here.tip(empty.url)
    (tmp_path / "plain").mkdir()
    for path in ("plain", "missing"):
        with pytest.raises(NotARepositoryError, match="git init"):
            await here.tip(str(tmp_path / path))


async def test_a_default_branch_without_commits_names_the_others(
    here: Repositories, upstream: Upstream
) -> None:
    upstream.git("symbolic-ref", "HEAD", "refs/heads/missing")
    with pytest.raises(EmptyRepositoryError, match=r"there are others \(main\)"):
        await here.tip(upstream.url)


async def test_a_commit_that_nobody_has_is_a_clear_error(
    here: Repositories, upstream: Upstream, tmp_path: Path
) -> None:
    for commit in ("0123456789" * 4, "main", "--output=x"):
        with pytest.raises(UnknownCommitError):
            async with here.checkout(upstream.url, commit, "run"):
                pytest.fail("nothing to check out")
    assert not list((tmp_path / "here/checkouts").iterdir())


async def test_an_address_that_runs_programs_never_reaches_git(
    here: Repositories, tmp_path: Path
) -> None:
    with pytest.raises(UnsafeRepositoryUrlError):
        await here.tip(f"ext::sh -c touch% {tmp_path}/trace")
    with pytest.raises(UnsafeRepositoryUrlError):
        await Repositories(tmp_path / "remote only", {}, allow_local=False).tip(str(tmp_path))
    assert not (tmp_path / "trace").exists()


class Names:
    """The network's name server."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
        self._addresses = addresses
        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", self._answer)

    async def _answer(self, host: str, port: None, **_: object) -> list[Any]:
        assert host == "git.example.org"
        return [(0, 0, 0, "", (address, 0)) for address in self._addresses]


@pytest.mark.parametrize("url", ["https://git.example.org/a", "git@git.example.org:a"])
@pytest.mark.parametrize(
    "addresses",
    [
        ("127.0.0.1",),
        ("169.254.169.254",),
        ("::ffff:127.0.0.1",),
        ("fe80::1%1",),
        ("0.0.0.0",),
        ("93.184.216.34", "10.0.0.1"),
    ],
    ids=" ".join,
)
async def test_a_name_that_leads_inwards_never_reaches_git(
    here: Repositories, monkeypatch: pytest.MonkeyPatch, url: str, addresses: tuple[str, ...]
) -> None:
    Names(monkeypatch, *addresses)
    with pytest.raises(UnsafeRepositoryUrlError, match="is not used: its host leads"):
        await here.tip(url)
