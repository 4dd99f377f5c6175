"""The group `webhooks`, with its subgroup `endpoint`."""

from collections.abc import Callable

import typer

from cli.webhook_endpoints import ENDPOINT
from cli.webhook_recovery import recover
from cli.webhook_trials import send
from cli.webhooks import WEBHOOKS

COMMANDS: dict[str, Callable[..., None]] = {**WEBHOOKS, "send": send, "recover": recover}


def group() -> typer.Typer:
    app = typer.Typer(help="What comes in from outside.", no_args_is_help=True)
    for name, command in COMMANDS.items():
        app.command(name)(command)
    endpoint = typer.Typer(help="Where it comes in.", no_args_is_help=True)
    for name, command in ENDPOINT.items():
        endpoint.command(name)(command)
    app.add_typer(endpoint, name="endpoint")
    return app
