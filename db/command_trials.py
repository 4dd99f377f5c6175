"""The record of what people asked for by webhook, which is also what makes it happen once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.commands import AnyCommand
from contracts.identity import ActorType
from contracts.text import clipped
from db.models import AuditLog

NAMES = UUID("3c7d2a55-5f0b-4b58-9d1f-0f2b3c1a7e64")
TRIED, DONE, REFUSED = "TRIED", "DONE", "REFUSED"


@dataclass(frozen=True)
class Trial:
    """`plan` is what the first try meant to do. When it is a `repetition`, nobody knows how far
    that one came."""

    done: bool
    repetition: bool
    plan: Mapping[str, Any]


class CommandTrials:
    """One audit row for each command of a person. The caller owns the transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def begin(
        self, command: AnyCommand, actor: str, key: str, plan: Mapping[str, Any]
    ) -> Trial:
        """Leaves the intent before the effect. One that was refused may be tried anew."""
        values = {
            "actor_id": actor,
            "result": TRIED,
            "payload": {"delivery": str(command.delivery), "plan": dict(plan)},
        }
        row = insert(AuditLog).values(
            id=_id(command),
            organization_id=command.organization_id,
            actor_type=ActorType.PERSON,
            action=f"webhook:{command.type}",
            resource="issue",
            resource_id=key,
            timestamp=func.now(),
            **values,
        )
        fresh = await self._session.scalar(
            row.on_conflict_do_update(
                index_elements=[AuditLog.id],
                set_={**values, "reason": None},
                where=AuditLog.result == REFUSED,
            ).returning(AuditLog.id)
        )
        if fresh is not None:
            return Trial(done=False, repetition=False, plan=plan)
        before = (
            await self._session.execute(select(AuditLog).where(AuditLog.id == _id(command)))
        ).scalar_one()
        return Trial(before.result == DONE, repetition=True, plan=before.payload["plan"])

    async def settle(self, command: AnyCommand, happened: bool, reason: str) -> None:
        """Repeatable."""
        row = update(AuditLog).where(AuditLog.id == _id(command))
        await self._session.execute(
            row.values(result=DONE if happened else REFUSED, reason=clipped(reason) or None)
        )


def _id(command: AnyCommand) -> UUID:
    return uuid5(NAMES, command.once)
