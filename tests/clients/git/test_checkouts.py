"""Whose a checkout is, and that none is left behind."""

import asyncio
import shutil
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest

from clients.file_locks import FileLock, waiting_lock
from clients.git.errors import (
    CheckoutInUseError,
)
from clients.git.repositories import Repositories
from tests.clients.git_upstream import WHEN, Upstream


async def test_a_sweep_takes_what_dead_workers_left_and_nothing_else(
    repositories: Repositories, upstream: Upstream, tmp_path: Path
) -> None:
    base = upstream.git("rev-parse", "HEAD")
    checkouts = tmp_path / "state/checkouts"
    died = f"""
import asyncio, os
from pathlib import Path
from clients.git.repositories import Repositories
async def work():
    async with Repositories(Path({str(tmp_path / "state")!r}), {{}}).checkout(
        {upstream.url!r}, {base!r}, "dead"
    ):
        os.kill(os.getpid(), 9)
asyncio.run(work())
"""
    root = Path(__file__).parents[3]
    await asyncio.to_thread(subprocess.run, [sys.executable, "-c", died], cwd=root, check=False)
    async with repositories.checkout(upstream.url, base, "alive") as checkout:
        assert len(list(checkouts.glob("*.lock"))) == 2
        assert await repositories.sweep(timedelta(hours=1)) == 0
        assert await repositories.sweep(timedelta()) == 1
        (checkout.path / "a.txt").write_text("a")
        assert await checkout.commit("builder", "Alive", WHEN)
    assert not list(checkouts.iterdir())


async def test_a_leftover_of_the_same_run_is_removed_first(
    repositories: Repositories, upstream: Upstream, tmp_path: Path
) -> None:
    base = upstream.git("rev-parse", "HEAD")
    async with repositories.checkout(upstream.url, base, "run") as checkout:
        leftover = checkout.path / "half done.txt"
        kept = tmp_path / "kept"
        leftover.write_text("x")
        shutil.copytree(checkout.path.parent, kept)
    shutil.copytree(kept, checkout.path.parent)
    assert leftover.exists()
    async with repositories.checkout(upstream.url, base, "run") as checkout:
        assert await checkout.changed_files() == []


async def test_two_living_attempts_do_not_share_a_checkout(
    repositories: Repositories, upstream: Upstream
) -> None:
    base = upstream.git("rev-parse", "HEAD")
    async with repositories.checkout(upstream.url, base, "run") as checkout:
        with pytest.raises(CheckoutInUseError):
            async with repositories.checkout(upstream.url, base, "run"):
                pytest.fail("the checkout is taken")
        assert await checkout.changed_files() == []


async def test_a_cancelled_run_leaves_no_checkout(
    repositories: Repositories, upstream: Upstream, tmp_path: Path
) -> None:
    base, entered = upstream.git("rev-parse", "HEAD"), asyncio.Event()

    async def work() -> None:
        async with repositories.checkout(upstream.url, base, "run"):
            entered.set()
            await asyncio.Event().wait()

    run = asyncio.create_task(work())
    await entered.wait()
    run.cancel()
    await asyncio.gather(run, return_exceptions=True)
    assert not list((tmp_path / "state/checkouts").iterdir())


async def test_a_lock_waits_for_its_holder_and_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    order: list[str] = []
    held = FileLock.acquire(path)
    assert held is not None

    async def wait() -> None:
        async with waiting_lock(path):
            order.append("waiter")

    waiter = asyncio.create_task(wait())
    await asyncio.sleep(0)
    order.append("holder")
    held.release()
    await waiter
    assert order == ["holder", "waiter"]
    assert not path.exists()


def test_a_lock_whose_file_was_just_removed_guards_nothing(tmp_path: Path) -> None:
    path, inside = tmp_path / "lock", threading.Lock()
    outcomes: list[bool] = []

    def contend() -> None:
        for _ in range(300):
            if lock := FileLock.acquire(path):
                alone = inside.acquire(blocking=False)
                outcomes.append(alone)
                time.sleep(0)  # Lets the others have a go.
                if alone:
                    inside.release()
                lock.release()

    threads = [threading.Thread(target=contend) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(outcomes)
