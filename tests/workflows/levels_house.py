"""Gates of several levels, and the people who are asked there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Replayer

from contracts.identity import Role
from contracts.playbooks import Gate
from tests.workflows.gate_house import RUNNER, Asked, GateHouse, House
from tests.workflows.office import until

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LEAD, SENIOR = {"team_role": "lead"}, {"team_role": "senior"}
SECURITY, COMPLIANCE = {"team_role": "security"}, {"team_role": "compliance"}
MANAGER = {"role": "MANAGER"}
APPROVED, PENDING = "APPROVED", "PENDING"


@asynccontextmanager
async def staffed(environment: WorkflowEnvironment) -> AsyncIterator[House]:
    """Somebody of each role and team role, at work."""
    house = House(environment)
    for name, role, team_role in (
        ("rita", Role.MANAGER, "lead"),
        ("lea", Role.DEVELOPER, "lead"),
        ("sam", Role.DEVELOPER, "senior"),
        ("sec", Role.DEVELOPER, "security"),
        ("cora", Role.DEVELOPER, "compliance"),
        ("max", Role.MANAGER, "none"),
        ("mia", Role.MANAGER, "none"),
        ("vic", Role.VIEWER, "none"),
    ):
        house.people.add(name, role, ("core", team_role))
    async with house.at_work():
        yield house


def level(name: str, *approvers: dict[str, str], **rest: Any) -> dict[str, Any]:
    return {"name": name, "approvers": approvers, "patience": DAY, **rest}


def gate(*levels: dict[str, Any], **rest: Any) -> Gate:
    return Gate.model_validate({"name": "plan", "levels": levels, **rest})


async def until_asked_of(asked: Asked, whom: str) -> None:
    async def is_asked() -> bool:
        awaited = (await asked.seen()).awaited
        return awaited is not None and awaited.whom == whom

    await until(is_asked)


async def replays(asked: Asked) -> None:
    replayer = Replayer(
        workflows=[GateHouse], workflow_runner=RUNNER, data_converter=pydantic_data_converter
    )
    await replayer.replay_workflow(await asked.handle.fetch_history())
