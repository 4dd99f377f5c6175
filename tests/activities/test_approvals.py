"""The record of who tried to decide: a row for each try, however often it is looked up."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import func, select
from temporalio.testing import ActivityEnvironment

from activities.approvals import NO_SEALS, ApprovalActivities
from activities.local_tracker import LocalTracker
from contracts.approvals import AuthorityQuestion, Decision, DecisionKind, Objection, Refusal
from contracts.playbooks import Gate
from db.engine import Sessions
from db.models import AuditLog
from policy.redaction import Redaction
from tests.conftest import TestOrganization

WHEN = datetime(2026, 11, 1, tzinfo=UTC)
DECIDED = Objection(refusal=Refusal.ALREADY_DECIDED, reason="somebody was quicker")


async def test_a_decision_that_is_looked_up_twice_was_tried_once(
    sessions: Sessions, organization: TestOrganization
) -> None:
    tracker = LocalTracker(sessions, Redaction(()))
    activities = ApprovalActivities(sessions, NO_SEALS, tracker)
    question = AuthorityQuestion(
        organization=organization.slug,
        orchestration_id=uuid4(),
        issue_key="KEY-1",
        approval_id=uuid4(),
        gate=Gate(name="plan"),
        requester="rita@example.org",
        decision=Decision(decision=DecisionKind.APPROVE, by="max@example.org"),
        heard_at=WHEN,
        once="one try",
    )

    async def tried(activity_id: str, **otherwise: Any) -> int | None:
        """How many tries are on record by now."""
        environment = ActivityEnvironment()
        environment.info = replace(environment.info, activity_id=activity_id)
        asked = question.model_copy(update=otherwise)
        await environment.run(activities.authorise, asked)
        mine = AuditLog.resource_id == str(question.approval_id)
        async with sessions() as session:
            return await session.scalar(select(func.count()).where(mine))

    assert await tried("local") == 1
    assert await tried("regular") == 1
    assert await tried("repeated", heard_at=WHEN + timedelta(seconds=10)) == 1
    assert await tried("said again", once="another try") == 2
    assert await tried("asked again", objection=DECIDED) == 3
    # A worker of before has not said which try it is.
    assert await tried("unnamed", once=None) == 4
    assert await tried("unnamed", once=None) == 4
    assert await tried("unnamed, too", once=None) == 5
