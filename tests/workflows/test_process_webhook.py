"""ProcessWebhook: what each delivery does to tickets and runs, and how it ends."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import select
from temporalio.exceptions import CancelledError

from activities.local_tracker import LocalTracker
from contracts.events import ApprovalGranted, GuidanceGiven
from contracts.webhooks import WebhookWork
from db.models import AuditLog
from db.models.git_integrations import GitIntegration
from errors import PermanentError, RetryLaterError
from policy.redaction import Redaction
from tests.github_life import HEAD, check_run, comment, issue, minute, now, pull_request, review
from tests.workflows.endings import ending_of
from tests.workflows.office import CODE, PLAN, REQUESTER, Office
from tests.workflows.webhook_house import (
    MAX,
    RITA,
    ROBOT,
    STRANGER,
    Stumbling,
    WebhookHouse,
    found_webhook_house,
)


@pytest.fixture
async def house(office: Office) -> AsyncIterator[WebhookHouse]:
    office.playbook("standard", PLAN, CODE)
    house = await found_webhook_house(office)
    async with house.worker():
        yield house


async def test_a_comment_that_comes_three_times_starts_one_run(house: WebhookHouse) -> None:
    payload = comment("/jira-work", RITA)
    rows = await asyncio.gather(*(house.take_in("issue_comment", payload, "d-1") for _ in range(3)))
    assert len(set(rows)) == 1
    await asyncio.gather(*(house.process(WebhookWork(row=row)) for row in rows))
    await house.asked()
    row = await house.office.row()
    assert row is not None
    assert (row.attempt, row.requested_by) == (1, REQUESTER)
    assert (await house.row(rows[0])).status == "PROCESSED"


async def test_a_cancelled_ticket_is_not_started_by_what_came_before(house: WebhookHouse) -> None:
    closed = issue("closed", RITA, at=5, state_reason="not_planned")
    assert (await house.deliver("issues", closed)).status == "IGNORED"  # Nothing ran.
    labelled = issue("labeled", RITA, at=4, label="slipway")
    row = await house.deliver("issues", labelled)
    assert (row.status, row.error_message) == ("IGNORED", "something newer was asked for")
    assert not await house.office.work.running("KEY-1")


async def test_a_completed_ticket_is_not_started_again_by_a_comment(house: WebhookHouse) -> None:
    handle = await house.office.start(playbook="standard")
    await house.asked()
    await house.office.approve()
    await handle.result()
    row = await house.deliver("issue_comment", comment("/jira-work", RITA))
    said = "KEY-1 is completed (attempt 1). Say --again to work it once more"
    assert (row.status, row.error_message) == ("IGNORED", said)
    # Its run would have failed at once, and would have taken what is said until then.
    row = await house.deliver("issue_comment", comment("/guide mind the gap", RITA))
    assert (await handle.describe()).run_id == handle.result_run_id
    assert row.status == "IGNORED"


async def test_a_review_of_what_is_asked_approves_the_gate(house: WebhookHouse) -> None:
    handle = await house.office.start(playbook="standard")
    commit = await house.asked()
    row = await house.deliver("pull_request_review", review("approved", 1, MAX, commit, now()))
    assert row.status == "PROCESSED"
    await handle.result()
    (granted,) = await house.office.facts(ApprovalGranted)
    assert (granted.channel, granted.comment) == ("git", "fine")


async def test_a_review_of_another_commit_approves_nothing(house: WebhookHouse) -> None:
    handle = await house.office.start(playbook="standard")
    await house.asked()
    row = await house.deliver("pull_request_review", review("approved", 1, MAX, HEAD, now()))
    assert row.error_message is not None
    assert f"a review of {HEAD[:12]}, not of what plan asks about" in row.error_message
    await house.office.approve()
    await handle.result()


async def test_a_comment_from_before_the_question_approves_nothing(house: WebhookHouse) -> None:
    handle = await house.office.start(playbook="standard")
    await house.asked()
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


class FailingTracker(LocalTracker):
    """Refuses to move tickets, for good or as often as it is told to."""

    def __init__(self, house: WebhookHouse, failures: list[Exception]) -> None:
        super().__init__(house.office.stores.sessions, Redaction(()))
        self.failures = failures

    async def transition(self, organization: str, key: str, status: str) -> None:
        if self.failures:
            raise self.failures.pop()
        await super().transition(organization, key, status)


async def test_a_dead_letter_can_be_replayed(office: Office) -> None:
    house = await found_webhook_house(office)
    tracker = FailingTracker(house, [PermanentError("KEY-1 is locked")])
    async with house.worker(tracker):
        row = await house.deliver("pull_request", pull_request("opened", 1))
        assert (row.status, row.processed) == ("FAILED", False)
        assert row.error_message == "PermanentError: KEY-1 is locked"
        assert (await house.replay(row.id)).status == "PROCESSED"
    assert await house.status_of("KEY-1") == "In review"


async def test_a_step_that_failed_is_repeated_and_counted(office: Office) -> None:
    """The first attempt has moved the mark and no ticket: the second one does not stop there."""
    house = await found_webhook_house(office)
    failures: list[Exception] = [RetryLaterError("busy", timedelta(milliseconds=1))] * 2
    async with house.worker(FailingTracker(house, failures)):
        row = await house.deliver("pull_request", pull_request("opened", 1))
    assert (row.status, row.retry_count) == ("PROCESSED", 2)
    assert await house.status_of("KEY-1") == "In review"


@pytest.mark.parametrize("failures", [1, 2])
async def test_the_try_beside_the_task_counts_as_one(office: Office, failures: int) -> None:
    house = await found_webhook_house(office)
    house.redaction = Stumbling(failures)
    async with house.worker():
        row = await house.deliver("issue_comment", comment("/guide mind the tests", STRANGER))
    assert (row.status, row.retry_count) == ("IGNORED", failures)


async def test_a_comment_on_a_pull_request_is_about_its_ticket(house: WebhookHouse) -> None:
    handle = await house.office.start(playbook="standard")
    await house.asked()
    await house.deliver("pull_request", pull_request("opened", 1))
    remark = comment("/guide mind the tests", RITA, title="Round half a cent up")
    remark["issue"] |= {"number": 12, "pull_request": {"url": "https://github.test/12"}}
    assert (await house.deliver("issue_comment", remark)).status == "PROCESSED"
    await house.office.approve()
    await handle.result()
    assert [one.text for one in await house.office.facts(GuidanceGiven)] == ["mind the tests"]


async def test_who_may_not_decide_is_told_by_the_gate(house: WebhookHouse) -> None:
    handle = await house.office.start(playbook="standard")
    await house.asked()
    row = await house.deliver("issue_comment", comment("/approve", RITA))
    assert row.status == "IGNORED"
    assert row.error_message == f"{REQUESTER} is developer; plan needs admin or manager"
    await house.office.approve()
    await handle.result()


async def test_a_ticket_closed_as_not_planned_is_worked_no_longer(house: WebhookHouse) -> None:
    handle = await house.office.start(playbook="standard")
    await house.asked()
    closed = issue("closed", RITA, at=5, state_reason="not_planned")
    assert (await house.deliver("issues", closed)).status == "PROCESSED"
    assert await ending_of(handle) is CancelledError
