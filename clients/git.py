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

from clients.git_errors import GitFailedError, GitTimedOutError

LOCAL = timedelta(minutes=5)
QUERY = timedelta(minutes=1)
TRANSFER = timedelta(minutes=15)
GRACE = timedelta(seconds=2)
CHILDRENS_GRACE = timedelta(milliseconds=200)
MAX_OUTPUT = 64 * 1024 * 1024
MAX_SAID = 2_000
CHUNK = 64 * 1024

# On the command line, because a repository's own configuration would win over the file below.
# These do not reach a local remote's receive-pack: its hooks are its owner's, and do run.
OPTIONS = (
    *("-c", "core.hooksPath=/dev/null"),
    *("-c", "core.fsmonitor=false"),
    *("-c", "core.untrackedCache=false"),
    *("-c", "core.protectHFS=true"),
)
# Read as the user's configuration by git and by the upload-pack and receive-pack it starts, which
# refuse other people's repositories (a root worker's case) unless a *file* names them safe.
CONFIGURATION = """\
[core]
\tquotePath = false
[safe]
\tdirectory = *
[gc]
\tauto = 0
[maintenance]
\tauto = false
[receive]
\tautogc = false
[http]
\tfollowRedirects = false
\tlowSpeedLimit = 1
\tlowSpeedTime = 60
[submodule]
\trecurse = false
[fetch]
\trecurseSubmodules = false
[push]
\trecurseSubmodules = no
"""
FIXED = {
    "LC_ALL": "C",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ALLOW_PROTOCOL": "file:https:ssh",
    "GIT_SSH_COMMAND": "ssh -oBatchMode=yes -oConnectTimeout=15 -oServerAliveInterval=15",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
}
PASSED_ON = {
    *("SSH_AUTH_SOCK", "SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO", "TMPDIR"),
    *("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"),
}
USERINFO = re.compile(r"(?<=://)[^/@\s]+@")
UNPRINTABLE = re.compile(r"[^\S\n\t ]|[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


class Git:
    """The git program with its surroundings. `home` is a folder of ours, made when missing.

    Of `environment` only what git needs to reach a host (agent socket, proxies, certificates) is
    passed on.
    """

    def __init__(self, home: Path, environment: Mapping[str, str]) -> None:
        _write_configuration(home / ".gitconfig")
        self._folder = home.resolve()
        self._program = shutil.which("git") or "git"
        self._variables = FIXED | {
            "PATH": os.pathsep.join(os.get_exec_path()),
            "HOME": str(self._folder),  # git 2.30 knows no GIT_CONFIG_GLOBAL
            "GIT_CONFIG_GLOBAL": str(self._folder / ".gitconfig"),
            # The state lives inside somebody's repository, which must not be found by accident.
            "GIT_CEILING_DIRECTORIES": str(self._folder.parent),
        }
        self._variables |= {key: environment[key] for key in PASSED_ON & environment.keys()}

    def within(self, folder: Path, **variables: str | Path) -> Self:
        """The same git, started in `folder` with these variables (GIT_DIR and the like)."""
        other = copy.copy(self)
        other._folder = folder
        other._variables = self._variables | {key: str(value) for key, value in variables.items()}
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
        process = await asyncio.create_subprocess_exec(
            *(self._program, *OPTIONS, *arguments),
            stdin=PIPE if stdin else DEVNULL,
            stdout=PIPE,
            stderr=PIPE,
            cwd=self._folder,
            env=self._variables,
            start_new_session=True,
        )
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
            text = f"{_named(arguments)} ended with {status}: {said}"
            raise GitFailedError(text, status, said=said, printed=printed)
        return printed, False


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
    while chunk := await process.stdout.read(CHUNK):
        kept += chunk
        if len(kept) > limit:
            _signal(process, signal.SIGTERM)  # Else it waits for ever for a reader.
            break
    return bytes(kept)


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
            await process.wait()
        async with asyncio.timeout(CHILDRENS_GRACE.total_seconds()):
            while alive := _signal(process, 0):  # noqa: ASYNC110  nobody tells of grandchildren
                await asyncio.sleep(0.005)
    except TimeoutError:
        pass  # Zombies count as alive, and in some containers nobody buries them.
    finally:
        if alive:
            _signal(process, signal.SIGKILL)
    await process.wait()


def _signal(process: Process, number: int) -> bool:
    """False when nobody of git's process group is left."""
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return False
    return True


def _write_configuration(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_file() and path.read_text() == CONFIGURATION:
        return
    draft = path.with_name(f".gitconfig-{os.getpid()}")
    draft.write_text(CONFIGURATION)
    draft.replace(path)
