"""What the gateway remembers of its endpoints, and for how long."""

from time import monotonic

import pytest

from contracts.webhooks import WebhookSource
from db.encryption import Keyring
from db.engine import Sessions
from db.webhook_endpoints import WebhookEndpoints
from tests.conftest import TestOrganization
from tests.web.gate import KEY, SECRET, open_endpoint
from web.entrances import Entrances


async def test_a_dropped_secret_opens_no_door_after_a_quiet_time(
    sessions: Sessions, organization: TestOrganization, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = await open_endpoint(sessions, organization, WebhookSource.GITHUB, SECRET, "the-new-one")
    doors = Entrances(sessions, Keyring([KEY]))
    assert set((await doors.at(path)).secrets) == {SECRET, "the-new-one"}
    async with sessions.begin() as session:
        await WebhookEndpoints(session, organization.id).keep_newest_secret(path)
    monkeypatch.setattr("web.entrances.monotonic", lambda: monotonic() + 3_600)
    assert (await doors.at(path)).secrets == ("the-new-one",)
