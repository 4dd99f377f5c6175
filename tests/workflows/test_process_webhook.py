"""ProcessWebhook: what each delivery does to tickets and runs, and how it ends."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from activities.local_tracker import LocalTracker
from contracts.events import ApprovalGranted, GuidanceGiven
from contracts.jira_work import Guidance
from contracts.webhooks import WebhookWork
from db.models import AuditLog
from db.models.git_integrations import GitIntegration
from errors import PermanentError
from policy.redaction import Redaction
from tests.github_life import HEAD, check_run, comment, issue, minute, now, pull_request, review
from tests.workflows.office import CODE, MANAGER, PLAN, REQUESTER, Office, until
from tests.workflows.webhook_house import (
    MAX,
    RITA,
    ROBOT,
    STRANGER,
    WebhookHouse,
    found_webhook_house,
)


@pytest.fixture
async def house(office: Office) -> AsyncIterator[WebhookHouse]:
    office.playbook("standard", PLAN, CODE)
    house = await found_webhook_house(office)
    async with house.worker():
        yield house


async def asked(house: WebhookHouse) -> str:
    """The commit that the open gate asks about."""
    await house.office.awaited()
    row = await house.office.row()
    assert row is not None
    return row.commit_sha or ""


async def test_a_comment_that_comes_three_times_starts_one_run(house: WebhookHouse) -> None:
    payload = comment("/jira-work", RITA)
    rows = await asyncio.gather(*(house.take_in("issue_comment", payload, "d-1") for _ in range(3)))
    assert len(set(rows)) == 1
    await asyncio.gather(*(house.process(WebhookWork(row=row)) for row in rows))
    await asked(house)
    row = await house.office.row()
    assert row is not None
    assert (row.attempt, row.requested_by) == (1, REQUESTER)
    assert (await house.row(rows[0])).status == "PROCESSED"


async def test_a_replay_does_not_do_again_what_was_done(house: WebhookHouse) -> None:
    row = await house.deliver("issue_comment", comment("/jira-work", RITA))
    await asked(house)
    await house.office.work.cancel("KEY-1")

    async def ended() -> bool:
        found = await house.office.row()
        return found is not None and found.status == "CANCELLED"

    await until(ended)
    assert (await house.replay(row.id)).status == "PROCESSED"
    assert not await house.office.work.running("KEY-1")


async def test_a_replay_does_what_was_refused_before(house: WebhookHouse) -> None:
    row = await house.deliver("issue_comment", comment("/jira-work", STRANGER))
    assert row.status == "IGNORED"
    await house.vouch(STRANGER, REQUESTER)
    assert (await house.replay(row.id)).status == "PROCESSED"
    await asked(house)


async def test_a_start_whose_answer_was_lost_is_found_again(house: WebhookHouse) -> None:
    id = await house.take_in("issue_comment", comment("/jira-work", RITA))
    await house.leave_intent(id, "KEY-1", REQUESTER)
    handle = await house.office.start(playbook="standard")
    await house.office.approve()
    await handle.result()
    assert await house.process(WebhookWork(row=id)) == "PROCESSED"
    row = await house.office.row()
    assert row is not None
    assert (row.attempt, await house.office.work.running("KEY-1")) == (1, False)


async def test_guidance_whose_answer_was_lost_is_not_given_twice(house: WebhookHouse) -> None:
    handle = await house.office.start(playbook="standard")
    await asked(house)
    id = await house.take_in("issue_comment", comment("/guide mind the tests", RITA))
    await house.leave_intent(id, "KEY-1", REQUESTER)
    guidance = Guidance(text="mind the tests", by=REQUESTER)
    await house.office.work.signal("KEY-1", "guide", guidance)
    assert await house.process(WebhookWork(row=id)) == "PROCESSED"
    await house.office.approve()
    await handle.result()
    assert [one.text for one in await house.office.facts(GuidanceGiven)] == ["mind the tests"]


async def test_an_approval_whose_answer_was_lost_is_known(house: WebhookHouse) -> None:
    handle = await house.office.start(playbook="standard")
    await asked(house)
    id = await house.take_in("issue_comment", comment("/approve", MAX))
    awaited = (await house.office.state()).awaited
    assert awaited is not None
    plan = {"approval_id": str(awaited.approval_id), "subject_hash": str(awaited.subject_hash)}
    await house.leave_intent(id, "KEY-1", MANAGER, plan)
    await house.office.approve()
    await handle.result()
    assert await house.process(WebhookWork(row=id)) == "PROCESSED"


async def test_a_cancelled_ticket_is_not_started_by_what_came_before(house: WebhookHouse) -> None:
    closed = issue("closed", RITA, at=5, state_reason="not_planned")
    assert (await house.deliver("issues", closed)).status == "IGNORED"  # Nothing ran.
    labelled = issue("labeled", RITA, at=4, label="slipway")
    row = await house.deliver("issues", labelled)
    assert (row.status, row.error_message) == ("IGNORED", "something newer was asked for")
    assert not await house.office.work.running("KEY-1")


async def test_a_review_of_what_is_asked_approves_the_gate(house: WebhookHouse) -> None:
    handle = await house.office.start(playbook="standard")
    commit = await asked(house)
    row = await house.deliver("pull_request_review", review("approved", 1, MAX, commit, now()))
    assert row.status == "PROCESSED"
    await handle.result()
    (granted,) = await house.office.facts(ApprovalGranted)
    assert (granted.channel, granted.comment) == ("git", "fine")


async def test_a_review_of_another_commit_approves_nothing(house: WebhookHouse) -> None:
    handle = await house.office.start(playbook="standard")
    await asked(house)
    row = await house.deliver("pull_request_review", review("approved", 1, MAX, HEAD, now()))
    assert row.error_message is not None
    assert f"a review of {HEAD[:12]}, not of what plan asks about" in row.error_message
    await house.office.approve()
    await handle.result()


async def test_a_comment_from_before_the_question_approves_nothing(house: WebhookHouse) -> None:
    handle = await house.office.start(playbook="standard")
    await asked(house)
    row = await house.deliver("issue_comment", comment("/approve", MAX, at=minute(0)))
    assert (row.status, row.error_message) == ("IGNORED", "it was said before plan was asked")
    await house.deliver("issue_comment", comment("/approve", MAX))
    await handle.result()


async def test_a_strangers_command_is_refused_and_on_record(house: WebhookHouse) -> None:
    row = await house.deliver("issue_comment", comment("/jira-work", STRANGER))
    assert row.status == "IGNORED"
    assert row.error_message == f"github:{STRANGER} is nobody we know"
    assert not await house.office.work.running("KEY-1")
    async with house.office.stores.sessions() as session:
        found = select(AuditLog).where(AuditLog.organization_id == house.organization_id)
        audit = (await session.scalars(found)).one()
    assert (audit.actor_id, audit.action, audit.result, audit.resource_id) == (
        f"github:{STRANGER}",
        "webhook:start_work",
        "REFUSED",
        "KEY-1",
    )


async def test_our_own_comments_are_not_heard(house: WebhookHouse) -> None:
    row = await house.deliver("issue_comment", comment("/jira-work", ROBOT))
    assert (row.status, row.error_message) == ("IGNORED", "caused by our own account")


async def test_guidance_reaches_the_run_once(house: WebhookHouse) -> None:
    handle = await house.office.start(playbook="standard")
    await asked(house)
    row = await house.deliver("issue_comment", comment("/guide mind the tests", RITA))
    await house.replay(row.id)
    await house.office.approve()
    await handle.result()
    assert [one.text for one in await house.office.facts(GuidanceGiven)] == ["mind the tests"]


async def test_a_merged_pull_request_finishes_the_ticket(house: WebhookHouse) -> None:
    opened = await house.deliver("pull_request", pull_request("opened", 1, draft=True))
    assert (opened.status, await house.status_of("KEY-1")) == ("PROCESSED", "In progress")
    await house.deliver("pull_request", pull_request("ready_for_review", 2))
    assert await house.status_of("KEY-1") == "In review"
    await house.deliver("pull_request", pull_request("closed", 3, state="closed", merged=True))
    assert await house.status_of("KEY-1") == "Done"


async def test_a_stale_delivery_changes_nothing_and_says_so(house: WebhookHouse) -> None:
    await house.deliver("pull_request", pull_request("closed", 3, state="closed", merged=True))
    late = await house.deliver("pull_request", pull_request("synchronize", 1))
    assert await house.status_of("KEY-1") == "Done"
    assert late.error_message == "no ticket of ours is meant, or newer things are known of it"


async def test_the_result_of_a_check_is_kept_as_evidence(house: WebhookHouse) -> None:
    await house.deliver("check_run", check_run("failure", 2))
    await house.deliver("check_run", check_run("success", 5))
    await house.deliver("check_run", check_run("failure", 3))
    async with house.office.stores.sessions() as session:
        rows = select(GitIntegration).where(GitIntegration.organization_id == house.organization_id)
        (row,) = (await session.scalars(rows)).all()
    assert (row.branch_name, row.checks["build"]["conclusion"]) == ("slipway/KEY-1", "PASSED")
    assert row.checks["build"]["commit"] == HEAD


async def test_a_delivery_that_no_row_holds_yet_gets_one(house: WebhookHouse) -> None:
    received = house.received("pull_request", pull_request("opened", 1))
    assert await house.process(WebhookWork(received=received)) == "PROCESSED"
    row = await house.take_in("pull_request", pull_request("opened", 1), received.delivery_id)
    assert (await house.row(row)).status == "PROCESSED"


class RefusingTracker(LocalTracker):
    """One that will not have its tickets moved."""

    async def transition(self, organization: str, key: str, status: str) -> None:
        raise PermanentError(f"{key} is locked")


async def test_what_cannot_be_done_becomes_a_dead_letter(office: Office) -> None:
    house = await found_webhook_house(office)
    tracker = RefusingTracker(office.stores.sessions, Redaction(()))
    async with house.worker(tracker):
        row = await house.deliver("pull_request", pull_request("opened", 1))
    assert (row.status, row.error_message) == ("FAILED", "PermanentError: KEY-1 is locked")
    assert row.processed is False
