"""`agent run`, `agent schema`: for those who write agents. No orchestration, and no server."""

import asyncio
import json
from enum import StrEnum
from typing import Annotated

import typer

from cli import coder
from cli import wish as wishes
from cli.agent_choice import AgentChoice, chosen
from cli.agent_trial import Trial, Workbench
from cli.context import surroundings
from cli.exits import DONE, FAILED, NOT_FOUND
from cli.options import AsJson, a_phase, one_of
from cli.terminal import output, plain
from cli.ticket_files import read_ticket
from clients import command_agent
from clients.agent_identity import hide_from_agents, identity_as_set
from clients.git.repositories import Repositories
from contracts.agents import AgentProgress, AgentStatus, Brief, Report
from contracts.phases import Phase
from contracts.text import clipped
from settings import ENV_FILE

DIALECT = "https://json-schema.org/draft/2020-12/schema"

Name = Annotated[str, typer.Argument(metavar="NAME", help="An agent of the playbook.")]
Repo = Annotated[
    str, typer.Option("--repo", metavar="PATH_OR_URL", help="Nothing is pushed to it.")
]
TicketFile = Annotated[
    str, typer.Option("--ticket", metavar="FILE", help="Markdown, YAML or JSON; - for Markdown.")
]
PlaybookName = Annotated[str | None, typer.Option(help="`standard` if none is named.")]
Command = Annotated[
    str | None,
    typer.Option("--agent", metavar="COMMAND", help="Any command line instead, in quotes."),
]
Variables = Annotated[
    list[str] | None,
    typer.Option("--agent-env", metavar="NAME", help="A variable it may see. Repeatable."),
]
PhaseName = Annotated[
    Phase | None,
    typer.Option("--phase", metavar="PHASE", parser=a_phase, help="Else its own, or CODE."),
]
Keep = Annotated[bool, typer.Option("--keep", help="Keep the checkout as the agent left it.")]
Dirty = Annotated[bool, typer.Option("--allow-dirty", help="Leave uncommitted changes out.")]


class Subject(StrEnum):
    BRIEF = "brief"
    REPORT = "report"
    PROGRESS = "progress"


SubjectName = Annotated[
    Subject,
    typer.Argument(metavar="brief|report|progress", parser=one_of(Subject, "what has a schema")),
]


def run(
    context: typer.Context,
    name: Name,
    repo: Repo,
    ticket: TicketFile,
    playbook: PlaybookName = None,
    agent: Command = None,
    agent_env: Variables = None,
    phase: PhaseName = None,
    keep: Keep = False,
    allow_dirty: Dirty = False,
    as_json: AsJson = False,
) -> None:
    """Let one agent work one ticket in a checkout; print its brief and its report."""
    around = surroundings(context)
    settings = around.settings()
    hide_from_agents()
    identity = identity_as_set(settings.slipway_agent_isolation, settings.state_dir, ENV_FILE)
    bench = Workbench(settings.state_dir, around.environment, identity, keep=keep)
    choice = chosen(AgentChoice(name, playbook, agent, tuple(agent_env or ()), phase))
    read = read_ticket(ticket)

    async def tried() -> Trial:
        repositories = Repositories(bench.state_dir, bench.environment)
        url = await wishes.repository(repo, repositories, allow_dirty=allow_dirty)
        await coder.check_arguments(choice.words, url, repositories)
        return await bench.tries(choice, read, url)

    trial = asyncio.run(tried())
    if as_json:
        print(json.dumps(_told(trial)))
    else:
        _print(trial)
    raise typer.Exit(_code(trial))


def schema(of: SubjectName) -> None:
    """Print the JSON Schema of what an agent is given, answers, or says while it works."""
    match of:
        case Subject.BRIEF:
            told = Brief.model_json_schema(mode="serialization")
        case Subject.REPORT:
            told = Report.model_json_schema()
        case Subject.PROGRESS:
            told = AgentProgress.model_json_schema()
    print(json.dumps({"$schema": DIALECT, **told}, indent=2))


def _code(trial: Trial) -> int:
    """A question is no success: without a person's answer nothing went on."""
    if trial.result.error_type == command_agent.NOT_FOUND:
        return NOT_FOUND
    return DONE if trial.result.status is AgentStatus.COMPLETED else FAILED


def _told(trial: Trial) -> dict[str, object]:
    result = trial.result
    error = {"type": result.error_type, "message": result.error_message}
    return {
        "brief": trial.brief.model_dump(mode="json"),
        "report": result.report.model_dump(mode="json") if result.report else None,
        "status": result.status,
        "error": error if result.error_type else None,
        "files_changed": result.files_changed,
        "output": _said(trial),
        "checkout": str(trial.checkout) if trial.checkout else None,
    }


def _print(trial: Trial) -> None:
    result = trial.result
    _section("Brief", trial.brief.model_dump_json(indent=2))
    if said := _said(trial):
        _section("Output", said)
    if result.report is not None:
        _section("Report", result.report.model_dump_json(indent=2, exclude_defaults=True))
    lines = [f"{trial.brief.phase}: {result.status}"]
    if result.error_type is not None:
        lines.append(f"{result.error_type}: {plain(result.error_message or '', 2_000)}")
    if result.report is not None and result.report.question:
        lines.append(f"It asks: {plain(result.report.question, 2_000)}")
    lines += [f"changed: {plain(file)}" for file in result.files_changed]
    if trial.checkout is not None:
        lines.append(f"checkout: {trial.checkout}")
    for line in lines:
        output().print(line)


def _said(trial: Trial) -> str:
    return clipped(trial.output.kept.decode(errors="replace").strip())


def _section(title: str, text: str) -> None:
    """Line breaks and indentation stay; nothing else that could control a terminal does."""
    visible = (
        "".join(sign if sign.isprintable() else " " for sign in line) for line in text.splitlines()
    )
    output().print("\n".join([f"{title}:", *visible, ""]))
