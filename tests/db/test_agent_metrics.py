"""The view of agents counts what their executions say."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from sqlalchemy import text

from db.engine import Sessions
from db.ids import new_id
from db.ledger import Ledger
from db.models import AgentExecution
from db.projects import Projects
from tests.conftest import TestOrganization
from tests.db.chains import Author

START = datetime(2026, 1, 1, tzinfo=UTC)
EXECUTIONS: list[dict[str, Any]] = [
    *({"status": "COMPLETED", "seconds": seconds, "model": "small"} for seconds in (1, 2, 3)),
    {"status": "FAILED", "seconds": 10, "model": "large", "error_type": "TimeLimit"},
    {"status": "CANCELLED", "seconds": 4},
    {"status": "RUNNING"},
]


def executed(author: Author, number: int) -> AgentExecution:
    execution = EXECUTIONS[number]
    seconds = execution.get("seconds")
    return AgentExecution(
        id=new_id(),
        organization_id=author.organization_id,
        orchestration_id=author.orchestration_id,
        phase="CODE",
        round=number,
        agent_name="coder",
        runner="command",
        status=execution["status"],
        model=execution.get("model"),
        error_type=execution.get("error_type"),
        started_at=START + timedelta(minutes=number),
        duration=timedelta(seconds=seconds) if seconds else None,
        input={},
        tokens_in=10,
        tokens_out=1,
        cost=Decimal(0),
    )


async def test_the_view_of_agents_counts_each_organizations(
    sessions: Sessions, organization: TestOrganization
) -> None:
    async with sessions.begin() as session:
        project = await Projects(session, organization.id).create("PROJ", f"/repo/{uuid4()}")
        author = Author(organization.id, project.id)
        await Ledger(session).append(author.run_id, author.start())
        session.add_all(executed(author, number) for number in range(len(EXECUTIONS)))
    async with sessions() as session:
        statement = text("SELECT * FROM agent_metrics WHERE organization_id = :id")
        (row,) = (await session.execute(statement, {"id": organization.id})).mappings().all()
    assert dict(row) == {
        "organization_id": organization.id,
        "agent_name": "coder",
        "execution_count": 6,
        "success_count": 3,
        "failure_count": 1,
        "success_rate": Decimal("0.7500"),
        "avg_duration": timedelta(seconds=4),
        "p50_duration": timedelta(seconds=3),
        "p95_duration": timedelta(seconds=8.8),
        "min_duration": timedelta(seconds=1),
        "max_duration": timedelta(seconds=10),
        "total_tokens": 66,
        "model_distribution": {"small": 3, "large": 1},
        "error_types": {"TimeLimit": 1},
        "last_executed_at": START + timedelta(minutes=5),
    }
