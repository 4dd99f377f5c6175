"""Every query that changes what a ticket of ours says."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.text import storable
from db.ids import new_id
from db.models import Issue, IssueChange, Organization


class IssueEdits:
    """One organization's, by its slug. The caller owns the transaction."""

    def __init__(self, session: AsyncSession, organization: str) -> None:
        self._session, self._organization = session, organization

    async def edit(self, key: str, told: dict[str, str], actor: str) -> bool:
        """`told` by the columns `title`, `description`, `acceptance_criteria`, `type`, `priority`.
        Repeatable: only a change is one, and is kept with what stood there before. False where
        nothing changed, or there is no such ticket."""
        issue = await self._session.scalar(
            select(Issue)
            .join(Organization, Organization.id == Issue.organization_id)
            .where(Organization.slug == self._organization, Issue.key == storable(key))
            .with_for_update(of=Issue)
        )
        if issue is None:
            return False
        changed = {
            field: text for field, text in told.items() if (getattr(issue, field) or "") != text
        }
        for field, text in changed.items():
            change = IssueChange(
                id=new_id(),
                organization_id=issue.organization_id,
                issue_id=issue.id,
                field=field,
                old=getattr(issue, field) or "",
                new=text,
                actor=actor,
            )
            self._session.add(change)
            setattr(issue, field, text)
        if changed:
            issue.updated_at = func.now()
        return bool(changed)
