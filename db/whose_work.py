"""The queries on whose work an attempt is, with that of the attempts which it was resumed from."""

from sqlalchemy import text

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
REQUESTERS = text(f"{ATTEMPTS} SELECT DISTINCT requested_by FROM attempts")
# People who did a part themselves: they answered for an agent that is a person.
AUTHORS = text(f"""
    {ATTEMPTS}
    SELECT DISTINCT e.actor_id FROM attempts a
    JOIN events e ON e.orchestration_id = a.id AND e.event_type = 'QuestionAnswered'
    WHERE e.agent_name IN (
        SELECT s.agent_name FROM events s WHERE s.orchestration_id = a.id
          AND s.event_type = 'AgentSpawned' AND s.payload ->> 'runner' = 'human')
""")
# Whom the commits name that came upon the branch meanwhile, by e-mail address.
COMMITTERS = text(f"""
    {ATTEMPTS}
    SELECT DISTINCT jsonb_array_elements_text(e.payload -> 'authors') FROM attempts a
    JOIN events e ON e.orchestration_id = a.id AND e.event_type = 'AgentCompleted'
""")
