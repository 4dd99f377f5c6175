"""The command line without a process of its own: for commands that only Postgres is asked by."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from cli.app import run
from cli.surroundings import Surroundings
from contracts.search_attributes import SEARCH_ATTRIBUTES
from settings import Settings
from stack.given import servers


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str


class Teller:
    """For tests that are no coroutines: each command runs a loop."""

    def __init__(self, capsys: pytest.CaptureFixture[str], **settings: Any) -> None:
        self._capsys = capsys
        self._settings = Settings(_env_file=None, **settings)

    def says(self, *arguments: str) -> Said:
        around = Surroundings(lambda: self._settings, servers, {}, SEARCH_ATTRIBUTES)
        code = run(lambda: around, arguments)
        printed = self._capsys.readouterr()
        return Said(code, printed.out, printed.err)

    def reads(self, *arguments: str) -> Any:
        said = self.says(*arguments, "--json")
        assert said.code == 0, said.err
        return json.loads(said.out)
