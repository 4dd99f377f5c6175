"""Two organizations may have tickets of the same id."""

from uuid import uuid4

from redis.asyncio import Redis
from temporalio.client import Client

from contracts.triage import TicketRef, TriageStatus, triage_workflow_id
from db.engine import Sessions
from db.identity import Organizations
from tests.conftest import TestOrganization
from tests.receivers import receiving
from tests.workflows.triage_desk import Grounds, opened


async def test_each_has_its_own_triaged(
    sessions: Sessions, redis: Redis, temporal: Client, organization: TestOrganization
) -> None:
    slug = f"org-{uuid4().hex[:12]}"
    async with sessions.begin() as session:
        other = TestOrganization(id=await Organizations(session).ensure(slug, slug), slug=slug)
    async with receiving() as room:
        grounds = Grounds(sessions, redis, temporal, room)
        async with opened(grounds, organization) as one, opened(grounds, other) as two:
            outcomes = [await desk.deliver(desk.ticket(id="4711")) for desk in (one, two)]
            rows = [await desk.rows() for desk in (one, two)]
    assert [outcome.status for outcome in outcomes] == [TriageStatus.TRIAGED] * 2
    assert [len(found) for found in rows] == [1, 1]


def test_no_ticket_has_an_id_like_anothers() -> None:
    refs = [
        TicketRef(source="hubspot", id="1"),
        TicketRef(organization="acme", source="hubspot", id="1"),
        TicketRef(source="acme", id="hubspot:1"),
        TicketRef(source="acme", id="/hubspot:1"),
        TicketRef(organization="acme", source="a", id="b:1"),
        TicketRef(organization="acme", source="a", id="1"),
    ]
    ids = [triage_workflow_id(ref) for ref in refs]
    assert ids[0] == "triage:hubspot:1"
    assert len(set(ids)) == len(ids)
