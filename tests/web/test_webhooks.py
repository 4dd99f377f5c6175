"""The gateway over HTTP: what it lets in, what it refuses, what it keeps."""

from httpx2 import AsyncClient

from db.engine import Sessions
from tests.conftest import TestOrganization
from tests.web.gate import Entry, rows


async def test_a_signed_delivery_is_kept_and_accepted(
    github: Entry, http: AsyncClient, sessions: Sessions, organization: TestOrganization
) -> None:
    answer = await github.deliver(http, {"action": "opened"}, "one")
    [row] = await rows(sessions, organization)
    assert (answer.status_code, answer.json()) == (202, {"status": "accepted", "id": str(row.id)})
    assert (row.status, row.payload, row.event_type) == ("RECEIVED", {"action": "opened"}, "issues")
