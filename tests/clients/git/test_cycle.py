"""From a repository's tip to a pushed commit, and on from there on another machine."""

import asyncio
import contextlib
import os
from datetime import timedelta
from pathlib import Path

import pytest

from clients.git.repositories import Repositories
from tests.clients.git_upstream import WHEN, Upstream, push

BRANCH = "slipway/PROJ-1"


@pytest.fixture
def here(tmp_path: Path) -> Repositories:
    return Repositories(tmp_path / "here", {})


@pytest.fixture
def elsewhere(tmp_path: Path) -> Repositories:
    return Repositories(tmp_path / "elsewhere", {})


async def work(repositories: Repositories, upstream: Upstream, base: str, text: str) -> str:
    """An agent's run that writes `text` to its own file."""
    async with repositories.checkout(upstream.url, base, f"run {text}") as checkout:
        (checkout.path / f"{text}.txt").write_text(text)
        commit = await checkout.commit("builder", f"Write {text}", WHEN)
        assert commit is not None
        at_start = await repositories.branch_commit(upstream.url, BRANCH)
        await push(checkout, commit, BRANCH, at_start)
    return commit


async def test_an_agents_change_becomes_a_commit_on_its_branch(
    here: Repositories, upstream: Upstream
) -> None:
    tip = await here.tip(upstream.url)
    assert tip.branch == "main"
    commit = await work(here, upstream, tip.commit, "one")
    assert upstream.git("rev-parse", BRANCH) == commit
    assert upstream.git("log", "--format=%s|%an|%ae|%cn|%ce|%aI", "-1", commit) == (
        "Write one|builder|builder@slipway.invalid|Slipway|slipway@slipway.invalid"
        "|2026-03-04T05:06:07+00:00"
    )
    assert upstream.git("rev-parse", f"{commit}^") == tip.commit


async def test_another_machine_goes_on_from_the_branch(
    here: Repositories, elsewhere: Repositories, upstream: Upstream
) -> None:
    first = await work(here, upstream, (await here.tip(upstream.url)).commit, "one")
    known = await elsewhere.branch_commit(upstream.url, BRANCH)
    assert known == first
    second = await work(elsewhere, upstream, known, "two")
    assert sorted(upstream.files(second)) == ["one.txt", "readme.txt", "two.txt"]
    assert await here.branch_commit(upstream.url, BRANCH) == second


async def test_the_person_s_working_copy_is_as_it_was(
    here: Repositories, upstream: Upstream
) -> None:
    (upstream.path / "readme.txt").write_text("being edited\n")
    (upstream.path / "new.txt").write_text("not added\n")

    def seen() -> list[object]:
        paths = [path for path in upstream.path.rglob("*") if ".git" not in path.parts]
        return [
            (upstream.path / ".git/HEAD").read_text(),
            (upstream.path / ".git/index").read_bytes(),
            upstream.git("reflog", "HEAD") + upstream.git("reflog", "main"),
            upstream.git("--no-optional-locks", "status", "--porcelain"),
            upstream.git("for-each-ref", "--format=%(refname) %(objectname)", "refs/heads/main"),
            sorted((str(path), path.stat().st_mtime_ns, path.read_bytes()) for path in paths),
        ]

    before = seen()
    await here.inspect_local(upstream.path)
    await work(here, upstream, (await here.tip(upstream.url)).commit, "one")
    assert seen() == before
    refs = upstream.git("for-each-ref", "--format=%(refname)").splitlines()
    assert refs == ["refs/heads/main", f"refs/heads/{BRANCH}"]


async def test_the_same_work_makes_the_same_commit(
    here: Repositories, elsewhere: Repositories, upstream: Upstream
) -> None:
    base = (await here.tip(upstream.url)).commit

    async def made(repositories: Repositories, message: str) -> str | None:
        async with repositories.checkout(upstream.url, base, "run") as checkout:
            (checkout.path / "a.txt").write_text("a")
            return await checkout.commit("builder", message, WHEN)

    assert await made(here, "Same") == await made(elsewhere, "Same") != await made(here, "Other")


async def test_a_repository_of_another_user_can_be_worked_on(
    here: Repositories, upstream: Upstream
) -> None:
    base = upstream.git("rev-parse", "HEAD")
    with contextlib.suppress(PermissionError):  # Only root can give files away.
        for folder, _, files in os.walk(upstream.path):
            for path in (folder, *(os.path.join(folder, name) for name in files)):
                os.chown(path, 12_345, 12_345, follow_symlinks=False)
    found = await here.inspect_local(upstream.path)
    assert found.commit == base == (await here.tip(upstream.url)).commit
    async with here.checkout(upstream.url, base, "run") as checkout:
        (checkout.path / "a.txt").write_text("a")
        commit = await checkout.commit("builder", "Work", WHEN)
        assert commit is not None
        await push(checkout, commit, BRANCH)
    assert await here.branch_commit(upstream.url, BRANCH) == commit


async def test_no_change_is_no_commit(here: Repositories, upstream: Upstream) -> None:
    base = (await here.tip(upstream.url)).commit
    async with here.checkout(upstream.url, base, "run") as checkout:
        (checkout.path / "readme.txt").touch()
        assert await checkout.changed_files() == []
        assert await checkout.commit("builder", "Nothing", WHEN) is None


async def test_a_change_of_the_same_length_and_time_is_seen(
    here: Repositories, upstream: Upstream
) -> None:
    """Git trusts its index as long as size and times fit."""
    base = (await here.tip(upstream.url)).commit
    async with here.checkout(upstream.url, base, "run") as checkout:
        (checkout.path / "readme.txt").write_text("jello\n")
        assert await checkout.changed_files() == ["readme.txt"]


async def test_the_agent_sees_history_and_a_clean_state(
    here: Repositories, upstream: Upstream
) -> None:
    upstream.commit(readme="hello again\n")
    base = (await here.tip(upstream.url)).commit
    async with here.checkout(upstream.url, base, "run") as checkout:
        agent = Upstream(checkout.path)
        assert len(agent.git("log", "--format=%h").splitlines()) == 2
        assert agent.git("status", "--porcelain") == ""
        assert agent.git("remote") == ""
        assert not (checkout.path / ".git/objects/info/alternates").exists()
        agent.git("fsck", "--strict")


async def test_commits_of_the_agents_own_do_not_count_but_their_files_do(
    here: Repositories, upstream: Upstream
) -> None:
    base = (await here.tip(upstream.url)).commit
    async with here.checkout(upstream.url, base, "run") as checkout:
        agent = Upstream(checkout.path)
        agent.commit(own="by the agent\n")
        commit = await checkout.commit("builder", "Slipway's", WHEN)
        assert commit is not None
        await push(checkout, commit, BRANCH)
    assert upstream.git("log", "--format=%s", f"main..{BRANCH}") == "Slipway's"
    assert "own.txt" in upstream.files(commit)


async def test_a_branch_can_be_made_at_a_commit_before_any_agent_runs(
    here: Repositories, upstream: Upstream
) -> None:
    base = (await here.tip(upstream.url)).commit
    await here.push(upstream.url, base, BRANCH)
    await here.push(upstream.url, base, BRANCH)
    assert upstream.git("rev-parse", BRANCH) == base


async def test_a_detached_head_can_be_worked_from(here: Repositories, upstream: Upstream) -> None:
    upstream.git("checkout", "--quiet", "--detach")
    upstream.commit(loose="on no branch\n")
    tip = await here.tip(upstream.url)
    assert tip.branch is None
    commit = await work(here, upstream, tip.commit, "one")
    assert sorted(upstream.files(commit)) == ["loose.txt", "one.txt", "readme.txt"]


async def test_many_agents_get_their_own_checkout_of_a_new_mirror_at_once(
    upstream: Upstream, tmp_path: Path
) -> None:
    base = upstream.git("rev-parse", "HEAD")
    processes = [Repositories(tmp_path / "shared", {}) for _ in range(6)]

    async def write(number: int, repositories: Repositories) -> str | None:
        async with repositories.checkout(upstream.url, base, f"run {number}") as checkout:
            (checkout.path / f"{number}.txt").write_text("mine")
            assert await checkout.changed_files() == [f"{number}.txt"]
            return await checkout.commit("builder", "Mine", WHEN)

    commits = await asyncio.gather(*(write(*pair) for pair in enumerate(processes)))
    assert len(set(commits)) == 6
    assert not list((tmp_path / "shared/checkouts").iterdir())
    assert await processes[0].sweep(timedelta()) == 0
