"""What the command line loads, and that what it says of each command is what the command does."""

import inspect
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from pkgutil import resolve_name
from typing import NoReturn

import pytest
from typer.models import OptionInfo

from cli.app import run
from cli.catalogue import COMMANDS, Catalogue, Command

ROOT = Path(__file__).parents[2]
HEAVY = {"activities", "alembic", "openai", "redis", "sqlalchemy", "temporalio"}


def commands(catalogue: Catalogue, before: str = "") -> Iterator[tuple[str, Command]]:
    for name, entry in catalogue.items():
        if isinstance(entry, Command):
            yield before + name, entry
        else:
            yield from commands(entry.commands, f"{before}{name} ")


ALL = dict(commands(COMMANDS))
READING = [
    *("status", "watch", "list", "history", "why", "approvals", "stats", "patterns", "simulate"),
    *("sla show", "sla definitions", "sla calendars", "notifications show", "notifications routes"),
    *("users list", "teams list", "teams members", "teams capacity", "budget show"),
    *("project list", "project show", "project approvals", "endpoint list"),
    *("triage list", "triage stats", "triage health"),
    *("webhooks list", "webhooks failed", "webhooks show", "webhooks endpoint list"),
]


@pytest.mark.parametrize("name", ALL)
def test_help_says_of_a_command_how_its_own_help_begins(name: str) -> None:
    command: Callable[..., None] = resolve_name(ALL[name].place)
    own = " ".join(inspect.cleandoc(command.__doc__ or "").split())
    assert own.startswith(ALL[name].told.removesuffix("."))


@pytest.mark.parametrize("name", READING)
def test_what_reads_is_there_for_programs_too(name: str) -> None:
    options = inspect.signature(resolve_name(ALL[name].place)).parameters.values()
    assert any("--json" in repr(vars(given)) for option in options for given in metadata(option))


def metadata(option: inspect.Parameter) -> list[OptionInfo]:
    found = getattr(option.annotation, "__metadata__", ())
    return [given for given in found if isinstance(given, OptionInfo)]


@pytest.mark.parametrize("words", [["--", "setup"], ["webhooks", "--", "failed"]])
def test_a_command_behind_two_dashes_is_called(words: list[str]) -> None:
    def asked() -> NoReturn:
        raise SystemExit(7)

    assert run(asked, words) == 7


def loaded(*arguments: str) -> set[str]:
    """The packages that a command loads."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", str(ROOT / "starter.py"), *arguments],
        capture_output=True,
        text=True,
        check=True,
    )
    modules = (line.rpartition("|")[2].strip() for line in done.stderr.splitlines())
    return {module.partition(".")[0] for module in modules}


def test_help_loads_no_server_s_client() -> None:
    assert loaded("--help") & HEAVY == set()
    assert loaded("webhooks", "endpoint", "--help") & HEAVY == set()


@pytest.mark.parametrize(
    "name", ["status", "history", "approvals", "sla", "users list", "budget show"]
)
def test_who_only_reads_postgres_loads_nothing_else(name: str) -> None:
    words = [*name.split(), *(["show"] if name == "sla" else [])]
    assert loaded(*words, "--help") & HEAVY == {"sqlalchemy"}
