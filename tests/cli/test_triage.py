"""`starter.py triage`, with a real worker whose tickets are sorted by the built-in rules."""

import asyncio
import json
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from contracts.triage import TicketClaim, TicketRef
from db.engine import open_sessions
from db.processed_tickets import ProcessedTickets
from policy.support_triage import RULES
from tests.cli.person import Person
from tests.cli.teller import Teller
from tests.conftest import TestOrganization
from tests.model_server import refused_origin

TICKET = {
    "id": "1",
    "subject": "I was charged twice on my invoice",
    "body": "the customer's own words",
    "email": "ann@example.org",
    "tier": "Gold",
}


def file(folder: Path, **changes: object) -> str:
    path = folder / "ticket.json"
    path.write_text(json.dumps({**TICKET, **changes}))
    return str(path)


def test_a_ticket_out_of_a_file_is_triaged_once(ann: Person, tmp_path: Path) -> None:
    id_ = f"once-{time.time_ns()}"
    said = ann.says("triage", "ticket", file(tmp_path, id=id_))
    assert said.returncode == 0, said.stderr
    assert "I was charged twice" in said.stdout
    assert f"Triaged by {RULES}" in said.stdout
    assert "own words" not in said.stdout + said.stderr
    again = ann.says("triage", "ticket", file(tmp_path, id=id_))
    assert "was triaged before" in again.stdout
    [row] = ann.reads("triage", "list")
    assert (row["ticket_id"], row["success"], row["provider"]) == (id_, True, RULES)
    stats = ann.reads("triage", "stats")
    assert (stats["total"], stats["success_rate"], stats["by_provider"]) == (1, 1.0, {RULES: 1})
    assert f"manual:{id_}" in ann.says("triage", "list").stdout
    assert "success rate  100%" in ann.says("triage", "stats").stdout
    assert ann.says("triage", "list", "--failed").stdout == "No ticket failed.\n"
    refused = ann.says("triage", "retry", f"manual:{id_}")
    assert (refused.returncode, "unless you say --again" in refused.stderr) == (1, True)


def test_a_ticket_whose_text_has_changed_is_triaged_again_where_that_is_asked_for(
    ann: Person, tmp_path: Path
) -> None:
    id_ = f"again-{time.time_ns()}"
    ann.says("triage", "ticket", file(tmp_path, id=id_))
    edited = file(tmp_path, id=id_, subject="SQL injection in your API")
    left = ann.says("triage", "ticket", edited)
    assert left.returncode == 0
    assert "what came now is not looked at" in left.stdout
    assert f"triage retry manual:{id_} --again" in left.stdout
    said = ann.says("triage", "retry", f"manual:{id_}", "--again")
    assert said.returncode == 0, said.stderr
    assert "SQL injection" in said.stdout
    third = ann.says("triage", "ticket", file(tmp_path, id=id_), "--again")
    assert "I was charged twice" in third.stdout
    [row] = [row for row in ann.reads("triage", "list") if row["ticket_id"] == id_]
    assert (row["success"], row["attempts"], row["error"]) == (True, 3, None)


def test_a_text_that_comes_while_another_is_triaged_is_refused(
    bob: Teller, environment: Mapping[str, str], organization: TestOrganization, tmp_path: Path
) -> None:
    """The answer would be of the other text."""
    mine = {"SLIPWAY_ORGANIZATION": organization.slug, "SLIPWAY_TASK_QUEUE": "unworked-triage"}
    max_ = Person({**environment, **mine})
    first = max_.says("triage", "ticket", file(tmp_path), "--no-wait")
    assert first.returncode == 0, first.stderr
    assert max_.says("triage", "ticket", file(tmp_path), "--no-wait").returncode == 0
    other = max_.says("triage", "ticket", file(tmp_path, body="another"), "--no-wait")
    assert (other.returncode, "by another text" in other.stderr) == (1, True)


def test_a_ticket_that_no_model_answers_for_says_so(
    bob: Teller, database_url: str, organization: TestOrganization
) -> None:
    async def fail() -> None:
        ref = TicketRef(organization=organization.slug, source="hubspot", id="1")
        claim = TicketClaim(ref=ref, claimed_by="run-1")
        async with open_sessions(database_url) as sessions, sessions.begin() as session:
            tickets = ProcessedTickets(session, organization.id)
            await tickets.claim(claim)
            await tickets.note_failure(claim, "local cannot be reached")

    asyncio.run(fail())
    said = bob.says("triage", "list").out
    assert "under way    no model answers, it is tried again: local cannot be reached\n" in said
    [row] = bob.reads("triage", "list")
    assert (row["success"], row["error"]) == (None, "local cannot be reached")


def test_a_ticket_that_nobody_knows_is_said(ann: Person) -> None:
    said = ann.says("triage", "retry", "hubspot:none")
    assert (said.returncode, "No ticket of this id" in said.stderr) == (3, True)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("no json", "is not JSON"),
        ("[]", "is not a ticket"),
        ('{"id": "1", "subject": "s"}', "body: Field required"),
        ('{"id": "a b", "subject": "s", "body": "the own words"}', "id: String should match"),
    ],
    ids=["text", "list", "missing", "id"],
)
def test_a_file_that_is_no_ticket_is_wrong_use(ann: Person, text: str, why: str) -> None:
    said = ann.says("triage", "ticket", "-", typed=text)
    assert said.returncode == 2
    assert why in said.stderr
    assert "own words" not in said.stderr


def test_health_is_ok_while_the_servers_answer(ann: Person) -> None:
    said = ann.says("triage", "health")
    assert (said.returncode, said.stdout.splitlines()[0]) == (0, "OK")


def test_health_is_degraded_while_postgres_is_stopped(ann: Person) -> None:
    stopped = refused_origin().replace("http://", "postgresql://user:password@") + "/slipway"
    ann.says("triage", "health", DATABASE_URL=stopped)
    begun = time.monotonic()
    said = ann.says("triage", "health", DATABASE_URL=stopped)
    took = time.monotonic() - begun
    assert (said.returncode, said.stdout.splitlines()[0]) == (1, "DEGRADED")
    assert "postgres  does not answer" in said.stdout
    assert "temporal  answers" in said.stdout
    assert "password" not in said.stdout + said.stderr
    # The second time without an interpreter that has to start.
    assert took < 2


def test_health_starts_nothing(environment: Mapping[str, str], tmp_path: Path) -> None:
    bare = {name: environment[name] for name in ("PATH", "HOME", "LANG")}
    nobody = Person({**bare, "SLIPWAY_STATE_DIR": str(tmp_path / "state")})
    said = nobody.says("triage", "health")
    assert (said.returncode, said.stdout.splitlines()[0]) == (1, "DEGRADED")
    assert not (tmp_path / "state").exists()
