"""What whoever may not decide on their own work is told to do at the command line."""

import pytest

from cli.connected import ConnectedDesk
from cli.decisions import decide, decision_on
from clients.temporal.orchestrations import RefusedError
from contracts.agents import Answer
from contracts.approvals import DecisionKind, Refusal
from tests.workflows.office import MANAGER, SECOND_MANAGER, Office, approval, phase
from tests.workflows.onlooker import desk_of, story

HUMAN = {"kind": "human", "name": "hand", "ask": "Please write it."}
ALONE = "starter.py work KEY-1 --watch"
ASK = f"Ask one who may: {SECOND_MANAGER} (starter.py approve KEY-1 --as EMAIL)"


async def refused(office: Office, by: str, *, production: bool = False) -> str:
    desk = desk_of(office)
    settings = desk.settings.model_copy(update={"slipway_env": "production"} if production else {})
    known = settings, desk.environment, desk.addresses, desk.sessions
    connected = ConnectedDesk(*known, office.client)
    found = await story(office)
    assert found.asked is not None
    with pytest.raises(RefusedError) as caught:
        await decide(connected, found, decision_on(found.asked, DecisionKind.APPROVE, by, ""))
    assert caught.value.refusal == Refusal.OWN_WORK
    return str(caught.value)


async def test_who_asked_for_the_work_hears_how_one_answers_alone(office: Office) -> None:
    office.playbook("gated", phase("PLAN", "planner", gate={"name": "plan"}))
    handle = await office.start(playbook="gated", requested_by=MANAGER)
    await office.awaited()
    told = await refused(office, MANAGER)
    assert ASK in told
    assert ALONE in told
    strict = await refused(office, MANAGER, production=True)
    assert ASK in strict
    assert ALONE not in strict
    await office.tell("decide", approval(by=SECOND_MANAGER))
    await handle.result()


async def test_who_did_a_part_of_it_hears_only_who_may_still_decide(office: Office) -> None:
    office.playbook("manual", phase("CODE", HUMAN, gate={"name": "result"}))
    handle = await office.start(playbook="manual")
    assert await office.awaited() == "answer to hand"
    await office.tell("answer", Answer(text="done", by=MANAGER))
    await office.awaits("approval result")
    told = await refused(office, MANAGER)
    assert "did part of this work" in told
    assert ASK in told
    assert ALONE not in told
    await office.tell("decide", approval(by=SECOND_MANAGER))
    await handle.result()
