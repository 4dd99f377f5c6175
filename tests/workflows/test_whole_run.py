"""A ticket's whole way, from its key to finished, recorded work."""

from contracts.approvals import ApprovalStatus, Decision, DecisionKind
from contracts.orchestrations import OrchestrationStatus
from db.verification import verify_ledger
from tests.workflows.office import MANAGER, Office
from tests.workflows.scripted_workshop import ScriptedWorkshop, done

APPROVE = Decision(decision=DecisionKind.APPROVE, by=MANAGER)


async def test_a_ticket_is_worked_through_all_phases(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    workshop.script("coder", done("coded", commit="c0de"))
    handle = await office.start()
    assert await office.awaited() == "approval plan"
    assert await office.tell("decide", APPROVE) == ApprovalStatus.APPROVED
    outcome = await handle.result()
    assert (outcome.status, outcome.commit) == (OrchestrationStatus.COMPLETED, "c0de")
    assert await office.told() == []
    assert await verify_ledger(office.stores.sessions) is None
