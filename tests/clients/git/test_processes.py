"""The git program: stopped when it must be, told little, and believed less."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from clients.git.errors import (
    GitFailedError,
    GitTimedOutError,
    RepositoryUnreachableError,
)
from clients.git.program import Git, presentable
from clients.git.repositories import Repositories
from tests.clients.git_upstream import Upstream

URL = "https://git.example.org/team/repository.git"


@asynccontextmanager
async def silent_proxy() -> AsyncIterator[tuple[dict[str, str], asyncio.Event, asyncio.Event]]:
    """A host that takes a call and never answers; the events: called, hung up."""
    called, hung_up = asyncio.Event(), asyncio.Event()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        called.set()
        with contextlib.suppress(ConnectionError):
            while await reader.read(1_000):
                pass
        hung_up.set()
        writer.close()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield {"https_proxy": f"http://127.0.0.1:{port}"}, called, hung_up


async def test_cancelling_stops_git_and_its_children(tmp_path: Path) -> None:
    async with silent_proxy() as (environment, called, hung_up):
        asking = asyncio.create_task(Repositories(tmp_path, environment).tip(URL))
        async with asyncio.timeout(20):
            await called.wait()
            assert not asking.done()
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
            assert asking.cancelled()
            await hung_up.wait()


async def test_a_git_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    async with silent_proxy() as (environment, called, hung_up):
        git, time = Git(tmp_path, environment), timedelta(milliseconds=300)
        # On a machine that is busy it is stopped before it calls anybody.
        while not called.is_set():
            with pytest.raises(GitTimedOutError):
                await git.run("ls-remote", URL, timeout=time)
            time *= 2
        async with asyncio.timeout(20):
            await hung_up.wait()


async def test_a_host_that_is_away_is_worth_another_try(tmp_path: Path) -> None:
    nobody = {"https_proxy": "http://127.0.0.1:1"}
    with pytest.raises(RepositoryUnreachableError) as caught:
        await Repositories(tmp_path, nobody).tip(URL)
    assert caught.value.delay > timedelta()
    assert URL in str(caught.value)


async def test_only_what_git_needs_of_the_environment_reaches_it(tmp_path: Path) -> None:
    git = Git(tmp_path, {"SSH_AUTH_SOCK": "/agent", "API_TOKEN": "secret", "GIT_DIR": "/wrong"})
    program = f'!"{sys.executable}" -c "import os; print(sorted(os.environ.items()))"'
    seen = (await git.run("-c", f"alias.surroundings={program}", "surroundings")).decode()
    assert "SSH_AUTH_SOCK" in seen
    assert "secret" not in seen
    assert "/wrong" not in seen


def test_what_git_says_is_short_and_without_secrets() -> None:
    said = presentable(b"x" * 9_000 + b"\x1b[31m fatal: https://me:secret@host/path \0 end\n")
    assert len(said) == 2_000
    assert said.endswith("[31m fatal: https://***@host/path  end")


async def test_output_without_an_end_is_cut_and_git_stopped(
    upstream: Upstream, tmp_path: Path
) -> None:
    git = Git(tmp_path / "home", {}).within(upstream.path)
    endless = ("-c", "alias.flood=!yes", "flood")
    printed, cut = await git.head(10_000, *endless)
    assert (len(printed), cut) == (10_000, True)
    with pytest.raises(GitFailedError):
        await git.run("no-such-command")


async def test_a_flood_ends_even_when_others_keep_the_event_loop_busy(tmp_path: Path) -> None:
    """Then more is waiting to be read than asyncio takes, which once meant waiting for ever."""

    async def busy() -> None:
        while True:
            sum(range(500_000))
            await asyncio.sleep(0)

    git, endless = Git(tmp_path, {}), ("-c", "alias.flood=!yes", "flood")
    others = asyncio.create_task(busy())
    try:
        async with asyncio.timeout(30):
            for _ in range(3):
                assert await git.head(10_000, *endless) == (b"y\n" * 5_000, True)
            with pytest.raises(GitTimedOutError):
                await git.head(10**12, *endless, timeout=timedelta(milliseconds=200))
    finally:
        others.cancel()
