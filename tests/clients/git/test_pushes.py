"""Plain pushes, and everything that may stand in their way."""

import asyncio
from pathlib import Path

import pytest

from clients.git.checkouts import Checkout
from clients.git.errors import (
    BranchInUseError,
    BranchLockedError,
    ForeignCommitsError,
    PushRefusedError,
)
from clients.git.repositories import Repositories
from policy.repositories import UnsafeBranchNameError
from tests.clients.git_upstream import WHEN, Upstream, planted, push

BRANCH = "slipway/PROJ-1"


async def committed(checkout: Checkout, text: str) -> str:
    (checkout.path / "agent.txt").write_text(text)
    commit = await checkout.commit("builder", text, WHEN)
    assert commit is not None
    return commit


def somebody_commits(upstream: Upstream, start: str) -> str:
    upstream.git("checkout", "--quiet", "-B", BRANCH, start)
    commit = upstream.commit(foreign="by hand\n")
    upstream.git("checkout", "--quiet", "main")
    return commit


async def test_a_push_may_be_repeated(checkout: Checkout, upstream: Upstream) -> None:
    commit = await committed(checkout, "one")
    for expected in (None, None, checkout.base):
        await push(checkout, commit, BRANCH, expected)
    assert upstream.git("rev-parse", BRANCH) == commit


async def test_a_branch_at_the_base_is_as_good_as_none(
    checkout: Checkout, upstream: Upstream
) -> None:
    upstream.git("branch", BRANCH, checkout.base)
    commit = await committed(checkout, "one")
    await push(checkout, commit, BRANCH)
    assert upstream.git("rev-parse", BRANCH) == commit


async def test_foreign_commits_are_named_and_left_alone(
    checkout: Checkout, upstream: Upstream
) -> None:
    foreign = somebody_commits(upstream, "main")
    commit = await committed(checkout, "one")
    for expected in (None, checkout.base):
        with pytest.raises(ForeignCommitsError, match=r"by Ann <ann@example.org>: Person's work"):
            await push(checkout, commit, BRANCH, expected)
    assert upstream.git("rev-parse", BRANCH) == foreign


async def test_a_branch_that_somebody_deleted_or_moved_back_is_not_put_forward(
    checkout: Checkout, upstream: Upstream
) -> None:
    first = await committed(checkout, "one")
    second = await committed(checkout, "two")
    with pytest.raises(ForeignCommitsError, match="is gone"):
        await push(checkout, second, BRANCH, first)
    upstream.git("branch", BRANCH, checkout.base)
    with pytest.raises(ForeignCommitsError, match="moved back"):
        await push(checkout, second, BRANCH, first)


async def test_of_two_racing_pushes_one_wins_and_the_other_hears_of_it(
    checkout: Checkout, upstream: Upstream
) -> None:
    one, two = await committed(checkout, "one"), await committed(checkout, "two")
    results = await asyncio.gather(
        *(push(checkout, commit, BRANCH) for commit in (one, two)), return_exceptions=True
    )
    won, lost = (one, two) if results[0] is None else (two, one)
    assert upstream.git("rev-parse", BRANCH) == won != lost
    assert [type(result) for result in results if result] == [ForeignCommitsError]


async def test_commits_that_arrive_during_the_push_are_seen(
    checkout: Checkout, upstream: Upstream
) -> None:
    """The repository's own hook plays the person who is quicker than the push."""
    commit = await committed(checkout, "one")
    foreign = somebody_commits(upstream, "main")
    upstream.git("branch", "-D", BRANCH)
    hook = upstream.path / ".git/hooks/pre-receive"
    planted(hook, upstream.path / "trace")
    hook.write_text(
        f"#!/bin/sh\nunset GIT_QUARANTINE_PATH\ngit update-ref refs/heads/{BRANCH} {foreign}\n"
    )
    with pytest.raises(ForeignCommitsError, match="by Ann"):
        await push(checkout, commit, BRANCH)
    assert upstream.git("rev-parse", BRANCH) == foreign


async def test_a_lock_that_a_dead_git_left_is_named_and_waited_for(
    checkout: Checkout, upstream: Upstream
) -> None:
    commit = await committed(checkout, "one")
    lock = upstream.path / f".git/refs/heads/{BRANCH}.lock"
    lock.parent.mkdir()
    lock.touch()
    with pytest.raises(BranchLockedError, match=f"{lock} is there.*remove it"):
        await push(checkout, commit, BRANCH)
    lock.unlink()
    await push(checkout, commit, BRANCH)
    assert upstream.git("rev-parse", BRANCH) == commit


@pytest.mark.parametrize("taken", ["slipway", f"{BRANCH}/x"])
async def test_a_branch_in_the_way_of_the_name_is_no_lock(
    checkout: Checkout, upstream: Upstream, taken: str
) -> None:
    upstream.git("branch", taken)
    commit = await committed(checkout, "one")
    with pytest.raises(PushRefusedError, match=f"refs/heads/{taken}' exists"):
        await push(checkout, commit, BRANCH)


async def test_a_branch_that_is_checked_out_says_where_and_what_to_do(
    checkout: Checkout, upstream: Upstream, tmp_path: Path
) -> None:
    commit = await committed(checkout, "one")
    upstream.git("worktree", "add", "--quiet", "-b", BRANCH, str(tmp_path / "worktree"), "main")
    with pytest.raises(BranchInUseError, match=f"checked out in {tmp_path}/worktree.*git switch"):
        await push(checkout, commit, BRANCH)
    assert upstream.git("rev-parse", BRANCH) == checkout.base


async def test_a_refusal_by_the_repositorys_own_hook_is_told(
    checkout: Checkout, upstream: Upstream
) -> None:
    hook = upstream.path / ".git/hooks/pre-receive"
    planted(hook, upstream.path / "trace")
    hook.write_text("#!/bin/sh\necho 'No pushes on a \033[1mFriday' >&2\nexit 1\n")
    commit = await committed(checkout, "one")
    with pytest.raises(PushRefusedError, match=r"hook declined.*No pushes on a \[1mFriday"):
        await push(checkout, commit, BRANCH)


async def test_names_that_are_no_branches_are_refused(
    checkout: Checkout, repositories: Repositories, upstream: Upstream
) -> None:
    commit = await committed(checkout, "one")
    for name in ("", "-f", "a..b", "main:main", "a b", "x\n", "HEAD", "a.lock", "+main", "*"):
        with pytest.raises(UnsafeBranchNameError):
            await repositories.push(upstream.url, commit, name)
