"""Whose work an attempt is, with that of the attempts which it was resumed from."""

from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

# An attempt that was resumed goes on with what was done before, and with who did it.
ATTEMPTS = """
    WITH RECURSIVE attempts AS (
        SELECT o.id, o.organization_id, o.issue_key, o.attempt, o.requested_by
        FROM orchestrations o WHERE o.id = :id
      UNION
        SELECT b.id, b.organization_id, b.issue_key, b.attempt, b.requested_by
        FROM attempts a JOIN orchestrations b ON b.organization_id = a.organization_id
          AND b.issue_key = a.issue_key AND b.attempt = a.attempt - 1
        WHERE EXISTS (SELECT FROM events e WHERE e.orchestration_id = a.id
          AND e.event_type = 'CheckpointRestored'))
"""
# Of each: who asked for it, who did a part themselves by answering for an agent that is a person,
# and whom the commits name that came upon the branch meanwhile, by e-mail address.
WHOSE_WORK = text(f"""
    {ATTEMPTS}
    SELECT 'requested' AS how, requested_by AS who FROM attempts
  UNION
    SELECT 'answered', e.actor_id FROM attempts a
    JOIN events e ON e.orchestration_id = a.id AND e.event_type = 'QuestionAnswered'
    WHERE e.agent_name IN (
        SELECT s.agent_name FROM events s WHERE s.orchestration_id = a.id
          AND s.event_type = 'AgentSpawned' AND s.payload ->> 'runner' = 'human')
  UNION
    SELECT 'committed', jsonb_array_elements_text(e.payload -> 'authors') FROM attempts a
    JOIN events e ON e.orchestration_id = a.id AND e.event_type = 'AgentCompleted'
""")


@dataclass(frozen=True)
class WhoseWork:
    """Members: who asked for it, and who did a part of it themselves."""

    requesters: frozenset[UUID]
    authors: frozenset[UUID]


async def said_of(session: AsyncSession, orchestration_id: UUID) -> defaultdict[str, set[str]]:
    """Names by how they come into it, as the query above says."""
    said = defaultdict[str, set[str]](set)
    for how, who in await session.execute(WHOSE_WORK, {"id": orchestration_id}):
        said[how].add(who)
    return said
