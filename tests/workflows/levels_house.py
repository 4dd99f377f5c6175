"""Gates of several levels, and the people who are asked there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from temporalio.testing import WorkflowEnvironment

from contracts.identity import Role
from contracts.playbooks import Gate
from tests.workflows.gate_house import House

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
