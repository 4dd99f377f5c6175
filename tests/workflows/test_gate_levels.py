"""Levels, quorums, deadlines and escalations of a gate, over days that the server skips."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Replayer

from contracts.events import ApprovalEscalated, ApprovalGranted, ApprovalRequested
from contracts.identity import Role
from contracts.levels import Risk
from contracts.playbooks import Gate
from policy.ledger import fingerprint
from tests.workflows.gate_house import RUNNER, SUBJECT, Asked, GateHouse, House
from tests.workflows.office import until
from tests.workflows.sla_house import time_skipping

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LEAD, SENIOR = {"team_role": "lead"}, {"team_role": "senior"}
SECURITY, COMPLIANCE = {"team_role": "security"}, {"team_role": "compliance"}
MANAGER = {"role": "MANAGER"}
APPROVED, PENDING = "APPROVED", "PENDING"


@pytest.fixture(scope="module")
async def environment() -> AsyncIterator[WorkflowEnvironment]:
    async with time_skipping() as environment:
        yield environment


@pytest.fixture
async def house(environment: WorkflowEnvironment) -> AsyncIterator[House]:
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
    assert await asked.says("sam") == APPROVED


async def test_levels_come_one_after_the_other_with_their_own_time(house: House) -> None:
    asked = await house.ask(gate(level("tech", LEAD), level("boss", MANAGER, patience=2 * DAY)))
    await asked.passes(20 * HOUR)
    assert await asked.says("max") == "NOT_AN_APPROVER"
    assert await asked.says("lea") == PENDING
    requests = [one.event for one in (await asked.seen()).facts]
    levels = [
        (one.level, one.first, one.expires_at)
        for one in requests
        if isinstance(one, ApprovalRequested)
    ]
    assert [(number, first) for number, first, _ in levels] == [(1, True), (2, False)]
    assert levels[1][2] - levels[0][2] > 43 * HOUR
    await asked.passes(47 * HOUR)
    assert await asked.says("max") == APPROVED


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
    await until_asked_of(asked, "lead")
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


async def test_silence_expires_after_the_levels_own_time(house: House) -> None:
    asked = await house.ask(gate(level("tech", LEAD, patience=7 * DAY)))
    seen = await asked.handle.result()
    assert (seen.decision, seen.facts[-1].event.type) == (None, "ApprovalExpired")
    (after,) = await asked.times("ApprovalExpired")
    assert 7 * DAY <= after < 7 * DAY + HOUR


async def test_an_escalation_asks_others_as_well_and_then_expires(house: House) -> None:
    steps = [{"approvers": [MANAGER], "patience": 2 * HOUR}] * 2
    asked = await house.ask(gate(level("tech", LEAD, on_timeout="escalate", escalation=steps)))
    seen = await asked.handle.result()
    kinds = [one.event.type for one in seen.facts]
    assert kinds == ["ApprovalRequested", *["ApprovalEscalated"] * 2, "ApprovalExpired"]
    first, second = await asked.times("ApprovalEscalated")
    assert DAY <= first < DAY + HOUR
    assert timedelta() <= second - first - 2 * HOUR < HOUR


async def test_whom_it_was_escalated_to_decides_in_anybodys_place(house: House) -> None:
    step = {"approvers": [MANAGER], "patience": DAY}
    asked = await house.ask(gate(level("tech", LEAD, on_timeout="escalate", escalation=[step])))
    assert await asked.says("max") == "NOT_AN_APPROVER"
    await asked.passes(DAY + HOUR)
    await until_asked_of(asked, "lead or manager")
    assert await asked.says("max") == APPROVED


@pytest.mark.parametrize("risk", Risk)
async def test_only_a_low_risk_passes_by_itself(house: House, risk: Risk) -> None:
    house.people.risk = risk
    asked = await house.ask(gate(level("tech", LEAD, on_timeout="approve_if_low_risk")))
    seen = await asked.handle.result()
    passed = seen.decision is not None
    assert passed == (risk is Risk.LOW)
    assert seen.facts[-1].event.type == ("ApprovalGranted" if passed else "ApprovalExpired")


async def test_reminders_go_to_those_who_have_not_decided(house: House) -> None:
    asked = await house.ask(gate(level("both", MANAGER, quorum=2, remind=6 * HOUR)))
    await asked.passes(HOUR)
    await asked.says("max")
    await asked.passes(20 * HOUR)
    assert await asked.says("mia") == APPROVED
    times = await asked.times("NotificationRequested")
    assert [round(one / HOUR) for one in times] == [6, 12, 18]
    assert all(len(question.votes) == 1 for question in house.people.named)


async def test_an_approval_at_the_instant_of_the_timeout_has_one_outcome(house: House) -> None:
    asked = await house.ask(gate(level("tech", LEAD, patience=HOUR)))
    house.people.pause = asyncio.Event()
    said = asyncio.create_task(asked.says("lea"))
    await house.people.asked.wait()
    house.people.pause.set()
    await asked.passes(HOUR)
    status = await said
    seen = await asked.handle.result()
    kinds = [one.event.type for one in seen.facts]
    outcome = {APPROVED: "ApprovalGranted", "ALREADY_DECIDED": "ApprovalExpired"}
    assert kinds == ["ApprovalRequested", outcome[status]]
    assert (seen.decision is None) == (status != APPROVED)
    await replays(asked)


async def test_a_changed_subject_is_void_and_asked_again(house: House) -> None:
    asked = await house.ask(gate(level("both", MANAGER, quorum=2)))
    await asked.says("max")
    shown = (await asked.seen()).awaited
    await asked.handle.signal("change", "another plan")
    assert shown is not None
    assert await asked.says("mia", subject_hash=shown.subject_hash) == "SUBJECT_CHANGED"
    assert [await asked.says(name) for name in ("mia", "max")] == [PENDING, APPROVED]
    seen = await asked.handle.result()
    events = [one.event for one in seen.facts if isinstance(one.event, ApprovalRequested)]
    assert [one.revision for one in events] == [1, 2]
    assert events[1].subject_hash == fingerprint({"plan": "another plan"})
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


async def test_what_was_asked_and_escalated_replays(house: House) -> None:
    step = {"approvers": [MANAGER], "patience": DAY}
    asked = await house.ask(
        gate(
            level("tech", LEAD, remind=6 * HOUR, on_timeout="escalate", escalation=[step]),
            level("boss", MANAGER, quorum=2),
        )
    )
    await asked.passes(DAY + HOUR)
    await asked.says("lea")
    await asked.says("max")
    await asked.passes(2 * HOUR)
    await asked.says("mia")
    seen = await asked.handle.result()
    assert any(isinstance(one.event, ApprovalEscalated) for one in seen.facts)
    await replays(asked)


async def replays(asked: Asked) -> None:
    replayer = Replayer(
        workflows=[GateHouse], workflow_runner=RUNNER, data_converter=pydantic_data_converter
    )
    await replayer.replay_workflow(await asked.handle.fetch_history())
