"""`ticket`: what deliveries and the work's end leave at a ticket, people can see."""

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from contracts.commands import CheckConclusion, GitProvider, Place, PullRequestStage, Subject
from contracts.issues import Ticket
from db.engine import Sessions
from db.git_integrations import CheckResult, GitIntegrations
from db.issues import Issues
from db.projects import Projects
from db.seeds import seed
from policy.pull_requests import PullRequest
from tests.cli.insider import Insider
from tests.cli.person import Person
from tests.conftest import TestOrganization

AT = datetime(2026, 5, 4, 12, tzinfo=UTC)
PULL = Place(
    provider=GitProvider.GITHUB,
    repository="acme/shop",
    branch="slipway/SHOP-7",
    number=12,
    commit="6dcb09b5b57875f334f61aebed695e2e4193db5e",
    url="https://github.test/acme/shop/pull/12",
)


@pytest.fixture
def bob(environment: Mapping[str, str], organization: TestOrganization) -> Person:
    """Who needs no worker."""
    return Insider({**environment, "SLIPWAY_ORGANIZATION": organization.slug})


@pytest.fixture
async def told(sessions: Sessions, organization: TestOrganization) -> None:
    """A ticket that was worked, with a pull request and a check."""
    text = "\n".join(["Half a cent is lost\x1b[31m.", *("more" for _ in range(60))])
    found = Ticket(key="SHOP-7", title="Totals", description=text, labels=("money",))
    await seed(sessions, organization.slug)
    async with sessions.begin() as session:
        project = await Projects(session, organization.id).create("SHOP", f"/repo/{uuid4()}")
        issues = Issues(session, organization.slug)
        assert await issues.create(project.id, found, None)
        await issues.transition("SHOP-7", "in review", "slipway")
        await issues.comment("SHOP-7", "slipway", "Completed.\nTests: 3 passed.", "end")
        rows = GitIntegrations(session, organization.id)
        (known,) = await rows.tickets(Subject(keys=("SHOP-7",)))
        open_ = PullRequest(number=12, stage=PullRequestStage.OPEN, at=AT)
        await rows.follow(known.issue_id, PULL, open_, AT)
        await rows.keep(
            known.issue_id,
            PULL,
            CheckResult("build", CheckConclusion.FAILED, AT, PULL.commit, None),
        )


@pytest.mark.usefixtures("told")
async def test_a_ticket_shows_its_status_and_what_deliveries_left_at_it(bob: Person) -> None:
    page = bob.reads("ticket", "SHOP-7")
    assert (page["status"], page["ticket"]["labels"]) == ("In review", ["money"])
    (showing,) = page["showings"]
    assert (showing["pull_request"], showing["pull_request_state"]) == (12, "OPEN")
    (check,) = showing["checks"]
    assert (check["check"], check["conclusion"]) == ("build", "FAILED")
    (remark,) = page["comments"]
    assert (remark["author"], remark["text"]) == ("slipway", "Completed.\nTests: 3 passed.")
    (change,) = page["changes"]
    assert (change["field"], change["after"], change["by"]) == ("status", "In review", "slipway")


@pytest.mark.usefixtures("told")
async def test_a_ticket_is_told_in_lines(bob: Person) -> None:
    said = bob.says("ticket", "SHOP-7").stdout
    for line in (
        "SHOP-7 · Totals  In review\n",
        "  github acme/shop, branch slipway/SHOP-7 at 6dcb09b5b5\n",
        "    pull request 12: open https://github.test/acme/shop/pull/12\n",
        "    check build: failed at 6dcb09b5b5\n",
        "    Tests: 3 passed.\n",
        "status: Open → In review (by slipway)\n",
        "    and 21 more lines: --json has them\n",
    ):
        assert line in said
    assert "\x1b" not in said


async def test_a_ticket_that_is_not_there_is_not_found(bob: Person) -> None:
    missing = bob.says("ticket", "SHOP-9")
    assert (missing.returncode, "no ticket SHOP-9" in missing.stderr) == (3, True)
