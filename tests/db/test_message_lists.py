"""The newest messages of an organization are found without a look at those of others."""

from sqlalchemy import text

from db.engine import Sessions, each_by_itself, open_sessions
from db.identity import Organizations
from db.notification_lists import NotificationList
from tests.conftest import NewDatabase

MESSAGES = text("""
    INSERT INTO notifications (id, organization_id, created_at, channel, recipient, event_type,
        issue_key, subject, body, urgent, status, dedupe_key)
    SELECT gen_random_uuid(), :organization, now() - n * interval '1 minute', 'EMAIL', 'a@x.test',
        'ApprovalRequested', 'PROJ-1', 'message ' || n, '', false, 'SENT', gen_random_uuid()
    FROM generate_series(1, :number) AS n""")
READ = text("""
    SELECT sum(idx_tup_fetch)::int + sum(seq_tup_read)::int
    FROM pg_stat_xact_user_tables WHERE relname = 'notifications'""")


async def fill(sessions: Sessions, slug: str, number: int) -> None:
    async with sessions.begin() as session:
        organization = await Organizations(session).ensure(slug, slug)
        await session.execute(MESSAGES, {"organization": organization, "number": number})


async def test_a_small_organization_reads_its_own_messages_alone(
    migrated_database: NewDatabase,
) -> None:
    async with open_sessions(await migrated_database()) as sessions:
        await fill(sessions, "small", 3)
        await fill(sessions, "large", 20_000)
        async with each_by_itself(sessions) as session:
            await session.execute(text("VACUUM ANALYZE notifications"))
        async with sessions() as session:
            rows = await NotificationList(session, "small").latest()
            read = (await session.execute(READ)).scalar_one()
    assert [row.subject for row in rows] == ["message 1", "message 2", "message 3"]
    assert read == 3
