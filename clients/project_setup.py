"""The set-up of a project: what its tests need, installed once for each state of its lock files."""

import asyncio
import json
import os
import platform
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from clients.agent_reports import last_words
from clients.file_locks import waiting_lock
from clients.foreign_files import UnreadableFileError
from clients.kept_trees import TooMuchToKeepError
from clients.processes import NOTHING_SAID, Finished, Program, ProgramNotFoundError, run_bounded
from clients.project_programs import ProjectPrograms
from clients.run_watches import OnBeat, exceeded
from clients.setup_cache import SetupCache
from clients.setup_traces import Snapshot, copies_of, lock_files, snapshot, traces
from clients.undisturbed import to_its_end
from contracts.agents import AgentOutput
from contracts.repository_settings import Command, RepositorySettings
from contracts.text import clipped
from policy.project_setup import SETUP_VARIABLES, needs_venv

FORMAT = 1
RUN, CHECKOUT = "run", "checkout"
VENV, CACHE = "venv", "cache"
KEPT, ANEW, NOT_KEPT = "set-up taken from the cache", "set up anew", "set up anew and not kept: "
LEAST = timedelta(seconds=1)
T = TypeVar("T")


class SetupFailedError(Exception):
    """What tests need could not be installed; the message says which command failed, and how,
    `output` all that it printed."""

    def __init__(self, message: str, output: AgentOutput = NOTHING_SAID) -> None:
        super().__init__(message)
        self.output = output


@dataclass(frozen=True)
class Ready:
    """`programs` know what the set-up has made, and have the time that it left. `note` is for
    people, empty when there was nothing to set up."""

    programs: ProjectPrograms
    note: str = ""


@dataclass(frozen=True)
class Turn:
    """What a set-up has of time."""

    on_beat: OnBeat
    time: asyncio.Timeout

    async def run(self, program: Program) -> Finished:
        """Within what is left. Its own watch stops it: of a program that is cancelled nothing is
        kept that it printed."""
        end = self.time.when()
        assert end is not None
        left = timedelta(seconds=max(0.0, end - asyncio.get_running_loop().time()))
        limits = program.limits.model_copy(update={"time": left})
        self.time.reschedule(None)
        finished = await run_bounded(replace(program, limits=limits), self.on_beat)
        self.time.reschedule(end)
        return finished


@dataclass(frozen=True)
class ProjectSetup:
    programs: ProjectPrograms
    settings: RepositorySettings
    cache: SetupCache

    async def ready(self, on_beat: OnBeat) -> Ready:
        """Everything within the time that the programs may take. Raises SetupFailedError. Whoever
        wants the same at the same time waits, and finds it in the cache."""
        if not self.settings.setup:
            return Ready(self.programs)
        began, limit = time.monotonic(), self.programs.limits.time
        try:
            async with asyncio.timeout(limit.total_seconds()) as time_left:
                note = await self._set_up(Turn(on_beat, time_left))
        except TimeoutError as error:
            raise SetupFailedError(f"set-up did not end within {limit}") from error
        left = limit - timedelta(seconds=round(time.monotonic() - began, 1))
        limits = self.programs.limits.model_copy(update={"time": max(left, LEAST)})
        return Ready(replace(self._equipped(), limits=limits), note)

    async def _set_up(self, turn: Turn) -> str:
        try:
            key, before = await undisturbed(self._seen)
        except (UnreadableFileError, OSError) as error:
            raise SetupFailedError(clipped(f"the checkout cannot be read: {error}")) from error
        async with waiting_lock(self.cache.lock(key)):
            if await undisturbed(lambda: self.cache.lay(key, self._roots)):
                return KEPT
            await self._installed(turn)
            note = await undisturbed(lambda: self._kept(key, before))
        await undisturbed(self.cache.prune)
        return note

    async def _installed(self, turn: Turn) -> None:
        (self._folder / CACHE).mkdir()
        if needs_venv(os.listdir(self.programs.checkout), self.settings):
            venv = (sys.executable, "-I", "-m", "venv", str(self._folder / VENV))
            await self._run(self.programs, venv, turn)
        equipped = self._equipped()
        for command in self.settings.setup:
            await self._run(equipped, command, turn)

    async def _run(self, programs: ProjectPrograms, command: Command, turn: Turn) -> None:
        shown = clipped(" ".join(command), 200)
        try:
            program = programs.program(command, names=SETUP_VARIABLES)
            finished = await turn.run(program)
        except ProgramNotFoundError as error:
            raise SetupFailedError(f"set-up `{shown}`: {error}") from error
        if (bound := finished.stopped_for) is not None:
            said = exceeded(bound, program.limits)
            timeout = f"set-up {said}: `{shown}` was stopped"
            why = timeout if bound == "timeout" else f"set-up `{shown}` {said}"
            raise SetupFailedError(why, finished.output)
        if finished.exit_code != 0:
            raise SetupFailedError(clipped(f"set-up `{shown}` {_ended(finished)}"), finished.output)

    def _kept(self, key: str, before: Snapshot) -> str:
        left = traces(self.programs.checkout, before, self.settings)
        trees = {(CHECKOUT, name): self.programs.checkout / name for name in left.kept}
        trees |= {
            (RUN, name): self._folder / name
            for name in (VENV, CACHE)
            if (self._folder / name).is_dir()
        }
        if copies := copies_of(self.programs.checkout, list(trees.values())):
            return f"{NOT_KEPT}it installs {', '.join(copies)} as a copy, use `pip install -e .`"
        if left.others:
            return f"{NOT_KEPT}it also leaves {clipped(', '.join(left.others), 200)}"
        try:
            self.cache.keep(key, trees, self._roots)
        except (TooMuchToKeepError, OSError) as error:
            return f"{NOT_KEPT}{clipped(str(error), 200)}"
        return ANEW

    def _equipped(self) -> ProjectPrograms:
        extra = {"SLIPWAY_CACHE": str(self._folder / CACHE)}
        venv = self._folder / VENV
        if not venv.is_dir():
            return replace(self.programs, extra=extra)
        path = self.programs.given.get("PATH", os.defpath)
        extra |= {"VIRTUAL_ENV": str(venv), "PATH": f"{venv / 'bin'}{os.pathsep}{path}"}
        return replace(self.programs, extra=extra, python=str(venv / "bin/python"))

    def _seen(self) -> tuple[str, Snapshot]:
        return self._key(), snapshot(self.programs.checkout)

    def _key(self) -> str:
        """One set-up does for all that agree in this: a poisoned one goes no further than its
        repository."""
        parts = (
            *(FORMAT, self.settings.repository, self.settings.setup),
            *(sys.version, sys.executable, platform.machine()),
            lock_files(self.programs.checkout, self.settings),
        )
        return sha256(json.dumps(parts).encode()).hexdigest()

    @property
    def _folder(self) -> Path:
        return self.programs.folder.home

    @property
    def _roots(self) -> dict[str, Path]:
        return {RUN: self._folder, CHECKOUT: self.programs.checkout}


def _ended(finished: Finished) -> str:
    said = last_words(finished.stderr_tail) or last_words(finished.stdout_tail)
    return f"ended with {finished.exit_code}: {said}"


async def undisturbed(work: Callable[[], T]) -> T:
    """In a thread, and to its end even when cancelled: a tree that is copied while somebody else
    removes it would look whole."""
    done = asyncio.ensure_future(asyncio.to_thread(work))

    async def ended() -> None:
        await asyncio.wait((done,))

    await to_its_end(ended())
    return done.result()
