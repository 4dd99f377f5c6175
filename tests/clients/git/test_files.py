"""Single files of a commit, read without a checkout."""

import shutil
from pathlib import Path

import pytest

from clients.git.errors import FileTooLargeError, UnknownCommitError
from clients.git.repositories import Repositories
from tests.clients.git_upstream import Upstream


@pytest.fixture
def upstream(tmp_path: Path) -> Upstream:
    upstream = Upstream.init(tmp_path / "upstream")
    (upstream.path / "folder").mkdir()
    (upstream.path / "folder/ü *?.yaml").write_bytes(b"\0\xffdeep")
    (upstream.path / "link").symlink_to("readme.txt")
    return upstream


async def test_a_file_is_read_as_it_was_in_that_commit(
    repositories: Repositories, upstream: Upstream
) -> None:
    first = upstream.commit(readme="one\n", empty="")
    second = upstream.commit(readme="two\n")
    assert await repositories.read(upstream.url, first, "readme.txt") == b"one\n"
    assert await repositories.read(upstream.url, second, "readme.txt") == b"two\n"
    assert await repositories.read(upstream.url, second, "empty.txt") == b""
    assert await repositories.read(upstream.url, second, "folder/ü *?.yaml") == b"\0\xffdeep"


@pytest.mark.parametrize(
    "path",
    [
        *("missing", "folder", "folder/", "link", "submodule", "readme.txt/x", "*.txt"),
        *("", "/", "/readme.txt", "../readme.txt", "./readme.txt", ":(top)readme.txt", "a\0b"),
        *("-r", "--help", "\n"),
    ],
)
async def test_what_is_no_file_is_absent(
    path: str, repositories: Repositories, upstream: Upstream
) -> None:
    upstream.commit(readme="one\n")
    tip = upstream.git("rev-parse", "HEAD")
    upstream.git("update-index", "--add", "--cacheinfo", f"160000,{tip},submodule")
    upstream.git("commit", "--quiet", "-m", "Add a submodule")
    commit = upstream.git("rev-parse", "HEAD")
    assert await repositories.read(upstream.url, commit, path) is None


async def test_a_file_above_the_limit_is_refused_by_name(
    repositories: Repositories, upstream: Upstream
) -> None:
    commit = upstream.commit(readme="x" * 11)
    assert await repositories.read(upstream.url, commit, "readme.txt", most=11) == b"x" * 11
    with pytest.raises(FileTooLargeError, match=r"readme\.txt .* more than the 10 bytes"):
        await repositories.read(upstream.url, commit, "readme.txt", most=10)


async def test_a_commit_that_nobody_has_has_no_files(
    repositories: Repositories, upstream: Upstream
) -> None:
    upstream.commit(readme="one\n")
    for commit in ("0123456789" * 4, "main", "--output=x"):
        with pytest.raises(UnknownCommitError):
            await repositories.read(upstream.url, commit, "readme.txt")


async def test_a_mirror_that_lost_its_files_is_made_anew(
    repositories: Repositories, upstream: Upstream, tmp_path: Path
) -> None:
    commit = upstream.commit(readme="one\n")
    await repositories.read(upstream.url, commit, "readme.txt")
    blob = upstream.git("rev-parse", f"{commit}:readme.txt")
    (mirror,) = (tmp_path / "state/mirrors").glob("*.git")
    shutil.rmtree(mirror / "objects" / blob[:2])
    assert await repositories.read(upstream.url, commit, "readme.txt") == b"one\n"
