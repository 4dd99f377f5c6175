"""Who never stops deciding takes nothing from others, nor from whoever's name it is done in."""

from policy.ledger import fingerprint
from tests.workflows.gate_house import SUBJECT, House
from tests.workflows.levels_house import APPROVED, MANAGER, PENDING, gate, level
from workflows.gate import MOST_TRIES_EACH
from workflows.gates import MOST_EARLY, MOST_EARLY_EACH

GATE = gate(level("boss", MANAGER))
EARLY = {"gate": "plan", "subject_hash": fingerprint(SUBJECT)}
SIGNATURE = "0" * 64


async def test_what_is_sent_unsigned_in_somebodys_name_closes_no_gate_for_them(
    house: House,
) -> None:
    asked = await house.ask(GATE)
    for _ in range(MOST_TRIES_EACH):
        assert await asked.says("max", "REJECT") == "COMMENT_NEEDED"
    looked_up = len(house.people.refused)
    assert await asked.says("MAX") == "NOT_AN_APPROVER"
    assert len(house.people.refused) == looked_up
    assert await asked.says("max", signature=SIGNATURE) == APPROVED


async def test_whoever_decides_early_again_and_again_leaves_room_for_others(
    house: House,
) -> None:
    asked = await house.start(GATE)
    for _ in range(MOST_EARLY_EACH):
        assert await asked.says("vic", **EARLY) == PENDING
    assert await asked.says("vic", **EARLY) == "UNKNOWN_APPROVAL"
    assert await asked.says("max", **EARLY) == PENDING
    await asked.handle.signal("open")
    assert (await asked.handle.result()).decision is not None
    tries = house.people.tries
    assert len({one for one in tries if one}) == len(tries) == MOST_EARLY_EACH + 1


async def test_early_decisions_in_made_up_names_leave_room_for_those_that_are_signed(
    house: House,
) -> None:
    asked = await house.start(GATE)
    for number in range(MOST_EARLY):
        assert await asked.says(f"nobody-{number}", **EARLY) == PENDING
    assert await asked.says("max", **EARLY) == "UNKNOWN_APPROVAL"
    assert await asked.says("max", signature=SIGNATURE, **EARLY) == PENDING
    await asked.handle.signal("open")
    assert (await asked.handle.result()).decision is not None
