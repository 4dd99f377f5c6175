"""Levels that hang on the ticket's type and priority go by the ticket as it is now."""

import asyncio

import pytest

from contracts.events import ApprovalGranted, ApprovalRequested
from contracts.issues import Priority
from policy.ledger import fingerprint
from tests.workflows.asking_house import AS_OPENED
from tests.workflows.gate_house import SUBJECT, Asked, GateHouse, House
from tests.workflows.levels_house import APPROVED, LEAD, MANAGER, PENDING, gate, level
from tests.workflows.office import until

EDITED, AGAIN, MADE_UP = "2" * 64, "3" * 64, "4" * 64
BOSS = level("boss", MANAGER, when={"priorities": ["CRITICAL"]})
GATE = gate(level("tech", LEAD), BOSS)


def edited(house: House, priority: Priority, ticket_hash: str = EDITED) -> None:
    assert house.people.ticket is not None
    now = {"priority": priority, "ticket_hash": ticket_hash}
    house.people.ticket = house.people.ticket.model_copy(update=now)


async def requests(asked: Asked) -> list[ApprovalRequested]:
    events = [one.event for one in (await asked.seen()).facts]
    return [one for one in events if isinstance(one, ApprovalRequested)]


async def levels(asked: Asked) -> list[tuple[int, int]]:
    return [(one.revision, one.level) for one in await requests(asked)]


async def changes(asked: Asked, ticket_hash: str) -> None:
    """Until the gate asks again."""
    await asked.handle.signal("change", ticket_hash)

    async def asks_again() -> bool:
        return (await levels(asked))[-1][0] == 2

    await until(asks_again)


async def test_a_priority_that_is_raised_while_it_is_asked_brings_its_level_in(
    house: House,
) -> None:
    asked = await house.ask(GATE)
    edited(house, Priority.CRITICAL)
    await changes(asked, EDITED)
    assert await asked.says("lea") == PENDING
    assert await asked.says("max") == APPROVED
    await asked.handle.result()
    assert await levels(asked) == [(1, 1), (2, 1), (2, 2)]
    await asked.replays(GateHouse)


async def test_a_priority_that_is_lowered_takes_its_level_out(house: House) -> None:
    edited(house, Priority.CRITICAL, AS_OPENED)
    asked = await house.ask(GATE)
    assert await asked.says("lea") == PENDING
    edited(house, Priority.LOW)
    await changes(asked, EDITED)
    assert await asked.says("lea") == APPROVED
    await asked.handle.result()
    assert await levels(asked) == [(1, 1), (1, 2), (2, 1)]


async def test_an_edit_that_nobody_told_of_counts_when_the_gate_asks(house: House) -> None:
    edited(house, Priority.CRITICAL)
    asked = await house.ask(GATE)
    assert await asked.says("lea") == PENDING
    assert await asked.says("max") == APPROVED
    shown = (await requests(asked))[0]
    assert shown.subject_hash == fingerprint({**SUBJECT, "ticket_hash": EDITED})


async def test_whoever_tells_of_a_change_is_not_believed_how_the_ticket_reads(
    house: House,
) -> None:
    asked = await house.ask(GATE)
    await changes(asked, MADE_UP)
    assert await asked.says("lea") == APPROVED
    assert (await requests(asked))[-1].subject["ticket_hash"] == AS_OPENED


async def test_a_change_while_the_ticket_is_read_is_read_as_well(house: House) -> None:
    house.people.pause = asyncio.Event()
    asked = await house.start(GATE)
    await asked.handle.signal("open")
    await house.people.asked.wait()
    await asked.handle.signal("change", EDITED)
    edited(house, Priority.CRITICAL)
    house.people.pause.set()
    await asked.waits_for("lead")
    assert await asked.says("lea") == PENDING
    assert await asked.says("max") == APPROVED
    assert await levels(asked) == [(1, 1), (1, 2)]


async def test_where_nobody_can_read_the_ticket_every_level_is_asked(house: House) -> None:
    house.people.ticket = None
    asked = await house.ask(GATE)
    assert await asked.says("lea") == PENDING
    assert await asked.says("max") == APPROVED


@pytest.mark.parametrize("when", [{"issue_types": ["BUG"]}, {"priorities": ["LOW"]}])
async def test_what_passed_by_itself_is_recorded_for_the_ticket_as_it_reads(
    house: House, when: dict[str, list[str]]
) -> None:
    edited(house, Priority.MEDIUM)
    asked = await house.ask(gate(level("tech", LEAD, when=when)))
    granted = (await asked.handle.result()).facts[-1].event
    assert isinstance(granted, ApprovalGranted)
    assert granted.comment == "no level's condition holds"
    assert (await requests(asked))[0].subject["ticket_hash"] == EDITED
