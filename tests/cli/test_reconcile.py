"""`reconcile`: what Temporal has ended is no longer ACTIVE, and what lives is left alone."""

from pathlib import Path
from uuid import uuid4

from temporalio.client import Client

from clients.temporal.orchestrations import OrchestrationWorkflows
from contracts.jira_work import WorkOrder
from db.engine import Sessions
from db.projects import Projects
from tests.cli.person import Person, until
from tests.conftest import TestOrganization
from tests.db.chains import Author, append


def waiting(ann: Person, key: str, *new: str) -> None:
    assert ann.says("work", key, *new).returncode == 0
    until(lambda: ann.gate(key))


async def test_a_run_that_was_terminated_is_ended_and_one_that_lives_is_not(
    ann: Person, repository: Path, agent: str, temporal: Client
) -> None:
    for key in ("CALC-1", "CALC-2"):
        waiting(ann, key, "--repo", str(repository), "--summary", "x", "--agent", agent)
    slug, queue = (ann.environment[f"SLIPWAY_{name}"] for name in ("ORGANIZATION", "TASK_QUEUE"))
    await OrchestrationWorkflows(temporal, slug, queue).handle("CALC-1").terminate()
    assert ann.reads("status", "CALC-1")["status"] == "ACTIVE"
    said = ann.says("reconcile")
    assert said.returncode == 0, said.stderr
    assert said.stdout == (
        "CALC-1: attempt 1 is FAILED; it had ended.\n2 were under way, 1 of them ended now.\n"
    )
    ended = ann.reads("status", "CALC-1")
    assert (ended["status"], ended["awaited"]) == ("FAILED", None)
    assert "terminated" in ended["failure"]
    assert [one["issue_key"] for one in ann.reads("approvals")] == ["CALC-2"]
    assert ann.reads("status", "CALC-2")["status"] == "ACTIVE"
    assert ann.says("reconcile").stdout == "1 were under way, 0 of them ended now.\n"
    assert ann.says("cancel", "CALC-2").returncode == 0


async def test_what_temporal_never_heard_of_is_ended_on_demand_alone(
    ann: Person, temporal: Client, sessions: Sessions, organization: TestOrganization
) -> None:
    async with sessions.begin() as session:
        project = await Projects(session, organization.id).create("PROJ", f"/repo/{uuid4()}")
    author = Author(organization.id, project.id)
    await append(sessions, author, author.start())
    # A run of the same ticket, from other tables than these, says nothing of theirs.
    other = OrchestrationWorkflows(temporal, organization.slug, "nobody-works-here")
    await other.start(WorkOrder(issue_key="PROJ-1", requested_by="ann@example.org"), "x")
    await other.handle("PROJ-1").terminate()
    said = ann.says("reconcile")
    assert said.stdout == "1 were under way, 0 of them ended now.\n"
    assert "starter.py reconcile --forgotten" in said.stderr
    assert ann.reads("status", "PROJ-1")["status"] == "ACTIVE"
    assert "PROJ-1: attempt 1 is FAILED" in ann.says("reconcile", "--forgotten").stdout
    assert ann.reads("status", "PROJ-1")["status"] == "FAILED"
