"""One organization at work: its people, its project, its tickets and its worker."""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar
from uuid import UUID, uuid4

import pytest
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio.client import Client, WorkflowHandle
from temporalio.worker import Worker

from activities.agents import Workshop
from activities.language_models import LanguageModels
from activities.shared import SharedByAll
from clients.agent_identity import UNCONFINED
from clients.git.repositories import Repositories
from clients.playbooks import PlaybookFolder
from clients.temporal.orchestrations import OrchestrationWorkflows, RefusedError
from composition import build_activities, build_worker
from contracts.approvals import ApprovalStatus, Decision, DecisionKind
from contracts.identity import Role
from contracts.issues import Ticket
from contracts.jira_work import WorkOptions, WorkOrder, WorkOutcome
from contracts.ledger import ChainedEvent
from contracts.orchestrations import OrchestrationRow
from contracts.stories import WorkState
from db.history import History
from db.identity import Organizations, People
from db.issues import Issues
from db.models import Orchestration
from db.orchestrations import Orchestrations
from db.projects import Projects
from ground import Ground, Stores
from policy.limits import limits_with
from policy.redaction import Redaction
from settings import Settings
from tests.clients.git_upstream import Upstream
from tests.unfinished import where_it_stands

KEY = "KEY-1"
REQUESTER, MANAGER, SECOND_MANAGER = "rita@example.org", "max@example.org", "mia@example.org"
Handle = WorkflowHandle[Any, WorkOutcome]
PATIENCE = 45.0
E = TypeVar("E", bound=BaseModel)


async def until(condition: Callable[[], Awaitable[Any]], patience: float = PATIENCE) -> Any:
    """The condition's first true answer."""
    async with asyncio.timeout(patience):
        while True:
            looked = monotonic()
            if answer := await condition():
                return answer
            await asyncio.sleep(max(0.01, monotonic() - looked))  # Others need this thread as well.


@dataclass(frozen=True)
class Office:
    slug: str
    stores: Stores
    client: Client
    task_queue: str
    upstream: Upstream
    folder: Path

    @property
    def work(self) -> OrchestrationWorkflows:
        return OrchestrationWorkflows(self.client, self.slug, self.task_queue)

    def playbook(self, name: str, *phases: dict[str, Any], **rest: Any) -> None:
        # JSON is YAML without its shorthands.
        content = json.dumps({"phases": list(phases), **rest})
        (self.folder / "playbooks" / f"{name}.yaml").write_text(content)

    def order(self, key: str = KEY, **rest: Any) -> WorkOrder:
        options = {name: rest.pop(name) for name in list(rest) if name in WorkOptions.model_fields}
        order = {"playbook": "all", "requested_by": REQUESTER, **rest}
        return WorkOrder(
            organization=self.slug, issue_key=key, options=WorkOptions(**options), **order
        )

    async def start(self, key: str = KEY, **rest: Any) -> Handle:
        return await self.work.start(self.order(key, **rest), "Round half a cent up")

    async def tell(self, name: str, message: BaseModel) -> Any:
        return await self.work.update(KEY, name, message)

    async def approve(self) -> ApprovalStatus:
        """Once the run asks for it."""
        await self.awaited()
        return ApprovalStatus(await self.tell("decide", approval()))

    async def refusal(self, name: str, message: BaseModel) -> str:
        with pytest.raises(RefusedError) as refused:
            await self.tell(name, message)
        return refused.value.refusal

    async def state(self) -> WorkState:
        handle = self.work.handle(KEY)
        state: WorkState = await handle.query("state", result_type=WorkState)
        return state

    async def awaited(self) -> str:
        """What the run waits for; comes back once it waits and the tables show it."""

        async def asked() -> str | None:
            state, row = await self.state(), await self.row()
            if row is None or row.id != state.orchestration_id:
                return None
            shown = row.last_sequence >= state.last_sequence
            return state.awaited.what if state.awaited and shown else None

        return str(await self._until(asked))

    async def awaits(self, what: str) -> None:
        """Until it does."""

        async def so() -> bool:
            return await self.awaited() == what

        await self._until(so)

    async def _until(self, condition: Callable[[], Awaitable[Any]]) -> Any:
        try:
            return await until(condition)
        except TimeoutError as error:
            error.add_note(await where_it_stands(self.work.handle(KEY)))
            raise

    async def row(self, key: str = KEY) -> OrchestrationRow | None:
        async with self.stores.sessions() as session:
            return await Orchestrations(session, self.slug).latest(key)

    async def row_of(self, id: UUID) -> Orchestration:
        """Of an earlier attempt."""
        async with self.stores.sessions() as session:
            return await session.get_one(Orchestration, id)

    async def ledger(self, key: str = KEY) -> list[ChainedEvent]:
        """The events of the newest attempt: what the tables show."""
        row = await self.row(key)
        if row is None:
            return []
        async with self.stores.sessions() as session:
            return await History(session).events(row.id)

    async def told(self, key: str = KEY) -> list[str]:
        return [chained.event.type for chained in await self.ledger(key)]

    async def facts(self, kind: type[E]) -> list[E]:
        return [one.event for one in await self.ledger() if isinstance(one.event, kind)]


async def found_office(stores: Stores, client: Client, folder: Path) -> Office:
    """A new organization in an empty folder, before anybody works."""
    (folder / "playbooks").mkdir()
    upstream = Upstream.init(folder / "upstream")
    upstream.commit(readme="Hello")
    name = uuid4().hex[:12]
    office = Office(f"org-{name}", stores, client, f"slipway-{name}", upstream, folder)
    async with stores.sessions.begin() as session:
        await _settle(session, office)
    office.playbook("all", *ALL)
    return office


async def _settle(session: AsyncSession, office: Office) -> None:
    """Makes what a first `slipway work` makes: people, the project and two tickets."""
    id = await Organizations(session).ensure(office.slug, office.slug)
    people = People(session, id)
    await people.ensure(REQUESTER, "Rita", Role.DEVELOPER)
    await people.ensure(MANAGER, "Max", Role.MANAGER)
    await people.ensure(SECOND_MANAGER, "Mia", Role.MANAGER)
    project = await Projects(session, id).create("KEY", office.upstream.url)
    for key in (KEY, "KEY-2"):
        ticket = Ticket(key=key, title="Round half a cent up")
        await Issues(session, office.slug).create(project.id, ticket, None)


def ground_of(stores: Stores, state_dir: Path) -> Ground:
    """The product's, with nothing between agents and worker: how that is kept has its own tests."""
    shared = SharedByAll(stores.redis, limits_with({"agent_starts": "10000/1m"}))
    return Ground(
        stores=stores,
        repositories=Repositories(state_dir, os.environ),
        redaction=Redaction(()),
        identity=UNCONFINED,
        shared=shared,
        scratch=state_dir / "runs",
        models=LanguageModels([], shared),
    )


def worker_of(
    office: Office, workshop: Workshop, ground: Ground | None = None, **settings_of: Any
) -> Worker:
    """The product's own worker, but for the folder of the playbooks."""
    stores, state_dir = office.stores, office.folder
    playbooks = PlaybookFolder(state_dir / "playbooks", state_dir)
    settings = Settings(
        _env_file=None,
        slipway_task_queue=office.task_queue,
        slipway_state_dir=state_dir,
        graceful_shutdown_timeout=timedelta(seconds=1),
        **settings_of,
    )
    ground = ground or ground_of(stores, state_dir)
    activities = build_activities(ground, workshop, playbooks)
    return build_worker(office.client, settings, ground, activities)


def approval(by: str = MANAGER, **rest: Any) -> Decision:
    return Decision(decision=DecisionKind.APPROVE, by=by, **rest)


def rejection(comment: str, by: str = MANAGER, **rest: Any) -> Decision:
    return Decision(decision=DecisionKind.REJECT, by=by, comment=comment, **rest)


def changes(comment: str, by: str = MANAGER) -> Decision:
    return Decision(decision=DecisionKind.REQUEST_CHANGES, by=by, comment=comment)


def phase(name: str, *agents: str | dict[str, Any], **rest: Any) -> dict[str, Any]:
    """A phase of a playbook; an agent that is only a name is a command."""
    command = {"kind": "command", "command": ["never-run"]}
    listed = [one if isinstance(one, dict) else {**command, "name": one} for one in agents]
    return {"phase": name, "agents": listed, **rest}


TESTS = {"kind": "builtin", "name": "tests", "use": "run-tests"}
PLAN = phase("PLAN", "planner", gate={"name": "plan"})
CODE = phase("CODE", "coder")
ALL = (
    phase("EXPLORE", "explorer"),
    PLAN,
    CODE,
    phase("TEST", TESTS),
    phase("FIX", "fixer"),
    phase("DOCUMENT", "writer"),
)
