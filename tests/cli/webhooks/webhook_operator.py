"""Somebody who gives `webhooks` commands beside a real gateway."""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path

from cli.app import run
from cli.surroundings import Surroundings
from contracts.webhooks import WebhookSource

SECRET = "a secret of eight letters and more"


@dataclass(frozen=True)
class Said:
    returncode: int
    stdout: str
    stderr: str


class Operator:
    """Gives commands in this very process: one of its own would take a second to begin."""

    def __init__(self, around: Surroundings, project: str, url: str) -> None:
        self._around, self.project, self.url = around, project, url

    async def says(self, *arguments: str, typed: str = "", **settings: object) -> Said:
        return await asyncio.to_thread(self._says, arguments, typed, settings)

    def _says(self, arguments: Sequence[str], typed: str, settings: Mapping[str, object]) -> Said:
        chosen = self._around.settings().model_copy(update=settings)
        around = replace(self._around, settings=lambda: chosen)
        told, remarks, before = StringIO(), StringIO(), sys.stdin
        sys.stdin = StringIO(typed)
        try:
            with redirect_stdout(told), redirect_stderr(remarks):
                code = run(lambda: around, ["webhooks", *arguments])
        finally:
            sys.stdin = before
        return Said(code, told.getvalue(), remarks.getvalue())

    async def opens(self, source: WebhookSource, *options: str) -> Said:
        arguments = ("endpoint", "add", source.lower(), "--project", self.project, *options)
        said = await self.says(*arguments, typed=SECRET)
        assert said.returncode == 0, said.stderr
        return said

    async def sends(self, file: Path, *more: str, source: str = "github") -> Said:
        place = ("--source", source, "--project", self.project, "--to", self.url)
        return await self.says("send", str(file), *place, *more)
