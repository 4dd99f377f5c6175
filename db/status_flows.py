"""The statuses that a ticket can have: those of its project's flow, or else its organization's."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, ScalarSelect, SQLColumnExpression, bindparam, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from db.models import Issue, Status, StatusFlow

Id = SQLColumnExpression[UUID]
FLOW, STATUS, ISSUE = StatusFlow.__table__.c, Status.__table__.c, Issue.__table__.c


@dataclass(frozen=True)
class FlowStatus:
    id: UUID
    name: str
    closes: bool


def _flow(organization_id: Id, project_id: Id) -> ScalarSelect[UUID]:
    """A project's own flow goes before the organization's."""
    return (
        select(FLOW.id)
        .where(
            FLOW.organization_id == organization_id,
            FLOW.project_id.is_(None) | (FLOW.project_id == project_id),
        )
        .order_by(FLOW.project_id.is_(None), FLOW.created_at, FLOW.id)
        .limit(1)
        .correlate(Issue.__table__)
        .scalar_subquery()
    )


# The id of the one that a new ticket has.
FIRST = (
    select(STATUS.id)
    .where(STATUS.flow_id == _flow(bindparam("organization_id"), bindparam("project_id")))
    .order_by(STATUS.position)
    .limit(1)
)
# Beside a ticket's row, see statuses_of.
STATUSES = (
    select(
        func.jsonb_agg(
            aggregate_order_by(
                func.jsonb_build_array(STATUS.id, STATUS.name, STATUS.is_closed), STATUS.position
            )
        )
    )
    .where(STATUS.flow_id == _flow(ISSUE.organization_id, ISSUE.project_id))
    .correlate(Issue.__table__)
    .scalar_subquery()
    .label("statuses")
)


def statuses_of(ticket: Row[Any]) -> list[FlowStatus]:
    """In the flow's order."""
    return [FlowStatus(UUID(id), name, closes) for id, name, closes in ticket.statuses or ()]
