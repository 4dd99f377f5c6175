"""A broken mirror is mended; whatever branches do is followed."""

import os
import shutil
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from clients.git.repositories import Repositories
from tests.clients.git_upstream import Upstream


async def files(repositories: Repositories, upstream: Upstream) -> list[str]:
    tip = await repositories.tip(upstream.url)
    async with repositories.checkout(upstream.url, tip.commit, "run") as checkout:
        assert await checkout.changed_files() == []
        return sorted(os.listdir(checkout.path))


def empty_out(mirror: Path) -> None:
    shutil.rmtree(mirror)
    mirror.mkdir()


def lose_objects(mirror: Path) -> None:
    shutil.rmtree(mirror / "objects")
    (mirror / "objects").mkdir()


def garble_objects(mirror: Path) -> None:
    for path in mirror.glob("objects/??/*"):
        path.chmod(0o644)
        path.write_bytes(b"garbage")


def lose_contents(mirror: Path) -> None:
    """The commits are still there, but not the files."""
    for path in mirror.glob("objects/??/*"):
        if zlib.decompress(path.read_bytes()).startswith(b"blob"):
            path.unlink()


def lose_head(mirror: Path) -> None:
    (mirror / "HEAD").unlink()


def leave_locks(mirror: Path) -> None:
    for name in ("packed-refs", "refs/heads/main", "HEAD", "config"):
        (mirror / f"{name}.lock").touch()


def loose(mirror: Path) -> int:
    """How many objects have a file of their own."""
    return len(list(mirror.glob("objects/??/*")))


DAMAGES = [empty_out, lose_objects, garble_objects, lose_contents, lose_head, leave_locks]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
async def test_a_broken_mirror_mends_itself(
    damage: Callable[[Path], None], repositories: Repositories, upstream: Upstream, tmp_path: Path
) -> None:
    await files(repositories, upstream)
    (mirror,) = (tmp_path / "state/mirrors").glob("*.git")
    damage(mirror)
    assert await files(repositories, upstream) == [".git", "readme.txt"]
    damage(mirror)
    upstream.commit(more="news\n")
    assert await files(repositories, upstream) == [".git", "more.txt", "readme.txt"]


async def test_branches_that_were_rewritten_or_change_their_kind_are_followed(
    repositories: Repositories, upstream: Upstream
) -> None:
    upstream.git("branch", "topic")
    await files(repositories, upstream)
    upstream.git("branch", "-D", "topic")
    upstream.git("branch", "topic/one")
    upstream.git("commit", "--quiet", "--amend", "-m", "Rewritten")
    assert await files(repositories, upstream) == [".git", "readme.txt"]


async def test_tidying_packs_what_months_of_work_leave(
    repositories: Repositories, upstream: Upstream, tmp_path: Path
) -> None:
    await files(repositories, upstream)
    (mirror,) = (tmp_path / "state/mirrors").glob("*.git")
    # As many fetches of few objects each would leave them.
    subprocess.run(("git", "config", "fetch.unpackLimit", "10000"), cwd=mirror, check=True)
    upstream.commit(**{f"part-{number}": f"{number}\n" for number in range(1_500)})
    for number in range(3):
        upstream.git("branch", f"slipway/PROJ-{number}")
    await files(repositories, upstream)
    assert (loose(mirror), (mirror / "refs/heads/slipway/PROJ-1").exists()) == (1_505, True)

    await repositories.tidy()
    assert (loose(mirror), (mirror / "refs/heads/slipway/PROJ-1").exists()) == (0, False)
    upstream.commit(more="news\n")
    assert "more.txt" in await files(repositories, upstream)


async def test_tidying_gives_back_what_gits_without_room_or_time_have_taken(
    repositories: Repositories, upstream: Upstream, tmp_path: Path
) -> None:
    await files(repositories, upstream)
    (mirror,) = (tmp_path / "state/mirrors").glob("*.git")
    (mirror / "objects/f6").mkdir(exist_ok=True)
    names = "f6/tmp_obj_oAyWpE", "pack/tmp_pack_oAyWpE", "pack/.tmp-77-pack-0123.pack"
    old = [mirror / "objects" / name for name in names]
    new = mirror / "objects/pack/tmp_pack_nr5N7g"
    for path in (*old, new):
        path.write_bytes(b"half of it")
    for path in old:
        os.utime(path, (1, 1))

    await repositories.tidy()
    assert [path.exists() for path in (*old, new)] == [False, False, False, True]
    assert await files(repositories, upstream) == [".git", "readme.txt"]
