"""All commands, and the one place where failures become exit codes."""

from collections.abc import Callable, Sequence

import typer

from cli import (
    agents,
    approvals,
    endpoints,
    messages,
    notifications,
    orchestrations,
    project_approvals,
    projects,
    users,
)
from cli.budgets import BUDGET
from cli.context import Surroundings
from cli.demo import demo
from cli.exits import AWAY, INTERRUPTED, WRONG_USE, verdict
from cli.groups import spelled_out
from cli.patterns import patterns
from cli.setup import setup
from cli.simulate import simulate
from cli.sla_commands import SLA
from cli.stats import stats
from cli.teams import TEAMS
from cli.terminal import say
from cli.ticket_edits import edit
from cli.triage import TRIAGE
from cli.webhook_commands import group as webhooks
from cli.work import work

COMMANDS: dict[str, Callable[..., None]] = {
    "work": work,
    "status": orchestrations.status,
    "watch": orchestrations.watch,
    "list": orchestrations.list_,
    "history": orchestrations.history,
    "stats": stats,
    "patterns": patterns,
    "why": orchestrations.why,
    "approvals": approvals.approvals,
    "approve": approvals.approve,
    "reject": approvals.reject,
    "request-changes": approvals.request_changes,
    "delegate": approvals.delegate,
    "edit": edit,
    "guide": messages.guide,
    "answer": messages.answer,
    "pause": messages.pause,
    "resume": messages.resume,
    "skip": messages.skip,
    "acknowledge": messages.acknowledge,
    "cancel": messages.cancel,
    "resend": notifications.resend,
    "simulate": simulate,
    "setup": setup,
    "demo": demo,
}

GROUPS: dict[str, tuple[str, dict[str, Callable[..., None]]]] = {
    "triage": ("Customers' tickets.", TRIAGE),
    "endpoint": ("Where messages go.", endpoints.ENDPOINT),
    "users": ("People, their roles, and their accounts elsewhere.", users.USERS),
    "teams": ("Teams: skills, members, capacity.", TEAMS),
    "budget": ("What may be used, and who grants more.", BUDGET),
    "agent": ("For those who write agents.", {"run": agents.run, "schema": agents.schema}),
    "project": (
        "Repositories, and what opens the private ones.",
        {
            "list": projects.list_,
            "show": projects.show,
            "credential": projects.credential,
            "approvals": project_approvals.approvals,
        },
    ),
}

SHOWN: dict[str, tuple[str, dict[str, Callable[..., None]]]] = {
    "sla": ("Service levels: `sla [KEY]` shows what is running, left and broken.", SLA),
    "notifications": (
        "Messages: `notifications` shows the newest, `--failed` what was lost.",
        notifications.NOTIFICATIONS,
    ),
}

HELP = """Slipway: takes a ticket key and sees it through to finished, approved, recorded work.

Exit codes: 0 done, 1 failed, 2 wrong use, 3 not found, 4 a server is away."""


def build() -> typer.Typer:
    app = typer.Typer(
        help=HELP, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
    )
    for name, command in COMMANDS.items():
        app.command(name)(command)
    for name, (told, commands) in (GROUPS | SHOWN).items():
        group = typer.Typer(help=told, no_args_is_help=True)
        for subject, command in commands.items():
            group.command(subject)(command)
        app.add_typer(group, name=name)
    app.add_typer(webhooks(), name="webhooks")
    return app


def run(surroundings: Surroundings, arguments: Sequence[str]) -> int:
    """The exit code. A person's mistake or an absent server is a line or two, no traceback."""
    try:
        build()(args=spelled_out(arguments, SHOWN), obj=surroundings, prog_name="starter.py")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    except KeyboardInterrupt:
        return INTERRUPTED
    except surroundings.away as error:
        say(str(error))
        return AWAY
    except surroundings.misconfigured as error:
        say(str(error))
        return WRONG_USE
    except Exception as error:
        found = verdict(error)
        if found is None:
            raise
        say(found[1])
        return found[0]
    return 0
