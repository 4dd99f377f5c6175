"""Runs the git program: no shell, no prompt, nobody's configuration but ours."""

import asyncio
import copy
import os
import re
import shutil
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Self

from clients.git.askpass import AskpassAnswer, handed_over
from clients.git.errors import GitFailedError, GitTimedOutError
from clients.git.surroundings import ASKPASS, FIXED, OPTIONS, PASSED_ON, furnish
from contracts.credentials import GitCredential
from policy.redaction import Redaction

LOCAL = timedelta(minutes=5)
QUERY = timedelta(minutes=1)
TRANSFER = timedelta(minutes=15)
GRACE = timedelta(seconds=2)
CHILDRENS_GRACE = timedelta(milliseconds=200)
MAX_OUTPUT = 64 * 1024 * 1024
MAX_SAID = 2_000
CHUNK = 64 * 1024

USERINFO = re.compile(r"(?<=://)[^/@\s]+@")
UNPRINTABLE = re.compile(r"[^\S\n\t ]|[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


class Git:
    """The git program with its surroundings. `home` is a folder of ours, made when missing.

    Of `environment` only what git needs to reach a host (agent socket, proxies, certificates) is
    passed on.
    """

    def __init__(self, home: Path, environment: Mapping[str, str]) -> None:
        furnish(home)
        self._folder = home.resolve()
        self._askpass = self._folder / ASKPASS
        self._answer: AskpassAnswer | None = None
        self._redaction = Redaction([])
        self._program = shutil.which("git") or "git"
        self._variables = FIXED | {
            "PATH": os.pathsep.join(os.get_exec_path()),
            "HOME": str(self._folder),  # git 2.30 knows no GIT_CONFIG_GLOBAL
            "GIT_CONFIG_GLOBAL": str(self._folder / ".gitconfig"),
            # The state lives inside somebody's repository, which must not be found by accident.
            "GIT_CEILING_DIRECTORIES": str(self._folder.parent),
        }
        self._variables |= {key: environment[key] for key in PASSED_ON & environment.keys()}

    @property
    def proxied(self) -> bool:
        """Whether names of https hosts are somebody else's to resolve."""
        return any(
            "proxy" in name.lower() for name in self._variables if name.lower() != "no_proxy"
        )

    def within(self, folder: Path, **variables: str | Path) -> Self:
        """The same git, started in `folder` with these variables (GIT_DIR and the like)."""
        other = copy.copy(self)
        other._folder = folder
        other._variables = self._variables | {key: str(value) for key, value in variables.items()}
        return other

    def answering(self, host: str, credential: GitCredential) -> Self:
        """The same git, with this to say when the host asks who it is, and nothing to others.
        Its errors never hold the secret."""
        other = copy.copy(self)
        other._answer = AskpassAnswer(self._askpass, host, credential)
        secret = credential.secret.get_secret_value()
        other._redaction = Redaction([secret, f"{credential.username}:{secret}"])
        return other

    async def run(self, *arguments: str, stdin: bytes = b"", timeout: timedelta = LOCAL) -> bytes:
        """What git printed. Raises GitFailedError when it ends with anything but 0, or prints
        without an end."""
        printed, cut = await self.head(MAX_OUTPUT, *arguments, stdin=stdin, timeout=timeout)
        if cut:
            raise GitFailedError(f"{_named(arguments)} printed over {MAX_OUTPUT:,} bytes", 0)
        return printed

    async def head(
        self, limit: int, *arguments: str, stdin: bytes = b"", timeout: timedelta = LOCAL
    ) -> tuple[bytes, bool]:
        """At most `limit` bytes of what git prints, and whether there was more."""
        process = await self._started(arguments, PIPE if stdin else DEVNULL)
        try:
            async with asyncio.timeout(timeout.total_seconds()):
                printed, said = await _converse(process, stdin, limit)
                status = await process.wait()
        except TimeoutError:
            await _stop(process)
            raise GitTimedOutError(f"{_named(arguments)} took over {timeout}", -1) from None
        except asyncio.CancelledError:
            await _stop(process)
            raise
        if len(printed) > limit:
            return printed[:limit], True
        if status:
            said, printed = self._redaction.text(said), self._redaction.data(printed)
            text = f"{_named(arguments)} ended with {status}: {said}"
            raise GitFailedError(text, status, said=said, printed=printed)
        return printed, False

    async def _started(self, arguments: tuple[str, ...], stdin: int) -> Process:
        with handed_over(self._answer) as (variables, descriptors):
            return await asyncio.create_subprocess_exec(
                *(self._program, *OPTIONS, *arguments),
                stdin=stdin,
                stdout=PIPE,
                stderr=PIPE,
                cwd=self._folder,
                env=self._variables | variables,
                pass_fds=descriptors,
                start_new_session=True,
            )


def _named(arguments: tuple[str, ...]) -> str:
    return " ".join(("git", *arguments))[:200]


async def _converse(process: Process, stdin: bytes, limit: int) -> tuple[bytes, str]:
    printed, said, _ = await asyncio.gather(
        _read_head(process, limit), _read_tail(process), _feed(process, stdin)
    )
    return printed, said


async def _feed(process: Process, stdin: bytes) -> None:
    if process.stdin is None:
        return
    try:
        process.stdin.write(stdin)
        await process.stdin.drain()
    except (BrokenPipeError, ConnectionResetError):
        pass  # Git stopped reading; its status says why.
    finally:
        process.stdin.close()


async def _read_head(process: Process, limit: int) -> bytes:
    assert process.stdout is not None
    kept = bytearray()
    while len(kept) <= limit and (chunk := await process.stdout.read(CHUNK)):
        kept += chunk
    if len(kept) > limit:
        _signal(process, signal.SIGTERM)  # Else it waits for ever for a reader.
        await _drain(process.stdout)
    return bytes(kept)


async def _drain(stream: asyncio.StreamReader | None) -> None:
    while stream is not None and await stream.read(CHUNK):
        pass


async def _ended(process: Process) -> None:
    """Before Python 3.12 a process has not ended for asyncio while a pipe of it is unread."""
    await asyncio.gather(_drain(process.stdout), _drain(process.stderr), process.wait())


async def _read_tail(process: Process) -> str:
    assert process.stderr is not None
    kept = b""
    while chunk := await process.stderr.read(CHUNK):
        kept = (kept + chunk)[-4 * MAX_SAID :]
    return presentable(kept)


def presentable(said: bytes) -> str:
    """The end of what git or a remote said, without credentials and without escape sequences."""
    text = USERINFO.sub("***@", said.decode(errors="replace"))
    return UNPRINTABLE.sub("", text).strip()[-MAX_SAID:]


async def _stop(process: Process) -> None:
    """Asks first: a git that is merely killed leaves its lock files, even in the user's
    repository, where they would block every later push."""
    alive = _signal(process, signal.SIGTERM)
    try:
        async with asyncio.timeout(GRACE.total_seconds()):
            await _ended(process)
        async with asyncio.timeout(CHILDRENS_GRACE.total_seconds()):
            while alive := _signal(process, 0):  # noqa: ASYNC110  nobody tells of grandchildren
                await asyncio.sleep(0.005)
    except TimeoutError:
        pass  # Zombies count as alive, and in some containers nobody buries them.
    finally:
        if alive:
            _signal(process, signal.SIGKILL)
    await _ended(process)


def _signal(process: Process, number: int) -> bool:
    """False when nobody of git's process group is left."""
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return False
    return True
