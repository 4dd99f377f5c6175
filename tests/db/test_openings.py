"""What is found about a ticket before it is worked: only what there is, and as it is by now."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import uuid4

import pytest
from sqlalchemy import select

from contracts.commands import Place, PullRequestStage
from contracts.events import OrchestrationFailed
from contracts.identity import Role
from contracts.issues import Ticket
from contracts.jira_work import WorkOrder
from contracts.opening import OpenRequest
from contracts.orchestrations import OrchestrationStatus
from contracts.sla import SlaKind, SlaTerms
from contracts.teams import Sprint, TeamTerms
from db.engine import Sessions
from db.git_integrations import GitIntegrations
from db.identity import People
from db.issues import Issues
from db.models import Issue
from db.openings import Before, Openings
from db.sla import ServiceLevels
from db.teams import Teams
from errors import UnknownProjectError
from policy.pull_requests import PullRequest
from tests.conftest import TestOrganization
from tests.db.chains import Author, append, row_of

TICKETS = [Ticket(key=f"PROJ-{number}", title="Totals are off") for number in (1, 2)]
ALWAYS = Sprint(
    id="always", total=Decimal(80), start_date=date(2000, 1, 1), end_date=date(2999, 12, 31)
)
TWO_HOURS = {"clock": SlaKind.RESOLUTION, "target": "PT2H", "warning": "PT1H", "critical": "PT1H"}


class Desk:
    def __init__(self, sessions: Sessions, author: Author, organization: TestOrganization) -> None:
        self.sessions, self.author, self.organization = sessions, author, organization

    async def before(self, ticket: Ticket = TICKETS[0]) -> Before:
        """As a new run of the author's workflow asks."""
        order = WorkOrder(
            organization=self.organization.slug, issue_key=ticket.key, requested_by="dev"
        )
        request = OpenRequest(
            order=order, orchestration_id=uuid4(), workflow_id=self.author.workflow_id
        )
        async with self.sessions.begin() as session:
            return await Openings(session).before(request, ticket)


@pytest.fixture
async def desk(sessions: Sessions, author: Author, organization: TestOrganization) -> Desk:
    async with sessions.begin() as session:
        for ticket in TICKETS:
            await Issues(session, organization.slug).create(author.project_id, ticket, None)
    return Desk(sessions, author, organization)


async def test_a_ticket_of_a_fresh_organization_has_nothing_before_it(desk: Desk) -> None:
    found = await desk.before()
    assert (found.organization_id, found.project_id) == (
        desk.organization.id,
        desk.author.project_id,
    )
    assert (found.attempt, found.last_status, found.checkpoint) == (1, None, None)
    assert (found.closed, found.teams, found.levels, found.led) == ((), (), (), False)


async def test_what_was_just_set_holds_for_the_next_start(desk: Desk) -> None:
    async with desk.sessions.begin() as session:
        await People(session, desk.organization.id).ensure("ann@example.org", "Ann", Role.DEVELOPER)
        teams = Teams(session, desk.organization.id)
        await teams.put(TeamTerms(name="blue"))
        await teams.put_member("blue", "ann@example.org", "lead")
        await teams.plan("blue", ALWAYS)
        levels = ServiceLevels(session, desk.organization.id)
        await levels.ensure(SlaTerms.model_validate({"name": "quick", **TWO_HOURS}))
    found = await desk.before()
    assert [(team.name, team.sprint, team.free) for team in found.teams] == [
        ("blue", "always", Decimal(80))
    ]
    assert [level.name for level in found.levels] == ["quick"]
    async with desk.sessions.begin() as session:
        await Teams(session, desk.organization.id).put(TeamTerms(name="blue", active=False))
        await ServiceLevels(session, desk.organization.id).enable("quick", enabled=False)
    found = await desk.before()
    assert (found.teams, found.levels) == ((), ())


async def test_only_the_ticket_with_a_pull_request_is_led_by_it(desk: Desk) -> None:
    place = Place.model_validate(
        {"provider": "GITHUB", "repository": "acme/shop", "branch": "b", "number": 3}
    )
    when = datetime(2026, 11, 1, tzinfo=UTC)
    told = PullRequest(number=3, stage=PullRequestStage.OPEN, at=when)
    mine = (Issue.organization_id == desk.organization.id, Issue.key == "PROJ-1")
    async with desk.sessions.begin() as session:
        issue = (await session.scalars(select(Issue.id).where(*mine))).one()
        rows = GitIntegrations(session, desk.organization.id)
        await rows.follow(issue, place, told, when)
        assert await rows.follows_pull_requests("PROJ-1")
        assert not await rows.follows_pull_requests("PROJ-2")
    assert [(await desk.before(ticket)).led for ticket in TICKETS] == [True, False]


async def test_what_a_dead_run_left_is_closed_and_is_the_last_attempt(desk: Desk) -> None:
    await append(desk.sessions, desk.author, desk.author.start())
    found = await desk.before()
    assert found.closed == (desk.author.orchestration_id,)
    assert (found.attempt, found.last_status) == (2, OrchestrationStatus.FAILED)
    assert (await row_of(desk.sessions, desk.author)).status == "FAILED"
    assert (await desk.before()).closed == ()


async def test_attempts_of_other_tickets_do_not_count(desk: Desk) -> None:
    await append(desk.sessions, desk.author, desk.author.start())
    ended = OrchestrationFailed(error_type="X", reason="red")
    await append(desk.sessions, desk.author, desk.author.write(ended))
    found = await desk.before(TICKETS[1])
    assert (found.attempt, found.last_status) == (1, None)
    assert (await desk.before()).attempt == 2


async def test_a_ticket_of_no_project_says_how_to_make_it(desk: Desk) -> None:
    unknown = TICKETS[0].model_copy(update={"key": "OTHER-1"})
    with pytest.raises(UnknownProjectError, match=r"no project OTHER .* starter\.py work OTHER-1"):
        await desk.before(unknown)
