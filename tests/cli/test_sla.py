"""`sla`: what is running, left and broken, as people and programs read it."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from contracts.events import OrchestrationPaused, SlaAcknowledged, SlaViolated
from contracts.identity import person
from contracts.sla import SlaSeverity
from db.engine import Sessions
from db.projects import Projects
from db.seeds import seed
from db.sla import ServiceLevels
from tests.cli.insider import Insider
from tests.cli.person import Person
from tests.conftest import TestOrganization
from tests.db.chains import Author, append

HOUR = timedelta(hours=1)
AT = datetime(2026, 1, 7, 12, tzinfo=UTC)
ACKNOWLEDGED = r"acknowledged by ann@example\.org at \d{4}-\d\d-\d\d \d\d:\d\d UTC"


@pytest.fixture
def bob(environment: Mapping[str, str], organization: TestOrganization) -> Person:
    """Needs no worker: he only looks."""
    return Insider({**environment, "SLIPWAY_ORGANIZATION": organization.slug})


@pytest.fixture
async def author(sessions: Sessions, organization: TestOrganization) -> Author:
    """Of a ticket that was begun in January 2026, with the seeded service levels."""
    await seed(sessions, organization.slug)
    async with sessions.begin() as session:
        project = await Projects(session, organization.id).create("PROJ", f"/repo/{uuid4()}")
    author = Author(organization.id, project.id)
    await append(sessions, author, author.start())
    return author


async def break_it(sessions: Sessions, author: Author) -> None:
    """The resolution, seen an hour late and acknowledged."""
    async with sessions() as session:
        levels = await ServiceLevels(session, author.organization_id).definitions()
    (terms,) = [one for one in levels if one.name == "Resolution medium"]
    broken = SlaViolated(
        sla_id=terms.id,
        sla=terms.name,
        at=AT,
        target=terms.target,
        actual=terms.target + HOUR,
        exceeded_by=HOUR,
    )
    author.journal.record(broken)
    seen = SlaAcknowledged(sla_id=terms.id, sla=terms.name, severity=SlaSeverity.BREACH)
    author.journal.record(seen, actor=person("ann@example.org"))
    await append(sessions, author, author.write())


async def test_it_shows_what_runs_and_what_is_broken(
    sessions: Sessions, author: Author, bob: Person
) -> None:
    await break_it(sessions, author)
    shown = bob.says("sla")
    assert shown.returncode == 0, shown.stderr
    head, response, resolution, broken = shown.stdout.splitlines()
    assert head == "PROJ-1  ACTIVE  attempt 1"
    assert response.startswith("  First response medium runs: over by ")
    assert response.endswith(", 4 h 00 min of business hours allowed")
    assert resolution.startswith("  Resolution medium runs: over by ")
    assert broken.startswith("  BREACH Resolution medium: since 2026-01-07 12:00 UTC, ")
    noticed, acknowledged = broken.split(", ")[-2:]
    assert noticed == "noticed 1 h 00 min after its 24 h 00 min were over"
    assert re.fullmatch(ACKNOWLEDGED, acknowledged)


async def test_programs_read_what_is_left(sessions: Sessions, author: Author, bob: Person) -> None:
    await break_it(sessions, author)
    await append(sessions, author, author.write(OrchestrationPaused(reason="")))
    (standing,) = bob.reads("sla", "PROJ-1")
    assert (standing["issue_key"], standing["status"]) == ("PROJ-1", "PAUSED")
    response, resolution = standing["running"]
    assert (response["sla"], response["paused"]) == ("First response medium", False)
    assert response["business_hours"] is True
    assert (resolution["paused"], resolution["target"]) == (True, "P1D")
    assert resolution["due"] is None
    (broken,) = standing["reached"]
    assert (broken["severity"], broken["exceeded_by"]) == ("BREACH", "PT1H")


def test_where_nothing_is_worked_it_says_so(bob: Person) -> None:
    assert "no clock runs" in bob.says("sla").stdout
    assert bob.reads("sla") == []
    unknown = bob.says("sla", "PROJ-77")
    assert unknown.returncode == 3
    advice = "Start it: starter.py work PROJ-77 --repo PATH_OR_URL --summary TEXT"
    assert f"PROJ-77 has not been worked yet. {advice}" in unknown.stderr
    assert bob.says("sla", "nonsense").returncode == 2
