"""What an agent may leave in its checkout, and what becomes of it."""

import os
from pathlib import Path

import pytest

from clients.git.checkouts import Checkout
from clients.git.errors import NestedRepositoryError, UncommittableFilesError
from clients.git.repositories import Repositories
from clients.git.repository_facts import patch
from tests.clients.git_upstream import WHEN, Upstream, planted, push


@pytest.fixture
def upstream(tmp_path: Path) -> Upstream:
    upstream = Upstream.init(tmp_path / "upstream")
    (upstream.path / ".gitignore").write_text("*.log\nbuild/\n")
    (upstream.path / "run.sh").write_text("#!/bin/sh\n")
    upstream.commit(kept="kept\n", removed="removed\n")
    return upstream


async def pushed(checkout: Checkout, upstream: Upstream) -> dict[str, str]:
    commit = await checkout.commit("builder", "Work", WHEN)
    assert commit is not None
    await push(checkout, commit, "slipway/PROJ-1")
    return upstream.files("slipway/PROJ-1")


async def test_deleted_files_modes_links_and_ignored_files(
    checkout: Checkout, upstream: Upstream
) -> None:
    (checkout.path / "removed.txt").unlink()
    (checkout.path / "run.sh").chmod(0o755)
    (checkout.path / "link").symlink_to("/etc/passwd")
    (checkout.path / "noise.log").write_text("ignored")
    (checkout.path / "build").mkdir()
    (checkout.path / "build/out").write_text("ignored")
    os.mkfifo(checkout.path / "pipe")
    assert await checkout.changed_files() == ["link", "removed.txt", "run.sh"]
    files = await pushed(checkout, upstream)
    assert sorted(files) == [".gitignore", "kept.txt", "link", "run.sh"]
    assert files["run.sh"].startswith("100755")
    assert files["link"].startswith("120000")
    assert upstream.content("slipway/PROJ-1", "link") == "/etc/passwd"


async def test_odd_names_arrive_as_they_are(checkout: Checkout, upstream: Upstream) -> None:
    names = [
        "ü ñ 日本.txt",
        "two\nlines",
        'quo"te',
        "-dash",
        "--help",
        "tab\there",
        ":(top)x",
        "\\",
    ]
    for name in names:
        (checkout.path / name).write_text(name)
    assert await checkout.changed_files() == sorted(names)
    assert set(names) < set(await pushed(checkout, upstream))


async def test_a_name_that_is_not_utf_8_is_committed_and_told_in_ascii(
    checkout: Checkout, upstream: Upstream
) -> None:
    (checkout.path / os.fsdecode(b"latin-\xe9")).write_text("x")
    assert await checkout.changed_files() == ["latin-\\xe9"]
    assert os.fsdecode(b"latin-\xe9") in await pushed(checkout, upstream)


async def test_a_big_file_arrives_whole(checkout: Checkout, upstream: Upstream) -> None:
    content = os.urandom(20_000_000)
    (checkout.path / "big.bin").write_bytes(content)
    await pushed(checkout, upstream)
    assert upstream.git("cat-file", "-s", "slipway/PROJ-1:big.bin") == str(len(content))


async def test_nothing_planted_in_the_checkouts_repository_runs(
    checkout: Checkout, upstream: Upstream, tmp_path: Path
) -> None:
    trace = tmp_path / "trace"
    program = planted(tmp_path / "evil", trace)
    agent = checkout.path / ".git"
    for hook in ("pre-commit", "post-commit", "commit-msg", "pre-push", "post-index-change"):
        planted(agent / "hooks" / hook, trace)
    with (agent / "config").open("a") as config:
        config.write(f'[core]\n\tfsmonitor = "{program}"\n\thooksPath = hooks\n')
        config.write(f'[filter "evil"]\n\tclean = "{program}"\n\tprocess = "{program}"\n')
        config.write(f'[diff "evil"]\n\ttextconv = "{program}"\n\tcommand = "{program}"\n')
    (checkout.path / ".gitattributes").write_text("* filter=evil diff=evil\n")
    (checkout.path / "kept.txt").write_text("changed\n")
    commit = await checkout.commit("builder", "Work", WHEN)
    assert commit is not None
    assert "+changed" in (await patch(checkout.mirror.git, checkout.base, commit))[0]
    await push(checkout, commit, "slipway/PROJ-1")
    assert upstream.content("slipway/PROJ-1", "kept.txt") == "changed"
    assert not trace.exists()


async def test_a_nested_repository_is_refused(checkout: Checkout) -> None:
    Upstream.init(checkout.path / "vendor" / "lib").commit(code="x")
    for _ in range(2):
        with pytest.raises(NestedRepositoryError, match="vendor/lib"):
            await checkout.commit("builder", "Work", WHEN)


async def test_a_nested_repository_without_commits_is_refused(checkout: Checkout) -> None:
    Upstream.init(checkout.path / "lib")
    (checkout.path / "lib/code").write_text("x")
    with pytest.raises(NestedRepositoryError, match="lib"):
        await checkout.changed_files()


async def test_an_ignored_nested_repository_is_ignored(
    checkout: Checkout, upstream: Upstream
) -> None:
    Upstream.init(checkout.path / "build" / "lib").commit(code="x")
    assert await checkout.changed_files() == []


async def test_a_name_that_is_git_s_own_elsewhere_is_refused(checkout: Checkout) -> None:
    """Where case does not count, .GIT is the repository itself."""
    (checkout.path / "sub/.GIT").mkdir(parents=True)
    (checkout.path / "sub/.GIT/config").write_text("[core]\n")
    with pytest.raises(UncommittableFilesError):
        await checkout.changed_files()


async def test_a_checkout_that_was_replaced_is_refused(checkout: Checkout, tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets/key").write_text("secret")
    checkout.path.rename(checkout.path.with_name("moved"))
    with pytest.raises(UncommittableFilesError):
        await checkout.changed_files()
    checkout.path.symlink_to(tmp_path / "secrets")
    with pytest.raises(UncommittableFilesError):
        await checkout.commit("builder", "Work", WHEN)


async def test_a_repository_planted_in_a_submodule_runs_nothing(tmp_path: Path) -> None:
    """Git looks into one that is at its commit, by a child that obeys the configuration there."""
    upstream = Upstream.init(tmp_path / "with submodule")
    base = upstream.commit(readme="x")
    upstream.git("update-index", "--add", "--cacheinfo", f"160000,{base},sub")
    upstream.git("commit", "--quiet", "-m", "A submodule")
    tip = upstream.git("rev-parse", "HEAD")
    trace = tmp_path / "trace"
    async with Repositories(tmp_path / "state", {}).checkout(upstream.url, tip, "run") as checkout:
        assert await checkout.changed_files() == []
        planted_there = Upstream(checkout.path / "sub")
        planted_there.git("init", "--quiet")
        planted_there.git("fetch", "--quiet", upstream.url, "main")
        planted_there.git("checkout", "--quiet", base)
        program = planted(tmp_path / "evil", trace)
        (checkout.path / "sub/.gitattributes").write_text("* filter=evil\n")
        planted_there.git("config", "filter.evil.clean", program)
        planted_there.git("config", "core.fsmonitor", program)
        os.utime(checkout.path / "sub/readme.txt", (1, 1))
        with pytest.raises(NestedRepositoryError, match="sub"):
            await checkout.commit("builder", "Work", WHEN)
    assert not trace.exists()


async def test_what_an_agent_locked_away_is_removed_all_the_same(
    upstream: Upstream, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir(mode=0o555)
    base = upstream.git("rev-parse", "HEAD")
    async with Repositories(tmp_path / "state", {}).checkout(upstream.url, base, "r") as checkout:
        (checkout.path / "locked/deep").mkdir(parents=True)
        (checkout.path / "locked/deep/file").write_text("x")
        (checkout.path / "locked/out").symlink_to(outside)
        (checkout.path / "locked/deep").chmod(0)
        (checkout.path / "locked").chmod(0o555)
    assert not list((tmp_path / "state/checkouts").iterdir())
    assert outside.stat().st_mode & 0o777 == 0o555
