"""What the command line learns about the repository it is called in."""

import os
from pathlib import Path

import pytest

from clients.git.errors import EmptyRepositoryError, NotARepositoryError
from clients.git.repositories import Repositories
from tests.clients.git_upstream import Upstream, planted


@pytest.fixture
def upstream(tmp_path: Path) -> Upstream:
    upstream = Upstream.init(tmp_path / "my repository")
    upstream.commit(a="a\n", b="b\n", c="c\n")
    return upstream


async def test_a_clean_repository_is_found_from_inside(
    repositories: Repositories, upstream: Upstream
) -> None:
    inside = upstream.path / "deep/down"
    inside.mkdir(parents=True)
    found = await repositories.inspect_local(inside)
    assert (found.path, found.branch) == (upstream.path, "main")
    assert found.commit == upstream.git("rev-parse", "HEAD")
    assert found.changed_files == []


async def test_what_is_not_committed_is_listed(
    repositories: Repositories, upstream: Upstream
) -> None:
    (upstream.path / "a.txt").write_text("edited")
    (upstream.path / "b.txt").unlink()
    (upstream.path / "neu ü\n.txt").write_text("new")
    upstream.git("mv", "c.txt", "moved.txt")
    found = await repositories.inspect_local(upstream.path)
    assert sorted(found.changed_files) == ["a.txt", "b.txt", "c.txt", "moved.txt", "neu ü\n.txt"]


async def test_looking_does_not_even_refresh_the_index(
    repositories: Repositories, upstream: Upstream
) -> None:
    os.utime(upstream.path / "a.txt", (1, 1))
    before = (upstream.path / ".git/index").read_bytes()
    assert (await repositories.inspect_local(upstream.path)).changed_files == []
    assert (upstream.path / ".git/index").read_bytes() == before


async def test_a_bare_repository_is_one_too(
    repositories: Repositories, upstream: Upstream, tmp_path: Path
) -> None:
    upstream.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare.git"))
    found = await repositories.inspect_local(tmp_path / "bare.git")
    assert found.path == tmp_path / "bare.git"
    assert found.changed_files == []


async def test_the_repositorys_own_fsmonitor_is_not_started(
    repositories: Repositories, upstream: Upstream, tmp_path: Path
) -> None:
    trace = tmp_path / "trace"
    upstream.git("config", "core.fsmonitor", planted(tmp_path / "evil", trace))
    await repositories.inspect_local(upstream.path)
    assert not trace.exists()


async def test_no_repository_and_no_commit_say_what_to_do(
    repositories: Repositories, tmp_path: Path
) -> None:
    (tmp_path / "plain").mkdir()
    for path in ("plain", "missing"):
        with pytest.raises(NotARepositoryError, match=r"not inside a git repository.*git init"):
            await repositories.inspect_local(tmp_path / path)
    with pytest.raises(EmptyRepositoryError, match="Make a first commit"):
        await repositories.inspect_local(Upstream.init(tmp_path / "empty").path)
