"""`webhooks list` tells what came of each delivery, as far as the tables know it."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from pydantic import SecretStr
from sqlalchemy import update
from temporalio.client import Client
from temporalio.testing import ActivityEnvironment

from activities.triage_intake import TriageIntakeActivities
from clients.hubspot import HubSpot
from clients.temporal.triage import TriageWorkflows
from contracts.commands import Account, IdentityProvider, StartWork, TriageRequest
from contracts.triage import SupportTicket
from contracts.webhooks import WebhookSource, WebhookStatus
from db.command_trials import CommandTrials
from db.engine import Sessions
from db.models import WebhookEvent
from errors import RetryLaterError
from policy.redaction import Redaction
from tests.cli.webhooks.webhook_operator import Operator
from tests.conftest import TestOrganization
from tests.model_server import refused_origin

PUSH = {
    "ref": "refs/heads/CALC-7-add",
    "after": "a" * 40,
    "created": True,
    "repository": {"full_name": "me/calc"},
    "commits": [],
    "head_commit": {"id": "a" * 40, "timestamp": "2026-01-07T12:00:00Z", "message": "x"},
}


async def sent(ann: Operator, folder: Path, event: str, payload: object) -> UUID:
    """To an endpoint whose queue nobody works: how it ends is the test's to say."""
    file = folder / f"{event}.json"
    file.write_text(json.dumps(payload))
    answer = await ann.sends(file, "--event", event)
    return UUID(json.loads(answer.stdout)["id"])


async def end(sessions: Sessions, id: UUID, status: WebhookStatus, why: str | None = None) -> None:
    async with sessions.begin() as session:
        mine = update(WebhookEvent).where(WebhookEvent.id == id)
        await session.execute(mine.values(status=status, error_message=why, lease_until=None))


async def started(sessions: Sessions, organization: TestOrganization, delivery: UUID) -> None:
    """As if somebody had asked for work by it."""
    ann = Account(provider=IdentityProvider.GITHUB, external_id="1")
    command = StartWork(
        once=str(delivery),
        delivery=delivery,
        organization_id=organization.id,
        at=datetime.now(UTC),
        by=ann,
    )
    async with sessions.begin() as session:
        trials = CommandTrials(session)
        await trials.begin(command, "ann@example.org", "CALC-7", {})
        await trials.settle(command, True, "CALC-7 is worked for ann@example.org")


async def test_what_came_of_each_delivery_is_listed(
    ann: Operator, tmp_path: Path, sessions: Sessions, organization: TestOrganization
) -> None:
    await ann.opens(WebhookSource.GITHUB)
    linked, asked, idle, waiting = [
        await sent(ann, tmp_path, event, PUSH)
        for event in ("push", "issue_comment", "star", "create")
    ]
    await end(sessions, linked, WebhookStatus.PROCESSED)
    await started(sessions, organization, asked)
    await end(sessions, asked, WebhookStatus.PROCESSED, "CALC-8 is locked")
    await end(sessions, idle, WebhookStatus.IGNORED, "nothing in it concerns us")
    told = {row["id"]: row["outcome"] for row in json.loads(await listed(ann, "--json"))}
    assert told == {
        str(linked): ["linked to CALC-7"],
        str(asked): ["CALC-7 is worked for ann@example.org", "but not: CALC-8 is locked"],
        str(idle): ["nothing in it concerns us"],
        str(waiting): ["its workflow is still to come, or at work"],
    }
    assert " UTC  PROCESSED  github push: linked to CALC-7\n" in await listed(ann)
    shown = await ann.says("show", str(linked))
    assert "github push: linked to CALC-7" in shown.stdout.splitlines()[0]


async def test_a_delivery_that_waits_for_somebodys_server_says_so(
    ann: Operator, tmp_path: Path, sessions: Sessions, temporal: Client
) -> None:
    await ann.opens(WebhookSource.HUBSPOT)
    file = tmp_path / "batch.json"
    file.write_text('[{"eventId": 1, "subscriptionId": 2, "occurredAt": 3}]')
    answer = await ann.sends(file, source="hubspot")
    id = UUID(json.loads(answer.stdout)["id"])
    hubspot = HubSpot(SecretStr("a-token"), refused_origin())
    intake = TriageIntakeActivities(
        sessions, TriageWorkflows(temporal, "none"), Redaction([]), hubspot
    )
    ticket = SupportTicket(source="hubspot", id="1", subject="", body="")
    command = TriageRequest(delivery=id, at=datetime.now(UTC), ticket=ticket)
    third = ActivityEnvironment()
    third.info = replace(third.info, attempt=3)
    with pytest.raises(RetryLaterError):
        await third.run(intake.start_triage, command)
    [row] = json.loads(await listed(ann, "--json"))
    assert (row["status"], row["retries"]) == ("RECEIVED", 2)
    assert row["error"] == "HubSpot does not answer: ConnectError"
    assert row["outcome"][1:] == [
        "tried again 2 times so far",
        f"the last try failed: {row['error']}",
    ]
    assert "\nretries      2\n" in (await ann.says("show", str(id))).stdout


async def listed(ann: Operator, *more: str) -> str:
    said = await ann.says("list", *more)
    assert said.returncode == 0, said.stderr
    return said.stdout
