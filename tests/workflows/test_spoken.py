"""A secret that somebody types into the Web UI is neither kept nor handed on."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from temporalio.client import WorkflowFailureError

from composition import build_workshop
from contracts.agents import Answer
from contracts.approvals import Decision, DecisionKind
from contracts.events import (
    ApprovalGranted,
    GuidanceGiven,
    OrchestrationCancelled,
    OrchestrationPaused,
    PhaseSkipped,
    QuestionAnswered,
)
from contracts.jira_work import Cancellation, Guidance, Pause, Resume, SkipPhase
from contracts.phases import Phase
from policy.decision_signatures import addressee, signed
from policy.redaction import Redaction
from tests.workflows.office import (
    CODE,
    MANAGER,
    PLAN,
    Office,
    ground_of,
    phase,
    until,
    worker_of,
)
from tests.workflows.scripted_workshop import Held, ScriptedWorkshop, blocked, done
from workflows.spoken import clean

SECRET = "ghp_" + "a1B2" * 9
CANARY = "canary-that-the-worker-knows"
TYPED = f"use {SECRET} for it"
KEPT = "use [redacted: GitHub token] for it"
LISTENER = """
import json, pathlib, sys
said = sys.stdin.read()
pathlib.Path("heard.json").write_text(said)
brief = json.loads(said)
assert brief["workspace"] == str(pathlib.Path.cwd()), brief["workspace"]
print(json.dumps({"status": "completed", "summary": "heard"}))
"""


@pytest.fixture
def explorer(workshop: ScriptedWorkshop) -> Held:
    return workshop.held("explorer")


async def test_guidance_is_kept_and_heard_without_it(
    office: Office, workshop: ScriptedWorkshop, explorer: Held
) -> None:
    office.playbook("two", phase("EXPLORE", "explorer"), CODE)
    handle = await office.start(playbook="two")
    await explorer.working.wait()
    await handle.signal("guide", Guidance(text=TYPED, by=MANAGER))
    explorer.go_on.set()
    await handle.result()
    assert [one.text for one in await office.facts(GuidanceGiven)] == [KEPT]
    assert workshop.runs_of("coder")[0].guidance == (KEPT,)


async def test_an_answer_is_kept_and_heard_without_it(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    office.playbook("ask", CODE)
    workshop.script("coder", blocked("With which token?"), done())
    handle = await office.start(playbook="ask")
    await office.awaited()
    await office.tell("answer", Answer(text=TYPED, by=MANAGER))
    await handle.result()
    assert [one.answer for one in await office.facts(QuestionAnswered)] == [KEPT]
    assert [one.answer for one in workshop.runs_of("coder")[1].answers] == [KEPT]


async def test_comments_and_reasons_are_kept_without_it(office: Office) -> None:
    office.playbook("gated", PLAN, CODE, phase("DOCUMENT", "writer"))
    handle = await office.start(playbook="gated")
    await office.awaited()
    await office.tell("skip_phase", SkipPhase(phase=Phase.DOCUMENT, by=MANAGER, reason=TYPED))
    await office.tell("pause", Pause(by=MANAGER, reason=TYPED))
    await office.tell(
        "decide", Decision(decision=DecisionKind.APPROVE, by=MANAGER, gate="plan", comment=TYPED)
    )
    await until(lambda: office.facts(OrchestrationPaused))
    await office.tell("resume", Resume(by=MANAGER))
    await handle.result()
    assert [one.comment for one in await office.facts(ApprovalGranted)] == [KEPT]
    assert KEPT in str(await office.facts(PhaseSkipped))
    assert KEPT in str(await office.facts(OrchestrationPaused))
    assert SECRET not in str(await office.ledger())


async def test_what_looks_signed_is_kept_without_it(office: Office) -> None:
    office.playbook("gated", PLAN)
    handle = await office.start(playbook="gated")
    await office.awaited()
    forged = Decision(
        decision=DecisionKind.APPROVE,
        by=MANAGER,
        gate="plan",
        comment=TYPED,
        at=datetime.now(UTC),
        signature="0" * 64,
    )
    await office.tell("decide", forged)
    await handle.result()
    assert [one.comment for one in await office.facts(ApprovalGranted)] == [KEPT]


def test_what_senders_of_ours_have_signed_stays_as_it_is() -> None:
    said = Decision(decision=DecisionKind.APPROVE, by=MANAGER, gate="plan", comment=KEPT)
    sent = signed(said, "a key", addressee("default", "KEY-1"), datetime.now(UTC))
    assert clean(sent) is sent


async def test_a_reason_to_cancel_is_kept_without_it(office: Office, explorer: Held) -> None:
    office.playbook("one", phase("EXPLORE", "explorer"))
    handle = await office.start(playbook="one")
    await explorer.working.wait()
    await office.work.cancel("KEY-1", Cancellation(by=MANAGER, reason=TYPED))
    with pytest.raises(WorkflowFailureError):
        await handle.result()
    assert [one.reason for one in await office.facts(OrchestrationCancelled)] == [KEPT]


async def test_what_the_worker_knows_for_a_secret_no_agent_hears(closed_office: Office) -> None:
    """One of the secrets happens to be the name of the folder that agents work in."""
    office = closed_office
    listener = {
        "kind": "command",
        "name": "coder",
        "command": ["{python}", "-c", LISTENER],
        "limits": {"time": "120s"},
    }
    office.playbook("listen", phase("CODE", listener))
    handle = await office.start(playbook="listen")
    await handle.signal("guide", Guidance(text=f"it is {CANARY}", by=MANAGER))
    redaction = Redaction([CANARY, "checkouts"])
    ground = replace(ground_of(office.stores, office.folder), redaction=redaction)
    async with worker_of(office, build_workshop(ground), ground):
        outcome = await handle.result()
    heard = office.upstream.git("show", f"{outcome.commit}:heard.json")
    assert "it is [redacted: known secret]" in heard
    assert CANARY not in heard
