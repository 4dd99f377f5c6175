"""Repositories as people have them: shallow, with attributes, with submodules."""

from pathlib import Path

import pytest

from clients.git.checkouts import Checkout
from clients.git.errors import PartialCloneError, UncommittableFilesError
from clients.git.repositories import Repositories
from tests.clients.git_upstream import WHEN, Upstream, push

BRANCH = "slipway/PROJ-1"
POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\nsize 12345\n"


@pytest.fixture
def upstream(tmp_path: Path) -> Upstream:
    return Upstream.init(tmp_path / "upstream")


async def delivered(checkout: Checkout) -> str:
    commit = await checkout.commit("builder", "Work", WHEN)
    assert commit is not None
    await push(checkout, commit, BRANCH)
    return commit


async def test_a_shallow_clone_can_be_worked_on(
    upstream: Upstream, repositories: Repositories, tmp_path: Path
) -> None:
    upstream.commit(one="1")
    upstream.commit(two="2")
    upstream.git("clone", "--quiet", "--depth=1", f"file://{upstream.path}", str(tmp_path / "ci"))
    shallow = Upstream(tmp_path / "ci")
    tip = await repositories.tip(shallow.url)
    async with repositories.checkout(shallow.url, tip.commit, "run") as checkout:
        agents_view = Upstream(checkout.path)
        assert agents_view.git("rev-list", "--count", "HEAD") == "1"
        assert agents_view.git("status", "--short") == ""
        (checkout.path / "three.txt").write_text("3")
        commit = await delivered(checkout)
    assert shallow.git("rev-parse", BRANCH) == commit
    shallow.git("fetch", "--quiet", "--depth=1", "origin", "main")
    shallow.git("fetch", "--quiet", "--unshallow")
    async with repositories.checkout(shallow.url, commit, "again") as checkout:
        assert (checkout.path / "three.txt").read_text() == "3"


async def test_a_partial_clone_says_how_to_make_it_whole(
    upstream: Upstream, repositories: Repositories, tmp_path: Path
) -> None:
    upstream.commit(one="1")
    upstream.commit(one="2")
    upstream.git("config", "uploadpack.allowFilter", "true")
    partial = Upstream(tmp_path / "partial")
    origin = f"file://{upstream.path}"
    upstream.git("clone", "--quiet", "--filter=blob:none", origin, partial.url)
    away = upstream.path.rename(tmp_path / "away")  # A git of before May 2024 would ask it.
    tip = await repositories.tip(partial.url)
    with pytest.raises(PartialCloneError, match=r"of its history.*git fetch --refetch"):
        await repositories.read(partial.url, tip.commit, "one.txt")
    away.rename(upstream.path)
    partial.git("config", "--unset", "remote.origin.partialclonefilter")
    partial.git("fetch", "--refetch", "--quiet")
    async with repositories.checkout(partial.url, tip.commit, "run") as checkout:
        (checkout.path / "three.txt").write_text("3")
        commit = await delivered(checkout)
    assert partial.git("rev-parse", BRANCH) == commit


async def test_line_ends_that_only_attributes_would_change_are_no_change(
    upstream: Upstream, repositories: Repositories
) -> None:
    (upstream.path / "left.txt").write_bytes(b"one\r\ntwo\r\n")
    (upstream.path / "run.sh").write_bytes(b"one\r\n")
    upstream.commit(edited="one\r\n")
    (upstream.path / ".gitattributes").write_text("*.txt text\n*.sh text\n")
    upstream.git("add", ".gitattributes")
    upstream.git("commit", "--quiet", "-m", "Attributes")
    base = upstream.git("rev-parse", "HEAD")
    async with repositories.checkout(upstream.url, base, "run") as checkout:
        assert await checkout.changed_files() == []
        assert await checkout.commit("builder", "Work", WHEN) is None
        (checkout.path / "edited.txt").write_bytes(b"one\r\nmore\r\n")
        (checkout.path / "run.sh").chmod(0o755)
        assert await checkout.changed_files() == ["edited.txt", "run.sh"]
        await delivered(checkout)
    before, after = upstream.files(base), upstream.files(BRANCH)
    assert after["left.txt"] == before["left.txt"]
    assert after["run.sh"] == before["run.sh"].replace("100644", "100755")


async def test_attributes_hold_for_what_is_changed(
    upstream: Upstream, repositories: Repositories
) -> None:
    (upstream.path / ".gitattributes").write_text("*.txt text eol=crlf\n")
    upstream.commit(file="one\n")
    base = upstream.git("rev-parse", "HEAD")
    async with repositories.checkout(upstream.url, base, "run") as checkout:
        assert (checkout.path / "file.txt").read_bytes() == b"one\r\n"
        (checkout.path / "file.txt").write_bytes(b"two\r\n")
        await delivered(checkout)
    assert upstream.git("cat-file", "-s", f"{BRANCH}:file.txt") == str(len("two\n"))


async def test_pointers_of_large_files_stay_what_they_are(
    upstream: Upstream, repositories: Repositories
) -> None:
    (upstream.path / "large.bin").write_text(POINTER)
    upstream.commit(file="one")
    (upstream.path / ".gitattributes").write_text("*.bin filter=lfs diff=lfs merge=lfs -text\n")
    upstream.commit(file="two")
    base = upstream.git("rev-parse", "HEAD")
    async with repositories.checkout(upstream.url, base, "run") as checkout:
        assert (checkout.path / "large.bin").read_text() == POINTER
        (checkout.path / "file.txt").write_text("three")
        await delivered(checkout)
    assert upstream.files(BRANCH)["large.bin"] == upstream.files(base)["large.bin"]


@pytest.mark.parametrize("explained", [True, False])
async def test_files_left_in_a_submodule_are_not_lost_in_silence(
    upstream: Upstream, repositories: Repositories, explained: bool
) -> None:
    (upstream.path / ".gitmodules").write_text('[submodule "sub"]\n\tpath = sub\n\turl = ./sub\n')
    first = upstream.commit(file="one")
    upstream.git("update-index", "--add", "--cacheinfo", f"160000,{first},sub")
    upstream.git("commit", "--quiet", "-m", "A submodule")
    base = upstream.git("rev-parse", "HEAD")
    async with repositories.checkout(upstream.url, base, "run") as checkout:
        (checkout.path / "file.txt").write_text("two")
        assert await checkout.changed_files() == ["file.txt"]
        (checkout.path / "sub/mended.txt").write_text("work")
        if not explained:
            (checkout.path / ".gitmodules").unlink()
        with pytest.raises(UncommittableFilesError, match="submodule"):
            await checkout.commit("builder", "Work", WHEN)
