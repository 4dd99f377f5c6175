"""Where a fault is tried: an organization, its repository, a playbook, and the agents' desk."""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml
from sqlalchemy import select
from temporalio.client import WorkflowHandle

from clients.temporal.orchestrations import OrchestrationWorkflows
from contracts.issues import Ticket
from contracts.jira_work import Guidance, WorkOptions, WorkOrder, WorkOutcome
from db.engine import Sessions
from db.issues import Issues
from db.ledger import Ledger
from db.models import AgentReport, Orchestration
from db.projects import Projects
from db.verification import verify_ledger
from tests.clients.git_upstream import Upstream
from tests.faults.patience import until

AGENT = Path(__file__).with_name("obedient_agent.py")
KEY = "FLT-1"
Handle = WorkflowHandle[Any, WorkOutcome]


@dataclass(frozen=True)
class Desk:
    """How a test and its agents speak with each other: by files."""

    path: Path

    def say(self, word: str) -> None:
        (self.path / word).touch()

    def hold(self, phase: str) -> None:
        """Its agent will wait, once it has begun."""
        self.say(f"hold-{phase}")

    def release(self, phase: str) -> None:
        (self.path / f"hold-{phase}").unlink()

    def pids(self, phase: str) -> list[int]:
        """One for each time that the phase's agent began."""
        begun = self.path / f"begun-{phase}"
        return [int(line) for line in begun.read_text().split()] if begun.exists() else []

    async def begun(self, phase: str, times: int = 1) -> None:
        await until(lambda: len(self.pids(phase)) >= times, f"{phase} has begun {times} times")

    def heard(self, phase: str) -> list[list[str]]:
        """The guidance of each time."""
        return [
            json.loads(line) for line in (self.path / f"heard-{phase}").read_text().splitlines()
        ]


@dataclass(frozen=True)
class Site:
    slug: str
    playbook: str
    upstream: Upstream
    desk: Desk
    sessions: Sessions
    orchestrations: OrchestrationWorkflows

    async def prepare(self, organization_id: UUID, title: str = "A fault") -> None:
        async with self.sessions.begin() as session:
            project = await Projects(session, organization_id).create("FLT", self.upstream.url)
            await Issues(session, self.slug).create(project.id, Ticket(key=KEY, title=title), None)

    async def start(self, **options: Any) -> Handle:
        order = WorkOrder(
            organization=self.slug,
            issue_key=KEY,
            requested_by="ann@example.org",
            playbook=self.playbook,
            options=WorkOptions(**options),
        )
        return await self.orchestrations.start(order, "A fault")

    async def guide(self, text: str) -> None:
        guidance = Guidance(text=text, by="ann@example.org")
        await self.orchestrations.signal(KEY, "guide", guidance)

    async def row(self, attempt: int = 1) -> Orchestration | None:
        """The newest of what the tables say."""
        statement = select(Orchestration)
        statement = statement.where(Orchestration.branch.startswith("slipway/"))
        statement = statement.where(
            Orchestration.workflow_id == f"jira-work:{self.slug}:{KEY}",
            Orchestration.attempt == attempt,
        )
        async with self.sessions() as session:
            return await session.scalar(statement)

    async def known(self, attempt: int = 1) -> Orchestration:
        row = await self.row(attempt)
        assert row is not None
        return row

    async def reports(self) -> dict[str, int]:
        """Stored reports: the step, and which attempt of the activity made it."""
        row = await self.known()
        statement = select(AgentReport.step_key, AgentReport.attempt).where(
            AgentReport.orchestration_id == row.id
        )
        async with self.sessions() as session:
            return {step: attempt for step, attempt in (await session.execute(statement)).all()}

    async def event_types(self, attempt: int = 1) -> list[str]:
        row = await self.known(attempt)
        async with self.sessions() as session:
            chain = await Ledger(session).chain(row.id, row.last_hash)
        return [event.event.type for event in chain]

    async def check_ledger(self) -> None:
        """Numbers without gap, nothing twice, and tables that are what the events say."""
        row = await self.known()
        async with self.sessions() as session:
            events = await Ledger(session).events(row.id)
        assert [event.sequence for _, event, _ in events] == list(range(1, len(events) + 1))
        assert len({event.hash for _, event, _ in events}) == len(events)
        assert len({event.event_id for _, event, _ in events}) == len(events)
        assert await verify_ledger(self.sessions) is None

    def committed(self, branch: str = f"slipway/{KEY}") -> dict[str, int]:
        """How many commits of each phase there are on the branch."""
        trailers = self.upstream.git(
            "log", "--format=%(trailers:key=Phase,valueonly,separator=%x2C)", f"main..{branch}"
        )
        return dict(Counter(trailers.split()))

    async def gone(self, pids: list[int]) -> None:
        await until(lambda: not any(map(is_alive, pids)), f"{pids} are gone")

    async def left_behind_nothing_in(self, state: Path) -> None:
        """No checkout, no folder of a run, no process that knows one."""

        def left() -> list[object]:
            return [*state.glob("checkouts/*/"), *state.glob("runs/*/"), *family_of(state)]

        await until(lambda: not left(), f"nothing is left in {state}")


def family_of(state: Path) -> list[int]:
    """Agents started out of this state folder, and what they have started."""
    mark, found = f"={state}/runs/".encode(), []
    for environment in Path("/proc").glob("[0-9]*/environ"):
        try:
            if mark in environment.read_bytes():
                found.append(int(environment.parent.name))
        except OSError:  # Another user's, or gone by now.
            continue
    return found


def agent_phase(phase: str, desk: Desk, **changed: Any) -> dict[str, Any]:
    agent = {
        "kind": "command",
        "name": f"{phase.lower()}r",
        "command": ["{python}", "-I", "-S", str(AGENT), str(desk.path)],
        "writes": phase in ("CODE", "FIX", "DOCUMENT"),
        "limits": {"time": "2m"},
    }
    return {"phase": phase, "agents": [agent | changed]}


def run_tests_phase() -> dict[str, Any]:
    tests = {"kind": "builtin", "name": "tests", "use": "run-tests", "limits": {"time": "2m"}}
    return {"phase": "TEST", "agents": [tests]}


def phase_of(phase: str, desk: Desk) -> dict[str, Any]:
    return run_tests_phase() if phase == "TEST" else agent_phase(phase, desk)


def write_playbook(folder: Path, name: str, phases: list[dict[str, Any]]) -> None:
    (folder / f"{name}.yaml").write_text(yaml.safe_dump({"phases": phases, "on_limit": "end"}))


def is_alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat[stat.rindex(")") + 2] not in "ZX"
