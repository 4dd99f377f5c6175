"""`demo`: the example ticket, from its key to a finished commit, before one's eyes."""

import asyncio
import shutil
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
import yaml
from rich.syntax import Syntax
from rich.text import Text

from cli.connected import ConnectedDesk, at_connected_desk
from cli.context import surroundings
from cli.demo_gateway import gateway
from cli.demo_report import HONEST, approvals, service_levels
from cli.demo_review import Reviewer
from cli.demo_stage import door, keys_of, make_people, on_stage, refuse_in_production, service_level
from cli.evidence import evidence
from cli.exits import DONE, FAILED
from cli.gatekeeper import Gatekeeper
from cli.pages import progress
from cli.reader import Reader
from cli.story import Story
from cli.terminal import is_terminal, output, say
from cli.tickets import settle
from cli.viewing import conclude, screen_for
from cli.watch import Watch
from cli.wish import Wish
from clients.test_runner import BuiltinRunner
from contracts.agents import Brief, TestReport
from contracts.issues import Ticket
from contracts.jira_work import WorkOptions
from contracts.orchestrations import OrchestrationStatus
from contracts.phases import Phase
from contracts.playbooks import BuiltinAgent
from contracts.repository_settings import RepositorySettings
from db.verification import verify_ledger
from policy.phases import said_of

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "invoices"
REQUESTER = "demo@slipway.invalid"
PLAYBOOK = "demo"
SHIPPED = "2026-01-01T00:00:00Z"

Keep = Annotated[bool, typer.Option("--keep", help="Keep the Web UI up afterwards.")]
Yes = Annotated[bool, typer.Option("--yes", help="Approve the plan as the demo approver.")]


def demo(context: typer.Context, keep: Keep = False, yes: Yes = False) -> None:
    """Work the example ticket: a scripted agent, real servers, a real repository."""
    refuse_in_production(surroundings(context).settings())

    async def job(plain_desk: ConnectedDesk) -> int:
        desk = await on_stage(plain_desk)
        say(
            f"The agent is a script that knows this one ticket, not an AI ({EXAMPLE / 'agent.py'})."
        )
        repository = await _repository(desk.settings.state_dir / "demo")
        ticket = Ticket.model_validate(yaml.safe_load((EXAMPLE / "ticket.yaml").read_text()))
        say(
            f"It has an organization of its own. To look at it from another terminal: "
            f"SLIPWAY_ORGANIZATION={desk.organization} starter.py status {ticket.key}"
        )
        before = await _tests(desk, repository, ticket)
        story = await _worked(desk, ticket, repository, yes or not is_terminal())
        if story is None:
            return FAILED
        if story.status is not OrchestrationStatus.COMPLETED:
            return await conclude(desk, story, quiet=False)
        await _conclude(desk, story, repository, before)
        if keep:
            await _keep_up(desk, story)
        return DONE

    at_connected_desk(context, job)


async def _worked(desk: ConnectedDesk, ticket: Ticket, repository: Path, yes: bool) -> Story | None:
    wish = Wish(
        key=ticket.key,
        draft=ticket,
        repo=str(repository),
        playbook=PLAYBOOK,
        coder=(),
        coder_environment=(),
        options=WorkOptions(again=True),
    )
    known = await settle(desk, wish, str(repository), REQUESTER)
    order = wish.order(desk.organization, REQUESTER)
    last = await Reader(desk).latest(ticket.key)
    # An earlier demo that stopped at its gate is still running: then this one joins it.
    over = last is not None and last.story.status.terminal
    before = last.story.orchestration_id if last is not None and over else None
    await make_people(desk)
    async with service_level(desk):
        await desk.orchestrations.start(order, known.title)
        return await _watched(desk, ticket, yes, before)


async def _watched(
    desk: ConnectedDesk, ticket: Ticket, yes: bool, before: UUID | None
) -> Story | None:
    """With two who decide: the reviewer, by webhook, and whoever is at the terminal."""
    screen = screen_for(as_json=False)
    keys = keys_of(desk.settings.state_dir / "demo", desk.settings.slipway_encryption_keys)
    async with (
        door(desk, ticket.project_key, keys) as way_in,
        gateway(desk, keys) as address,
    ):
        reviewer = Reviewer(desk, address, way_in)
        gatekeeper = Gatekeeper(desk, screen, REQUESTER, yes)

        async def attend(story: Story) -> None:
            # What the ledger says of the review is shown before the next one decides.
            if not await reviewer.attend(story):
                await gatekeeper.attend(story)

        end = await Watch(desk, ticket.key, screen, attend, before).until_over()
    return end if isinstance(end, Story) else None


async def _conclude(
    desk: ConnectedDesk, story: Story, repository: Path, before: TestReport
) -> None:
    console = output()
    console.print()
    for line in progress(story, story.completed_at or story.started_at):
        console.print(line)
    console.print()
    found = await Reader(desk).demand(story.issue_key)
    for line in (
        *evidence(found.events),
        Text(""),
        *approvals(found.events),
        *service_levels(found.events),
    ):
        console.print(line)
    console.print(Text(f"\nTests before: {said_of(before)}"))
    for tests in story.tests:
        console.print(
            Text(f"Tests, round {tests.round}: {tests.passed} passed, {tests.failed} failed")
        )
    log = await _git(repository, "log", "--reverse", "--format=%h %an: %s", f"main..{story.branch}")
    console.print(Text(f"\nCommits on {story.branch}:\n{log}"))
    diff = await _git(repository, "diff", f"main..{story.branch}")
    console.print(Syntax(diff, "diff", background_color="default"))
    difference = await verify_ledger(desk.sessions)
    verdict = "every hash and every table holds" if difference is None else difference
    console.print(Text(f"Ledger: {story.last_sequence} events; verify-ledger: {verdict}"))
    console.print(Text(HONEST, "dim"))


async def _keep_up(desk: ConnectedDesk, story: Story) -> None:
    say(f"Web UI: {desk.addresses.tickets} (look for {story.issue_key}). Ctrl-C ends the servers.")
    await asyncio.Event().wait()


async def _repository(folder: Path) -> Path:
    """The example as a repository of its own, made anew each time: same path, so same project."""
    target = folder / "invoices"
    await asyncio.to_thread(shutil.rmtree, target, ignore_errors=True)
    await asyncio.to_thread(shutil.copytree, EXAMPLE / "repository", target)
    await _git(target, "init", "--quiet", "--initial-branch=main")
    await _git(target, "add", "--all")
    # The same files, author and second make the same commit, so that a demo that was left at its
    # gate finds its base again.
    who = ("-c", "user.name=Invoices", "-c", "user.email=invoices@example.org")
    dated = ("--no-gpg-sign", f"--date={SHIPPED}")
    await _git(target, *who, "commit", "--quiet", *dated, "-m", "Invoices, as shipped")
    return target


async def _git(repository: Path, *arguments: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *("env", f"GIT_COMMITTER_DATE={SHIPPED}", "git", "-C", str(repository), *arguments),
        stdout=asyncio.subprocess.PIPE,
    )
    printed, _ = await process.communicate()
    if process.returncode:
        raise OSError(f"git {arguments[0]} ended with {process.returncode} in {repository}")
    return printed.decode(errors="replace").rstrip()


async def _tests(desk: ConnectedDesk, repository: Path, ticket: Ticket) -> TestReport:
    """The counts before anybody worked, by the same runner that TEST uses."""
    brief = Brief(
        ticket=ticket,
        phase=Phase.TEST,
        round=1,
        attempt=1,
        workspace=str(repository),
        branch="main",
        base_commit=await _git(repository, "rev-parse", "HEAD"),
    )
    runner = BuiltinRunner(desk.environment, desk.settings.state_dir / "runs")
    ran = await runner.run(
        BuiltinAgent(name="tests", use="run-tests"), brief, RepositorySettings(), lambda: None
    )
    assert ran.report is not None
    assert ran.report.tests is not None
    return ran.report.tests
