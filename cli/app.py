"""Builds the command line out of the catalogue; the one place where failures become exit codes."""

from collections.abc import Callable, Sequence
from pkgutil import resolve_name
from typing import TYPE_CHECKING

import typer

from cli.catalogue import COMMANDS, Catalogue, Group
from cli.deferred import deferred
from cli.exits import code_of
from cli.groups import spelled_out
from errors import PermanentError
from interrupts import INTERRUPTED

if TYPE_CHECKING:
    from cli.surroundings import Surroundings

HELP = """Slipway: takes a ticket key and sees it through to finished, approved, recorded work.

Exit codes: 0 done, 1 failed, 2 wrong use, 3 not found, 4 a server is away."""
# Of use once something failed; the verdict knows the errors of Temporal and Postgres.
say: Callable[[str], None] = deferred("cli.terminal:say")
verdict: Callable[[BaseException], tuple[int, str] | None] = deferred("cli.verdicts:verdict")


def build(arguments: Sequence[str]) -> typer.Typer:
    """All commands by name, so that help and "did you mean" know them. Only the one that is
    called is loaded: all of them would take a second."""
    app = typer.Typer(
        help=HELP, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
    )
    _fill(app, COMMANDS, arguments)
    return app


def _fill(app: typer.Typer, catalogue: Catalogue, arguments: Sequence[str]) -> None:
    words = arguments[1:] if arguments[:1] == ["--"] else arguments
    called, rest = (words[0], words[1:]) if words else (None, ())
    for name, entry in catalogue.items():
        if isinstance(entry, Group):
            group = typer.Typer(help=entry.told, no_args_is_help=True)
            _fill(group, entry.commands, rest if name == called else ())
            app.add_typer(group, name=name)
        elif name == called:
            app.command(name)(resolve_name(entry.place))
        else:
            app.command(name, help=entry.told)(_not_called)


def _not_called() -> None:
    """Stands for a command of which only the name is wanted."""
    raise AssertionError("a command was called that was not loaded")


def run(
    surroundings: "Callable[[], Surroundings]",
    arguments: Sequence[str],
    loaded: Callable[[], object] = lambda: None,
) -> int:
    """The exit code. A person's mistake or an absent server is a line or two, no traceback.
    `loaded` is called before the command begins."""
    words = spelled_out(arguments, COMMANDS)
    try:
        app = build(words)
        loaded()
        app(args=words, obj=surroundings, prog_name="starter.py")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    except KeyboardInterrupt:
        return INTERRUPTED
    except PermanentError as error:
        say(str(error))
        return code_of(error)
    except Exception as error:
        found = verdict(error)
        if found is None:
            raise
        say(found[1])
        return found[0]
    return 0
