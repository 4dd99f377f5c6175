"""What the houses share in which people are asked: how a run is opened, and seen from outside."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel
from temporalio.client import WorkflowHandle, WorkflowUpdateFailedError
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Replayer

from contracts.issues import Ticket
from contracts.jira_work import Awaited
from contracts.ledger import ChainedEvent
from contracts.opening import Opened
from contracts.orchestrations import Opening
from contracts.playbooks import Playbook
from tests.workflows.office import until
from tests.workflows.skipped_time import RUNNER

AS_OPENED = "1" * 64


class Sight(BaseModel, frozen=True):
    """Of the workflow, from outside."""

    facts: tuple[ChainedEvent, ...]
    awaited: Awaited | None


S = TypeVar("S", bound=Sight)


@dataclass(frozen=True)
class Watched(Generic[S]):
    """A run on a server that skips time. `kind` is what its query `seen` answers."""

    environment: WorkflowEnvironment
    handle: WorkflowHandle[Any, S]
    kind: type[S]

    async def tells(self, update: str, message: BaseModel) -> str:
        """What it answers, or the refusal."""
        try:
            return str(await self.handle.execute_update(update, message, result_type=str))
        except WorkflowUpdateFailedError as error:
            return str(error.cause.type if isinstance(error.cause, ApplicationError) else error)

    async def passes(self, duration: timedelta) -> None:
        await self.environment.sleep(duration)

    async def seen(self) -> S:
        seen: S = await self.handle.query("seen", result_type=self.kind)
        return seen

    async def facts(self) -> list[str]:
        return [one.event.type for one in (await self.seen()).facts]

    async def waits_for(self, whom: str) -> None:
        async def asked() -> bool:
            awaited = (await self.seen()).awaited
            return awaited is not None and awaited.whom == whom

        await until(asked)

    async def replays(self, workflow: type) -> None:
        replayer = Replayer(
            workflows=[workflow], workflow_runner=RUNNER, data_converter=pydantic_data_converter
        )
        await replayer.replay_workflow(await self.handle.fetch_history())


def opened(playbook: Playbook) -> Opened:
    """From its first phase on."""
    opening = Opening(
        orchestration_id=UUID(int=2),
        organization_id=UUID(int=1),
        project_id=UUID(int=3),
        repo_url="/repo",
        attempt=1,
        branch="slipway/KEY-1",
        base_commit="base",
        ticket=Ticket(key="KEY-1", title="Round"),
        ticket_hash=AS_OPENED,
        playbook=playbook,
    )
    return Opened(opening=opening, planned=(), first=playbook.phases[0].phase)
