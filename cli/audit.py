"""What people change by the command line leaves a row in the audit log."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from cli.context import Desk
from db.approvals import ALLOWED, Approvers, AuditEntry


@dataclass(frozen=True)
class Edit:
    """`about` names the kind of row and its id."""

    by: str
    action: str
    about: tuple[str, UUID]
    payload: dict[str, Any]


async def keep(session: AsyncSession, desk: Desk, edit: Edit) -> None:
    """In the transaction of the edit itself."""
    tried = AuditEntry(
        organization=desk.organization,
        by=edit.by,
        action=edit.action,
        about=edit.about,
        result=ALLOWED,
        reason="",
        payload=edit.payload,
        once=str(uuid4()),
    )
    await Approvers(session, desk.organization).audit(tried)
