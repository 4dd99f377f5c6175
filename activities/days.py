"""What an organization may still use today, asked as seldom as that is safe."""

from datetime import UTC, datetime, timedelta
from time import monotonic
from uuid import UUID

from contracts.budgets import DayBudget
from db.budgets import DayBudgets
from db.engine import Sessions

# How long a first cap may take to be noticed. Where there is one, each agent asks.
UNCAPPED_FOR = timedelta(seconds=15)


class Days:
    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._uncapped: dict[UUID, float] = {}

    async def of(self, organization_id: UUID) -> DayBudget | None:
        """None without caps."""
        if monotonic() < self._uncapped.get(organization_id, 0.0):
            return None
        async with self._sessions() as session:
            day = await DayBudgets(session).of(organization_id, datetime.now(UTC))
        if day is None:
            self._uncapped[organization_id] = monotonic() + UNCAPPED_FOR.total_seconds()
        return day
