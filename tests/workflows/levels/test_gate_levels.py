"""Levels and quorums of a gate."""

import asyncio

import pytest

from contracts.events import ApprovalGranted, ApprovalRequested, NotificationRequested
from contracts.identity import Role
from contracts.levels import Risk
from policy.ledger import fingerprint
from tests.workflows.gate_house import SUBJECT, GateHouse, House
from tests.workflows.levels_house import (
    APPROVED,
    COMPLIANCE,
    LEAD,
    MANAGER,
    PENDING,
    SECURITY,
    SENIOR,
    gate,
    level,
)
from tests.workflows.office import until


async def test_one_of_two_roles_is_enough(house: House) -> None:
    asked = await house.ask(gate(level("tech", LEAD, SENIOR)))
    assert await asked.says("max") == "NOT_AN_APPROVER"
    assert await asked.says("sam") == APPROVED
    assert (await asked.handle.result()).decision is not None


async def test_a_quorum_counts_different_people(house: House) -> None:
    asked = await house.ask(gate(level("both", MANAGER, quorum=2)))
    assert await asked.says("max") == PENDING
    assert await asked.says("max") == "ALREADY_DECIDED"
    assert await asked.says("mia") == APPROVED
    assert await asked.facts() == ["ApprovalRequested", "ApprovalGranted", "ApprovalGranted"]


async def test_all_means_one_for_each_that_is_named(house: House) -> None:
    house.people.add("seth", Role.DEVELOPER, ("core", "security"))
    asked = await house.ask(gate(level("last", SECURITY, COMPLIANCE, quorum="all")))
    assert await asked.says("sec") == PENDING
    assert await asked.says("seth") == "NOT_AN_APPROVER"
    assert await asked.says("cora") == APPROVED


async def test_whoever_may_take_two_places_leaves_one_to_the_other(house: House) -> None:
    house.people.add("both", Role.DEVELOPER, ("a", "security"), ("b", "compliance"))
    asked = await house.ask(gate(level("last", SECURITY, COMPLIANCE, quorum="all")))
    assert await asked.says("both") == PENDING
    assert await asked.says("sec") == APPROVED


async def test_in_a_sequence_each_waits_for_the_one_before(house: House) -> None:
    asked = await house.ask(gate(level("row", LEAD, SENIOR, quorum="all", order="sequential")))
    assert await asked.says("sam") == "NOT_AN_APPROVER"
    assert await asked.says("lea") == PENDING
    called = [one.event for one in (await asked.seen()).facts][-1]
    assert isinstance(called, NotificationRequested)
    assert called.request.people == ("sam@x.test",)
    assert called.request.occasion.reason == "it is your turn: lead and senior"
    assert await asked.says("sam") == APPROVED
    await asked.handle.result()
    await asked.replays(GateHouse)


async def test_nobody_is_awaited_where_the_last_one_was_quicker_than_the_call(house: House) -> None:
    house.people.slow_to_name = asyncio.Event()
    asked = await house.ask(gate(level("row", LEAD, SENIOR, quorum="all", order="sequential")))
    first = asyncio.create_task(asked.says("lea"))

    async def calls_the_next() -> bool:
        return bool(house.people.named)

    await until(calls_the_next)
    assert await asked.says("sam") == APPROVED
    house.people.slow_to_name.set()
    assert await first == PENDING
    assert (await asked.handle.result()).awaited is None


async def test_nobody_decides_at_two_levels(house: House) -> None:
    house.people.add("ludo", Role.MANAGER, ("core", "lead"))
    asked = await house.ask(gate(level("tech", LEAD), level("boss", MANAGER)))
    assert await asked.says("ludo") == PENDING
    assert await asked.says("ludo") == "FOUR_EYES"
    assert await asked.says("max") == APPROVED


async def test_a_gate_may_do_without_four_eyes(house: House) -> None:
    house.people.add("ludo", Role.MANAGER, ("core", "lead"))
    asked = await house.ask(gate(level("a", LEAD), level("b", MANAGER), four_eyes=False))
    assert [await asked.says("ludo") for _ in range(2)] == [PENDING, APPROVED]


async def test_one_no_is_enough_at_any_level(house: House) -> None:
    asked = await house.ask(gate(level("tech", LEAD), level("boss", MANAGER, quorum=2)))
    await asked.says("lea")
    assert await asked.says("max", "REJECT") == "COMMENT_NEEDED"
    assert await asked.says("max", "REJECT", comment="too risky") == "REJECTED"
    decision = (await asked.handle.result()).decision
    assert decision is not None
    assert decision.comment == "too risky"


@pytest.mark.parametrize(("risk", "asked_of"), [(Risk.HIGH, [1, 2]), (Risk.LOW, [1])])
async def test_a_level_is_asked_where_its_condition_holds(
    house: House, risk: Risk, asked_of: list[int]
) -> None:
    house.people.risk = risk
    asked = await house.ask(gate(level("tech", LEAD), level("b", MANAGER, when={"risk": ["HIGH"]})))
    await asked.waits_for("lead")
    await asked.says("lea")
    if len(asked_of) > 1:
        await asked.says("max")
    facts = (await asked.handle.result()).facts
    events = [one.event for one in facts if isinstance(one.event, ApprovalRequested)]
    assert [one.level for one in events] == asked_of


async def test_where_no_condition_holds_nobody_is_asked_and_it_is_recorded(house: House) -> None:
    asked = await house.ask(gate(level("tech", LEAD, when={"issue_types": ["BUG"]})))
    seen = await asked.handle.result()
    assert [one.event.type for one in seen.facts] == ["ApprovalRequested", "ApprovalGranted"]
    granted = seen.facts[1].event
    assert isinstance(granted, ApprovalGranted)
    assert (granted.approver_id, granted.comment) == (None, "no level's condition holds")


async def test_a_changed_subject_is_void_and_asked_again(house: House) -> None:
    asked = await house.ask(gate(level("both", MANAGER, quorum=2)))
    await asked.says("max")
    shown = (await asked.seen()).awaited
    await asked.handle.signal("change", "2" * 64)
    assert shown is not None
    assert await asked.says("mia", subject_hash=shown.subject_hash) == "SUBJECT_CHANGED"
    assert [await asked.says(name) for name in ("mia", "max")] == [PENDING, APPROVED]
    seen = await asked.handle.result()
    events = [one.event for one in seen.facts if isinstance(one.event, ApprovalRequested)]
    assert [one.revision for one in events] == [1, 2]
    assert events[1].subject_hash == fingerprint({**SUBJECT, "ticket_hash": "2" * 64})
    assert [one.event.type for one in seen.facts].count("ApprovalVoided") == 1


@pytest.mark.parametrize(("subject", "counts"), [(SUBJECT, True), ({"plan": "other"}, False)])
async def test_an_early_decision_counts_for_what_it_names(
    house: House, subject: dict[str, str], counts: bool
) -> None:
    asked = await house.start(gate(level("boss", MANAGER)))
    assert await asked.says("max") == "UNKNOWN_APPROVAL"
    early = {"gate": "plan", "subject_hash": fingerprint(subject)}
    assert await asked.says("max", **early) == PENDING
    assert await asked.says("vic", **early) == PENDING
    await asked.handle.signal("open")
    seen = await asked.handle.result()
    assert (seen.decision is not None) == counts
    assert house.people.refused.count("SUBJECT_CHANGED") == (0 if counts else 2)


async def test_a_delegate_decides_and_the_original_approver_is_kept(house: House) -> None:
    house.people.lent["vic@x.test"] = ("max@x.test",)
    asked = await house.ask(gate(level("both", MANAGER, quorum=2)))
    assert await asked.says("vic") == PENDING
    assert await asked.says("max") == "ALREADY_DECIDED"
    assert await asked.says("mia") == APPROVED
    granted = [one.event for one in (await asked.handle.result()).facts][1]
    assert isinstance(granted, ApprovalGranted)
    assert granted.on_behalf_of == house.people.members["max@x.test"].user_id
    assert granted.approver_id == house.people.members["vic@x.test"].user_id


async def test_nobody_passes_their_own_work_by_delegation(house: House) -> None:
    house.people.lent["vic@x.test"] = ("rita@x.test",)
    house.people.lent["rita@x.test"] = ("max@x.test",)
    asked = await house.ask(gate(level("boss", MANAGER)))
    assert await asked.says("vic") == "OWN_WORK"
    assert await asked.says("rita") == "OWN_WORK"
    assert await asked.says("max") == APPROVED


async def test_of_many_at_once_one_decides(house: House) -> None:
    names = [f"m{number}" for number in range(8)]  # Ten updates at once are the server's limit.
    for name in names:
        house.people.add(name, Role.MANAGER)
    house.people.pause = asyncio.Event()
    asked = await house.ask(gate(level("boss", MANAGER)))
    tasks = [asyncio.create_task(asked.says(name)) for name in names]

    async def all_heard() -> bool:
        return (await asked.seen()).heard == len(names)

    await until(all_heard)
    house.people.pause.set()
    said = await asyncio.gather(*tasks)
    assert sorted(said) == ["ALREADY_DECIDED"] * 7 + [APPROVED]
    assert (await asked.facts()).count("ApprovalGranted") == 1
