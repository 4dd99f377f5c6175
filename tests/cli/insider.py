"""Somebody most of whose commands run within the tests' own process."""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from io import BytesIO, TextIOWrapper
from subprocess import CompletedProcess

import pytest

from cli.app import run
from cli.catalogue import COMMANDS, Group
from cli.surroundings import of_this_process
from tests.cli.person import Person

GIVEN: set[tuple[str, ...]] = set()


class Insider(Person):
    """Gives each command to a process of its own once in a session, and then to this very one:
    a process takes the better part of a second to begin."""

    def says(self, *arguments: str, typed: str = "", **variables: str) -> CompletedProcess[str]:
        command = _called(arguments)
        if command not in GIVEN:
            GIVEN.add(command)
            return super().says(*arguments, typed=typed, **variables)
        told, remarks = _stream(), _stream()
        with self._here({**self.environment, **variables}) as patch:
            patch.setattr(sys, "stdin", _stream(typed))
            patch.setattr(sys, "stdout", told)
            patch.setattr(sys, "stderr", remarks)
            # A command runs an event loop, and this thread may have one already.
            with ThreadPoolExecutor(1) as thread:
                code = thread.submit(run, of_this_process, arguments).result()
        return CompletedProcess(arguments, code, _text(told), _text(remarks))

    @contextmanager
    def _here(self, environment: Mapping[str, str]) -> Iterator[pytest.MonkeyPatch]:
        """With this environment and no other, in this folder."""
        with pytest.MonkeyPatch.context() as patch:
            for name in os.environ.keys() - environment.keys():
                patch.delenv(name)
            for name, value in environment.items():
                patch.setenv(name, value)
            if self.folder is not None:
                patch.chdir(self.folder)
            yield patch


def _called(arguments: Sequence[str]) -> tuple[str, ...]:
    """The words that name the command, with those of its groups."""
    catalogue, depth = COMMANDS, 1
    for word in arguments:
        entry = catalogue.get(word)
        if not isinstance(entry, Group):
            break
        catalogue, depth = entry.commands, depth + 1
    return tuple(arguments[:depth])


def _stream(text: str = "") -> TextIOWrapper:
    return TextIOWrapper(BytesIO(text.encode()), encoding="utf-8", write_through=True)


def _text(stream: TextIOWrapper) -> str:
    buffer = stream.buffer
    assert isinstance(buffer, BytesIO)
    return buffer.getvalue().decode()
