"""A project's own policies, in the place of what the playbook says."""

import json
from typing import Any

import pytest
from sqlalchemy import select

from contracts.events import ApprovalRequested
from db.models import Approval
from tests.workflows.endings import failure_of
from tests.workflows.office import CODE, MANAGER, PLAN, SECOND_MANAGER, Office, approval, until
from tests.workflows.project_rules import project_asks

LEVELS = [
    {"name": "first", "approvers": [{"role": "MANAGER"}]},
    {"name": "second", "approvers": [{"role": "MANAGER"}]},
]


@pytest.fixture
def office(office: Office) -> Office:
    office.playbook("gated", PLAN, CODE)
    folder = office.folder / "playbooks" / "approvals"
    folder.mkdir()
    (folder / "twice.yaml").write_text(json.dumps({"levels": LEVELS}))
    return office


@pytest.mark.parametrize(
    ("said", "policy", "origin"),
    [
        ("twice", "twice", "project KEY: policy twice"),
        ({"levels": LEVELS}, None, "project KEY: levels of its own"),
    ],
    ids=["a file", "levels"],
)
async def test_a_gate_asks_what_the_project_says_and_the_record_says_so(
    office: Office, said: Any, policy: str | None, origin: str
) -> None:
    await project_asks(office, {"plan": said, "another-gate": "twice"})
    handle = await office.start(playbook="gated")
    await office.awaited()
    (asked,) = await office.facts(ApprovalRequested)
    assert (asked.gate.policy, asked.gate.origin) == (policy, origin)
    await office.tell("decide", approval(by=MANAGER))

    async def second_level() -> bool:
        return len(await office.facts(ApprovalRequested)) == 2

    await until(second_level)
    # What the project asks from now on is for the next attempt.
    await project_asks(office, {})
    assert await office.tell("decide", approval(by=SECOND_MANAGER)) == "APPROVED"
    await handle.result()
    async with office.stores.sessions() as session:
        kept = select(Approval.policy).where(Approval.id == asked.approval_id)
        row = (await session.scalars(kept)).one()
    assert row["origin"] == origin


async def test_a_policy_that_is_not_there_is_a_clear_error(office: Office) -> None:
    await project_asks(office, {"plan": "thrice"})
    failure = await failure_of(await office.start(playbook="gated"))
    assert failure.type == "UnknownPlaybookError"
    assert failure.message == "no approval policy `thrice`: there are twice"


async def test_what_was_written_by_hand_and_cannot_be_read_is_named(office: Office) -> None:
    await project_asks(office, {"plan": {"levels": []}})
    failure = await failure_of(await office.start(playbook="gated"))
    assert failure.type == "InvalidPlaybookError"
    assert "project KEY" in failure.message
    assert "starter.py project approvals KEY" in failure.message
